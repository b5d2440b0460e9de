"""The room's state as one plain document: what pages, the command line and the live view show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from alerting.messages.why_not_measured import why
from alerting.model.catalogue import KINDS
from alerting.words import load_words
from monitor.pipeline.snapshot import Entry, Snapshot
from monitor.settings import Settings
from probes.judge_reading import Status, Threshold
from probes.reading import Reading

SUSPECTED = "suspected"
"""Shown while a bad look waits for its confirmation."""


def check_state(entry: Entry) -> str:
    """What people see: suspected while a bad look waits for its confirmation, else as the metrics page shows it."""
    last = entry.state.last
    bad = last is not None and last.status in (Status.DEGRADED, Status.FAILED)
    return SUSPECTED if bad and not entry.state.fault else entry.shown_state


def _limits(values: Mapping[str, float], thresholds: Sequence[Threshold]) -> dict[str, dict[str, Any]]:
    """Value's name → the limit at which it is a fault, and whether it is one above or below it."""
    found = {}
    for one in thresholds:
        limit = one.failed if one.failed is not None else one.degraded
        if one.value in values and limit is not None:
            found[one.value] = {"limit": limit, "above": one.above}
    return found


def status_document(
    snapshot: Snapshot,
    settings: Settings,
    plan_part: dict[str, Any],
    now: float,
    thresholds: Mapping[str, Sequence[Threshold]] = MappingProxyType({}),
) -> dict[str, Any]:
    """JSON-ready. thresholds: by probe. A check's note is in the room's words; its reason is the same as a code with
    values, for readers of other languages, None where there is no code.

    plan_part: what the plan's engine says (incidents, nobody_reachable, pending, journal)."""
    explained = {code: cause for cause, codes in snapshot.causes.items() for code in codes}
    words = load_words(settings.room.language)
    checks = []
    faults = []
    for (check, target), entry in sorted(snapshot.entries.items()):
        state = check_state(entry)
        values = {name: value for name, value in entry.values.items() if math.isfinite(value)}
        last, reason = entry.state.last, entry.note
        over = last is not None and last.limit is not None
        checks.append(
            {
                "check": check,
                "target": target,
                "state": state,
                "values": values,
                "note": why(reason, words) if reason is not None else "",
                "reason": msgspec.to_builtins(reason),
                "fault": entry.state.fault or (last.fault if last is not None else ""),
                "limit": {"value": last.value, "limit": last.limit} if over and last is not None else None,
                "at": entry.at,
                "since": entry.state.since,
                "limits": _limits(values, thresholds.get(entry.probe, ())),
            }
        )
        code = entry.state.fault
        if code and code not in explained:
            faults.append(
                {
                    "code": code,
                    "room": snapshot.room,
                    "target": target,
                    "class": KINDS[code].fault_class.value,
                    "since": entry.state.since,
                    "symptoms": list(snapshot.causes.get(code, ())),
                    "passive": isinstance(entry.outcome, Reading) and entry.outcome.passive,
                }
            )
    meeting = snapshot.meeting
    return {
        "room": snapshot.room,
        "name": settings.room.name,
        "floor": settings.room.floor,
        "site": settings.room.site,
        "language": settings.room.language,
        "version": snapshot.version,
        "mode": snapshot.mode,
        "ready": snapshot.ready,
        "now": now,
        "timezone": settings.timezone,
        "started": snapshot.started,
        "meeting": {
            "running": meeting.running,
            "starts_in": meeting.starts_in,
            "ends_in": meeting.ends_in,
            "important": meeting.important,
            "confidence": meeting.confidence,
            "occupied": meeting.occupied,
            "listeners": list(meeting.listeners),
            "reasons": [{"code": one.code, "who": one.who} for one in meeting.reasons],
            "ended_at": snapshot.last_meeting.ended_at,
        },
        "premeeting": snapshot.premeeting,
        "configuration": {
            "taken_at": snapshot.config.taken_at,
            "problems": list(snapshot.config.problems),
            "restart_needed": list(snapshot.config.restart_needed),
            "differs": snapshot.config.differs,
        },
        "faults": faults,
        "checks": checks,
        "nobody_reachable": False,
        "journal": "",
        "incidents": [],
        "refused": list(snapshot.config.problems),
        "set_up": True,
        "commands": {"setup": "roomwatch setup", "test": "roomwatch notify-test", "check": "roomwatch check"},
        "inbound": [],
        "alertmanagers": [],
        "pending": 0,
        "screen_shows": [],
        "feedback_after_meetings": False,
        **plan_part,
    }
