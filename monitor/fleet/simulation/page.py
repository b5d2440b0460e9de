"""The metrics page of a simulated room: the daemon's own collector over what the scenario says."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from alerting.model.room import Room
from monitor.fleet.simulation.state import RoomMoment, beats_of, figures_of, snapshot_of
from monitor.web.metrics.collector import RoomCollector

RESIDENT_BYTES, VIRTUAL_BYTES, OPEN_FILES, MOST_FILES = 60e6, 900e6, 40.0, 1024.0
"""Of a usual daemon."""
CPU_SHARE = 0.006
"""Of one processor that a usual daemon takes."""
GONE_WHEN_REDUCED = (
    "process_",
    "roomwatch_application_",
    "roomwatch_audit_last_run_",
    "roomwatch_camera_",
    "roomwatch_check_state",
    "roomwatch_children_cpu_",
    "roomwatch_children_started",
    "roomwatch_clock_offset_",
    "roomwatch_cpu_",
    "roomwatch_disk_free_bytes",
    "roomwatch_dns_",
    "roomwatch_gateway_",
    "roomwatch_heartbeat",
    "roomwatch_incident_phase_",
    "roomwatch_internet_",
    "roomwatch_media_",
    "roomwatch_memory_",
    "roomwatch_microphone_",
    "roomwatch_notification_delivery_",
    "roomwatch_notifications_oldest_",
    "roomwatch_notifications_total",
    "roomwatch_premeeting_checks",
    "roomwatch_probe_",
    "roomwatch_series_left_out",
    "roomwatch_service_phase_",
    "roomwatch_speaker_",
)
"""What 10,000 rooms can do without, by the beginnings of the names: single readings, histograms, the monitor itself.
The room's state, its checks by state, its faults, incidents and meetings stay."""


class SimulatedCollector(Collector):
    """Of one moment. reduced: at most 100 series, by leaving out GONE_WHEN_REDUCED."""

    def __init__(self, moment: RoomMoment, stopping: str = "", *, reduced: bool = False) -> None:
        room = moment.timeline.room
        self._moment, self._reduced = moment, reduced
        self._page = RoomCollector(
            snapshot_of(moment, stopping),
            Room(id=room.id, name=room.name, floor=room.floor, site=room.site),
            figures_of(moment),
            beats_of(moment),
        )

    def collect(self) -> Iterator[Metric]:
        own = self._of_no_machine()
        for family in self._page.collect():
            written = f"{family.name}_total" if family.type == "counter" else family.name
            if self._reduced and written.startswith(GONE_WHEN_REDUCED):
                continue
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
