"""The room itself on the metrics page: who it is, its meetings, its state, and what may be muted now."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator

from prometheus_client.core import Metric

from alerting.model.room import Room
from monitor.pipeline.room_times import ROOM_STATES
from monitor.pipeline.snapshot import Snapshot
from monitor.web.metrics.shapes import counter, counters, gauge, gauges, info, one_of

MEETING_STATES = ("running", "occupied", "free", "unknown")
READINESS = ("go", "no_go", "not_checked")
SAME_START_SECONDS = 60.0
"""A calendar moves a meeting by minutes; what is left below that is rounding of "starts in"."""


def room_families(snapshot: Snapshot, room: Room) -> Iterator[Metric]:
    yield from _about(snapshot, room)
    yield from _meeting(snapshot)
    yield from _state(snapshot)


def _about(snapshot: Snapshot, room: Room) -> Iterator[Metric]:
    yield info(
        "roomwatch_build_info",
        "The running version, in labels.",
        {"version": snapshot.version, "python": platform.python_version()},
    )
    yield info(
        "roomwatch_room_info",
        "The room as its running configuration names it. Which room is scraped is said by the scrape's own labels.",
        {
            "configured_site": room.site,
            "configured_room": room.id,
            "configured_floor": room.floor,
            "name": room.name,
        },
    )
    yield gauge("roomwatch_time_seconds", "The room's clock at this scrape, in Unix seconds.", time.time())
    yield gauge(
        "roomwatch_last_tick_timestamp_seconds",
        "When the plan was last looked at, by the room's clock; compare it with roomwatch_time_seconds.",
        snapshot.last_tick,
    )
    yield gauge("roomwatch_ready", "1 once every probe has run since the start.", float(snapshot.ready))
    yield gauge(
        "roomwatch_observing", "1 in observe mode: faults are seen and nobody is told.", float(snapshot.mode != "act")
    )
    # One series, no state set: the rules read it of each room at each scrape.
    yield gauges(
        "roomwatch_stopping",
        "1 from the moment a clean end begins, by why it ends; 0 without a reason while the daemon runs.",
        ("reason",),
        [((snapshot.stopping,), float(bool(snapshot.stopping)))],
    )
    yield gauge(
        "roomwatch_previous_run_ended_cleanly",
        "1 where the run before this one was ended in order, 0 after a crash or a power cut and at the first start.",
        float(snapshot.clean_start),
    )
    yield gauge("roomwatch_working_time", "1 within the room's working hours.", float(snapshot.working_hours))
    yield gauge(
        "roomwatch_maintenance",
        "1 while a maintenance window of the whole room runs; faults of one of some checks are held.",
        float(snapshot.maintenance_until > 0),
    )
    yield gauge(
        "roomwatch_maintenance_end_timestamp_seconds",
        "When the running maintenance windows of the whole room end, 0 where none runs.",
        snapshot.maintenance_until,
    )


def meeting_state(snapshot: Snapshot) -> str:
    running = snapshot.meeting.running
    if running is None:
        return "unknown"
    if running:
        return "running"
    return "occupied" if snapshot.meeting.occupied else "free"


def _next_start(snapshot: Snapshot) -> float:
    left = snapshot.meeting.starts_in
    return 0.0 if left is None else round(time.time() + left)


def _readiness(snapshot: Snapshot, start: float) -> str:
    """The verdict on the next meeting; that on an earlier one says nothing of it."""
    checked = snapshot.premeeting
    if checked is None or not start or abs((checked["starts_at"] or 0.0) - start) > SAME_START_SECONDS:
        return "not_checked"
    return "go" if checked["go"] else "no_go"


def _meeting(snapshot: Snapshot) -> Iterator[Metric]:
    yield one_of(
        "roomwatch_meeting_state",
        "1 for what is known of a meeting in the room; occupied: camera or microphone in use and no meeting.",
        "state",
        MEETING_STATES,
        meeting_state(snapshot),
    )
    start = _next_start(snapshot)
    yield gauge(
        "roomwatch_next_meeting_start_timestamp_seconds",
        "When the calendar's next meeting starts, 0 where none is known.",
        start,
    )
    yield one_of(
        "roomwatch_next_meeting_readiness",
        "1 for the result of the check made before the next meeting.",
        "state",
        READINESS,
        _readiness(snapshot, start),
    )
    yield counters(
        "roomwatch_premeeting_checks",
        "Checks made before meetings, by result.",
        ["result"],
        [(["go"], snapshot.premeeting_total[True]), (["no_go"], snapshot.premeeting_total[False])],
    )
    times = snapshot.times
    yield counter("roomwatch_meetings", "Meetings that were seen to run.", times.meetings)
    yield counter(
        "roomwatch_meetings_hit",
        "Meetings during which a critical incident was open that nothing mitigated.",
        times.meetings_hit,
    )
    yield counter("roomwatch_meeting_seconds", "Seconds in which a meeting ran.", times.meeting_seconds)
    yield counter(
        "roomwatch_meeting_hit_seconds",
        "Seconds of meetings with a critical incident open that nothing mitigated.",
        times.meeting_hit_seconds,
    )


def _state(snapshot: Snapshot) -> Iterator[Metric]:
    yield one_of(
        "roomwatch_room_state",
        "1 for the room as people find it; impaired: a meeting is possible and something is missing.",
        "state",
        ROOM_STATES,
        snapshot.times.state,
    )
    yield counters(
        "roomwatch_room_state_seconds",
        "Seconds that the room spent in each state: its availability.",
        ["state"],
        [([state], snapshot.times.seconds[state]) for state in ROOM_STATES],
    )
