"""The whole diagnosis as one page of plain language for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import click

from alerting.messages.check_readings import check_name
from alerting.messages.why_not_measured import why
from alerting.words import Words
from monitor.diagnosis import network_view
from monitor.diagnosis.network import Diagnosis, Rung

QUIET = frozenset({"software.restarts", "software.resources", "software.update", "camera.in_use", "microphone.in_use"})
"""Shown only when something is wrong: a page is read, not searched."""


def line(area: str, one: Rung, words: Words, room: str) -> str:
    """One check as a line; "" for what does not exist here or says nothing to anybody."""
    if area == "network":
        return network_view.line(one, words)
    if one.status == "absent" or (one.check in QUIET and not one.fault):
        return ""
    name = check_name(one.check, words, one.status)
    colour = network_view.COLOURS.get(one.status, "bright_black")
    text = click.style(f"{network_view.MARKS.get(one.status, '–')} {network_view.padded(name)}", fg=colour)
    if one.fault:
        title = words.text(f"fault.{one.fault}.title", target=one.target, room=room)
        signs = why(one.evidence.get("signs") or one.evidence.get("cause") or "", words)
        return text + click.style(title, fg=colour, bold=True) + click.style(f"  {signs}" if signs else "", dim=True)
    note = why(one.note, words) if one.status == "unknown" else ""
    return (text + click.style("  ".join(part for part in (one.target, note) if part), fg="bright_black")).rstrip()


def conclusion(found: Sequence[tuple[str, Rung]], said: Diagnosis, words: Words, room: str, doctor: str) -> list[str]:
    """The verdict: what to do first, then what else is wrong, then what could not be looked at.

    doctor: how that command is typed.
    """
    blind = [one for _, one in found if one.status == "unknown"]
    target = {one.fault: one.target for _, one in found if one.fault}
    more = [words.text("diagnose.room.doctor", doctor=doctor)] if blind else []
    if not said.cause:
        key = "diagnose.room.blind" if blind else "diagnose.room.well"
        return [click.style(words.text(key, count=len(blind)), fg="yellow" if blind else "green", bold=True), *more]
    what = {"target": target[said.cause], "room": room}
    lines = [
        click.style(words.text(f"fault.{said.cause}.title", **what), fg="red", bold=True),
        words.text(f"fault.{said.cause}.what", **what),
        words.text("diagnose.network.act", act=words.text(f"fault.{said.cause}.act", **what)),
    ]
    for other in said.others:
        title = words.text(f"fault.{other}.title", target=target.get(other, ""), room=room)
        lines.append(words.text("diagnose.network.also", title=title))
    return lines + more
