"""Can a meeting be held here? One word and what is missing, from a room's status document. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alerting.model.catalogue import KINDS
from alerting.model.fault import FaultClass, Severity


class Usable(StrEnum):
    """READY, LIMITED (a meeting is possible, something is missing), NOT_NOW, UNKNOWN (nothing is known of the room)."""

    READY = "ready"
    LIMITED = "limited"
    NOT_NOW = "not_now"
    UNKNOWN = "unknown"


METRIC_STATES: Mapping[Usable, str] = {
    Usable.READY: "usable",
    Usable.LIMITED: "impaired",
    Usable.NOT_NOW: "unusable",
    Usable.UNKNOWN: "unknown",
}
"""What the pages say of the room → its name on the metrics page."""


class Part(StrEnum):
    """What people need of a room, in the order in which a sentence names it."""

    PICTURE = "picture"
    SOUND = "sound"
    NETWORK = "network"
    PROGRAM = "program"
    SCREEN = "screen"
    POWER = "power"


PARTS: Mapping[str, Part] = {
    "camera": Part.PICTURE,
    "microphone": Part.SOUND,
    "speaker": Part.SOUND,
    "network": Part.NETWORK,
    "software": Part.PROGRAM,
    "display": Part.SCREEN,
    "power": Part.POWER,
}
"""First part of a check's name → what of the room it stands for. Other checks (the PC, the calendar) hinder nobody."""

REPORTED: Mapping[FaultClass, Part] = {FaultClass.NETWORK: Part.NETWORK, FaultClass.SOFTWARE: Part.PROGRAM}
"""What a report by a person stands for, where its class says it."""

NEEDED = frozenset({Part.NETWORK, Part.PROGRAM, Part.POWER})
"""Without one of these nobody can join. Picture, sound and screen alone leave the other way to take part."""


@dataclass(frozen=True, slots=True)
class RoomAnswer:
    """missing: what does not work. impaired: what works worse."""

    usable: Usable
    missing: tuple[Part, ...] = ()
    impaired: tuple[Part, ...] = ()


def usable(status: Mapping[str, Any]) -> RoomAnswer:
    """status: a room's status document. A drill's faults count nowhere; a notice hinders nobody."""
    missing: set[Part] = set()
    impaired: set[Part] = set()
    for code in _open_faults(status):
        kind = KINDS.get(code)
        if kind is None or kind.weight is Severity.NOTICE:
            continue
        part = PARTS.get(kind.check.partition(".")[0]) or REPORTED.get(kind.fault_class)
        if part is not None:
            (missing if kind.weight is Severity.CRITICAL and not kind.partial else impaired).add(part)
    impaired -= missing
    found = (tuple(part for part in Part if part in missing), tuple(part for part in Part if part in impaired))
    if missing & NEEDED or {Part.PICTURE, Part.SOUND} <= missing:
        return RoomAnswer(Usable.NOT_NOW, *found)
    if missing or impaired or _told_by_people(status):
        return RoomAnswer(Usable.LIMITED, *found)
    states = [check["state"] for check in status["checks"]]
    if not status["ready"] or not states or all(state == "unknown" for state in states):
        return RoomAnswer(Usable.UNKNOWN)
    return RoomAnswer(Usable.READY)


def _told_by_people(status: Mapping[str, Any]) -> bool:
    """Whether people say that something is broken which no check sees, and nobody judged it a mere notice."""
    return any(
        not one["drill"]
        and not one["elsewhere"]
        and one.get("severity") in ("warning", "critical")
        and any(fault["code"] in KINDS and not KINDS[fault["code"]].check for fault in one["faults"])
        for one in status["incidents"]
    )


def _open_faults(status: Mapping[str, Any]) -> Iterable[str]:
    yield from (fault["code"] for fault in status["faults"])
    # What was never seen working alarms nobody; whoever wants to meet here needs it all the same.
    yield from (check["fault"] for check in status["checks"] if check["state"] == "unproven")
    for incident in status["incidents"]:
        if not incident["drill"] and not incident["elsewhere"]:
            yield from (fault["code"] for fault in incident["faults"])
