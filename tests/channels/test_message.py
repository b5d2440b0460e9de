"""What a responder reads on the phone at night."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.messages.facts import HowToTake, MessageLine, Notice
from alerting.messages.kinds import MESSAGE_KINDS, To
from alerting.messages.message_text import render
from alerting.messages.text_cutting import cut_sms, split_bytes
from alerting.words import load_words

NOON = 1_700_000_000.0


def notice(kind: str = "opened", **fields: object) -> Notice:
    values: dict[str, object] = {
        "room": "301会议室",
        "number": 12,
        "code": "camera_frozen",
        "severity": "critical",
        "now": NOON + 300,
        "since": NOON,
        "meeting": True,
        **fields,
    }
    return Notice(kind=MESSAGE_KINDS[kind], **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("kind", [one.name for one in MESSAGE_KINDS.values() if one.to is not To.CALENDAR])
def test_every_kind_has_words_in_both_languages_and_names_the_room_first(kind: str, language: str) -> None:
    lines = (MessageLine(number=1, room="301会议室", code="camera_frozen"),)
    made = render(notice(kind, who="李工", lines=lines), language=language, key="k-1", timezone="Asia/Shanghai")
    assert "301会议室" in made.title[:40]
    assert "{" not in made.title + made.body + made.short
    assert made.body.endswith("k-1")
    assert "301会议室" in made.short


def test_the_first_forty_characters_say_room_and_what_broke() -> None:
    made = render(notice(), language="zh-CN", key="k", timezone="Asia/Shanghai")
    assert made.title == "【严重】301会议室：摄像头画面卡住，会议进行中"
    assert made.body.splitlines() == [
        "请先重新插拔摄像头，然后在会议中重新开启视频。",
        "接单请运行：roomwatch take 12",
        "摄像头一直重复同一画面，远端参会人员看到的是静止的会议室。",
        "状态：严重，11-15 06:13 起；会议进行中，尚无人接单",
        "故障事件 #12 · k",
    ]


def test_a_drill_is_marked_in_every_form() -> None:
    for language, mark in (("zh-CN", "【演练】"), ("en", "[DRILL]")):
        made = render(notice(drill=True), language=language, key="k")
        assert made.title.startswith(mark)
        assert made.short.startswith(mark)
        assert load_words(language).text("message.drill_line") in made.body


def test_a_recovery_says_how_long_who_and_what_was_done_and_not_how_to_take_it() -> None:
    made = render(
        notice("recovered", resolved_at=NOON + 4000, taken_by="李工", text="更换了线缆"),
        language="zh-CN",
        key="k",
        timezone="Asia/Shanghai",
    )
    assert "历时 1 小时 7 分钟" in made.body
    assert "处理人：李工" in made.body
    assert "更换了线缆" in made.body
    assert "take" not in made.body + made.short


def test_only_the_ways_to_take_it_that_exist_are_named() -> None:
    ways = HowToTake(link="https://rooms.example.org/t/abc", reply=True)
    made = render(notice(), language="en", key="k", take=ways)
    assert "https://rooms.example.org/t/abc" in made.body
    assert "reply to this mail" in made.body
    assert "roomwatch take" not in made.body
    assert made.short.endswith("#12 https://rooms.example.org/t/abc")


def test_who_reads_it_late_learns_that_somebody_has_it() -> None:
    made = render(notice("escalated", taken_by="李工"), language="zh-CN", key="k")
    assert "李工已接单" in made.body
    assert "接单请" not in made.body


def test_a_long_room_name_does_not_push_the_short_form_over_its_limit() -> None:
    made = render(notice(room="很长的会议室名字" * 60), language="zh-CN", key="k")
    assert len(made.short) <= 210
    assert made.short.endswith("#12 接单请运行：roomwatch take 12")


def test_a_digest_lists_each_incident_on_a_line_of_its_own() -> None:
    lines = tuple(MessageLine(number=n, room=f"{n}会议室", code="camera_frozen", over=n == 3) for n in (1, 2, 3))
    made = render(Notice(kind=MESSAGE_KINDS["digest"], room="", now=NOON, lines=lines), language="zh-CN", key="k")
    assert made.title == "【警告】1会议室、2会议室等 3 个会议室：2 个故障，1 个已恢复"
    assert sum(line.startswith("• ") for line in made.body.splitlines()) == 3


def test_a_fault_without_words_is_shown_by_its_code() -> None:
    assert "brand_new_fault" in render(notice(code="brand_new_fault"), language="en", key="k").title


@given(st.text(), st.integers(min_value=4, max_value=300))
def test_splitting_loses_nothing_and_keeps_the_limit(text: str, limit: int) -> None:
    parts = split_bytes(text, limit)
    assert "".join(parts) == text
    assert all(len(part.encode()) <= limit for part in parts)


@given(st.text(), st.integers(min_value=0, max_value=300))
def test_cutting_keeps_the_limit_of_an_sms(text: str, limit: int) -> None:
    sms = cut_sms(text, limit)
    assert len(sms.encode("utf-16-le")) <= 2 * limit
    assert sms == text or text.startswith(sms.removesuffix("…"))
