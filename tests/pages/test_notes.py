"""A check's note in the language of the page: never the raw English of a probe or a threshold."""

from __future__ import annotations

from typing import Any

import pytest

from alerting.words import load_words
from monitor.pipeline.check_state import CheckState, StateRules
from monitor.pipeline.snapshot import Entry, Snapshot
from monitor.settings import Settings
from monitor.views.check_note import note
from monitor.views.status_document import status_document
from probes.judge_reading import Judgement, Status, Threshold, judge
from probes.reading import CannotMeasure, Outcome, Reading
from probes.why import Why, because

ZH = load_words("zh-CN")
RULES = StateRules(fail_after=2, recover_after=2, patience=lambda code: 60.0)


def shown(outcome: Outcome, *limits: Threshold) -> tuple[str, str]:
    """(state, note in Chinese) after one look."""
    check = document_of(outcome, *limits)
    return check["state"], note(check, ZH)


def document_of(outcome: Outcome, *limits: Threshold) -> dict[str, Any]:
    """The check in the status document of a room that speaks English."""
    state = CheckState()
    judgement = (
        judge(outcome, limits)
        if isinstance(outcome, Reading)
        else Judgement(status=Status.UNKNOWN, reason=getattr(outcome, "reason", ""))
    )
    state.accept(judgement, 0.0, RULES)
    snapshot = Snapshot(room="r", version="1", started=0.0, mode="act")
    snapshot.entries[(outcome.check, outcome.target)] = Entry("host", outcome, state, 0.0)
    check: dict[str, Any] = status_document(snapshot, Settings(), {}, 0.0)["checks"][0]
    return check


def test_a_value_over_its_limit_is_told_with_it_and_is_not_unknown_before_it_is_confirmed() -> None:
    limit = Threshold(value="cpu_waiting_ratio", fault="cpu_pressure", degraded=0.7)
    reading = Reading(check="host.cpu", values={"cpu_waiting_ratio": 0.93})
    assert shown(reading, limit) == ("suspected", "等待处理器 93 %，限值 70 %")


def test_a_finding_is_told_by_its_title() -> None:
    reading = Reading(check="software.process", target="zoom", finding="app_not_running")
    assert shown(reading) == ("suspected", "会议软件 zoom 未运行")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (because("no_time_service"), "没有启用对时服务"),
        ("no sound server: XDG_RUNTIME_DIR is not set", "连不上声音服务"),
        ("the session part of room gave no answer: no answer within 28 s", "会议室用户的会话组件没有应答"),
        (because("not_reported"), "本次未检测到"),
        (because("restarted"), "重启前已存在，尚未重新检测"),
        (because("not_asked", fault="link_down"), "未检测：网络连接断开"),
    ],
)
def test_what_could_not_be_measured_is_said_in_chinese(reason: Why | str, said: str) -> None:
    assert shown(CannotMeasure(check="host.clock", reason=reason)) == ("unknown", said)


def test_the_document_says_a_note_in_the_room_s_words_and_its_code_beside_it() -> None:
    check = document_of(CannotMeasure(check="host.clock", reason=because("not_asked", fault="link_down")))
    assert check["note"] == "not asked: No network link"
    assert check["reason"] == {"code": "not_asked", "values": {"fault": "link_down"}}


def test_a_check_without_a_reason_has_an_empty_note() -> None:
    check = document_of(Reading(check="speaker", finding="speaker_muted"))
    assert (check["note"], check["reason"]) == ("", None)


def test_a_note_of_a_daemon_of_an_earlier_version_is_still_said() -> None:
    check = document_of(CannotMeasure(check="speaker", reason=because("late"))) | {"note": "no sound server: gone"}
    del check["reason"]
    assert note(check, ZH) == "连不上声音服务"
    assert note({**check, "note": {"code": "no_time_service", "values": {}}}, ZH) == "没有启用对时服务"
