"""What happens to each simulated room, from the first moment to the last, decided before anything is shown."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.fleet.simulation.fittings import BY_CHANCE, check_and_target
from monitor.fleet.simulation.intervals import Interval
from monitor.fleet.simulation.rooms import SimulatedRoom
from monitor.fleet.simulation.scenario import Scenario

DAY = 86400.0
WORK_BEGINS, WORK_ENDS = 8 * 60, 19 * 60
"""Minutes of a day: [working_hours] as shipped."""
FIRST_VERSION = "0.2.0"


@dataclass(frozen=True, slots=True)
class SimulatedFault:
    """cause: the code that explains it, "" where it is a cause itself. Times are Unix seconds.

    taken: when somebody took it, never where that is after its end.
    """

    code: str
    check: str
    target: str
    start: float
    end: float
    taken: float
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Absence:
    """The room does not answer. kind: "unreachable" while it works, "off" after it said so, "cut" without a word."""

    start: float
    end: float
    kind: Literal["unreachable", "off", "cut"]
    reason: Literal["poweroff", "reboot", "restart", "stop"] = "poweroff"


@dataclass(frozen=True, slots=True)
class Boot:
    """clean: whether the run before ended in order."""

    at: float
    clean: bool
    version: str


@dataclass(slots=True)
class RoomTimeline:
    """skews: spans in which the room's clock is wrong, and by how many seconds. stalls: the monitor does not work."""

    room: SimulatedRoom
    zone: ZoneInfo
    boots: list[Boot]
    meetings: list[Interval] = field(default_factory=list)
    faults: list[SimulatedFault] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    maintenance: list[Interval] = field(default_factory=list)
    skews: list[tuple[float, float, float]] = field(default_factory=list)
    stalls: list[Interval] = field(default_factory=list)

    def add_fault(self, chance: random.Random, code: str, start: float, end: float, target: str = "") -> None:
        """Somebody takes it after some minutes."""
        check, found = check_and_target(code, target)
        taken = start + chance.lognormvariate(5.0, 0.7)  # median 2.5 minutes
        self.faults.append(SimulatedFault(code, check, found, start, end, taken))

    def restart(self, start: float, seconds: float, *, version: str = "", clean: bool = True) -> None:
        """The room is gone for so long. version: of the monitor afterwards, "" as before."""
        kind: Literal["off", "cut"] = "off" if clean else "cut"
        self.absences.append(Absence(start, start + seconds, kind, "restart" if version else "poweroff"))
        self.boots.append(Boot(start + seconds, clean, version or self.boots[-1].version))

    def finish(self) -> None:
        """In order of time, and without meetings that nobody could see."""
        self.boots.sort(key=lambda boot: boot.at)
        self.faults = _one_at_a_time(self.faults)
        self.absences.sort(key=lambda absence: absence.start)
        gone = [(one.start, one.end) for one in self.absences if one.kind != "unreachable"]
        seen = (one for one in self.meetings if not any(one[0] < end and start < one[1] for start, end in gone))
        self.meetings = sorted(set(seen))


def _one_at_a_time(faults: Sequence[SimulatedFault]) -> list[SimulatedFault]:
    """In order of time. A check shows one fault of one target: the next one ends the one before."""
    made: list[SimulatedFault] = []
    newest: dict[tuple[str, str], int] = {}
    for fault in sorted(faults, key=lambda one: one.start):
        before = newest.get((fault.check, fault.target))
        if before is not None and made[before].end > fault.start:
            made[before] = replace(made[before], end=fault.start)
        newest[fault.check, fault.target] = len(made)
        made.append(fault)
    return made


def ordinary_days(scenario: Scenario, rooms: Sequence[SimulatedRoom], start: float) -> list[RoomTimeline]:
    """The rooms without any event: meetings by day, nights, and the faults that come by chance."""
    made = []
    for room in rooms:
        chance = random.Random(f"{scenario.seed}/{room.key}")
        timeline = RoomTimeline(
            room, scenario.zone, [Boot(start - chance.uniform(0.1, 1.0) * DAY, True, FIRST_VERSION)]
        )
        off_at_night = chance.random() < scenario.off_at_night
        for day in _days(start, scenario.days, scenario.zone):
            if day.weekday() < 5:
                timeline.meetings += _meetings(chance, day, scenario)
            if off_at_night and day.weekday() < 5:
                timeline.restart(*_night(chance, day, scenario.zone))
        for _ in range(_times(chance, scenario.faults_a_day * scenario.days)):
            begins = start + chance.random() * scenario.days * DAY
            code = chance.choices(list(BY_CHANCE), list(BY_CHANCE.values()))[0]
            timeline.add_fault(chance, code, begins, begins + chance.uniform(120, 2400))
        made.append(timeline)
    return made


def _days(start: float, count: int, zone: ZoneInfo) -> Iterator[dt.date]:
    first = dt.datetime.fromtimestamp(start, zone).date()
    for number in range(-1, count + 1):
        yield first + dt.timedelta(days=number)


def _at(day: dt.date, minutes: float, zone: ZoneInfo) -> float:
    """Unix seconds of so many minutes of that day's wall clock."""
    return dt.datetime.combine(day, dt.time(), zone).timestamp() + minutes * 60


def _meetings(chance: random.Random, day: dt.date, scenario: Scenario) -> list[Interval]:
    """On half hours, as calendars have them; those that would overlap are left out."""
    made: list[Interval] = []
    for _ in range(_times(chance, scenario.meetings_a_day)):
        minutes = chance.randrange(WORK_BEGINS, WORK_ENDS - 30, 30)
        begin = _at(day, minutes, scenario.zone) + chance.uniform(-60, 180)
        end = begin + chance.choice((25, 50, 50, 80)) * 60
        if not any(begin < other[1] and other[0] < end for other in made):
            made.append((begin, end))
    return made


def _night(chance: random.Random, day: dt.date, zone: ZoneInfo) -> tuple[float, float]:
    """When the room is switched off after work, and for how long: until the next working day begins."""
    following = day + dt.timedelta(days=3 if day.weekday() == 4 else 1)
    start = _at(day, WORK_ENDS + chance.uniform(10, 90), zone)
    return start, _at(following, WORK_BEGINS - chance.uniform(5, 60), zone) - start


def _times(chance: random.Random, mean: float) -> int:
    """How often something happens that happens so often on average."""
    whole, left = divmod(mean, 1.0)
    spread = chance.randint(-1, 1) if whole >= 2 else 0
    return max(0, int(whole) + spread + (chance.random() < left))
