"""Every kind that the engine can decide has its words, in both languages."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import alerting
from alerting import wording
from alerting.delivery.outbound import MessageFacts
from alerting.fault import FaultClass, Severity
from alerting.incident import FaultRecord, Incident

INCIDENT = Incident(
    id=7,
    room="R1",
    code="camera_missing",
    fault_class=FaultClass.DEVICE,
    severity=Severity.CRITICAL,
    opened_at=1_800_000_000.0,
    faults=(FaultRecord(code="camera_missing", target="cam0", since=1_800_000_000.0),),
)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("kind", sorted(wording._KINDS))
def test_a_kind_has_words_that_name_the_room(kind: str, language: str) -> None:
    facts = MessageFacts(
        kind=kind,
        incidents=(INCIDENT,),
        contact="wang",
        channel="mail",
        language=language,
        now=1_800_000_060.0,
        key="k-1",
    )
    text = wording.Wording(room_name=lambda room: f"Room {room}", timezone="Asia/Shanghai")(facts)
    assert "Room R1" in text.title + text.body
    assert "k-1" in text.body
    assert "{" not in text.title + text.body + text.short


def test_the_words_of_a_full_disk_say_that_the_journal_is_not_written() -> None:
    facts = MessageFacts(
        kind="opened", incidents=(INCIDENT,), contact="wang", channel="mail", language="en", now=1.0, journal_down=True
    )
    plain = MessageFacts(kind="opened", incidents=(INCIDENT,), contact="wang", channel="mail", language="en", now=1.0)
    words = wording.Wording()
    assert len(words(facts).body.splitlines()) == len(words(plain).body.splitlines()) + 1


def test_no_kind_that_is_told_anywhere_is_left_without_words() -> None:
    kinds = set()
    for file in Path(str(alerting.__file__)).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            said = call.args[1:2] if name in ("tell", "tell_reached") else []
            said += [word.value for word in call.keywords if name == "Told" and word.arg == "kind"]
            kinds |= {one.value for one in said if isinstance(one, ast.Constant)}
    assert {"taken", "recovered", "unanswered", "plan_changed"} <= kinds <= set(wording._KINDS)
