"""Signed is not sent, and sent is not received: what is shown follows the deliveries. A drill opens as a drill."""

from __future__ import annotations

import dataclasses

import pytest

from alerting.journal.rows import Notification, NotificationState
from alerting.model.incident import ReportState
from alerting.papers.rendering.content import Callout
from alerting.papers.report.distribution import distribution_lines, state_said
from alerting.papers.report.phrasing import Phrasing
from alerting.words import LANGUAGES, load_words
from tests.alerting.stage import START
from tests.report.test_findings import PLAN, event, row
from tests.report.test_report_document import case_of, drawn_up, text_in

S = NotificationState
HELD: dict[str, object] = {"state": S.PENDING, "accepted_at": None, "not_before": START + 9 * 3600}
FAILED: dict[str, object] = {"state": S.FAILED, "accepted_at": None}
EN = Phrasing(load_words("en"), PLAN)


def sent(*fates: dict[str, object]) -> tuple[Notification, ...]:
    people = ("chen", "zhou", "sun")
    return tuple(row(who, 10, kind="report_sent", **fate) for who, fate in zip(people, fates, strict=False))


@pytest.mark.parametrize(
    ("state", "rows", "said"),
    [
        (ReportState.REVIEW, (), "under review"),
        (ReportState.SIGNED, (), "signed, being made ready to send"),
        (ReportState.SENT, sent(HELD, HELD), "signed; not with everybody yet"),
        (ReportState.SENT, sent({}, HELD), "signed; not with everybody yet"),
        (ReportState.SENT, sent({}, {}), "signed and delivered to everybody"),
        (ReportState.SENT, sent({}, FAILED), "signed; some could not be reached"),
        (ReportState.SENT, (), "signed; nobody is named to receive it"),
    ],
)
def test_the_reports_state_is_what_the_deliveries_say(
    state: ReportState, rows: tuple[Notification, ...], said: str
) -> None:
    case = case_of(rows=rows, report=state)
    assert state_said(case, EN) == said


def test_who_waits_for_the_morning_and_whose_server_refused_is_named() -> None:
    lines = distribution_lines(case_of(rows=sent({}, HELD, FAILED), report=ReportState.SENT), EN)
    assert [line.partition(": ")[2].partition(" 20")[0].partition(" on")[0] for line in lines][2] == "never: refused"
    assert "quiet hours until" in lines[1] and PLAN.contacts["zhou"].name in lines[1]
    assert "accepted" in lines[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_drills_report_opens_as_a_drill(language: str) -> None:
    words = load_words(language)
    case = case_of(event("opened", 0), drill=True)
    document = drawn_up(case, language)
    first = document.title.partition(words.text("report.drill_title", title="|").partition("|")[0])
    assert first[0] == "" and first[2], document.title
    notes = [one.text for one in document.blocks[:3] if isinstance(one, Callout)]
    assert words.text("report.drill_note") in notes
    real = drawn_up(dataclasses.replace(case, incident=case_of().incident), language)
    assert words.text("report.drill_note") not in text_in(real)


def test_the_time_of_the_backups_start_and_of_the_meetings_move_are_two() -> None:
    events = (
        event("opened", 0),
        event("backup_started", 60, name="other_room"),
        event("mitigated", 117, "wang"),
    )
    text = text_in(drawn_up(case_of(*events, mitigated_at=START + 117), "en"))
    assert "After 60 s the backup" in text
    assert "After 117 s the meeting had moved" in text
