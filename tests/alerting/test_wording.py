"""Every kind that the engine can decide has its words, in both languages."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import alerting.engine
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


def test_no_kind_of_the_engine_is_left_without_words() -> None:
    source = ast.parse(Path(str(alerting.engine.__file__)).read_text())
    calls = [node for node in ast.walk(source) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    kinds = {
        call.args[1].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ("_tell", "_tell_reached")
        and len(call.args) > 1
        and isinstance(call.args[1], ast.Constant)
    }
    assert kinds and kinds <= set(wording._KINDS)
