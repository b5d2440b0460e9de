"""Every kind of message, at every severity, for every role, long and short, in every language, by the product's words;
and what is wrong with a text, by code that does not share the rendering."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from alerting.messages.facts import HowToTake, MessageFacts, Role
from alerting.messages.kinds import MESSAGE_KINDS, To
from alerting.messages.notice_of import Wording
from alerting.model.fault import FaultClass, Severity
from alerting.model.incident import FaultRecord, Incident, Phase
from alerting.model.measures import BackupRun, BackupState, NoGo, RemedyRun, RemedyState, SpareRequest
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import because
from alerting.words import LANGUAGES
from bench.paper_checks import broken_phrases, foreign_words

NOW = 1_795_000_000.0
NAMES = {"wang_q": "王强", "li_wei": "Li Wei", "he_p": "何平", "group_m": "参会人员通知群", "chen_l": "陈立"}
ROLES: dict[str, Role] = {
    "wang_q": "technical",
    "chen_l": "leadership",
    "he_p": "logistics",
    "group_m": "participants",
}
ROOM = "湖畔会议室"
FAULTS = (
    FaultRecord(code="camera_missing", target="Logitech BRIO", since=NOW - 300),
    FaultRecord(code="dns_failing", target="eth0", since=NOW - 290, symptoms=("service_unreachable",)),
    FaultRecord(code="app_not_running", target="Zoom", since=NOW - 280),
    FaultRecord(code="service_refuses", target="meet", since=NOW - 280),
)
EVIDENCE: dict[str, dict[str, str | float | int | bool]] = {
    "dns_failing": {"asked": "meet.example.org", "resolver": "192.0.2.53", "said": "SERVFAIL", "name": "x"},
    "service_refuses": {"service": "Zoom", "url": "https://zoom.example.org/", "status": 503},
}
PROPER = frozenset({"Logitech", "BRIO", "Zoom", "Li", "Wei", "SERVFAIL", "eth", "meet", "KEY"})
"""Names of things and people, and what a name server answers."""


@dataclass(frozen=True, slots=True)
class Text:
    """One message as one reader gets it. name: kind, severity, role and fault; short: the text for narrow channels."""

    name: str
    language: str
    title: str
    body: str
    short: str


def corpus(languages: tuple[str, ...] = tuple(LANGUAGES)) -> Iterator[Text]:
    """Without the reminders, whose words belong to the tasks that remind."""
    for kind in (one for one in MESSAGE_KINDS.values() if one.to is not To.CALENDAR):
        for severity in Severity:
            for fault in FAULTS:
                for contact in ROLES:
                    for language in languages:
                        yield _text(kind.name, severity, fault, contact, language)


def _text(kind: str, severity: Severity, fault: FaultRecord, contact: str, language: str) -> Text:
    wording = Wording(
        room_name=lambda room: ROOM if language != "en" else "Lakeside",
        contact_name=lambda who: NAMES.get(who, who),
        meeting=lambda room: MeetingState(running=severity is Severity.CRITICAL),
        how_to_take=lambda facts: HowToTake(host="room-301", by=facts.contact),
        participant=lambda who: ROLES[who] == "participants",
        role=lambda who: ROLES[who],
        whereabouts=lambda room: ("3", "总部" if language != "en" else "HQ"),
        material=lambda code: ("备用摄像头", "IT 服务台") if code == "camera_missing" else None,
        timezone="Asia/Shanghai",
    )
    ends = MESSAGE_KINDS[kind].ends or MESSAGE_KINDS[kind].paper
    incident = _incident(kind, severity, fault, over=ends)
    facts = MessageFacts(
        kind=kind,
        incidents=(incident, msgspec.structs.replace(incident, id=13)) if kind == "digest" else (incident,),
        contact=contact,
        channel="1",
        language=language,
        now=NOW,
        key="KEY-1",
        by="li_wei",
        text="请带一根网线" if kind in ("order", "note", "done") else "",
        count=2 if kind == "digest" else 1,
    )
    made = wording(facts)
    name = f"{kind} {severity.word} {ROLES[contact]} {fault.code}"
    return Text(name, language, made.title, made.body, made.short)


def _incident(kind: str, severity: Severity, fault: FaultRecord, *, over: bool) -> Incident:
    state = {
        "remedy_announced": RemedyState.ANNOUNCED,
        "remedy_withdrawn": RemedyState.WITHDRAWN,
        "remedy_limited": RemedyState.REFUSED,
        "remedy_failed": RemedyState.FAILED,
        "remedy_not_helped": RemedyState.NOT_HELPED,
        "remedy_unknown": RemedyState.UNKNOWN,
    }.get(kind, RemedyState.PROPOSED)
    remedy = RemedyRun(
        name="r", kind="restart_application", target="Zoom", code=fault.code, proposed_at=NOW - 60, due_at=NOW + 60,
        why="meeting", state=state, detail=because("no_answer_within", span=5.0),
    )  # fmt: skip
    more: dict[str, Any] = {}
    if kind.startswith("remedy_"):
        more["remedies"] = (remedy,)
    if kind.startswith(("moved", "backup", "mitigated")):
        how = BackupState.FAILED if kind == "backup_failed" else BackupState.IN_USE
        more["backups"] = (
            BackupRun(
                name="t", title="腾讯会议", kind="application", place="https://m.example.org/1", at=NOW, state=how
            ),
        )
    if kind == "spare":
        more["spares"] = (
            SpareRequest(material="camera", spare="spare_camera", title="备用摄像头", place="IT 服务台", at=NOW),
        )
    if kind == "no_go":
        more["no_go"] = NoGo(starts_at=NOW + 600, kind="room", title="备用会议室", place="305 会议室")
    if kind in ("taken", "confirmed", "mitigated", "recovered"):
        more |= {"taken_by": "wang_q", "taken_at": NOW - 120}
    if kind == "mitigated":
        more["mitigated_at"] = NOW - 10
    if over:
        more |= {"phase": Phase.RESOLVED, "resolved_at": NOW - 20}
    shown = msgspec.structs.replace(fault, evidence=EVIDENCE.get(fault.code, {}))
    return Incident(
        id=12, room="r301", code=fault.code, fault_class=FaultClass.DEVICE, severity=severity, opened_at=NOW - 300,
        faults=(shown,), **more,
    )  # fmt: skip


_WRITTEN = {*NAMES.values(), "Logitech BRIO", "腾讯会议", "room-301", "Lakeside", "HQ", "meet.example.org"}
TYPED = ("请带一根网线", "备用摄像头", "IT 服务台", "腾讯会议", "备用会议室", "305 会议室")
"""What people wrote, in whichever language they did."""
_HAN = "\u4e00-\u9fff"
_SPACING = re.compile(
    rf"[{_HAN}][A-Za-z0-9#]|[A-Za-z0-9][{_HAN}]|[{_HAN}] [{_HAN}]|[，。：；、！？（）] | [，。：；、！？（）]"
)
_DOUBLED = re.compile(
    r"\b(\w+) \1\b|([，。：；、.,;:])\2|请先[请先]|：：|(?<![.…])\.\.(?!\.)|[（(] *[)）]", re.IGNORECASE
)
_IDS = re.compile(rf"(?<![A-Za-z0-9_])({'|'.join([*NAMES, 'r301', *(one.code for one in FAULTS)])})(?![A-Za-z0-9_])")
_BY = re.compile(r"--by \S+")


def wrong_with(one: Text) -> list[str]:
    """What no reader should meet in this message: each as a word for the kind of error and what was found."""
    text = f"{one.title}\n{one.body}\n{one.short}".replace("KEY-1", "").replace("） #", "）#")
    found = [f"phrase: {phrase}" for phrase in broken_phrases(text)]
    found += [f"id: {hit.group()}" for hit in _IDS.finditer(_BY.sub("", text))]
    found += [f"doubled: {hit.group()!r}" for hit in _DOUBLED.finditer(text)]
    if not LANGUAGES[one.language].spaced:
        found += [f"spacing: {hit.group()!r}" for hit in _SPACING.finditer(text)]
        foreign = foreign_words(_BY.sub("", text).replace("ssh", ""), _WRITTEN)
        found += [f"English: {word}" for word in foreign if word not in PROPER]
    elif re.search(rf"[{_HAN}]", _without(text, (*TYPED, *NAMES.values()))):
        found.append("Chinese in a text of another language")
    if len(one.short) > 210:
        found.append(f"short: {len(one.short)} characters")
    return list(dict.fromkeys(found))


def _without(text: str, names: tuple[str, ...]) -> str:
    for name in names:
        text = text.replace(name, "")
    return text
