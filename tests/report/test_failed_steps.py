"""Everything that can fail by the journal's catalogues is a finding of the report, and each finding has a proposal."""

from __future__ import annotations

import dataclasses
import re

import pytest

from alerting.journal.rows import Event, NotificationState
from alerting.model.reason import Reason, Value, because
from alerting.model.reason_codes import PARTS, REASON_CODES, audit, commands, delivery
from alerting.papers.report.failed_steps import FAILING_VERBS, JUDGED_AS_A_WHOLE
from alerting.papers.report.findings import find
from alerting.papers.report.improvements import PROPOSED, propose
from alerting.papers.report.lessons_chapters import improvement_text, reason_text
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.report_finding import WORKED
from alerting.papers.report.timeline import timeline
from alerting.words import LANGUAGES, load_words
from tests.alerting.stage import START
from tests.report.test_findings import PLAN, event, row
from tests.report.test_report_document import case_of

ELSEWHERE = {*audit.CODES, *commands.CODES, *delivery.CODES}
"""Codes that stand at no event of an incident: an audit's, a refused command's, and those of messages."""
BY_THE_WHOLE = {"take_expired": "take_expired", "nobody_answered": "unanswered", "nobody_reached": "unanswered"}
"""Reason → the event by which the report tells it."""
CAN_FAIL = sorted(code for code, known in REASON_CODES.items() if known.failure and code not in ELSEWHERE)


def filled(code: str) -> Reason:
    """A reason with a value for each of its names."""
    values: dict[str, Value] = {}
    for name in REASON_CODES[code].values:
        match name:
            case "span":
                values[name] = 90.0
            case "people" | "who" | "known" | "faults":
                values[name] = ("wang",)
            case "detail":
                values[name] = because("no_result")
            case _:
                values[name] = "x"
    return because(code, **values)


def demand(what: str, *events: Event, rows: tuple[object, ...] = ()) -> None:
    """A finding that blames and a proposal, both with words in every language."""
    case = case_of(*events, rows=rows)  # type: ignore[arg-type]
    usual = {one.code for one in find(case_of(), PLAN)}
    blamed = [one for one in find(case, PLAN) if not one.good and one.code not in usual]
    assert blamed, f"{what} is no finding"
    proposed = propose(blamed)
    assert proposed, f"{what}: nothing is proposed"
    for language in LANGUAGES:
        phrasing = Phrasing(load_words(language), PLAN)
        for one in proposed:
            for text in (improvement_text(one, phrasing), reason_text(one, phrasing)):
                assert text and "{" not in text, text
                assert "report." not in text and "event." not in text, text


@pytest.mark.parametrize("code", CAN_FAIL)
def test_each_reason_that_can_fail_is_a_finding_with_a_proposal(code: str) -> None:
    verb = BY_THE_WHOLE.get(code, "step")
    demand(code, event(verb, 9, why=filled(code), kind="reset_usb", target="1-2", name="zoom"))


@pytest.mark.parametrize("code", sorted(c for c, known in delivery.CODES.items() if known.failure))
def test_each_way_in_which_a_message_fails_is_a_finding_with_a_proposal(code: str) -> None:
    demand(code, rows=(row("wang", 0, state=NotificationState.FAILED, accepted_at=None, detail=filled(code)),))


@pytest.mark.parametrize("verb", sorted(FAILING_VERBS))
def test_each_event_that_tells_of_a_failure_is_a_finding_with_a_proposal(verb: str) -> None:
    data = {"kind": "restart_unit", "target": "pipewire", "name": "zoom"}
    whys = {"backup_none_left": filled("no_backup_left"), "helper_silent": filled("helper_silent")}
    demand(verb, event(verb, 9, by="wang", why=whys.get(verb, Reason()), **data))
    demand(verb, event(verb, 9, by="wang", why=whys.get(verb, because("as_written", text="it broke")), **data))


WELL = re.compile(
    r"^(began|faults_changed|clock_moved|entered_by|by_\w+|opened|reported|fault_joined|report_joined|fault_cleared|step\w*|taken|confirmed|note|order"
    r"|assigned|snoozed|handed_over|handover_\w+|mitigated|done|closed|plan_changed|(meeting_)?feedback|evidence|report_(?!overdue)\w+|improvement_\w+"
    r"|backup_(proposed|ordered|starting|started|in_use|tested)|remedy_(proposed|announced|approved|word|waits|put_off"
    r"|running|done|verified|withdrawn)|spare_\w+|material_checked|helper_accepted|inspection_done|roster_confirmed"
    r"|token_\w+|duty_\w+|signed_\w+|sign_in_\w+|reminded|to|change|pair|times|until|chain_\w+|drill_(ending|started|scored)|premeeting)$"
)
"""Words of events by which nothing of an incident failed, unless their reason says so."""


def test_no_event_of_the_catalogue_is_left_unjudged() -> None:
    keys = [key for key in load_words("en").under("event") if "." not in key]
    assert [key for key in keys if not (WELL.match(key) or key in FAILING_VERBS or key in JUDGED_AS_A_WHOLE)] == []


def test_a_backup_that_the_rooms_computer_could_not_open_is_one_though_people_moved() -> None:
    started = event("backup_started", 60, why=because("session_link"), name="zoom", place="https://example.com/j/1")
    found = {one.code for one in find(case_of(started), PLAN) if not one.good}
    assert "backup_not_opened" in found


def test_time_in_which_the_monitor_did_not_run_is_told() -> None:
    woke = Event(incident=0, at=START + 80, verb="started", data={"silent_since": START + 20})
    case = case_of(event("opened", 0))
    found = find(dataclasses.replace(case, away=(woke,)), PLAN)
    (away,) = [one for one in found if one.code == "monitor_away"]
    assert (
        Phrasing(load_words("en"), PLAN)
        .text("report.finding.monitor_away", **away.values)
        .startswith("The monitor did not run for 60 s")
    )


def test_the_story_shows_when_the_monitor_did_not_run() -> None:
    woke = Event(incident=0, at=START + 80, verb="started", data={"silent_since": START + 20})
    case = dataclasses.replace(case_of(event("opened", 0), event("taken", 40, by="li")), away=(woke,))
    rows = timeline(case, Phrasing(load_words("en"), PLAN))
    (away,) = [row for row in rows if row.label == "The monitor did not run"]
    assert (away.at, away.to) == (START + 20, START + 80)
    assert [row.at for row in rows] == sorted(row.at for row in rows)


def test_every_finding_praises_or_has_a_proposal_and_no_improvement_is_without_a_finding() -> None:
    words = load_words("en")
    findings = set(words.under("report.finding"))
    assert findings == WORKED | PROPOSED.keys()
    assert set(words.under("report.improvement")) == set(PROPOSED.values())


def test_a_finding_stands_once_however_often_the_step_failed() -> None:
    failed = [event("remedy_failed", n, why=because("no_result"), kind="reset_usb", target="1-2") for n in (1, 2, 3)]
    assert [one.code for one in find(case_of(*failed), PLAN)].count("remedy_failed") == 1


def test_the_table_of_reasons_is_the_one_that_is_walked() -> None:
    assert len(CAN_FAIL) > 50
    assert {code for part in PARTS for code in part} == set(REASON_CODES)
