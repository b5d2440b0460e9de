"""Page one for whoever reads no further, and what the office types as it meant it."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import because
from alerting.papers.rendering.content import Document, Grid, Items, Paragraph, text_of
from alerting.papers.rendering.docx_file import render_docx
from alerting.papers.rendering.html import render_html
from alerting.papers.rendering.markdown_text import typed_blocks
from alerting.papers.report.impact import impact_of
from alerting.words import LANGUAGES, load_words
from tests.alerting.stage import START, Stage
from tests.report.test_findings import event
from tests.report.test_report_document import case_of, drawn_up

RAN = {"running": True, "starts_at": START - 600, "ends_at": START + 3000}


def in_short(document: Document, language: str) -> dict[str, str]:
    head = load_words(language).text("report.one.head")
    table = next(one for one in document.blocks if isinstance(one, Grid) and one.head[0] == head)
    return {text_of(row[0]): text_of(row[1]) for row in table.rows}


@pytest.mark.parametrize(
    ("meeting", "fields", "kind", "lost"),
    [
        (RAN, {}, "running", 100.0),
        (RAN, {"mitigated_at": START + 40}, "running", 40.0),
        (RAN, {"resolved_at": START + 9000}, "running", 3000.0),
        ({"running": False, "starts_at": START + 60}, {}, "starting", 40.0),
        ({"running": False, "starts_at": START + 600}, {}, "none", None),
        ({"running": False}, {}, "none", None),
        (None, {}, "unknown", None),
        (RAN, {"drill": True}, "drill", None),
    ],
)
def test_what_the_meeting_lost_is_counted_until_it_moved_or_the_room_worked(
    meeting: dict[str, object] | None, fields: dict[str, object], kind: str, lost: float | None
) -> None:
    data = {} if meeting is None else {"meeting": meeting}
    found = impact_of(case_of(event("opened", 0, **data), **fields))
    assert (found.kind, found.lost) == (kind, lost)


async def test_the_journal_notes_the_meeting_with_the_fault_and_no_name(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    meeting = MeetingState(running=True, ends_in=900.0, organiser="mei@example.com", important=True)
    await stage.engine.fault_opened(Fault(room="R1", code="camera_missing", target="c", since=START), meeting)
    (opened,) = [one for one in stage.events() if one.verb == "opened"]
    assert opened.data["meeting"] == {"running": True, "ends_at": START + 900, "important": True}
    await stage.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_one_asks_for_the_root_cause_until_it_is_written_or_declared_unknown(language: str) -> None:
    words = load_words(language)
    cause = words.text("report.one.cause")
    assert "roomwatch report edit 7" in in_short(drawn_up(case_of(), language), language)[cause]
    unknown = case_of(event("report_edited", 9, "sun", chapter="cause", text="无法查明"))
    assert in_short(drawn_up(unknown, language), language)[cause] == words.text("report.one.cause_unknown")
    known = case_of(event("report_edited", 9, "sun", chapter="cause", text="**线缆**松动"))
    assert in_short(drawn_up(known, language), language)[cause] == "线缆松动"


def test_page_one_says_what_was_decided_and_who_signed() -> None:
    events = (
        event("order", 60, "chen", why=because("said", text="换线缆"), to=["li"]),
        event("report_signed", 900, "chen"),
    )
    said = in_short(drawn_up(case_of(*events), "en"), "en")
    assert "换线缆" in said["Decided"] and "60 s" in said["Decided"]
    assert said["Signature"].startswith("Signed by 陈立 on")
    assert in_short(drawn_up(case_of(), "en"), "en")["Signature"].startswith("Signed: ___")


TYPED = "## 原因\n线缆**没有固定**，被碰落。\n- 换线缆\n- **固定**线缆\n1. 先换\n2) 再查"


def test_bold_and_lists_that_the_office_types_stand_in_every_format() -> None:
    document = drawn_up(case_of(event("report_edited", 9, "sun", chapter="cause", text=TYPED)))
    page = render_html(document)
    assert "线缆<strong>没有固定</strong>，被碰落。" in page
    assert "<li><strong>固定</strong>线缆</li>" in page
    assert "**" not in page
    file = docx.Document(io.BytesIO(render_docx(document)))
    bold = [run.text for line in file.paragraphs for run in line.runs if run.bold]
    assert "没有固定" in bold and "固定" in bold
    assert any(line.text == "换线缆" and line.style.name == "List Bullet" for line in file.paragraphs)


def test_lists_of_two_kinds_are_two_lists() -> None:
    lists = [one for one in typed_blocks(TYPED) if isinstance(one, Items)]
    assert [(one.items, one.numbered) for one in lists] == [(("换线缆", "固定线缆"), False), (("先换", "再查"), True)]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab* _-1.)#\n线", max_size=60))
def test_no_letter_is_lost(text: str) -> None:
    blocks = typed_blocks(text)
    kept = "".join(
        one.text if isinstance(one, Paragraph) else "".join(one.items) if isinstance(one, Items) else ""
        for one in blocks
    )
    assert [sign for sign in kept if sign in "ab线"] == [sign for sign in text if sign in "ab线"]


def test_the_key_figures_stand_on_the_page_and_the_footer_at_its_foot() -> None:
    document = drawn_up(case_of(event("opened", 0)))
    body = render_html(document).partition("<body>")[2]
    assert body.count('<div class="figure ') == 4
    assert body.rstrip().removesuffix("</body></html>").rstrip().endswith("</footer>")


def test_what_was_done_stands_once() -> None:
    document = drawn_up(case_of(event("order", 60, "chen", why=because("said", text="换线缆"), to=["li"])))
    told = [row for one in document.blocks if isinstance(one, Grid) for row in one.rows]
    assert sum("换线缆" in text_of(cell) for row in told for cell in row) == 2, "on page one and in the timeline"
