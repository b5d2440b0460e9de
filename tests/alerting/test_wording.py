"""The engine's facts become words."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import alerting
from alerting.messages.facts import MessageFacts
from alerting.messages.kinds import MESSAGE_KINDS, To
from alerting.messages.notice_of import Wording
from alerting.model.fault import FaultClass, Severity
from alerting.model.incident import FaultRecord, Incident, Phase


def incident(number: int = 12, **fields: object) -> Incident:
    values: dict[str, object] = {
        "id": number,
        "room": "r301",
        "code": "camera_frozen",
        "fault_class": FaultClass.DEVICE,
        "severity": Severity.CRITICAL,
        "opened_at": 1000.0,
        "faults": (FaultRecord(code="camera_frozen", target="/dev/video0", since=1000.0),),
        **fields,
    }
    return Incident(**values)  # type: ignore[arg-type]


def facts(kind: str, *incidents: Incident, **fields: object) -> MessageFacts:
    values: dict[str, object] = {
        "contact": "li",
        "channel": "im",
        "language": "zh-CN",
        "now": 1600.0,
        "key": "k-1",
        **fields,
    }
    return MessageFacts(kind=kind, incidents=incidents or (incident(),), **values)  # type: ignore[arg-type]


RENDER = Wording(
    room_name={"r301": "301会议室"}.__getitem__, contact_name=lambda who: {"li": "李工"}.get(who, who), timezone="UTC"
)
ABOUT_A_FAULT = [kind.name for kind in MESSAGE_KINDS.values() if kind.to is not To.CALENDAR and kind.name != "test"]


def test_every_kind_of_the_engine_names_room_and_fault_in_both_languages() -> None:
    for kind in ABOUT_A_FAULT:
        for language, fault in (("zh-CN", "摄像头画面卡住"), ("en", "Camera picture is frozen")):
            made = RENDER(facts(kind, language=language, by="li", text="去 302"))
            assert "301会议室" in made.title[:40], kind
            assert fault in made.title + made.body, kind
            assert made.short
            assert "k-1" in made.body, kind
            assert "{" not in made.title + made.body + made.short


def test_people_are_named_as_people_and_the_backup_step_asks_for_the_backup() -> None:
    assert "李工" in RENDER(facts("taken", by="li")).title
    assert "启用备用方案" in RENDER(facts("escalated", action="backup")).title


def test_a_recovery_tells_what_was_done() -> None:
    over = incident(phase=Phase.RESOLVED, resolved_at=1500.0, taken_by="li", taken_at=1100.0, done="换了线缆")
    made = RENDER(facts("recovered", over))
    assert "处理人：李工" in made.body
    assert "换了线缆" in made.body


def test_a_digest_says_how_many_it_does_not_list() -> None:
    assert "另有 28 个" in RENDER(facts("digest", incident(1), incident(2), count=30)).body


def test_the_words_of_a_full_disk_say_that_the_journal_is_not_written() -> None:
    plain, down = RENDER(facts("opened")), RENDER(facts("opened", journal_down=True))
    assert len(down.body.splitlines()) == len(plain.body.splitlines()) + 1


def test_no_kind_that_is_told_anywhere_is_left_without_words() -> None:
    told = set()
    for file in Path(str(alerting.__file__)).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            said = call.args[1:2] if name in ("tell", "tell_reached") else []
            said += [word.value for word in call.keywords if name == "Notify" and word.arg == "kind"]
            told |= {one.value for one in said if isinstance(one, ast.Constant)}
    assert {"taken", "recovered", "unanswered", "plan_changed"} <= told
    assert sorted(told - MESSAGE_KINDS.keys()) == []


def test_what_goes_to_all_who_were_told_says_so_in_the_table() -> None:
    found = set()
    for file in Path(str(alerting.__file__)).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name, words = ast.unparse(call.func).rpartition(".")[2], {word.arg: word.value for word in call.keywords}
            if name == "tell_reached" and isinstance(call.args[1], ast.Constant):
                found.add(call.args[1].value)
            if name == "Notify" and "contacts" not in words and isinstance(words["kind"], ast.Constant):
                found.add(words["kind"].value)
    # A remedy that is called off concerns those who repair; where a person refuses it, all who were told.
    assert {MESSAGE_KINDS[kind].to for kind in found - {"remedy_withdrawn"}} == {To.TOLD}
    assert len(found) > 4


def test_unknown_words_never_stop_a_message() -> None:
    made = RENDER(
        facts("something_new", incident(faults=(FaultRecord(code="no_such_code", since=1.0),)), language="fr")
    )
    assert "no_such_code" in made.title


def test_only_what_the_probes_saw_is_told_as_verified() -> None:
    ended: dict[str, Any] = {"phase": Phase.RESOLVED, "resolved_at": 1500.0}
    gone = FaultRecord(code="camera_frozen", target="/dev/video0", since=1000.0, cleared_at=1500.0, unwatched=True)
    for language, verified, said in (
        ("en", "checks have verified", "declared"),
        ("zh-CN", "监测确认无误", "李工已宣布"),
    ):
        assert verified in RENDER(facts("recovered", incident(**ended), language=language)).body
        declared = RENDER(facts("recovered", incident(**ended, resolved_by="li"), language=language)).body
        assert verified not in declared
        assert said in declared
        unwatched = RENDER(facts("recovered", incident(**ended, faults=(gone,)), language=language)).body
        assert verified not in unwatched
        assert ("no longer watched" if language == "en" else "不再监测") in unwatched


def test_a_report_is_told_in_the_reporters_words() -> None:
    said = FaultRecord(code="camera_frozen", since=1000.0, reported_by="li", evidence={"text": "没有声音"})
    assert "李工报告：没有声音" in RENDER(facts("opened", incident(faults=(said,)))).body
    assert "Reported by 李工: 没有声音" in RENDER(facts("opened", incident(faults=(said,)), language="en")).body
