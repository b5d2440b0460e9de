"""A scenario: when the simulated time begins, how the days go, and what happens. Read from TOML."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from alerting.configuration import ConfigurationError, Layers, Problem, read_table, structure
from alerting.model.catalogue import KINDS
from monitor.fleet.simulation.rooms import ROOMS_A_FLOOR

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
EventKind = Literal[
    "fault", "storm", "switch_dies", "power_cut", "switched_off", "update", "maintenance", "meeting", "clock", "stall"
]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([smhd])")
_CLOCK = re.compile(r"(?:(mon|tue|wed|thu|fri|sat|sun) )?([01]\d|2[0-3]):([0-5]\d)")


class ScenarioEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[[event]]: something that happens to some rooms.

    kind: "fault" opens code; "storm" opens many; "switch_dies": the rooms cannot be reached, their network is down;
    "power_cut": they are gone without a word; "switched_off": they say so first; "update": they restart, ring by ring,
    and ``bad`` of them get code; "maintenance": their faults are held back; "meeting": one runs; "clock": their clock
    is wrong by seconds; "stall": the monitor answers and does not work.
    at, lasts, over, every: "90s", "10m", "2h", "1d"; at counts from the start, or is a time of day ("09:30", "sat
    20:00"), the first after the start. site, floor, rooms: which; share or count of those. over: they begin spread
    over this time. rings: shares that an update has reached after each step, one step ``every``. rate: faults of a
    storm for each room and hour.
    """

    kind: EventKind
    at: str = "0s"
    lasts: str = "10m"
    over: str = "0s"
    site: str = ""
    floor: str = ""
    rooms: tuple[str, ...] = ()
    share: Share = 1.0
    count: Annotated[int, msgspec.Meta(ge=0)] = 0
    code: str = ""
    target: str = ""
    rings: tuple[Share, ...] = (0.05, 0.3, 1.0)
    every: str = "30m"
    version: str = ""
    bad: Share = 0.0
    rate: Annotated[float, msgspec.Meta(ge=0, le=60)] = 2.0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        wrong = [
            f'{name} = "{getattr(self, name)}" is no span of time such as "90s", "10m", "2h" or "1d"'
            for name in ("lasts", "over", "every")
            if not _DURATION.fullmatch(getattr(self, name))
        ]
        if not _DURATION.fullmatch(self.at) and not _CLOCK.fullmatch(self.at):
            wrong.append(f'at = "{self.at}" is neither a span of time ("10m") nor a time of day ("09:30", "sat 20:00")')
        if self.code and self.code not in KINDS:
            wrong.append(f'code = "{self.code}" is no fault; `roomwatch check --faults` lists them')
        if self.kind == "fault" and not self.code:
            wrong.append("code is missing; `roomwatch check --faults` lists them")
        if wrong:
            raise ValueError(*wrong)


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. start: "" is now; "sat 20:00" the last one; or a time with a zone. days: how long it goes on.

    timezone: of all rooms. meetings_a_day: of each room on a working day. faults_a_day: of each room, at any time, by
    chance. off_at_night: share of the rooms that are switched off after work. rooms_a_floor: so many are behind one
    switch. A scenario with one seed is always the same.
    """

    start: str = ""
    days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 2
    timezone: str = "UTC"
    seed: int = 1
    meetings_a_day: Annotated[float, msgspec.Meta(ge=0, le=20)] = 5.0
    faults_a_day: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.0
    off_at_night: Share = 0.0
    rooms_a_floor: Annotated[int, msgspec.Meta(ge=1, le=99)] = ROOMS_A_FLOOR
    event: tuple[ScenarioEvent, ...] = ()

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f'timezone = "{self.timezone}" is no time zone such as "Asia/Shanghai"') from None
        if self.start and not _CLOCK.fullmatch(self.start):
            try:
                zoned = dt.datetime.fromisoformat(self.start).tzinfo is not None
            except ValueError:
                zoned = False
            if not zoned:
                raise ValueError(f'start = "{self.start}" is neither "sat 20:00" nor a time such as 2026-11-27T08:00Z')

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def begins(self, now: Callable[[], float] = time.time) -> float:
        """Unix seconds of its start, where it is looked at now."""
        if not self.start:
            return now()
        if _CLOCK.fullmatch(self.start):
            found = clock_after(self.start, now() - 7 * 86400.0, self.zone)
            while (later := clock_after(self.start, found + 1, self.zone)) <= now():
                found = later
            return found
        return dt.datetime.fromisoformat(self.start).timestamp()


def read_scenario(file: Path) -> Scenario:
    """Raises ConfigurationError with all problems at once."""
    table = read_table(file)
    try:
        return structure(Scenario, Layers(table, files=(file,)))
    except ConfigurationError as error:
        raise ConfigurationError(_counted(one) for one in error.problems) from None


def _counted(problem: Problem) -> Problem:
    """With the events counted as people do, from one."""
    parts = problem.path.split(".")
    if len(parts) < 2 or parts[0] != "event" or not parts[1].isdigit():
        return problem
    return dataclasses.replace(problem, path=", ".join([f"event {int(parts[1]) + 1}", *parts[2:]]))


def is_span(text: str) -> bool:
    return _DURATION.fullmatch(text) is not None


def span(text: str) -> float:
    """Seconds of a span of time such as "10m"."""
    found = _DURATION.fullmatch(text)
    assert found is not None  # checked where it was read
    return float(found[1]) * _UNITS[found[2]]


def moment(text: str, start: float, zone: ZoneInfo) -> float:
    """Unix seconds of an event's ``at``."""
    return start + span(text) if _DURATION.fullmatch(text) else clock_after(text, start, zone)


def clock_after(text: str, after: float, zone: ZoneInfo) -> float:
    """The first time at or after ``after`` that a clock there shows this."""
    found = _CLOCK.fullmatch(text)
    assert found is not None
    day = dt.datetime.fromtimestamp(after, zone).date()
    while True:
        here = dt.datetime(day.year, day.month, day.day, int(found[2]), int(found[3]), tzinfo=zone)
        if here.timestamp() >= after and found[1] in (None, DAYS[day.weekday()]):
            return here.timestamp()
        day += dt.timedelta(days=1)
