"""The evaluation of a quarter: figures against a count by hand, weak points, the list of improvements, the command."""

from __future__ import annotations

import datetime as dt
import json
import statistics
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from alerting.journal import Event, open_journal
from alerting.journal.rows import Batch, NotificationState
from alerting.papers.rendering.content import Document, Grid, Heading, Items, KeyFigures, Picture, text_of
from alerting.papers.rendering.formats import write_document
from alerting.papers.rendering.html import render_html
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.review import figures
from alerting.papers.review.document import open_improvements, review_document
from alerting.papers.review.meetings import room_scores
from alerting.papers.review.period import Period, read_period
from alerting.service.document_printer import CannotPrint, DocumentPrinter
from alerting.words import LANGUAGES, load_words
from monitor.cli import main
from tests.alerting.stage import START
from tests.report.story import example_plan
from tests.report.test_findings import event, row
from tests.report.test_report_document import case_of

PLAN = example_plan().data


def drawn_up(period: Period, language: str = "zh-CN") -> Document:
    return review_document(period, PLAN, Phrasing(load_words(language), PLAN), period.until)


def test_times_are_those_that_a_count_by_hand_gives(period: Period) -> None:
    taken = [
        next(event.at for event in case.events if event.verb == "taken") - min(f.since for f in case.incident.faults)
        for case in period.incidents
        if any(event.verb == "taken" for event in case.events)
    ]
    found = {one.name: one for one in figures.times(period.incidents, PLAN.targets)}
    assert found["acknowledge"].median == statistics.median_low(taken)
    assert found["acknowledge"].kept == sum(seconds <= 300 for seconds in taken)
    assert found["restore"].judged == len(period.incidents)
    assert 0 < found["acknowledge"].missing < len(period.incidents)


def test_what_people_said_after_meetings_is_a_figure_and_the_worst_room_comes_first(period: Period) -> None:
    answers = {"R301": (1, 1, 5), "R302": (5, 5), "R305": (3,)}
    said = tuple(
        event("meeting_feedback", 0, room=room, score=one) for room, scores in answers.items() for one in scores
    )
    assert [(one.room, one.answers, round(one.mean, 2), one.bad) for one in room_scores(said)] == [
        ("R301", 3, 2.33, 2),
        ("R305", 1, 3.0, 0),
        ("R302", 2, 5.0, 0),
    ]
    assert key_figures(replace(period, meetings_rated=said))["After meetings"] == "3.3", "20 points in 6 answers"
    assert "After meetings" not in key_figures(period)


def key_figures(period: Period) -> dict[str, str]:
    blocks = drawn_up(period, "en").blocks
    return {one.label: one.value for block in blocks if isinstance(block, KeyFigures) for one in block.items}


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert figures.percentile([], 0.5) is None
    assert figures.percentile([7.0], 0.9) == 7.0
    assert figures.percentile([float(n) for n in range(1, 101)], 0.9) == 90.0
    assert figures.percentile([3.0, 1.0], 0.5) == 1.0


def test_the_weak_room_device_and_channel_come_first(period: Period) -> None:
    assert figures.rooms(period.incidents)[0].key == ("R301",)
    assert figures.devices(period.incidents)[0].key == ("R301", "camera_missing", "cam0")
    worst = figures.ways(period.incidents)[0]
    assert (worst.path, worst.sent) == ("wecom", 0)
    assert worst.failed > 10
    named = {one.name: one for one in figures.steps(period.incidents)}
    assert list(named) == ["值班工程师", "代理人", "领导小组", "启用备用方案"]
    assert named["值班工程师"].reached >= named["代理人"].reached
    assert (named["启用备用方案"].silent, named["启用备用方案"].unreached) == (0, 0)
    assert named["值班工程师"].cases, "the incidents in which nobody took it"
    assert worst.people == ("wang",)


def test_drills_are_counted_apart(period: Period) -> None:
    assert len(period.drills) == 2
    drilled = {case.incident.id for case in period.drills}
    assert drilled.isdisjoint(case.incident.id for case in period.incidents)
    assert drilled.isdisjoint(number for room in figures.rooms(period.incidents) for number in room.cases)


def test_reports_that_nobody_signs_are_said_aloud(period: Period) -> None:
    owed = figures.reports(period.incidents, period.until)
    assert (owed.in_time, owed.late) == (0, 0)
    assert 0 < owed.open_late <= owed.owed


def test_improvements_are_those_of_the_whole_year_by_how_often_they_are_asked_for(period: Period, folder: Path) -> None:
    found = open_improvements(period, PLAN)
    keys = [one.improvement.key for one in found]
    assert keys[:2] == ["sign_in_time", "mend_way:wang/wecom"], "no report was ever signed"
    assert "own:1" in keys
    assert all(one.improvement.owner and one.improvement.due for one in found if one.improvement.code)
    assert "replace_device:R301/camera_missing" in keys
    journal = open_journal(folder)
    last_day = read_period(journal.reader, period.until - 3600, period.until, period.until)
    journal.close()
    assert not last_day.incidents
    assert [one.improvement.key for one in open_improvements(last_day, PLAN)] == keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_is_whole_in_both_languages(period: Period, language: str) -> None:
    document = drawn_up(period, language)
    body = render_html(document).partition("<body>")[2]
    assert "{" not in body
    assert sum(isinstance(block, Picture) for block in document.blocks) == 3
    words = load_words(language)
    for chapter in words.under("review.chapter").values():
        assert chapter in body


def test_the_table_of_improvements_says_why_and_since_when(period: Period) -> None:
    tables = [block for block in drawn_up(period).blocks if isinstance(block, Grid) and "改进措施" in block.head]
    first = [text_of(cell) for cell in tables[0].rows[1]]
    assert first[1].startswith("修复王强的企业微信渠道")
    assert (first[3], first[4][:5], first[5][:8]) == ("王强", "2027-", "2027-01-")
    assert "起" in first[6]


def test_a_time_without_incidents_is_a_short_document(tmp_path: Path) -> None:
    empty = Period(since=START, until=START + 86400, incidents=())
    for language in LANGUAGES:
        document = drawn_up(empty, language)
        assert load_words(language).text("review.nothing_happened") in render_html(document)
    assert [file.name for file in write_document(drawn_up(empty), tmp_path, "review", ("docx",))] == ["review.docx"]


@pytest.mark.parametrize(("language", "numbers"), [("zh-CN", "一二三四"), ("en", "1234")])
def test_chapters_are_numbered_without_a_gap_whatever_is_left_out(period: Period, language: str, numbers: str) -> None:
    empty = drawn_up(Period(since=START, until=START + 86400, incidents=()), language)
    assert "".join(block.text[0] for block in empty.blocks if isinstance(block, Heading)) == numbers
    assert [one.value for block in empty.blocks if isinstance(block, KeyFigures) for one in block.items][:3] == [
        "0",
        "—",
        "0",
    ]
    parts = [
        block.text for block in drawn_up(period, language).blocks if isinstance(block, Heading) and block.level == 2
    ]
    numbered = ("（一）", "（二）", "（三）", "（四）") if language == "zh-CN" else ("(a) ", "(b) ", "(c) ", "(d) ")
    assert [one for one in parts if one.startswith(numbered)] == parts[-len(numbered) :]


def test_a_long_time_goes_by_months(period: Period) -> None:
    import dataclasses

    year = dataclasses.replace(period, since=period.until - 364 * 86400)
    picture = next(block for block in drawn_up(year).blocks if isinstance(block, Picture))
    assert "每月" in picture.caption
    assert picture.table is not None
    assert 12 <= len(picture.table.rows) <= 13


class TestCommand:
    @pytest.fixture
    def config(self, tmp_path: Path, folder: Path, period: Period) -> Path:
        (tmp_path / "plan.toml").write_text('timezone = "Asia/Shanghai"\n', encoding="utf-8")
        config = tmp_path / "roomwatch.toml"
        config.write_text(f'state = "{folder}"\n[room]\nlanguage = "zh-CN"\n', encoding="utf-8")
        return config

    def test_it_writes_the_evaluation_and_prints_it_in_short(self, config: Path, tmp_path: Path) -> None:
        span = ["--since", "2027-01-15", "--until", "2027-04-20"]
        made = CliRunner().invoke(
            main, ["review", *span, "--format", "html", "--to", str(tmp_path / "out"), "--config", str(config)]
        )
        assert made.exit_code == 0, made.output
        assert "故障事件：34" in made.output
        assert "接单：" in made.output
        assert "三、薄弱环节" in (tmp_path / "out" / "review.html").read_text(encoding="utf-8")

    async def test_the_daemon_s_child_draws_up_what_is_proposed_in_every_language(
        self, config: Path, tmp_path: Path, period: Period
    ) -> None:
        then = f"import time; time.time = lambda: {period.until}; from monitor.cli import main; main()"
        printer = DocumentPrinter(tmp_path, lambda words: [sys.executable, "-c", then, *words, "--config", str(config)])
        found = {one.key: one for one in await printer.improvements()}
        assert "own:1" not in found, "people's own are reminded of by the daemon itself"
        assert set(found["sign_in_time"].texts) == set(LANGUAGES)
        assert found["sign_in_time"].texts["en"] != found["sign_in_time"].texts["zh-CN"]
        broken = DocumentPrinter(tmp_path, lambda _: [sys.executable, "-c", "raise SystemExit('no memory')"])
        with pytest.raises(CannotPrint, match="no memory"):
            await broken.improvements()

    def test_a_wrong_time_is_named_with_what_to_write(self, config: Path) -> None:
        wrong = CliRunner().invoke(main, ["review", "--since", "soon", "--config", str(config)])
        assert wrong.exit_code == 2
        assert '"soon" is no time. Write 90d, 12w, or a day such as 2026-01-31.' in wrong.output
        turned = ["review", "--since", "2027-02-01", "--until", "2027-01-01", "--config", str(config)]
        assert "--since must be earlier" in CliRunner().invoke(main, turned).output

    def test_improvements_are_listed_by_key(self, config: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        end = dt.datetime(2027, 4, 16, tzinfo=dt.UTC).timestamp()
        monkeypatch.setattr("monitor.commands.review.time.time", lambda: end)
        listed = CliRunner().invoke(main, ["review", "improvements", "--json", "--config", str(config)])
        keys = [one["key"] for one in json.loads(listed.output)]
        assert "own:1" in keys
        unknown = CliRunner().invoke(main, ["review", "close", "own:9", "--why", "x", "--config", str(config)])
        assert "no open improvement own:9. Near: own:1." in unknown.output
        closed = {"key": "own:1"}
        journal = open_journal(folder)
        journal.write(Batch(events=[Event(incident=0, at=end, verb="improvement_closed", by="sun", data=closed)]))
        journal.close()
        again = CliRunner().invoke(main, ["review", "improvements", "--json", "--config", str(config)])
        assert [one["key"] for one in json.loads(again.output)] == [key for key in keys if key != "own:1"]


def held_and_failed() -> Period:
    """At night: chen's notice waits for the morning, li's grew too old, wang's channel refuses."""
    rows = (
        row("chen", 0, state=NotificationState.PENDING, accepted_at=None, not_before=START + 30000),
        row("li", 0, state=NotificationState.EXPIRED, accepted_at=None),
        row("wang", 0, state=NotificationState.FAILED, accepted_at=None, path="wecom"),
    )
    case = case_of(event("opened", 0), rows=rows)
    return Period(since=START, until=START + 86400, incidents=(case,), year=(case,))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_waits_is_apart_from_what_was_lost_and_each_weak_point_stands_once_with_a_name(language: str) -> None:
    period = held_and_failed()
    by_path = {one.path: one for one in figures.ways(period.incidents)}
    assert (by_path["mail"].waiting, by_path["mail"].expired, by_path["mail"].failed) == (1, 1, 0)
    assert (by_path["wecom"].failed, by_path["wecom"].people) == (1, ("wang",))
    document = drawn_up(period, language)
    column = load_words(language).text("review.head.improvement")
    table = next(one for one in document.blocks if isinstance(one, Grid) and column in one.head)
    said = [text_of(line[1]) for line in table.rows]
    assert len(said) == len(set(said)), "one sentence twice"
    assert any(PLAN.contacts["li"].name in line for line in said)
    assert any(PLAN.contacts["wang"].name in line for line in said)
    assert not any(PLAN.contacts["chen"].name in line for line in said), (
        "quiet hours hold it back, and nothing is wrong"
    )
    lists = [one.items for one in document.blocks if isinstance(one, Items)]
    assert all(len(items) == len(set(items)) for items in lists)
