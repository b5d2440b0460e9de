"""Improvements proposed by rule out of findings, and which of them are still open. Pure.

An improvement is the same one over all incidents that ask for it: it is proposed once and stays open until a person
says that it is done; an incident after that opens it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerting.journal.rows import Event
from alerting.papers.report.report_finding import ReportFinding
from alerting.papers.report.terms import Value

PROPOSED: Mapping[str, str] = {
    "detect_late": "watch_closer",
    "acknowledge_late": "answer_sooner",
    "acknowledge_missing": "answer_sooner",
    "silent": "ask_silent",
    "nobody_answered": "widen_chain",
    "nobody_reached": "reach_anyone",
    "take_expired": "hand_over",
    "way_failed": "mend_way",
    "not_reached": "second_way",
    "slow_way": "mend_way",
    "mitigate_late": "drill_backup",
    "mitigate_missing": "drill_backup",
    "restore_late": "restore_sooner",
    "restore_missing": "restore_sooner",
    "spare_slow": "place_spare",
    "repeated": "replace_device",
    "repeated_cause": "trace_cause",
    "not_confirmed": "train_confirm",
    "nothing_said": "train_done",
    "empty_step": "fill_step",
    "not_monitored": "watch_more",
    "class_corrected": "correct_rule",
    "forced": "verify_recovery",
    "discontent": "ask_participants",
    "unwatched": "watch_again",
    "severity_corrected": "correct_rule",
    "way_expired": "mend_way",
    "not_reached_in_time": "second_way",
    "leadership_not_told": "reach_leadership",
    "remedy_failed": "mend_remedy",
    "remedy_impossible": "mend_remedy",
    "remedy_not_helped": "rethink_remedy",
    "remedy_unknown": "find_outcome",
    "remedy_limited": "end_repeats",
    "remedy_refused": "agree_remedy",
    "backup_failed": "mend_backup",
    "backup_failed_untold": "mend_backup",
    "backup_not_opened": "mend_backup",
    "no_backup_left": "add_backup",
    "helper_declined": "name_helpers",
    "helper_silent": "name_helpers",
    "spare_missing": "stock_spare",
    "step_reached_nobody": "reach_step",
    "step_not_delivered": "reach_step",
    "people_unreachable": "reach_people",
    "alertmanager_silent": "mend_alertmanager",
    "reply_refused": "teach_replies",
    "reopened": "confirm_recovery",
    "files_not_made": "mend_printing",
    "report_overdue": "sign_in_time",
    "monitor_away": "keep_running",
    "drill_not_begun": "repeat_drill",
    "step_failed": "mend_step",
}
"""Finding → improvement, whose text stands under ``report.improvement``. Every finding that does not praise has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """key: "<code>:<subject>", stable over incidents. finding: why, None where a person added it (``text``, with
    the contact who owns it and the day until which it is due)."""

    key: str
    code: str = ""
    values: Mapping[str, Value] | None = None
    finding: ReportFinding | None = None
    text: str = ""
    owner: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenImprovement:
    """One that nobody has closed since it was last asked for. incidents: the numbers that ask for it."""

    improvement: Improvement
    since: float
    incidents: tuple[int, ...]


def propose(findings: Iterable[ReportFinding]) -> tuple[Improvement, ...]:
    """Each improvement once, with the finding that asks for it first."""
    found: dict[str, Improvement] = {}
    for finding in findings:
        code = PROPOSED.get(finding.code, "")
        if code:
            key = f"{code}:{finding.subject}" if finding.subject else code
            if key not in found:
                found[key] = Improvement(key=key, code=code, values=finding.values, finding=finding)
    return tuple(found.values())


def still_open(asked: Iterable[tuple[float, int, Improvement]], events: Iterable[Event]) -> tuple[OpenImprovement, ...]:
    """The ledger. asked: (when the incident opened, its number, what it asks for). events: of the whole journal;
    "improvement_added" (data: key, text) and "improvement_closed" (data: key) count. Oldest first."""
    closed: dict[str, float] = {}
    entries = list(asked)
    for event in events:
        key = str(event.data.get("key", ""))
        if event.verb == "improvement_closed":
            closed[key] = max(event.at, closed.get(key, 0.0))
        elif event.verb == "improvement_added":
            text = str(event.data.get("text", ""))
            entries.append((event.at, event.incident, _own(key, text, event)))
    wanted: dict[str, list[tuple[float, int, Improvement]]] = {}
    for entry in sorted(entries, key=lambda entry: entry[0]):
        if entry[0] > closed.get(entry[2].key, -1.0):
            wanted.setdefault(entry[2].key, []).append(entry)
    return tuple(
        OpenImprovement(
            improvement=own[-1][2],
            since=own[0][0],
            incidents=tuple(dict.fromkeys(number for _, number, _ in own if number)),
        )
        for own in wanted.values()
    )


def _own(key: str, text: str, event: Event) -> Improvement:
    return Improvement(key=key, text=text, owner=str(event.data.get("owner", "")), due=str(event.data.get("due", "")))
