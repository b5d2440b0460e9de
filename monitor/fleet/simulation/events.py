"""Carries the events of a scenario into the rooms' timelines. One function for each kind of event."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from monitor.fleet.simulation.fittings import BY_CHANCE, check_and_target
from monitor.fleet.simulation.rooms import SimulatedRoom
from monitor.fleet.simulation.scenario import EventKind, Scenario, ScenarioEvent, moment, span
from monitor.fleet.simulation.timeline import Absence, RoomTimeline, SimulatedFault, ordinary_days

RESTART_SECONDS = 15.0
"""A restart of the monitor: it ends, systemd waits two seconds, it starts and makes its first looks."""
SYMPTOMS_OF_NO_LINK = ("no_address", "gateway_unreachable", "dns_dead", "service_unreachable")


@dataclass(frozen=True, slots=True)
class _Happening:
    event: ScenarioEvent
    at: float
    lasts: float
    over: float
    chance: random.Random

    def begins(self) -> float:
        """When the event begins in one more room."""
        return self.at + self.chance.random() * self.over


def timelines(scenario: Scenario, rooms: Sequence[SimulatedRoom], start: float) -> list[RoomTimeline]:
    """start: Unix seconds. The same for the same scenario, rooms and start."""
    made = ordinary_days(scenario, rooms, start)
    for number, event in enumerate(scenario.event):
        chance = random.Random(f"{scenario.seed}/event {number}")
        at = moment(event.at, start, scenario.zone)
        happening = _Happening(event, at, span(event.lasts), span(event.over), chance)
        _KINDS[event.kind](happening, _chosen(event, made, chance))
    for timeline in made:
        timeline.finish()
    return made


def _chosen(event: ScenarioEvent, all_rooms: Sequence[RoomTimeline], chance: random.Random) -> list[RoomTimeline]:
    found = [
        one
        for one in all_rooms
        if (not event.site or one.room.site == event.site)
        and (not event.floor or one.room.floor == event.floor)
        and (not event.rooms or one.room.id in event.rooms)
    ]
    wanted = event.count or round(len(found) * event.share)
    return found if wanted >= len(found) else chance.sample(found, wanted)


def _fault(happening: _Happening, rooms: Sequence[RoomTimeline]) -> None:
    event = happening.event
    for one in rooms:
        begins = happening.begins()
        one.add_fault(happening.chance, event.code, begins, begins + happening.lasts, event.target)


def _storm(happening: _Happening, rooms: Sequence[RoomTimeline]) -> None:
    event, chance = happening.event, happening.chance
    codes, weights = ([event.code], [1]) if event.code else (list(BY_CHANCE), list(BY_CHANCE.values()))
    mean = event.rate * happening.lasts / 3600.0
    for one in rooms:
        for _ in range(int(mean) + (chance.random() < mean % 1.0)):
            begins = happening.at + chance.random() * happening.lasts
            one.add_fault(chance, chance.choices(codes, weights)[0], begins, begins + chance.uniform(60, 900))


def _switch_dies(happening: _Happening, rooms: Sequence[RoomTimeline]) -> None:
    start, end = happening.at, happening.at + happening.lasts
    for one in rooms:
        one.absences.append(Absence(start, end, "unreachable"))
        one.add_fault(happening.chance, "link_down", start, end)
        for code in SYMPTOMS_OF_NO_LINK:
            check, target = check_and_target(code)
            one.faults.append(SimulatedFault(code, check, target, start, end, end, "link_down"))


def _power_cut(happening: _Happening, rooms: Sequence[RoomTimeline]) -> None:
    for one in rooms:
        one.restart(happening.begins(), happening.lasts, clean=False)


def _switched_off(happening: _Happening, rooms: Sequence[RoomTimeline]) -> None:
    for one in rooms:
        one.restart(happening.begins(), happening.lasts)


def _update(happening: _Happening, rooms: Sequence[RoomTimeline]) -> None:
    event, chance, every = happening.event, happening.chance, span(happening.event.every)
    waiting, done = list(rooms), 0
    chance.shuffle(waiting)
    for step, share in enumerate(event.rings):
        until = max(done, round(len(waiting) * share))
        for one in waiting[done:until]:
            at = happening.at + step * every + chance.random() * every / 2
            one.restart(at, RESTART_SECONDS, version=event.version or "0.3.0")
            if chance.random() < event.bad:
                begins = at + RESTART_SECONDS + chance.uniform(20, 120)
                one.add_fault(chance, event.code or "app_not_running", begins, begins + happening.lasts)
        done = until


def _maintenance(happening: _Happening, rooms: Sequence[RoomTimeline]) -> None:
    for one in rooms:
        one.maintenance.append((happening.at, happening.at + happening.lasts))


def _meeting(happening: _Happening, rooms: Sequence[RoomTimeline]) -> None:
    for one in rooms:
        begins = happening.begins()
        span_of_it = (begins, begins + happening.lasts)
        one.meetings = [other for other in one.meetings if other[1] <= span_of_it[0] or other[0] >= span_of_it[1]]
        one.meetings.append(span_of_it)


def _clock(happening: _Happening, rooms: Sequence[RoomTimeline]) -> None:
    for one in rooms:
        one.skews.append((happening.at, happening.at + happening.lasts, happening.event.seconds))


def _stall(happening: _Happening, rooms: Sequence[RoomTimeline]) -> None:
    for one in rooms:
        one.stalls.append((happening.at, happening.at + happening.lasts))


_KINDS: Mapping[EventKind, Callable[[_Happening, Sequence[RoomTimeline]], None]] = {
    "fault": _fault,
    "storm": _storm,
    "switch_dies": _switch_dies,
    "power_cut": _power_cut,
    "switched_off": _switched_off,
    "update": _update,
    "maintenance": _maintenance,
    "meeting": _meeting,
    "clock": _clock,
    "stall": _stall,
}
