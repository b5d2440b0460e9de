"""The report as its readers find it: what it says of the camera's story, in both languages and all formats."""

from __future__ import annotations

import dataclasses
import io
import re
import subprocess
from pathlib import Path

import docx
import msgspec
import pytest

from alerting.journal.rows import Event, Notification, NotificationState
from alerting.model.fault import Fault, FaultClass, Severity
from alerting.model.incident import FaultRecord, Incident, Phase
from alerting.model.reason import Reason, because
from alerting.model.reason_codes import REASON_CODES
from alerting.papers.rendering.charts.axis import number_ticks, time_ticks
from alerting.papers.rendering.content import Document, Grid, Heading, Items, KeyFigures, Paragraph, Picture, text_of
from alerting.papers.rendering.docx_file import render_docx
from alerting.papers.rendering.formats import write_document
from alerting.papers.rendering.html import render_html
from alerting.papers.rendering.picture import png_of
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.charts import readings_picture
from alerting.papers.report.document import report_document
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.timeline import timeline
from alerting.words import LANGUAGES, load_words
from tests.alerting.stage import RUNNING, START, Stage
from tests.report.story import example_plan

PLAN = example_plan().data


def drawn_up(case: CaseFile, language: str = "zh-CN") -> Document:
    return report_document(case, PLAN, Phrasing(load_words(language), PLAN, {"R301": "301会议室"}.get))  # type: ignore[arg-type]


def text_in(document: Document) -> str:
    parts = [document.title, document.mark, *(f"{a} {b}" for a, b in document.facts)]
    for block in document.blocks:
        match block:
            case Heading() | Paragraph():
                parts.append(block.text)
            case Items():
                parts += block.items
            case Grid():
                parts += [" | ".join(map(text_of, row)) for row in (block.head, *block.rows)]
            case KeyFigures():
                parts += [f"{one.label} {one.value} {one.note}" for one in block.items]
            case Picture():
                parts.append(block.caption)
    return "\n".join(parts)


def incident(**fields: object) -> Incident:
    values: dict[str, object] = {
        "id": 7,
        "room": "R301",
        "code": "camera_missing",
        "fault_class": FaultClass.DEVICE,
        "severity": Severity.CRITICAL,
        "worst": Severity.CRITICAL,
        "opened_at": START,
        "phase": Phase.RESOLVED,
        "resolved_at": START + 100,
        "faults": (FaultRecord(code="camera_missing", since=START),),
        **fields,
    }
    return Incident(**values)  # type: ignore[arg-type]


def case_of(*events: Event, rows: tuple[Notification, ...] = (), **fields: object) -> CaseFile:
    return CaseFile(incident=incident(**fields), events=events, notifications=rows, now=START + 5000)


def test_the_story_reads_as_a_report_to_the_management(camera_case: CaseFile) -> None:
    text = text_in(drawn_up(camera_case))
    for said in (
        "关于 301会议室“摄像头未连接”故障的事后报告",
        "审核中，尚未签发",
        "编制单位 应急响应领导小组",
        "监测系统在 12 秒后发现",
        "李娜在故障发生 21 分 12 秒后接单",
        "接单 21 分 12 秒 目标 5 分钟以内",
        "会前保洁人员移动桌面设备时碰落摄像头 USB 线缆",
        "16:15:00 | 通知 | 监测系统 | 对象：陈立、周敏、孙悦、何平；“代理人”收到通知后 10 分钟无人接单",
        "下达指令 | 陈立 | 对象：李娜、何平；李娜到场更换线缆，何平从 A 柜取备用摄像头送到 301",
        "匿名 | ★★★★☆ | 换会议室很快，但是等了二十分钟才有人来",
        "代理人机制有效：王强未响应，由李娜接单。",
        "王强的企业微信渠道未能送达：permanent。",
        "重复故障：301会议室的“摄像头未连接”在 90 天内已是第 3 次。",
        "修复王强的企业微信渠道",
        "退回 | 王强 | 2027年1月15日 19:00 | 请补充为何此前两次没有更换线缆",
    ):
        assert said in text, said


def test_every_notification_stands_in_it_with_its_fate(camera_case: CaseFile) -> None:
    document = drawn_up(camera_case)
    tables = [block for block in document.blocks if isinstance(block, Grid) and "事由" in block.head]
    told = [row for row in camera_case.notifications if not row.kind.startswith("report_")]
    assert [len(table.rows) for table in tables] == [len(told)]
    failed = [row for row in tables[0].rows if text_of(row[4]) == "失败"]
    assert {(text_of(row[1]), text_of(row[2])) for row in failed} == {("王强", "企业微信")}
    assert any("企业微信未送达后改由此渠道" in text_of(row[5]) for row in tables[0].rows)


def test_the_english_report_has_no_chinese_but_what_people_wrote(camera_case: CaseFile) -> None:
    text = text_in(drawn_up(camera_case, "en"))
    assert "Taken late: after 21 min 12 s (target 5 min)." in text
    written = {camera_case.incident.done, "301会议室"}
    for event in camera_case.events:
        written |= {
            str(event.why.values.get("text", "")),
            event.by,
            str(event.data.get("text", "")),
            str(event.data.get("name", "")),
        }
        written.add(str(event.data.get("place", "")))
    for named in (PLAN.contacts, PLAN.groups, PLAN.materials, PLAN.backups):
        written |= {one.name for one in named.values()}
    for one in sorted((line for text in written for line in text.splitlines()), key=len, reverse=True):
        text = text.replace(one, "")
    assert re.findall("[\u4e00-\u9fff]+", text) == []


def test_no_text_is_left_unfilled_and_no_address_of_a_contact_is_printed(camera_case: CaseFile) -> None:
    for language in LANGUAGES:
        page = render_html(drawn_up(camera_case, language))
        body = page[page.index("<body>") :]
        assert "{" not in body
        assert "wecombot://" not in body and "mailto://" not in body
        assert re.findall(r"src=|href=|url\(|<script", page) == [], "nothing is fetched from elsewhere"


@pytest.mark.slow
def test_pdf_and_docx_hold_the_same_story(camera_case: CaseFile, tmp_path: Path) -> None:
    document = drawn_up(camera_case)
    files = {file.suffix: file for file in write_document(document, tmp_path, "report", ("pdf", "docx"))}
    printed = subprocess.run(["pdftotext", files[".pdf"], "-"], capture_output=True, check=True).stdout.decode()
    word = docx.Document(str(files[".docx"]))
    written = "\n".join(paragraph.text for paragraph in word.paragraphs)
    for chapter in ("一、事件概况", "三、处置经过", "六、改进措施", "签批记录"):
        assert chapter in printed
        assert chapter in written
    assert len(word.inline_shapes) == sum(isinstance(block, Picture) for block in document.blocks) == 3
    assert any("李娜" in cell.text for table in word.tables for row in table.rows for cell in row.cells)


def test_without_poppler_word_gets_the_figures_as_a_table(
    camera_case: CaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert png_of("<svg></svg>") is None
    word = docx.Document(io.BytesIO(render_docx(drawn_up(camera_case))))
    assert len(word.inline_shapes) == 0
    assert [table.rows[0].cells[2].text for table in word.tables if table.rows[0].cells[-1].text == "评定"] == ["评定"]


def test_a_chart_draws_each_message_and_each_key_moment(camera_case: CaseFile) -> None:
    picture = next(block for block in drawn_up(camera_case).blocks if isinstance(block, Picture))
    told = [row for row in camera_case.notifications if not row.kind.startswith("report_")]
    failed = sum(row.state is NotificationState.FAILED for row in told)
    assert failed > 2
    assert picture.svg.count('stroke="#b3261e"') == 2 * failed
    assert picture.svg.count("<circle") > 30


def test_a_verb_that_nobody_knows_is_shown_readably() -> None:
    data = {"item": "projector", "count": 2, "to": ["he", "wang"], "ready": True}
    case = case_of(
        Event(
            incident=7,
            at=START + 9,
            verb="spare_carried",
            by="he",
            why=because("said", text="from the cellar"),
            data=data,
        )
    )
    for language, said, label in (("zh-CN", "对象：何平、王强", "其他"), ("en", "to 何平, 王强", "spare carried")):
        text = text_in(drawn_up(case, language))
        assert f"{label} | 何平" in text
        assert said in text
        assert "projector" in text and "from the cellar" in text


def test_a_fault_and_a_reason_without_words_are_shown_as_they_are() -> None:
    faults = (FaultRecord(code="brand_new_fault", since=START),)
    opened = Event(
        incident=7,
        at=START,
        verb="opened",
        why=because("reason_of_tomorrow", room="301"),
        data={"code": "brand_new_fault"},
    )
    text = text_in(drawn_up(case_of(opened, code="brand_new_fault", faults=faults)))
    assert "brand new fault" in text
    assert "reason of tomorrow (room: 301)" in text


def test_an_empty_incident_still_makes_a_report_in_every_state() -> None:
    states: tuple[dict[str, object], ...] = (
        {},
        {"phase": Phase.OPEN, "resolved_at": None},
        {"faults": ()},
        {"drill": True},
        {"opened_by": "刘洋"},
    )
    for fields in states:
        for language in LANGUAGES:
            assert render_html(drawn_up(case_of(**fields), language))


def test_what_is_not_over_says_so() -> None:
    document = drawn_up(case_of(phase=Phase.OPEN, resolved_at=None))
    assert "故障尚未恢复" in document.mark
    assert "阶段情况" in render_html(document)


async def test_every_reason_that_the_engine_writes_is_said_in_chinese(tmp_path: Path) -> None:
    """A long outage, an answer that runs out, a chain that ends: no English phrase of the engine may be left."""
    stage = Stage(tmp_path)
    number = await stage.engine.fault_opened(Fault(room="R1", code="camera_missing", since=START), RUNNING)
    await stage.until(40 * 60)
    stage.plan.holds = 300
    await stage.engine.command("take", number, by="wang")
    await stage.until(70 * 60)
    await stage.engine.fault_cleared(Fault(room="R1", code="camera_missing", since=START))
    await stage.until(80 * 60)
    reader = stage.journal.reader
    written = {event.why for event in reader.events(number)} | {row.reason for row in reader.notifications(number)}
    written |= {row.detail for row in reader.notifications(number)}
    await stage.close()
    phrasing = Phrasing(load_words("zh-CN"), PLAN)
    assert len(written) > 8
    assert [one for one in written if one and not re.search("[\u4e00-\u9fff]", phrasing.reason(one))] == [
        because("as_written", text="sent")
    ]


def test_the_story_holds_no_english_sentence_in_chinese(camera_case: CaseFile) -> None:
    """Codes, names and channels are words by themselves; two English words beside each other are a phrase, if they
    are no command to type."""
    values = {"span": 30.0, "people": ("chen",), "times": 2, "count": 3, "minutes": 5, "known": ("值",)}
    reasons = [
        Reason(code, {name: values.get(name, "值") for name in known.values}) for code, known in REASON_CODES.items()
    ]
    events = [
        Event(
            incident=7,
            at=START + 60 + number,
            verb="remedy_failed",
            why=reason,
            data={"kind": "restart_unit", "target": "meet"},
        )
        for number, reason in enumerate(reasons)
    ]
    phrasing, rows = Phrasing(load_words("zh-CN"), PLAN), []
    for first in range(0, len(events), 80):  # a longer story would be abridged
        some = events[first : first + 80]
        story = timeline(dataclasses.replace(camera_case, events=(*camera_case.events, *some)), phrasing)
        assert len(story) > len(some)
        rows += [re.sub("`[^`]+`", "", f"{row.label} {row.detail}") for row in story]
    assert [row for row in rows if re.search(r"[A-Za-z][a-z']+ [a-z]+", row)] == []


def test_the_panels_of_readings_carry_the_catalogues_names(camera_case: CaseFile) -> None:
    series = dataclasses.replace(camera_case.readings[0], check="microphone", target="desk", name="noise_floor_dbfs")
    picture = readings_picture(
        dataclasses.replace(camera_case, readings=(series,)), Phrasing(load_words("zh-CN"), PLAN)
    )
    assert picture is not None
    assert "底噪" in picture.svg
    assert "noise" not in picture.svg


def test_ticks_are_round_and_few() -> None:
    zone = Phrasing(load_words("en"), PLAN).zone
    for span in (60, 3000, 86400, 40 * 86400):
        ticks = time_ticks(START, START + span, zone)
        assert 1 <= len(ticks) <= 9
    labels = [label for _, label in time_ticks(START + 60, START + 3000, zone)]
    assert labels == ["16:10", "16:20", "16:30", "16:40", "16:50"]
    assert number_ticks(0, 30, 2) == [0, 20, 40]
    assert number_ticks(5, 5) != []


def test_a_signed_report_carries_no_draft_mark(camera_case: CaseFile) -> None:
    signed = msgspec.structs.replace(camera_case.incident, report="signed")
    assert drawn_up(dataclasses.replace(camera_case, incident=signed)).mark == ""


async def test_a_report_does_not_say_that_people_were_told_when_nobody_was(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    number = await stage.engine.fault_opened(Fault(room="R301", code="camera_missing", since=START), RUNNING)
    reader = stage.journal.reader
    opened = reader.incident(number)
    assert opened is not None
    told = CaseFile(incident=opened, events=tuple(reader.events(number)), notifications=(), now=START + 60)
    await stage.close()
    assert "未能通知到任何人" in text_in(drawn_up(told))
    assert "并按预案通知" not in text_in(drawn_up(told))
