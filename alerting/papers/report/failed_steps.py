"""Which of the journal's events say that a step did not work, and the finding that each of them is. Pure.

An event counts by its verb, by its reason, or because its reason is a failure of the table of reasons: a new code
that can fail is a finding without a word here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alerting.journal.rows import Event
from alerting.model.reason import Reason, text_of
from alerting.model.reason_codes import REASON_CODES
from alerting.papers.report.case_file import CaseFile, silent_since
from alerting.papers.report.report_finding import ReportFinding
from alerting.papers.report.terms import Duration, EntryName, People, RemedyName, Term, Value

FAILING_VERBS: Mapping[str, str] = {
    "remedy_failed": "remedy_failed",
    "remedy_impossible": "remedy_impossible",
    "remedy_not_helped": "remedy_not_helped",
    "remedy_unknown": "remedy_unknown",
    "remedy_limited": "remedy_limited",
    "remedy_refused": "remedy_refused",
    "backup_failed": "backup_failed",
    "backup_none_left": "no_backup_left",
    "helper_declined": "helper_declined",
    "helper_silent": "helper_silent",
    "reply_refused": "reply_refused",
    "reopened": "reopened",
    "report_overdue": "report_overdue",
    "drill_failed": "drill_not_begun",
    "drill_skipped": "drill_not_begun",
    "drill_undetected": "drill_not_begun",
}
"""Event → finding, whatever its reason is."""
FAILING_REASONS: Mapping[str, str] = {
    "reached_nobody": "step_reached_nobody",
    "not_delivered": "step_not_delivered",
    "unreachable": "people_unreachable",
    "alertmanager_silent": "alertmanager_silent",
    "not_in_stock": "spare_missing",
    "files_not_made": "files_not_made",
}
"""Reason → finding, whatever event it stands at."""
JUDGED_AS_A_WHOLE = frozenset({"take_expired", "unanswered", "class", "severity", "resolved"})
"""Events that rules of findings.py weigh together with others."""
ANSWERS = frozenset({"backup_proposed"})
"""Events whose reason is the failure of the step before, which has an event of its own."""


REASONS_OF_A_WHOLE = frozenset({"take_expired", "nobody_answered", "nobody_reached"})
"""Reasons of those events; where one stands at a step as well, it would be told twice."""


def failed_steps(case: CaseFile) -> Iterator[ReportFinding]:
    for event in case.events:
        code = finding_of(event)
        if code:
            values = _values(event)
            if code == "step_failed":
                values["what"] = Term(f"event.{event.verb}")
            yield ReportFinding(code=code, subject=_subject(event, code), values=values)
    for event in case.away:
        start, end = max(silent_since(event), case.began), min(event.at, case.end)
        if end > start:
            yield ReportFinding(code="monitor_away", values={"span": Duration(end - start)})


def finding_of(event: Event) -> str:
    """The finding that an event is by itself; "" for none."""
    if event.verb in JUDGED_AS_A_WHOLE or event.verb in ANSWERS:
        return ""
    if event.verb == "backup_failed" and not event.why:
        return "backup_failed_untold"
    if event.verb in FAILING_VERBS:
        return FAILING_VERBS[event.verb]
    if event.why.code in FAILING_REASONS:
        return FAILING_REASONS[event.why.code]
    if event.why.code in REASONS_OF_A_WHOLE or not says_failure(event.why):
        return ""
    return "backup_not_opened" if event.verb == "backup_started" else "step_failed"


def says_failure(reason: Reason) -> bool:
    """True where the reason, or one within it, is a failure."""
    known = REASON_CODES.get(reason.code)
    within = (value for value in reason.values.values() if isinstance(value, Reason))
    return (known is not None and known.failure) or any(says_failure(one) for one in within)


def _subject(event: Event, code: str) -> str:
    """What the finding is about, the same over incidents."""
    if code.startswith("remedy"):
        return f"{event.data.get('kind', '')}/{event.data.get('target', '')}"
    if code.startswith("backup"):
        return str(event.data.get("name", ""))
    if code in ("helper_declined", "reply_refused"):
        return event.by
    if code == "step_failed":
        return f"{event.verb}/{event.why.code}"
    return "/".join(str(value) for value in event.why.values.values() if isinstance(value, str))


def _values(event: Event) -> dict[str, Value]:
    """Everything that a finding's text may ask for."""
    data, why = event.data, event.why
    values: dict[str, Value] = {"who": People((event.by,)), "why": text_of(why) or why or Term("report.no_reason")}
    for name, value in why.values.items():
        match name, value:
            case "people", tuple():
                values["who"] = People(value)
            case "entry", str():
                values["backup"] = values["what"] = EntryName(value)
            case "span", int() | float():
                values["span"] = Duration(float(value))
            case "step", str():
                values["step"] = value
            case _:
                pass
    if event.verb.startswith("remedy"):
        values["what"] = RemedyName(str(data.get("kind", "")), str(data.get("target", "")))
    elif event.verb.startswith("backup") and data.get("name"):
        values["backup"] = EntryName(str(data["name"]))
    values.setdefault("what", Term(f"event.{event.verb}"))
    return values
