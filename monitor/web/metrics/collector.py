"""The page as a whole, out of one snapshot. No label grows: no pid, no incident, no message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from alerting.model.room import Room
from alerting.service.metrics import alerting_metrics, code_metrics, delivery_metrics
from alerting.service.state_figures import AlertingFigures
from monitor.heartbeat import HeartbeatFigures
from monitor.pipeline.snapshot import Snapshot
from monitor.web.metrics.faults import check_families, count_families, fault_families
from monitor.web.metrics.itself import heartbeat_families, itself_families, probe_families, wall_port_families
from monitor.web.metrics.readings_by_importance import reading_families
from monitor.web.metrics.reduced import reduced
from monitor.web.metrics.room import room_families
from monitor.web.metrics.series_count import Budget

MOST_CHANNELS = 3
"""Kinds of channel with a histogram of their own: a plan has a messenger, mail, and something for the night."""
MOST_CODES = 10
"""Faults counted by code, the most frequent ones: a room breaks in few ways."""


class RoomCollector(Collector):
    """Reads the snapshot when it is scraped; holds nothing of its own. beats: by dead-man's switch. reduced: at most
    100 series, those of monitor/web/metrics/reduced.py."""

    def __init__(
        self,
        snapshot: Snapshot,
        room: Room,
        figures: AlertingFigures,
        beats: Mapping[str, HeartbeatFigures] = MappingProxyType({}),
        *,
        reduced: bool = False,
    ) -> None:
        self.snapshot = snapshot
        self.room = room
        self.figures = figures
        self.beats = beats
        self.reduced = reduced

    def collect(self) -> Iterator[Metric]:
        return reduced(self._whole()) if self.reduced else self._whole()

    def _whole(self) -> Iterator[Metric]:
        """First what every page has, then what is shown as long as there is room, the most important first."""
        budget, snapshot, figures = Budget(), self.snapshot, self.figures
        yield from budget.spend(room_families(snapshot, self.room))
        yield from budget.spend(count_families(snapshot))
        yield from budget.spend(alerting_metrics(figures))
        yield from budget.spend(itself_families(snapshot))
        yield from fault_families(snapshot, figures, budget)
        yield from wall_port_families(snapshot, budget)
        yield from probe_families(snapshot, budget)
        channels = budget.grant("others", len(figures.response.deliveries), most=MOST_CHANNELS, each=6)
        yield from delivery_metrics(figures.response, channels)
        codes = budget.grant("faults", len(figures.response.faults), most=MOST_CODES)
        yield from code_metrics(figures.response, codes)
        yield from heartbeat_families(self.beats, budget)
        yield from check_families(snapshot, budget)
        yield from reading_families(snapshot, budget)
        yield from budget.families()
