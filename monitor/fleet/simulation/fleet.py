"""All rooms of a simulation: which page each shows when it is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from prometheus_client.core import Metric

from monitor.fleet.simulation.clock import SimulatedClock
from monitor.fleet.simulation.page import SimulatedCollector
from monitor.fleet.simulation.state import moment_of
from monitor.fleet.simulation.text import SeriesText
from monitor.fleet.simulation.timeline import Absence, RoomTimeline

LAST_WORDS_SECONDS = 15.0
"""For so long a room that is switched off still answers that it stops; whoever asks later is answered once."""


@dataclass(slots=True)
class _Room:
    timeline: RoomTimeline
    asked: float = 0.0
    text: SeriesText = field(default_factory=SeriesText)


class SimulatedFleet:
    """Rooms by (site, id)."""

    def __init__(self, timelines: Sequence[RoomTimeline], clock: SimulatedClock, *, reduced: bool = False) -> None:
        self._clock, self._reduced = clock, reduced
        self._rooms = {(one.room.site, one.room.id): _Room(one) for one in timelines}

    def __contains__(self, identity: tuple[str, str]) -> bool:
        return identity in self._rooms

    def page(self, site: str, room: str) -> bytes | None:
        """The metrics page, None where the room does not answer now. Raises KeyError where there is no such room."""
        of = self._rooms[site, room]
        families = self._families(of, self._clock.now())
        return None if families is None else of.text.page(families)

    def families(self, site: str, room: str, now: float) -> Iterator[Metric] | None:
        """The same before it is written. now: the scenario's time, not before that of the last call."""
        return self._families(self._rooms[site, room], now)

    def _families(self, of: _Room, now: float) -> Iterator[Metric] | None:
        before, of.asked = of.asked, now
        stopping = ""
        absence = next((one for one in of.timeline.absences if one.start <= now < one.end), None)
        if absence is not None:
            if not self._last_words(absence, before, now):
                return None
            stopping = absence.reason
        moment = moment_of(of.timeline, self._clock, now)
        return None if moment is None else SimulatedCollector(moment, stopping, reduced=self._reduced).collect()

    def _last_words(self, absence: Absence, before: float, now: float) -> bool:
        """Whether the room still says that it is being switched off."""
        if absence.kind != "off":
            return False
        return before < absence.start or self._clock.lasts(now - absence.start) < LAST_WORDS_SECONDS

    def target_groups(self, host: str, scheme: str = "http") -> str:
        """For file_sd and http_sd. host: name or address with port, where all pages are."""
        groups = []
        for one in self._rooms.values():
            room = one.timeline.room
            inside = {"__metrics_path__": metrics_path(room.site, room.id), "__scheme__": scheme, "instance": room.key}
            groups.append({"targets": [host], "labels": {**inside, **room.labels()}})
        return "[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in groups) + "\n]\n"

    @property
    def timelines(self) -> list[RoomTimeline]:
        return [one.timeline for one in self._rooms.values()]


def metrics_path(site: str, room: str) -> str:
    return f"/room/{site}/{room}/metrics"
