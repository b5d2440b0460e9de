"""One fault of the table from the snapshot to the recovery, watched from outside: what was told, and when."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from datetime import date
from subprocess import CalledProcessError
from typing import Any

from tests.room.faults import NOTHING, Fault
from tests.room.machine import TROUBLE
from tests.room.room_pc import RoomPc

RECOVERY_SECONDS = 300.0
"""recover_after looks of the slowest probe, in a slow guest."""
HEALTHY_SECONDS = 180.0
"""A restored room may find something wrong at first: its clock stood still, and its first looks are slow on a busy
machine. No fault is made before that is over."""
LINGER_SECONDS = 6.0
"""After the fault is told: what is told wrongly beside it often comes with the same look."""
RIGHT, WRONG, MISSED, FALSE_ALARM, NO_RECOVERY, LOST, DOUBLED, TROUBLED = (
    "right", "wrong code", "missed", "false alarm", "no recovery", "lost", "told twice", "not done",
)  # fmt: skip


@dataclass
class Result:
    """detected: seconds until /metrics had the code; journalled: until the journal had it; told: until its message
    came; recovered: from the fault's end until it was open no more, recovery_told: and until that message came.
    None: it did not happen, or was not waited for."""

    name: str
    code: str
    what: str = ""
    seen: list[str] = field(default_factory=list)
    verdict: str = ""
    detected: float | None = None
    journalled: float | None = None
    told: float | None = None
    recovered: float | None = None
    recovery_told: float | None = None
    why: str = ""
    day: str = ""
    load: float = 0.0

    def row(self) -> dict[str, Any]:
        return asdict(self)


def watch(room: RoomPc, fault: Fault, load: float = 0.0) -> Result:
    """Restore the room, make the fault, watch, end it, watch."""
    result = Result(fault.name, fault.code, fault.what, day=date.today().isoformat(), load=round(load, 1))
    try:
        room.restore()
        for step in fault.first:
            step(room)
        _healthy(room)
        began = time.monotonic()
        for number, step in enumerate(fault.begin):
            step(room)
            if number == 0 and fault.once:
                began = room.began()
        if fault.begin and not fault.once:
            began = room.began()
        _detect(room, fault, result, began)
        if fault.code:
            journalled = room.journalled(fault.code)
            result.journalled = None if journalled is None else round(journalled - began, 2)
        if not result.verdict:
            _recover(room, fault, result)
    except TROUBLE as error:
        result.verdict, result.why = TROUBLED, f"{type(error).__name__}: {error}"[-600:]
    result.seen = sorted(room.surroundings.seen.faults)
    if not result.verdict:
        result.verdict = _verdict(fault, set(result.seen))
    return result


def _healthy(room: RoomPc) -> None:
    """The snapshot's daemon answers again, and has nothing open."""
    seen, begun = room.surroundings.seen, time.monotonic()
    room.wait(lambda: seen.answered > begun and not seen.open, HEALTHY_SECONDS, "a healthy room")
    room.surroundings.forget()


def _detect(room: RoomPc, fault: Fault, result: Result, began: float) -> None:
    seen = room.surroundings.seen
    if not fault.code:
        _stay(room, fault.seconds)
        return
    end = began + fault.seconds
    while time.monotonic() < end and not (fault.code in seen.faults and _after(room, fault.code, began)):
        time.sleep(0.2)
    if fault.code in seen.faults:
        result.detected = round(seen.faults[fault.code] - began, 2)
    if told := _after(room, fault.code, began):
        result.told = round(told - began, 2)
    if result.told is None or result.detected is None:
        result.verdict = WRONG if set(seen.faults) - {fault.code, *fault.may} else MISSED
        result.why = f"detected {result.detected}, told {result.told}; explained: {sorted(seen.explained)}"
        result.why += f"; not healthy: {_not_healthy(room)}"
        return
    _stay(room, LINGER_SECONDS)
    told_times = len(room.messages(fault.code))
    if fault.once and (told_times != 1 or fault.code not in seen.open):
        result.verdict = LOST if fault.code not in seen.open else DOUBLED
        result.why = f"told {told_times} times; open: {sorted(seen.open)}"


def _not_healthy(room: RoomPc) -> list[str]:
    """What the room itself says of its checks, to see why a fault was missed."""
    try:
        checks = room.checks()
    except (*TROUBLE, CalledProcessError) as error:
        return [f"{type(error).__name__}: {error}"]
    return [f"{one['check']} {one['target']}: {one['state']} {one['note']}" for one in checks if one["state"] != "ok"]


def _stay(room: RoomPc, seconds: float) -> None:
    time.sleep(seconds)
    if time.monotonic() - room.surroundings.seen.answered > 60:
        raise TimeoutError("the daemon has answered no scrape for a minute")


def _after(room: RoomPc, code: str, moment: float) -> float | None:
    return next((at for at in room.messages(code) if at > moment), None)


def _recover(room: RoomPc, fault: Fault, result: Result) -> None:
    if fault.code and not fault.recovers:
        return
    seen, begun = room.surroundings.seen, time.monotonic()
    for step in fault.end:
        step(room)
    if fault.end:
        begun = room.began()
    if not fault.code:
        _stay(room, LINGER_SECONDS if fault.end else 0.0)
        return
    end = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < end:
        gone = seen.gone.get(fault.code)
        told = _after(room, fault.code, begun)
        if gone and told and fault.code not in seen.open:
            result.recovered, result.recovery_told = round(gone - begun, 2), round(told - begun, 2)
            return
        time.sleep(0.2)
    result.verdict, result.why = NO_RECOVERY, f"open: {sorted(seen.open)}, gone: {fault.code in seen.gone}"
    result.why += f"; not healthy: {_not_healthy(room)}"


def _verdict(fault: Fault, seen: set[str]) -> str:
    wrong = seen - {fault.code, *fault.may} - {NOTHING}
    if not wrong:
        return RIGHT
    return WRONG if fault.code else FALSE_ALARM
