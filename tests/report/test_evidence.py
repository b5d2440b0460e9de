"""Annex B in words: no raw data, local times, nothing of another language; an unknown kind is a labelled row."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.messages.system_errors import say_system_error
from alerting.papers.report.evidence import readable
from alerting.papers.report.phrasing import Phrasing
from alerting.words import LANGUAGES, load_words
from tests.report.test_findings import PLAN, event
from tests.report.test_report_document import case_of, drawn_up, text_in

ROOM = {
    "kind": "room",
    "at": 1795890000.123,
    "checks": [
        {
            "area": "network",
            "check": "network.link",
            "target": "eth0",
            "status": "ok",
            "fault": "",
            "note": "",
            "age_seconds": 3.1,
            "values": {"link_bits_per_second": 1e9, "link_up": 1.0},
        },
        {
            "area": "software",
            "check": "software.responding",
            "target": "meetapp",
            "status": "unknown",
            "fault": "",
            "note": "no session part at /run/x.sock: No such file or directory",
            "age_seconds": 9.0,
            "values": {},
        },
        {
            "area": "devices",
            "check": "camera.presence",
            "target": "cam0",
            "status": "failed",
            "fault": "camera_missing",
            "note": "",
            "age_seconds": 1.0,
            "values": {"present": 0.0},
        },
    ],
}
NETWORK = {
    "kind": "network",
    "rungs": [{"check": "network.dns", "target": "10.0.0.53", "status": "failed", "fault": "dns_dead", "values": {}}],
    "cause": "dns_dead",
    "others": [],
    "symptoms": [],
    "sentences": {"en": ["The DNS server gives no answer."], "zh-CN": ["DNS 服务器没有应答。"]},
}
TOMORROW = {"kind": "seismograph", "series": [{"a": 1}], "raw": {"deep": [1.79589e9]}}
ENGLISH = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}")
"""Three words in a row."""


def annex(data: dict[str, object], language: str) -> str:
    shown = event("evidence", 30, **data)
    opened = event(
        "opened",
        0,
        code="camera_missing",
        target="cam0",
        evidence={
            "device": "/dev/video0",
            "tried": "[Errno -2] Name or service not known",
            "odd": "this is a sentence",
        },
    )
    return re.sub(r"roomwatch [a-z-]+[^。\n|]*", "", text_in(drawn_up(case_of(opened, shown), language)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("data", [ROOM, NETWORK, TOMORROW], ids=["room", "network", "unknown"])
def test_no_raw_data_stands_in_the_annex(data: dict[str, object], language: str) -> None:
    text = annex(data, language)
    for raw in ("1.79589e", "1795890000", "{'", "age_seconds", "age seconds", "Errno", "rungs", "[{"):
        assert raw not in text, raw


@pytest.mark.parametrize("data", [ROOM, NETWORK, TOMORROW], ids=["room", "network", "unknown"])
def test_no_english_sentence_stands_in_a_chinese_annex(data: dict[str, object]) -> None:
    assert ENGLISH.findall(annex(data, "zh-CN")) == []


def test_checks_stand_with_name_state_and_reading() -> None:
    words = load_words("zh-CN")
    text = annex(ROOM, "zh-CN")
    assert "1 Gbit/s" in text
    assert (
        words.text("status.failed") in text and words.text("fault.camera_missing.title", target="cam0", room="") in text
    )
    assert words.text("diagnose.unknown.session_silent") in text
    assert "DNS 服务器没有应答。" in annex(NETWORK, "zh-CN")
    assert "The DNS server gives no answer." in annex(NETWORK, "en")


def test_errors_of_the_system_are_said_in_the_readers_language() -> None:
    words = load_words("zh-CN")
    for text, said in (
        ("[Errno -2] Name or service not known", "域名不存在"),
        ("Connection refused", "连接被拒绝"),
        ("SMTP: [Errno 111] Connection refused", "SMTP: 连接被拒绝"),
        ("没有这样的文件", "没有这样的文件"),
    ):
        assert say_system_error(text, words) == said
    assert say_system_error("connection refused", load_words("en")) == "connection refused"


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=12),
        st.recursive(
            st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
            max_leaves=8,
        ),
        max_size=5,
    )
)
def test_whatever_a_diagnosis_holds_the_report_is_drawn_up(data: dict[str, object]) -> None:
    shown = event(
        "evidence", 30, **{name: value for name, value in data.items() if name not in ("verb", "after", "by", "why")}
    )
    assert text_in(drawn_up(case_of(shown, event("of_tomorrow", 40)), "zh-CN"))


def test_a_known_name_of_three_words_is_kept_in_english() -> None:
    assert readable("connection was lost again", Phrasing(load_words("en"), PLAN)) == "connection was lost again"
