"""Every kind of message, severity, role, language and length, as its readers get it."""

from __future__ import annotations

import dataclasses

import pytest

from alerting.messages.kinds import MESSAGE_KINDS, To, notify_type
from alerting.words import LANGUAGES
from bench.message_corpus import Text, corpus, wrong_with


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return list(corpus())


def test_nothing_is_wrong_with_any_message(texts: list[Text]) -> None:
    assert {one.language for one in texts} == set(LANGUAGES)
    kinds = {one.name.split()[0] for one in texts}
    assert kinds == {one.name for one in MESSAGE_KINDS.values() if one.to is not To.CALENDAR}
    found = {f"{one.language} {one.name}": wrong for one in texts if (wrong := wrong_with(one))}
    assert found == {}


def test_the_first_line_says_severity_place_and_what_is_broken(texts: list[Text]) -> None:
    marks = {"zh-CN": {"critical": "【严重】", "warning": "【警告】", "notice": "【提示】"}}
    marks["en"] = {"critical": "[CRITICAL] ", "warning": "[WARNING] ", "notice": "[NOTICE] "}
    place = {"zh-CN": "总部 3 楼湖畔会议室：", "en": "Lakeside, floor 3, HQ: "}
    fault = {"zh-CN": "摄像头未连接", "en": "Camera is missing"}
    for one in texts:
        kind, severity, _, code = one.name.split()
        if kind in ("opened", "escalated", "deputy", "order", "spare") and code == "camera_missing":
            assert one.title.startswith(marks[one.language][severity] + place[one.language] + fault[one.language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_to_do_comes_first_and_how_to_take_it_next(texts: list[Text], language: str) -> None:
    begins = {
        "zh-CN": {"technical": "请先检查", "leadership": "影响：", "logistics": "请准备", "participants": "请留在"},
        "en": {"technical": "First: ", "leadership": "Impact: ", "logistics": "Please get", "participants": "Please s"},
    }[language]  # fmt: skip
    for role, begin in begins.items():
        name = f"opened critical {role} camera_missing"
        (one,) = [text for text in texts if (text.name, text.language) == (name, language)]
        lines = one.body.splitlines()
        assert lines[0].startswith(begin)
        taken = [number for number, line in enumerate(lines) if "ssh room-301 roomwatch take 12 --by " in line]
        assert taken == ([] if role == "participants" else [2 if role == "leadership" else 1])


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        ({"body": "摄像头 is missing"}, "English: missing"),
        ({"body": "王强 已接单"}, "spacing: "),
        ({"body": "已由wang_q接单"}, "id: wang_q"),
        ({"body": "请先请检查"}, "doubled: "),
        ({"body": "{count} 项"}, "phrase: {count}"),
        ({"short": "长" * 211}, "short: 211"),
    ],
)
def test_what_is_wrong_is_found(spoil: dict[str, str], kind: str) -> None:
    good = Text("opened", "zh-CN", "【严重】湖畔会议室：摄像头未连接", "请先检查摄像头。", "摄像头未连接 #12")
    assert wrong_with(good) == []
    assert any(found.startswith(kind) for found in wrong_with(dataclasses.replace(good, **spoil)))


@pytest.mark.parametrize("severity", ["critical", "warning", "notice", ""])
def test_ends_and_tests_have_a_type_of_their_own(severity: str) -> None:
    assert notify_type(MESSAGE_KINDS["recovered"], severity) == "success"
    assert notify_type(MESSAGE_KINDS["test"], severity) == "info"
    alarm = {"critical": "failure", "warning": "warning", "notice": "info", "": "warning"}[severity]
    assert notify_type(MESSAGE_KINDS["opened"], severity) == alarm
