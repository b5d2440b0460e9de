"""The metrics page of a simulated room: the daemon's own collector over what the scenario says."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from alerting.model.room import Room
from monitor.fleet.simulation.state import RoomMoment, beats_of, figures_of, snapshot_of
from monitor.web.metrics.collector import RoomCollector

RESIDENT_BYTES, VIRTUAL_BYTES, OPEN_FILES, MOST_FILES = 60e6, 900e6, 40.0, 1024.0
"""What a usual daemon takes."""
CPU_SHARE = 0.006
"""Share of one processor that a usual daemon takes."""


class SimulatedCollector(Collector):
    """The page of one moment. reduced: as RoomCollector has it."""

    def __init__(self, moment: RoomMoment, stopping: str = "", *, reduced: bool = False) -> None:
        room = moment.timeline.room
        self._moment = moment
        self._page = RoomCollector(
            snapshot_of(moment, stopping),
            Room(id=room.id, name=room.name, floor=room.floor, site=room.site),
            figures_of(moment),
            beats_of(moment),
            reduced=reduced,
        )

    def collect(self) -> Iterator[Metric]:
        own = self._of_no_machine()
        for family in self._page.collect():
            value = own.get(family.name)
            if value is None:
                yield family
            else:
                yield _with(family, value)

    def _of_no_machine(self) -> dict[str, float]:
        """Families that the collector reads from the machine on which it runs, by name, with what a room would show."""
        moment = self._moment
        ran = moment.clock.lasts(moment.now - moment.boot.at)
        following = next((start for start, _ in moment.timeline.meetings if start > moment.now), None)
        return {
            "roomwatch_time_seconds": moment.shown(moment.now),
            "roomwatch_next_meeting_start_timestamp_seconds": 0.0 if following is None else moment.shown(following),
            "roomwatch_children_cpu_seconds": ran * CPU_SHARE,
            "process_cpu_seconds": ran * CPU_SHARE,
            "process_resident_memory_bytes": RESIDENT_BYTES,
            "process_virtual_memory_bytes": VIRTUAL_BYTES,
            "process_open_fds": OPEN_FILES,
            "process_max_fds": MOST_FILES,
            "process_start_time_seconds": moment.shown(moment.boot.at),
        }


def _with(family: Metric, value: float) -> Metric:
    """The same family with another value of its only series."""
    made = Metric(family.name, family.documentation, family.type, family.unit)
    made.samples = [sample._replace(value=value) for sample in family.samples]
    return made
