"""Was a program closed, or did it crash: what the kernel, systemd, the session and the call itself say.

A crash in a call is a fault at once. Who leaves a call and closes the program, or does both at once, breaks nothing.
"""

from __future__ import annotations

from pathlib import Path

from probes.reading import Context
from probes.software.profiles import Application
from probes.software.recorded_end_cause_linux import STOPPED, UNKNOWN, cause
from probes.software.remembered_programs import Track

ORDERLY_SECONDS = 60.0
"""Around the end of a call. A call that runs longer than that after the program was closed needs it."""

RECORD_SECONDS = 2.0
"""So long after an end without any record the meeting's own look says whether the call was over: it comes half a second
after the microphone was let go."""

SESSIONS = Path("/run/systemd/users")
FIRST_PERSON = 1000


async def judge_end(application: Application, track: Track, context: Context) -> None:
    """Write down in ``track`` why the program ended, and whether in order; None while that is not known yet."""
    identity = track.last[0] if track.last else (0, 0)
    end = track.ends.of(identity)
    if track.cause is None:
        track.cause = await cause(identity[0], application.unit, track.counters, end, context.proc)
    if track.orderly is not None:
        return
    failed = end is not None and not end.orderly and end.signal
    if context.call_over or track.cause == STOPPED or (end is not None and end.orderly):
        track.orderly = True
    elif failed or (end is None and track.cause != UNKNOWN):
        track.orderly = False
    elif session_over(track.owner):
        track.orderly = True
    elif context.monotonic() - track.ended_at >= RECORD_SECONDS:
        track.orderly = False


def session_over(user: int | None, sessions: Path = SESSIONS) -> bool:
    """Whether a person's last session has ended, by systemd-logind's record; their programs ended with it."""
    if user is None or user < FIRST_PERSON or not sessions.is_dir():
        return False
    try:
        lines = (sessions / str(user)).read_text(errors="replace").splitlines()
    except OSError:
        return True
    return "STATE=closing" in lines or "STATE=lingering" in lines
