"""A journal of an earlier version is taken over: its reports, its evaluation and its open incident live on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from alerting.journal import JournalReader, open_journal, open_reader
from alerting.model.incident import ReportState
from alerting.papers.rendering.html import render_html
from alerting.papers.report.case_file import read_case
from alerting.papers.report.document import report_document
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.review.document import review_document
from alerting.papers.review.period import read_period
from alerting.words import LANGUAGES, load_words
from tests.journal.old import ROOMS, write_old_journal
from tests.report.story import example_plan

PLAN = example_plan().data
ENGLISH = (
    "the incident was opened",
    "the chain was entered again",
    "not taken",
    "it goes together",
    "reached nobody",
    "could not be delivered",
    "cannot be reached",
    "neither mitigated nor resolved",
    "nobody answered",
    "recovery verified",
    "the drill was aborted",
    "taken over from",
    "messages at once",
    "this incident keeps the chain",
    "so it takes the new",
    "the plan wants a person",
    "the monitor ended while",
    "the probes still see",
    "as often as the plan allows",
    "does not work",
    "was restarted",
    "service manager",
    "session part",
)
"""Parts of sentences that the engine of that version wrote into its journal; a Chinese reader never sees one."""


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JournalReader]:
    folder = tmp_path_factory.mktemp("old")
    write_old_journal(folder / "journal.db")
    open_journal(folder).close()
    reader = open_reader(folder)
    yield reader
    reader.close()


def phrasing(language: str) -> Phrasing:
    return Phrasing(load_words(language), PLAN, lambda room: ROOMS.get(room, room))


def english_in(html: str) -> list[str]:
    words = re.sub(r"<[^>]+>", " ", html)
    return [sentence for sentence in ENGLISH if sentence in words]


def test_nothing_of_it_is_lost(reader: JournalReader) -> None:
    assert len(reader.incidents()) == 82
    assert len(reader.events()) == 1135
    assert len(reader.notifications()) == 1390
    assert [one.id for one in reader.live_incidents() if one.phase.live] == [82]
    assert len(reader.unfinished()) > 0
    assert reader.last_number() == 82
    assert {one.report for one in reader.incidents()} >= {ReportState.SENT, ReportState.DRAFT}
    assert "stock.camera" in reader.memories()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_of_its_reports_is_drawn_up(reader: JournalReader, language: str) -> None:
    said = phrasing(language)
    left: dict[int, list[str]] = {}
    for incident in reader.incidents():
        case = read_case(reader, incident.id, reader.last_time())
        assert case is not None
        html = render_html(report_document(case, PLAN, said))
        assert len(html) > 2000
        if language == "zh-CN" and (found := english_in(html)):
            left[incident.id] = found
    assert left == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_evaluation_is_drawn_up(reader: JournalReader, language: str) -> None:
    end = reader.last_time() + 1
    period = read_period(reader, end - 100 * 86400, end, end)
    assert (len(period.incidents), len(period.drills)) == (73, 9)
    html = render_html(review_document(period, PLAN, phrasing(language), end))
    assert "301" in html
    if language == "zh-CN":
        assert english_in(html) == []
