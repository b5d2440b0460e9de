"""What one simulated room shows at one moment: the same snapshot and figures that a daemon's page is made of."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from alerting.model.catalogue import KINDS
from alerting.model.fault import Severity
from alerting.model.histogram import Histogram
from alerting.model.meeting_state import MeetingState
from alerting.plan.severity import SeverityRules, judge_severity
from alerting.service.response_times import DELIVERY_BOUNDS, ResponseCounters
from alerting.service.state_figures import AlertingFigures, OpenFault, OpenIncidents
from monitor.fleet.simulation.clock import SimulatedClock
from monitor.fleet.simulation.fittings import PROBES
from monitor.fleet.simulation.intervals import clip, common, length, union, within
from monitor.fleet.simulation.looks import entries
from monitor.fleet.simulation.timeline import WORK_BEGINS, WORK_ENDS, Boot, RoomTimeline, SimulatedFault
from monitor.heartbeat import HeartbeatFigures
from monitor.pages.usable import METRIC_STATES, usable
from monitor.pipeline.room_times import RoomTimes
from monitor.pipeline.scheduler import RunFigures
from monitor.pipeline.snapshot import Snapshot
from monitor.settings.running import Fingerprints, RunningConfig

RULES = SeverityRules()
BEAT_SECONDS = 60.0
READY_SECONDS = 60.0
"""After a start: the slowest probes look once a minute."""
MESSAGES_A_FAULT = 2
"""One that tells it, one that ends it."""
DELIVERY_SECONDS = {"dingtalk": 0.4, "mailto": 7.5}
"""That a message takes by each way: a web hook answers within one, a mail server within ten."""


@dataclass(frozen=True, slots=True)
class RoomMoment:
    """A room at one moment of the scenario. skew: seconds by which the room's clock is ahead."""

    timeline: RoomTimeline
    clock: SimulatedClock
    now: float
    boot: Boot
    skew: float = 0.0

    def shown(self, moment: float) -> float:
        """By the room's clock, as the reader sees it."""
        return self.clock.shown(moment) + self.skew

    @property
    def past(self) -> list[SimulatedFault]:
        """The causes that people were told of since the start, also those that are over."""
        return [one for one in self.timeline.faults if self.boot.at <= one.start <= self.now and self.is_told(one)]

    def is_told(self, fault: SimulatedFault) -> bool:
        """No symptom, and not held back by maintenance."""
        return not fault.cause and within(self.timeline.maintenance, max(fault.start, self.boot.at)) is None

    @property
    def present(self) -> list[SimulatedFault]:
        return [one for one in self.timeline.faults if one.start <= self.now < one.end]

    def meeting(self) -> MeetingState:
        running = within(self.timeline.meetings, self.now)
        following = next((start for start, _ in self.timeline.meetings if start > self.now), None)
        return MeetingState(
            running=running is not None,
            starts_in=None if following is None else self.clock.lasts(following - self.now),
            ends_in=None if running is None else self.clock.lasts(running[1] - self.now),
            confidence=1.0,
        )


def moment_of(timeline: RoomTimeline, clock: SimulatedClock, now: float) -> RoomMoment | None:
    """None before the room's first start."""
    boot = next((one for one in reversed(timeline.boots) if one.at <= now), None)
    skew = next((seconds for start, end, seconds in timeline.skews if start <= now < end), 0.0)
    return None if boot is None else RoomMoment(timeline, clock, now, boot, skew)


def snapshot_of(moment: RoomMoment, stopping: str) -> Snapshot:
    """stopping: why the run is about to end, "" while it goes on."""
    timeline, now = moment.timeline, moment.now
    made = Snapshot(timeline.room.id, moment.boot.version, moment.shown(moment.boot.at), "act")
    present = moment.present
    made.entries = entries(
        moment.timeline.room,
        now,
        moment.shown(now),
        {(one.check, one.target): (one.code, moment.shown(one.start)) for one in present if one.check},
    )
    for one in present:
        if one.cause:
            made.causes[one.cause] = (*made.causes.get(one.cause, ()), one.code)
    made.meeting = moment.meeting()
    made.figures = _runs(moment)
    stalled = within(timeline.stalls, now)
    made.last_tick = moment.shown(stalled[0] if stalled else now - 1.0)
    made.ready = now - moment.boot.at >= READY_SECONDS
    made.clean_start, made.stopping = moment.boot.clean, stopping
    made.working_hours = _working_hours(timeline, now)
    window = within(timeline.maintenance, now)
    if window is not None:
        made.maintenance_until, made.in_maintenance = moment.shown(window[1]), frozenset(made.entries)
    made.times = _times(moment)
    made.config = RunningConfig(
        files=Fingerprints(base=_digest("base"), overlay=_digest(timeline.room.key), plan=_digest("plan")),
        taken_at=made.started,
    )
    made.children_started = int(moment.clock.lasts(now - moment.boot.at) / 900.0)
    return made


def figures_of(moment: RoomMoment) -> AlertingFigures:
    past, causes = moment.past, [one for one in moment.present if moment.is_told(one)]
    made = AlertingFigures(outcomes={"sent": MESSAGES_A_FAULT * len(past)}, response=_response(moment, past))
    made.last_audit = moment.shown(moment.now - moment.now % BEAT_SECONDS)
    open_now: dict[OpenIncidents, int] = {}
    faults = []
    for one in causes:
        severity = _severity(moment, one, moment.now)
        key = OpenIncidents(severity=severity.word, taken=one.taken <= moment.now, drill=False)
        open_now[key] = open_now.get(key, 0) + 1
        since = moment.shown(one.start)
        faults.append(OpenFault(code=one.code, target=one.target, since=since, severity=severity.word))
    made.incidents, made.faults = open_now, tuple(faults)
    made.critical = any(key.severity == "critical" for key in open_now)
    return made


def beats_of(moment: RoomMoment) -> dict[str, HeartbeatFigures]:
    sent = int((moment.now - moment.boot.at) / BEAT_SECONDS)
    return {"outside": HeartbeatFigures(sent=sent, last=moment.shown(moment.boot.at + sent * BEAT_SECONDS))}


def _severity(moment: RoomMoment, fault: SimulatedFault, at: float) -> Severity:
    running = within(moment.timeline.meetings, at) is not None
    return judge_severity(KINDS[fault.code], MeetingState(running=running), RULES)


def _response(moment: RoomMoment, past: list[SimulatedFault]) -> ResponseCounters:
    made = ResponseCounters()
    for one in past:
        made.faults[one.code] += 1
        made.incidents[_severity(moment, one, one.start).word] += 1
        made.phases["detect"].observe(min(30.0, KINDS[one.code].patience + 5.0))
        if one.taken <= min(moment.now, one.end):
            made.phases["acknowledge"].observe(one.taken - one.start)
        if one.end <= moment.now:
            made.phases["restore"].observe(one.end - one.start)
        for way, seconds in DELIVERY_SECONDS.items():
            made.deliveries.setdefault(way, Histogram(DELIVERY_BOUNDS)).observe(seconds)
    return made


def _times(moment: RoomMoment) -> RoomTimes:
    """What RoomTimes counts while it looks on, worked out at once."""
    boot, now, timeline = moment.boot.at, moment.now, moment.timeline
    seen = [one for one in timeline.faults if moment.is_told(one) and one.start < now and one.end > boot]
    meetings = clip(timeline.meetings, boot, now)
    critical = union((one.start, one.end) for one in seen if KINDS[one.code].weight is Severity.CRITICAL)
    hit = common(clip(critical, boot, now), meetings)
    made, lasts = RoomTimes(), moment.clock.lasts
    for start, end, made.state in _states(seen, boot, now):
        made.seconds[made.state] += lasts(end - start)
    made.meetings = len(meetings)
    made.meetings_hit = sum(any(start < b and a < end for a, b in hit) for start, end in meetings)
    made.meeting_seconds, made.meeting_hit_seconds = lasts(length(meetings)), lasts(length(hit))
    return made


def _states(faults: list[SimulatedFault], boot: float, now: float) -> Iterator[tuple[float, float, str]]:
    """The room's state from boot to now, piece by piece; the last one holds now."""
    ready = boot + READY_SECONDS
    ends = {moment for one in faults for moment in (one.start, one.end)}
    edges = sorted({boot, *(one for one in (*ends, ready) if boot < one <= now)})
    for start, end in pairwise([*edges, now]):
        yield start, end, _state(frozenset(one.code for one in faults if one.start <= start < one.end), start >= ready)


@functools.cache
def _state(codes: frozenset[str], ready: bool) -> str:
    """As the daemon judges its own status document."""
    status = {"faults": [{"code": code} for code in codes], "checks": [{"state": "ok"}], "incidents": []}
    return METRIC_STATES[usable(status | {"ready": ready}).usable]


def _runs(moment: RoomMoment) -> dict[str, RunFigures]:
    ran = moment.clock.lasts(moment.now - moment.boot.at)
    made = {}
    for probe in PROBES:
        runs = int(ran / 15.0)
        figures = RunFigures(runs=runs, duration_seconds=0.2)
        figures.durations.counts[0], figures.durations.total = runs, runs * 0.2
        made[probe] = figures
    return made


def _working_hours(timeline: RoomTimeline, now: float) -> bool:
    here = dt.datetime.fromtimestamp(now, timeline.zone)
    return here.weekday() < 5 and WORK_BEGINS <= here.hour * 60 + here.minute < WORK_ENDS


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
