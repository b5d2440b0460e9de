"""What people type anywhere ends whole in every paper: odd names, a room without a floor, a plan without leadership."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import docx
import msgspec
import pytest
from markupsafe import escape

from alerting.messages.place import say_place
from alerting.papers.plan.document import plan_document
from alerting.papers.rendering.formats import write_document
from alerting.papers.rendering.html import render_html
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.document import report_document
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.review.document import review_document
from alerting.papers.review.period import Period
from alerting.plan.check import check_plan
from alerting.plan.model import Plan
from alerting.words import LANGUAGES, load_words
from tests.alerting.stage import START
from tests.report.conftest import camera_case  # noqa: F401 - a fixture
from tests.report.story import example_plan

NAMES = (
    "🎥 王强 👩🏽‍💻",
    "דוד לוי",
    "محمد العربي",
    "\u202eabc\u202c",
    "W" * 200,
    "王" * 200,
    "<b>Li & Wei</b>",
    'O\'Neil "Q" {name} %s',
)


def named(plan: Plan, name: str) -> Plan:
    people = {key: msgspec.structs.replace(one, name=name) for key, one in plan.contacts.items()}
    return msgspec.structs.replace(plan, contacts=people)


def without_people(plan: Plan, group: str) -> Plan:
    empty = msgspec.structs.replace(plan.groups[group], members=())
    return msgspec.structs.replace(plan, groups={**plan.groups, group: empty})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_stands_in_every_paper_as_it_was_typed(language: str, name: str, camera_case: CaseFile) -> None:  # noqa: F811
    plan, words = named(example_plan().data, name), load_words(language)
    phrasing = Phrasing(words, plan, lambda room: name)
    period = Period(since=START - 86400, until=START + 86400, incidents=(camera_case,))
    papers = (
        report_document(camera_case, plan, phrasing),
        plan_document(plan, words),
        review_document(period, plan, phrasing, START + 86400),
    )
    for paper in papers:
        page = render_html(paper)
        assert "<b>Li" not in page
        body = re.sub(r"<[^>]+>", "", page.partition("<body>")[2])
        escaped = str(escape(name))
        assert escaped in body or name.strip("\u202e\u202c") in body


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x0b", "\x7f", "\x9b", "\ud800", "\udce9", "\uffff"])
def test_a_sign_that_no_file_holds_costs_itself_alone(sign: str, camera_case: CaseFile, tmp_path: Path) -> None:  # noqa: F811
    """A journal may hold it already."""
    plan = named(example_plan().data, f"Li{sign}Wei")
    incident = msgspec.structs.replace(camera_case.incident, room=f"{sign}[2J")
    case = dataclasses.replace(camera_case, incident=incident)
    paper = report_document(case, plan, Phrasing(load_words("en"), plan, str))
    for file in write_document(paper, tmp_path, "report", ("html", "docx")):
        assert file.stat().st_size > 5_000
    assert "Li\ufffdWei" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert any("\ufffd[2J" in one.text for one in docx.Document(str(tmp_path / "report.docx")).paragraphs)


def test_no_mark_turns_the_direction_in_a_paper(camera_case: CaseFile, tmp_path: Path) -> None:  # noqa: F811
    plan = named(example_plan().data, "\u202eabc")
    paper = report_document(camera_case, plan, Phrasing(load_words("en"), plan, lambda room: "\u2067R3\u2069"))
    (file,) = write_document(paper, tmp_path, "report", ("html",))
    page = file.read_text(encoding="utf-8")
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)
    assert "abc" in page


@pytest.mark.long
@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_odd_names_are_printed(kind: str, camera_case: CaseFile, tmp_path: Path) -> None:  # noqa: F811
    plan = example_plan().data
    people = {
        key: msgspec.structs.replace(one, name=NAMES[number % len(NAMES)])
        for number, (key, one) in enumerate(plan.contacts.items())
    }
    plan = msgspec.structs.replace(plan, contacts=people)
    paper = report_document(camera_case, plan, Phrasing(load_words("zh-CN"), plan, lambda room: NAMES[4]))
    (file,) = write_document(paper, tmp_path, "report", (kind,))
    assert file.stat().st_size > 20_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_without_leadership_makes_whole_papers_and_is_an_error(language: str, camera_case: CaseFile) -> None:  # noqa: F811
    plan, words = without_people(example_plan().data, "leadership"), load_words(language)
    for paper in (plan_document(plan, words), report_document(camera_case, plan, Phrasing(words, plan, str))):
        page = render_html(paper)
        assert ">None<" not in page
    assert any(one.error for one in check_plan(plan, START))


@pytest.mark.parametrize(("floor", "site"), [("", ""), ("", "HQ"), ("3", "")])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_room_without_floor_or_site_has_no_gap_in_its_place(language: str, floor: str, site: str) -> None:
    said = say_place(load_words(language), "Lakeside", floor, site)
    assert said.strip() == said
    assert not re.search(r"[,，、]\s*[,，、]|[,，、]$|^[,，、]", said)
    assert bool(re.search("floor|楼", said)) == bool(floor)
    assert ("HQ" in said) == bool(site)


def test_a_plan_that_names_a_leadership_it_does_not_have_is_refused_with_what_to_write() -> None:
    plan = example_plan().data
    with pytest.raises(ValueError, match=r"write \[contacts.leadership\] or take the name out"):
        msgspec.structs.replace(plan, groups={key: one for key, one in plan.groups.items() if key != "leadership"})
