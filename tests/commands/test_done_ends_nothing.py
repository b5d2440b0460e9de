"""What was done is only noted. Where no check can see the end of an incident, the answer says what ends it."""

from __future__ import annotations

import time
from pathlib import Path

from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from monitor.daemon.room_service import room_service
from monitor.settings import Settings
from tests.commands.asking import ask


async def test_what_people_reported_ends_by_their_word_and_what_a_check_sees_does_not(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text('[contacts.li]\nname = "Li"\n')
    runner = room_service(Settings(), tmp_path, tmp_path)
    said = (await ask(runner, "declare", by="Ann", text="no sound", **{"class": "device"})).number
    fault = Fault(room="R1", code="disk_full", target="/", since=time.time())
    seen = await runner.engine.fault_opened(fault, MeetingState())
    ends_by_word = {}
    for number in (said, seen):
        ends_by_word[number] = (await ask(runner, "done", by="li", incident=number, text="x")).document["ends_by_word"]
    assert ends_by_word == {said: True, seen: False}
    await ask(runner, "resolve", by="li", incident=said)
    late = await ask(runner, "done", by="li", incident=said, text="y")
    assert late.document["ends_by_word"] is False, "it is over"
    await runner.close()
