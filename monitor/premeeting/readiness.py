"""The check before a meeting: every probe fresh, one go or no-go. Owns when it is due and what it says of the room.

It touches nothing that a probe would not touch. It tells nobody: the plan's engine does that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from alerting.model.catalogue import KINDS
from alerting.model.fault import Severity
from alerting.workflows.premeeting_verdict import key_of
from monitor.pipeline.scheduler import ProbeTask
from monitor.pipeline.snapshot import Entry, Key
from probes import PROBES
from probes.calendar import Agenda
from probes.judge_reading import Status
from probes.reading import CannotMeasure, NothingToMeasure, Reading

WHY = "pre-meeting"

MOST_SECONDS = 75.0
"""Longest wait for fresh looks: the camera's deadline of 30 s twice, since a bad look is confirmed, and some."""

PACE_SECONDS = 0.2

NEEDED = frozenset(name for name, probe in PROBES.items() if probe.vital)
"""Probes of which one at least must have seen something before a room is called ready."""

PATIENCE_SECONDS = 15.0
"""A suspected fault whose patience is longer (a loaded CPU, a full disk) is told as a caution and not waited for."""


@dataclass(frozen=True, slots=True)
class DueCheck:
    """One check that should be made now. starts_at: the meeting, Unix seconds."""

    starts_at: float
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """at: when it was reached. blockers: (fault code, target) that a meeting cannot be held with; cautions: the other
    open faults and what is suspected; blind: checks that could not be made; late: probes without a fresh look.
    checked: False where nothing of what a meeting needs could be looked at, so that go says nothing."""

    at: float
    go: bool
    blockers: tuple[tuple[str, str], ...] = ()
    cautions: tuple[tuple[str, str], ...] = ()
    blind: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    checked: bool = True

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return msgspec.to_builtins(asdict(self))  # type: ignore[no-any-return]


def due(agenda: Agenda, minutes: tuple[int, ...], made: frozenset[str], now: float) -> DueCheck | None:
    """The check that should be made now: of a meeting's times that have come, the last, where it was not made.

    A PC that starts three minutes before a meeting makes the five-minute check at once; the missed one is left.
    """
    for meeting in sorted(agenda.meetings, key=lambda one: one.start):
        if meeting.start <= now:
            continue
        come = [one for one in minutes if now >= meeting.start - one * 60]
        if come and key_of(meeting.start, min(come)) not in made:
            return DueCheck(meeting.start, min(come))
    return None


def due_in(agenda: Agenda, minutes: tuple[int, ...], now: float) -> float:
    """Seconds to the next time of any meeting, infinity for none."""
    times = [one.start - before * 60 for one in agenda.meetings for before in minutes]
    return min((at - now for at in times if at > now), default=float("inf"))


def judge_room(
    entries: Mapping[Key, Entry],
    causes: Mapping[str, tuple[str, ...]],
    now: float,
    late: tuple[str, ...] = (),
    reported: Iterable[tuple[str, str, Severity]] = (),
) -> Readiness:
    """One verdict over all checks. A cause that would be critical in a meeting blocks; a symptom is its cause's.

    reported: (fault code, target, severity) of what people said and no probe sees. A critical one blocks, a warning is
    worth knowing.

    What could not be looked at blocks nothing: a camera that is in use works, and a check that is blind is said so.
    """
    explained = {code for codes in causes.values() for code in codes}
    blockers: list[tuple[str, str]] = []
    cautions: list[tuple[str, str]] = []
    blind: list[str] = []
    for code, target, severity in reported:
        if severity >= Severity.WARNING:
            (blockers if severity is Severity.CRITICAL else cautions).append((code, target))
    for (check, target), entry in sorted(entries.items()):
        code, candidate = entry.state.fault, entry.state.candidate
        if code and code not in explained:
            kind = KINDS.get(code)
            heavy = kind is None or kind.weight is Severity.CRITICAL
            (blockers if heavy else cautions).append((code, target))
        elif not code and entry.state.suspicious and candidate is not None:
            cautions.append((candidate.fault, target))
        elif isinstance(entry.outcome, CannotMeasure) and not entry.outcome.busy_holder and not code:
            last = entry.state.last
            if last is None or last.status is Status.UNKNOWN:
                blind.append(f"{check} {target}".rstrip())
    return Readiness(
        at=now,
        go=not blockers,
        blockers=tuple(dict.fromkeys(blockers)),
        cautions=tuple(dict.fromkeys(cautions)),
        blind=tuple(blind),
        late=late,
    )


def anything_seen(entries: Mapping[Key, Entry], probes: Iterable[str]) -> bool:
    """Whether camera, microphone or network, as far as they are watched here, could be looked at."""
    needed = NEEDED & set(probes)
    return not needed or any(
        entry.probe in needed and (isinstance(entry.outcome, Reading) or bool(entry.outcome.busy_holder))
        for entry in entries.values()
        if not isinstance(entry.outcome, NothingToMeasure)
    )


async def look_afresh(
    tasks: Mapping[str, ProbeTask],
    entries: Callable[[], Mapping[Key, Entry]],
    *,
    most: float = MOST_SECONDS,
) -> tuple[str, ...]:
    """Wake every probe and wait until each looked and no bad look waits for its confirmation.

    Returns the names of those that did not get there in time.
    """
    began = time.monotonic()
    for task in tasks.values():
        task.wake(WHY)

    def waiting() -> tuple[str, ...]:
        suspected = {entry.probe for entry in entries().values() if _soon_clear(entry)}
        return tuple(
            name
            for name, task in tasks.items()
            if name in suspected or task.figures.last_end - task.figures.duration_seconds < began
        )

    until = asyncio.get_running_loop().time() + most
    while True:
        left = waiting()
        if not left or asyncio.get_running_loop().time() >= until:
            return left
        await asyncio.sleep(PACE_SECONDS)


def _soon_clear(entry: Entry) -> bool:
    """A bad look that is confirmed or withdrawn within seconds."""
    candidate = entry.state.candidate
    if not entry.state.suspicious or candidate is None:
        return False
    kind = KINDS.get(candidate.fault)
    return kind is None or kind.patience <= PATIENCE_SECONDS
