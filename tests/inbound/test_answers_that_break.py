"""An answer that something broke is carried out again, and what was decided about it is the engine's word."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import alerting.service.inbound
from alerting.inbound.codes import token
from alerting.inbound.reply import Senders
from alerting.inbound.wire import ReadItem
from alerting.model.reply import Reply
from alerting.plan.model import Plan
from alerting.service.inbound import Inbound
from monitor.daemon.room_service import service_settings
from monitor.settings import Settings


@pytest.mark.parametrize(("fates", "calls"), [([OSError("a disk"), None], 2), ([None], 1), ([ValueError("x")] * 4, 4)])
async def test_a_word_is_not_lost_with_what_broke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fates: list[Exception | None], calls: int
) -> None:
    monkeypatch.setattr(alerting.service.inbound, "AGAIN", (0.0, 0.0, 0.0))
    heard: list[Reply] = []

    async def reply(one: Reply) -> str:
        heard.append(one)
        fate = fates[len(heard) - 1]
        if fate is not None:
            raise fate
        return "done"

    inbound = Inbound(
        service_settings(Settings(), None), tmp_path, plan=Plan, incidents=list, command=reply, reply=reply
    )  # type: ignore[arg-type]
    proof = token((tmp_path / "link.key").read_bytes(), 7, "li", now=1.0e9)
    senders = Senders(mail={"li@x.org": "li"})
    monkeypatch.setattr(alerting.service.inbound.time, "time", lambda: 1.0e9)
    what = ReadItem(item="7.1", sender="li@x.org", verb="take", codes=((7, proof),))
    await asyncio.wait_for(inbound._hear(senders, "mail", "mail.office", what), 30)
    assert [(one.contact, one.verb, one.incident) for one in heard] == [("li", "take", 7)] * calls
    stranger = ReadItem(item="7.2", sender="mallory@x.org", verb="take", codes=((7, proof),))
    await inbound._hear(senders, "mail", "mail.office", stranger)
    assert len(heard) == calls
