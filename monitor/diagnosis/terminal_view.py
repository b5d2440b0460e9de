"""The whole diagnosis as one page of plain language for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import click

from alerting.words import Words
from monitor.diagnosis import network_view
from monitor.diagnosis.network import Diagnosis, Rung

QUIET = frozenset({"software.restarts", "software.resources", "software.update", "camera.in_use", "microphone.in_use"})
"""Shown only when something is wrong: a page is read, not searched."""

REASONS = (
    ("no sound server", "no_sound"),
    ("the sound server did not answer", "no_sound"),
    ("the session part of", "session_silent"),
    ("no time service", "no_time_service"),
    ("adjtimex is refused", "refused"),
    ("the kernel's log cannot be read", "refused"),
    ("other users' processes are hidden", "refused"),
    ("no permission", "refused"),
    ("in use", "in_use"),
    ("somebody opened", "in_use"),
    ("not opened outside working hours", "off_hours"),
    ("not opened: a meeting", "meeting"),
    ("the program has no X display", "no_windows"),
    ("the program's display is not known", "no_windows"),
    ("the display", "no_windows"),
    ("the X server", "no_windows"),
    ("no X server", "no_windows"),
    ("the microphone is muted", "muted"),
    ("the microphone was muted", "muted"),
    ("the microphone is turned down", "muted"),
    ("no answer within", "late"),
    ("it has ", "starting"),
    ("not reported by this run", "not_reported"),
    ("open before the restart", "restarted"),
    ("not asked: ", "broken_before"),
    ("the resolvers lie beyond", "broken_before"),
    ("no relay has ever answered here", "never_answered"),
    ("none of these targets has ever answered here", "never_answered"),
    ("no answer in time", "late"),
)
"""How the probes' reasons for not measuring begin → diagnose.unknown.*; others are shown as they are, cut short: what
to type against them is `roomwatch doctor`'s part."""

MOST_LETTERS = 70


def why(note: str, words: Words) -> str:
    """A reason for not measuring as a few words for people."""
    for start, key in REASONS:
        if note.startswith(start):
            return words.text(f"diagnose.unknown.{key}")
    return note if len(note) <= MOST_LETTERS else note[: MOST_LETTERS - 1].rstrip() + "…"


def line(area: str, one: Rung, words: Words, room: str) -> str:
    """One check as a line; "" for what does not exist here or says nothing to anybody."""
    if area == "network":
        return network_view.line(one, words)
    if one.status == "absent" or (one.check in QUIET and not one.fault):
        return ""
    key = f"check.{one.check}"
    name = words.text(key) if words.has(key) else one.check
    colour = network_view.COLOURS.get(one.status, "bright_black")
    text = click.style(f"{network_view.MARKS.get(one.status, '–')} {network_view.padded(name)}", fg=colour)
    if one.fault:
        title = words.text(f"fault.{one.fault}.title", target=one.target, room=room)
        signs = str(one.evidence.get("signs", "") or one.evidence.get("cause", ""))
        return text + click.style(title, fg=colour, bold=True) + click.style(f"  {signs}" if signs else "", dim=True)
    note = why(one.note, words) if one.status == "unknown" else ""
    return (text + click.style("  ".join(part for part in (one.target, note) if part), fg="bright_black")).rstrip()


def conclusion(found: Sequence[tuple[str, Rung]], said: Diagnosis, words: Words, room: str) -> list[str]:
    """The verdict: what to do first, then what else is wrong, then what could not be looked at."""
    blind = [one for _, one in found if one.status == "unknown"]
    target = {one.fault: one.target for _, one in found if one.fault}
    doctor = [words.text("diagnose.room.doctor")] if blind else []
    if not said.cause:
        key = "diagnose.room.blind" if blind else "diagnose.room.well"
        return [click.style(words.text(key, count=len(blind)), fg="yellow" if blind else "green", bold=True), *doctor]
    what = {"target": target[said.cause], "room": room}
    lines = [
        click.style(words.text(f"fault.{said.cause}.title", **what), fg="red", bold=True),
        words.text(f"fault.{said.cause}.what", **what),
        words.text("diagnose.network.act", act=words.text(f"fault.{said.cause}.act", **what)),
    ]
    for other in said.others:
        title = words.text(f"fault.{other}.title", target=target.get(other, ""), room=room)
        lines.append(words.text("diagnose.network.also", title=title))
    return lines + doctor
