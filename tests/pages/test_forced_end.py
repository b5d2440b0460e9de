"""An incident declared over while the probes still see its fault: the answer says so."""

from __future__ import annotations

import time
from pathlib import Path

from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import Reason
from monitor.daemon.room_service import room_service
from monitor.settings import Settings
from tests.commands.asking import ask


async def test_who_declares_it_over_is_told_what_the_checks_still_see(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text('[contacts.li]\nname = "Li"\n')
    runner = room_service(Settings(), tmp_path, tmp_path)
    fault = Fault(room="R1", code="camera_missing", target="cam0", since=time.time())
    number = await runner.engine.fault_opened(fault, MeetingState())
    refused = (await ask(runner, "resolve", by="li", incident=number)).refused
    assert refused == Reason("still_seen", {"faults": ("camera_missing cam0",)})
    answer = await ask(runner, "resolve", by="li", incident=number, force=True)
    assert answer.document["still_seen"] == ["camera_missing cam0"]
    assert answer.document["phase"] == "resolved"
    await runner.close()
