"""What worked, what did not, and what follows: each rule by a case that has it and one that has not."""

from __future__ import annotations

from alerting.journal.rows import Event, Notification, NotificationState
from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import Severity
from alerting.model.incident import Phase, StepRecord
from alerting.model.reason import Reason, because
from alerting.papers.report.findings import find
from alerting.papers.report.improvements import PROPOSED, propose, still_open
from alerting.papers.report.times import measure
from alerting.words import LANGUAGES, load_words
from tests.alerting.stage import START
from tests.report.story import example_plan
from tests.report.test_report_document import case_of

PLAN = example_plan().data
CHAIN = {
    "critical": (
        EscalationStep(name="first", audience=("technical",)),
        EscalationStep(name="move", after=1200, action="backup"),
    )
}


def event(verb: str, after: float, by: str = "roomwatch", why: Reason = Reason(), **data: object) -> Event:
    return Event(incident=7, at=START + after, verb=verb, by=by, why=why, data=data)


def row(contact: str, after: float, **fields: object) -> Notification:
    values: dict[str, object] = {
        "key": f"k-{contact}-{after}",
        "incident": 7,
        "kind": "opened",
        "contact": contact,
        "channel": "1",
        "path": "mail",
        "decided_at": START + after,
        "expires_at": START + 9e4,
        "state": NotificationState.SENT,
        "accepted_at": START + after + 1,
        **fields,
    }
    return Notification(**values)  # type: ignore[arg-type]


def codes(*events: Event, rows: tuple[Notification, ...] = (), **fields: object) -> set[str]:
    return {one.code for one in find(case_of(*events, rows=rows, **fields), PLAN)}


def test_a_swift_response_has_nothing_to_blame() -> None:
    events = (
        event("opened", 0),
        event("taken", 60, "wang"),
        event("confirmed", 70, "wang"),
        event("resolved", 100, why=because("verified")),
    )
    rows = (row("wang", 0), row("chen", 70, kind="confirmed"))
    found = find(case_of(*events, rows=rows, done="线缆重新插好"), PLAN)
    assert [one.code for one in found if not one.good] == []
    assert {"detect_kept", "acknowledge_kept", "restore_kept", "all_delivered", "leadership_told", "verified"} <= {
        one.code for one in found
    }


def test_nobody_took_it_and_nobody_moved_the_meeting() -> None:
    found = codes(event("opened", 0), event("unanswered", 3000), resolved_at=START + 4000, chains=CHAIN)
    assert {"acknowledge_missing", "mitigate_missing", "restore_late", "nobody_reached"} <= found


def test_a_fault_that_heals_before_anyone_is_needed_blames_nobody() -> None:
    measured = {one.name: one for one in measure(case_of(event("opened", 0), chains=CHAIN), PLAN.targets)}
    assert (measured["acknowledge"].met, measured["acknowledge"].why) == (None, "healed")
    assert (measured["mitigate"].met, measured["mitigate"].why) == (None, "healed")


def test_a_notice_needs_nobody_and_no_backup() -> None:
    measured = measure(case_of(worst=Severity.NOTICE, resolved_at=START + 9000), PLAN.targets)
    assert [one.met for one in measured] == [True, None, None, False]


def test_an_incident_that_lasts_is_late_only_once_its_time_is_over() -> None:
    fields = {"phase": Phase.OPEN, "resolved_at": None, "chains": CHAIN}
    measured = {one.name: one for one in measure(case_of(event("opened", 0), **fields), PLAN.targets)}
    assert measured["restore"].met is False, "it has lasted 5000 s of 3600"
    assert measured["restore"].why == "open"


def test_a_way_that_failed_and_the_one_that_helped() -> None:
    rows = (
        row(
            "wang",
            0,
            state=NotificationState.FAILED,
            accepted_at=None,
            path="wecom",
            detail=because("as_written", text="errcode 93000"),
        ),
        row("wang", 1, channel="2", path="mail", key="k-wang-0+2"),
        row("chen", 0, state=NotificationState.EXPIRED, accepted_at=None),
        row("he", 0, accepted_at=START + 400),
    )
    found = find(case_of(rows=rows), PLAN)
    assert {(one.code, one.subject) for one in found if one.subject} == {
        ("way_failed", "wang/wecom"),
        ("way_expired", "chen/mail"),
        ("not_reached_in_time", "chen"),
        ("slow_way", "he/mail"),
    }
    assert "other_way" in {one.code for one in found}


def test_missing_steps_are_named() -> None:
    steps = (StepRecord(round=0, index=0, at=START, contacts=()),)
    found = codes(event("taken", 30, "wang"), resolved_at=START + 1000, steps=steps, chains=CHAIN)
    assert {"not_confirmed", "nothing_said", "empty_step"} <= found


def test_what_only_people_saw_is_something_to_watch() -> None:
    from alerting.model.incident import FaultRecord

    faults = (FaultRecord(code="reported_device", since=START, reported_by="刘洋"),)
    assert "not_monitored" in codes(opened_by="刘洋", faults=faults, code="reported_device")


def test_participants_scores_count_as_a_mean() -> None:
    assert "discontent" in codes(event("feedback", 9, score=2), event("feedback", 9, score=3))
    assert "content" in codes(event("feedback", 9, score=5))


def test_each_finding_and_improvement_has_words_in_both_languages() -> None:
    for language in LANGUAGES:
        words = load_words(language)
        assert [code for code in PROPOSED if not words.has(f"report.finding.{code}")] == []
        assert [code for code in PROPOSED.values() if not words.has(f"report.improvement.{code}")] == []


def test_an_improvement_stays_open_until_somebody_closes_it_and_comes_back_with_the_next_incident() -> None:
    rows = (row("wang", 0, state=NotificationState.FAILED, accepted_at=None, path="wecom"),)
    asked = propose(find(case_of(rows=rows), PLAN))
    keys = {one.key for one in asked}
    assert "mend_way:wang/wecom" in keys
    entries = [(START, 7, one) for one in asked]
    closing = Event(incident=0, at=START + 50, verb="improvement_closed", by="sun", data={"key": "mend_way:wang/wecom"})
    own = Event(incident=0, at=START, verb="improvement_added", by="sun", data={"key": "own:1", "text": "更换线缆"})
    left = {one.improvement.key for one in still_open(entries, [closing, own])}
    assert left == (keys | {"own:1"}) - {"mend_way:wang/wecom"}
    again = [*entries, *((START + 100, 8, one) for one in asked)]
    back = {one.improvement.key: one for one in still_open(again, [closing])}
    assert back["mend_way:wang/wecom"].incidents == (8,)
    assert back["mend_way:wang/wecom"].since == START + 100
