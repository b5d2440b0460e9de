"""The words of measures: the phone's first two lines say what and where, participants get nothing technical."""

from __future__ import annotations

import re

import msgspec
import pytest

from alerting.messages.facts import MessageFacts
from alerting.messages.kinds import MESSAGE_KINDS
from alerting.messages.notice_of import Wording
from alerting.messages.text_cutting import SMS_LENGTH
from alerting.model.fault import FaultClass, Severity
from alerting.model.incident import FaultRecord, Incident, Phase
from alerting.model.measures import BackupRun, BackupState, RemedyRun, RemedyState, SpareRequest
from alerting.model.reason import because
from alerting.words import LANGUAGES, load_words

LINK = "https://meeting.example.com/p/1234567890"
TENCENT = BackupRun(name="tencent", title="腾讯会议", kind="application", place=LINK, at=1.0)
ROOM = BackupRun(name="room", title="备用会议室", kind="room", place="3 层 305 会议室", at=1.0)
RESTART = RemedyRun(
    name="sound", kind="restart_sound_server", code="sound_server_down", proposed_at=1.0, due_at=1660.0, why="meeting"
)
RENDER = Wording(
    room_name={"r301": "301会议室"}.__getitem__,
    contact_name=lambda who: {"li": "李工"}.get(who, who),
    participant=lambda who: who == "group",
    timezone="UTC",
)


def incident(**fields: object) -> Incident:
    values: dict[str, object] = {
        "id": 12,
        "room": "r301",
        "code": "camera_frozen",
        "fault_class": FaultClass.DEVICE,
        "severity": Severity.CRITICAL,
        "opened_at": 1000.0,
        "faults": (FaultRecord(code="camera_frozen", target="/dev/video0", since=1000.0),),
        **fields,
    }
    return Incident(**values)  # type: ignore[arg-type]


def words(kind: str, case: Incident, contact: str = "li", language: str = "zh-CN", **fields: str) -> list[str]:
    """Title and body as the lines that a phone shows."""
    facts = MessageFacts(
        kind=kind, incidents=(case,), contact=contact, channel="im", language=language, now=1600.0, key="k", **fields
    )
    made = RENDER(facts)
    assert "{" not in made.title + made.body
    assert len(made.short) <= SMS_LENGTH
    return [made.title, *made.body.splitlines(), made.short]


def with_remedy(state: RemedyState) -> Incident:
    return incident(
        remedies=(msgspec.structs.replace(RESTART, state=state, detail=because("as_written", text="no permission")),)
    )


STATES = {
    "remedy_proposed": RemedyState.PROPOSED,
    "remedy_announced": RemedyState.ANNOUNCED,
    "remedy_put_off": RemedyState.PROPOSED,
    "remedy_withdrawn": RemedyState.WITHDRAWN,
    "remedy_limited": RemedyState.REFUSED,
    "remedy_failed": RemedyState.FAILED,
    "remedy_not_helped": RemedyState.NOT_HELPED,
    "remedy_unknown": RemedyState.UNKNOWN,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("contact", ["li", "group"])
def test_the_first_two_lines_name_the_link_or_the_room(language: str, contact: str) -> None:
    for run, place in ((TENCENT, LINK), (ROOM, "3 层 305 会议室")):
        case = incident(backups=(run,))
        for lines in (
            words("escalated", case, contact, language, action="backup"),
            words("moved" if contact == "group" else "moved_info", case, contact, language),
        ):
            assert place in "\n".join(lines[:2])
            assert place in lines[-1]
    drill = words("moved", incident(backups=(ROOM,), drill=True), contact, language)
    assert "3 层 305 会议室" in drill[1]


def test_participants_read_where_to_go_and_why_and_nothing_to_repair() -> None:
    lines = words("moved", incident(backups=(TENCENT,)), "group")
    assert lines[0] == "301会议室：会议改用“腾讯会议”"
    assert lines[1] == f"会议链接：{LINK}"
    assert lines[2] == "原因：摄像头画面卡住。"
    assert "接单" not in "".join(lines)
    announced = words("remedy_announced", with_remedy(RemedyState.ANNOUNCED), "group")
    assert announced[1] == "将于 00:27:40 重启声音服务，届时会有短暂中断，请稍候，不必操作。"
    assert "roomwatch" not in "".join(announced)


def test_responders_read_what_to_type() -> None:
    proposed = words("remedy_proposed", with_remedy(RemedyState.PROPOSED))
    assert proposed[0].startswith("【严重】301会议室：摄像头画面卡住（可重启声音服务，请您决定）")
    assert "roomwatch remedy approve 12" in proposed[1]
    assert "roomwatch remedy approve 12" in proposed[-1]
    backup = words("escalated", incident(backups=(TENCENT,)), action="backup")
    assert "roomwatch backup start 12" in backup[2]


def test_logistics_read_what_from_where_to_which_room() -> None:
    spare = SpareRequest(material="camera", spare="spare_camera", title="备用摄像头", place="3 层库房 A 柜", at=1.0)
    lines = words("spare", incident(spares=(spare,)))
    assert lines[1] == "请从“3 层库房 A 柜”取备用摄像头 1 件，送到 301会议室。"
    assert "roomwatch spare take camera --for 12" in lines[2]
    none = SpareRequest(material="", spare="spare_camera", title="备用摄像头", at=1.0)
    assert "没有库存" in words("spare", incident(spares=(none,)))[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_words_for_both_sorts_of_reader(language: str) -> None:
    assert STATES.keys() <= MESSAGE_KINDS.keys()
    failed = BackupRun(name="t", title="腾讯会议", kind="application", place=LINK, at=1.0, state=BackupState.FAILED)
    for contact in ("li", "group"):
        for kind, state in STATES.items():
            words(kind, with_remedy(state), contact, language)
        words("backup_failed", incident(backups=(failed,)), contact, language)
        words("backup_none_left", incident(backups=(failed,)), contact, language)
        for kind in ("helper_accepted", "helper_declined", "helper_silent", "assigned"):
            assert "李工" in "".join(words(kind, incident(), contact, language, by="li"))


def test_later_messages_carry_the_backup_and_the_end_says_what_the_machine_did() -> None:
    later = words("repeated", incident(backups=(TENCENT,)))
    assert LINK in "".join(later)
    over = incident(
        phase=Phase.RESOLVED,
        resolved_at=1500.0,
        remedies=with_remedy(RemedyState.VERIFIED).remedies,
    )
    assert "处理情况：已重启声音服务。" in words("recovered", over)


def test_no_kind_was_forgotten_in_the_catalogues() -> None:
    for language in LANGUAGES:
        keys = {re.sub(r"\..*", "", key) for key in load_words(language).under("course")}
        assert {kind.name for kind in MESSAGE_KINDS.values() if kind.words == "measure"} - {"moved_info"} <= keys
