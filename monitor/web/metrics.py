"""The /metrics page: one collector over one snapshot.

No label has values without a bound (no pid, no incident, no message).
"""

from __future__ import annotations

import math
import os
import platform
import re
import resource
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from alerting.model.catalogue import KINDS
from alerting.model.room import Room
from alerting.service.figures import AlertingFigures
from alerting.service.metrics import alerting_metrics
from monitor.heartbeat import HeartbeatFigures as BeatFigures
from monitor.pipeline.snapshot import Snapshot
from probes.threshold import Status

STATES: Mapping[Status, float] = {Status.OK: 0, Status.DEGRADED: 1, Status.FAILED: 2, Status.UNKNOWN: 3}

MAX_READING_SERIES = 150
"""Of the 250 series a room may have, what readings may use; beyond it values are left out and counted."""


class RoomCollector(Collector):
    """Reads the snapshot when it is scraped; holds nothing of its own. beats: by dead-man's switch."""

    def __init__(
        self,
        snapshot: Snapshot,
        room: Room,
        figures: AlertingFigures,
        beats: Mapping[str, BeatFigures] = MappingProxyType({}),
    ) -> None:
        self.snapshot = snapshot
        self.room = room
        self.figures = figures
        self.beats = beats

    def collect(self) -> Iterator[Metric]:
        yield from self._about()
        yield from self._checks()
        yield from self._readings()
        yield from self._probes()
        yield from alerting_metrics(self.figures)
        yield from self._heartbeats()
        yield from self._self()

    def _about(self) -> Iterator[Metric]:
        build = GaugeMetricFamily("roomwatch_build_info", "The running version.", labels=["version", "python"])
        build.add_metric([self.snapshot.version, platform.python_version()], 1)
        yield build
        room = GaugeMetricFamily(
            "roomwatch_room_info", "The room and where it is.", labels=["room", "name", "floor", "site", "mode"]
        )
        room.add_metric([self.room.id, self.room.name, self.room.floor, self.room.site, self.snapshot.mode], 1)
        yield room
        running = self.snapshot.meeting.running
        yield GaugeMetricFamily(
            "roomwatch_meeting_running",
            "1 while a meeting runs, 0 while none does, NaN while unknown.",
            value=math.nan if running is None else float(running),
        )

        meeting = self.snapshot.meeting
        yield GaugeMetricFamily(
            "roomwatch_meeting_occupied",
            "1 while somebody uses camera or microphone and no meeting runs.",
            value=float(meeting.running is False and meeting.occupied),
        )
        yield GaugeMetricFamily(
            "roomwatch_meeting_starts_in_seconds",
            "Seconds to the calendar's next meeting, NaN where none is known.",
            value=math.nan if meeting.starts_in is None else meeting.starts_in,
        )
        checked = self.snapshot.premeeting
        yield GaugeMetricFamily(
            "roomwatch_premeeting_go",
            "Result of the last check before a meeting: 1 go, 0 no-go, NaN before the first.",
            value=math.nan if checked is None else float(checked["go"]),
        )
        yield GaugeMetricFamily(
            "roomwatch_premeeting_timestamp_seconds",
            "When the last check before a meeting was made, 0 before the first.",
            value=0.0 if checked is None else checked["at"],
        )
        total = CounterMetricFamily("roomwatch_premeeting_checks", "Checks before meetings.", labels=["result"])
        for go, name in ((True, "go"), (False, "no-go")):
            total.add_metric([name], self.snapshot.premeeting_total[go])
        yield total

    def _checks(self) -> Iterator[Metric]:
        state = GaugeMetricFamily(
            "roomwatch_check_state",
            "Settled state of a check: 0 ok, 1 degraded, 2 failed, 3 unknown.",
            labels=["check", "target"],
        )
        fault = GaugeMetricFamily(
            "roomwatch_fault_open",
            "1 for each open fault; cause is empty where it is a cause itself.",
            labels=["code", "target", "class", "cause"],
        )
        explained = {code: cause for cause, codes in self.snapshot.causes.items() for code in codes}
        for (check, target), entry in sorted(self.snapshot.entries.items()):
            unknown = entry.state.last is not None and entry.state.last.status is Status.UNKNOWN
            shown = Status.UNKNOWN if unknown and not entry.state.fault else entry.state.settled
            state.add_metric([check, target], STATES[shown])
            code = entry.state.fault
            if code:
                fault.add_metric([code, target, KINDS[code].fault_class.value, explained.get(code, "")], 1)
        yield state
        yield fault

    def _readings(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        room, left_out = MAX_READING_SERIES, 0
        for (check, target), entry in sorted(self.snapshot.entries.items()):
            for name, value in sorted(entry.values.items()):
                if room == 0:
                    left_out += 1
                    continue
                room -= 1
                metric = "roomwatch_" + re.sub(r"[^a-z0-9_]", "_", f"{check}_{name}".lower())
                family = families.get(metric)
                if family is None:
                    text = f"Last {name.replace('_', ' ')} of the check {check}."
                    family = families[metric] = GaugeMetricFamily(metric, text, labels=["target"])
                family.add_metric([target], value)
        yield from families.values()
        yield GaugeMetricFamily(
            "roomwatch_readings_left_out", "Values not exported because the room has too many.", value=left_out
        )

    def _probes(self) -> Iterator[Metric]:
        duration = GaugeMetricFamily(
            "roomwatch_probe_duration_seconds", "How long the last run took.", labels=["probe"]
        )
        success = GaugeMetricFamily(
            "roomwatch_probe_success", "1 when the last run ended with outcomes.", labels=["probe"]
        )
        runs = CounterMetricFamily("roomwatch_probe_runs", "Runs since the start.", labels=["probe"])
        timeouts = CounterMetricFamily("roomwatch_probe_timeouts", "Runs over their deadline.", labels=["probe"])
        crashes = CounterMetricFamily("roomwatch_probe_crashes", "Runs that raised.", labels=["probe"])
        for name, figures in sorted(self.snapshot.figures.items()):
            duration.add_metric([name], figures.duration_seconds)
            success.add_metric([name], float(figures.success))
            runs.add_metric([name], figures.runs)
            timeouts.add_metric([name], figures.timeouts)
            crashes.add_metric([name], figures.crashes)
        yield from (duration, success, runs, timeouts, crashes)
        yield CounterMetricFamily(
            "roomwatch_isolated_children", "Capture children started.", value=self.snapshot.children_started
        )
        yield GaugeMetricFamily(
            "roomwatch_isolated_children_abandoned",
            "Capture children that the kernel would not let go of.",
            value=self.snapshot.children_abandoned,
        )

    def _heartbeats(self) -> Iterator[Metric]:
        beats = CounterMetricFamily(
            "roomwatch_heartbeats", "Beats to dead-man's switches by outcome.", labels=["switch", "outcome"]
        )
        for name, figures in sorted(self.beats.items()):
            beats.add_metric([name, "sent"], figures.sent)
            beats.add_metric([name, "failed"], figures.failed)
        yield beats

    def _self(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "roomwatch_last_tick_timestamp_seconds", "When the plan was last looked at.", value=self.snapshot.last_tick
        )
        yield GaugeMetricFamily(
            "roomwatch_start_timestamp_seconds", "When the daemon started.", value=self.snapshot.started
        )
        yield GaugeMetricFamily(
            "roomwatch_reload_problems",
            "Problems in the configuration refused by the last reload.",
            value=len(self.snapshot.refused),
        )
        used = resource.getrusage(resource.RUSAGE_SELF)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = CounterMetricFamily("roomwatch_cpu_seconds", "CPU used by the daemon and its children.", labels=["part"])
        cpu.add_metric(["daemon"], used.ru_utime + used.ru_stime)
        cpu.add_metric(["children"], children.ru_utime + children.ru_stime)
        yield cpu
        yield GaugeMetricFamily(
            "roomwatch_resident_memory_bytes", "Resident memory of the daemon.", value=_resident_bytes()
        )


def _resident_bytes() -> float:
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 (one read a scrape, the shortest way)
            return float(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return math.nan


def render(collector: RoomCollector) -> bytes:
    """The page in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return generate_latest(registry)
