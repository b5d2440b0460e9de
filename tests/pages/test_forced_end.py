"""An incident declared over while the probes still see its fault: the answer says so."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from alerting.engine.commands import Refused
from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from monitor.daemon.room_service import room_service
from monitor.settings import Settings


async def test_who_declares_it_over_is_told_what_the_checks_still_see(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("")
    runner = room_service(Settings(), tmp_path, tmp_path)
    fault = Fault(room="R1", code="camera_missing", target="cam0", since=time.time())
    number = await runner.engine.fault_opened(fault, MeetingState())
    with pytest.raises(Refused, match=r"still_seen.*camera_missing cam0"):
        await runner.command("resolve", {"by": "li", "incident": number}, "")
    answer = await runner.command("resolve", {"by": "li", "incident": number, "force": True}, "")
    assert answer["still_seen"] == ["camera_missing cam0"]
    assert answer["phase"] == "resolved"
    await runner.close()
