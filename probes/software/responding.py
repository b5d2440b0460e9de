"""Does a living program still answer: several signs must agree before it is called hung, and the reading names them.

Refuses a verdict from one sign alone: a busy program is not hung, and an idle one uses no CPU either.
"""

from __future__ import annotations

from pathlib import Path

from probes.reading import CannotMeasure, Context, Outcome, Reading
from probes.software.processes_linux import Process
from probes.software.tracks import Sample, Track
from probes.software.x11_linux import NoDisplay, ping_windows

CHECK = "software.responding"
PEGGED_SHARE = 0.9
"""Of one processor: a loop that never waits takes all of it; software video decoding stays well below per thread."""

PING_SECONDS = 2.0
"""Mutter asks windows and waits 5 s (check-alive-timeout); two unanswered asks of 2 s are about the same."""

UNANSWERED_ENOUGH = 2
"""One ask may fall into a garbage collection or a disk read."""

SHORTEST_SAMPLE_SECONDS = 1.0


async def look_for_hang(name: str, main: list[Process], track: Track, context: Context) -> Outcome:
    """``software.responding``: hung when windows do not answer and the processor's use says the same."""
    one = main[0]
    used, switches = _movement(one, track, context)
    signs: list[str] = []
    values: dict[str, float] = {}
    if used is not None:
        values["cpu_share"] = used
        if used >= PEGGED_SHARE:
            signs.append("CPU pegged")
        elif used < 0.001 and switches == 0:
            signs.append("main thread never woke")
    if one.state == "D":
        signs.append("waits in the kernel (state D)")
    if one.state in ("T", "t"):
        signs.append("stopped")
    hindered = ""
    try:
        asked, answered = await ping_windows(frozenset(process.pid for process in main), context.proc, PING_SECONDS)
    except NoDisplay as error:
        asked = answered = 0
        hindered = str(error)
    values["windows_asked"] = float(asked)
    if asked and not answered:
        track.unanswered += 1
        signs.append(f"{asked} window(s) did not answer")
    elif answered:
        track.unanswered, track.answered_ever = 0, True
    if not asked and not signs:
        reason = hindered or "it has no window that can be asked"
        return CannotMeasure(check=CHECK, target=name, reason=reason)
    # A window that never answered may belong to a toolkit that does not: then it is no evidence.
    silent = track.unanswered >= UNANSWERED_ENOUGH and track.answered_ever
    hung = silent and len(signs) >= 2
    values["unanswered"] = float(track.unanswered)
    evidence: dict[str, str | float | int | bool] = {"pid": one.pid}
    if signs:
        evidence["signs"] = "; ".join(signs)
    confidence = min(1.0, 0.4 + 0.2 * len(signs)) if hung else 1.0
    finding = "app_hung" if hung else "app_slow" if silent else ""
    return Reading(
        check=CHECK, target=name, values=values, finding=finding, confidence=confidence, evidence=evidence, passive=True
    )


def _movement(one: Process, track: Track, context: Context) -> tuple[float | None, int | None]:
    """Share of a processor since the last look, and how often the main thread was switched to; None at first."""
    now = context.monotonic()
    switches = _switches(context.proc / str(one.pid) / "status")
    before = track.sample
    if before is None or before.identity != one.identity:
        track.sample = Sample(now, one.identity, one.cpu_seconds, switches)
        return None, None
    if now - before.at < SHORTEST_SAMPLE_SECONDS:
        return None, None
    track.sample = Sample(now, one.identity, one.cpu_seconds, switches)
    return (one.cpu_seconds - before.cpu_seconds) / (now - before.at), switches - before.switches


def _switches(file: Path) -> int:
    """Voluntary and forced switches of the process's first thread, where windows are served."""
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
