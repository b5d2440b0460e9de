"""An acknowledgement that something broke is carried out again; one that was refused is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import alerting.service.inbound
from alerting.engine.commands import Refused
from alerting.inbound.answer import Answer
from alerting.plan.model import Plan
from alerting.service.inbound import Inbound
from monitor.daemon.room_service import service_settings
from monitor.settings import Settings

ANSWER = Answer(verb="take", number=7, contact="li", way="mail")


@pytest.mark.parametrize(
    ("fates", "calls"), [([OSError("a disk"), None], 2), ([Refused("over")], 1), ([ValueError("x")] * 4, 4)]
)
async def test_a_word_is_not_lost_with_what_broke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fates: list[Exception | None], calls: int
) -> None:
    monkeypatch.setattr(alerting.service.inbound, "AGAIN", (0.0, 0.0, 0.0))
    heard: list[tuple[str, int, str]] = []

    async def command(verb: str, number: int, *, by: str) -> None:
        heard.append((verb, number, by))
        fate = fates[len(heard) - 1]
        if fate is not None:
            raise fate

    inbound = Inbound(service_settings(Settings(), None), tmp_path, plan=Plan, incidents=list, command=command)  # type: ignore[arg-type]
    await asyncio.wait_for(inbound._act(ANSWER), 30)
    assert heard == [("take", 7, "li")] * calls
