"""Why a check could not be made, as probes note it in English, said in the reader's language. Pure."""

from __future__ import annotations

from alerting.words import Words

REASONS = (
    ("no sound server", "no_sound"),
    ("the sound server did not answer", "no_sound"),
    ("the session part of", "session_silent"),
    ("no session part", "session_silent"),
    ("no time service", "no_time_service"),
    ("the kernel's account of the clock is barred", "refused"),
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


def why_in_a_paper(note: str, words: Words) -> str:
    """The same for a document, in which no sentence of another language may stand."""
    known = any(note.startswith(start) for start, _ in REASONS)
    return why(note, words) if note and (known or words.language == "en") else words.text("diagnose.unknown.other")
