"""An answer that something broke is carried out again; what was decided about it is the entrance's word."""

from __future__ import annotations

import asyncio

import pytest

import alerting.inbound.reply_proof
from alerting.inbound.child_protocol import ReadItem
from alerting.inbound.reply_codes import token
from alerting.inbound.reply_proof import Replies, Senders
from alerting.model.reply import Reply

KEY = b"k" * 32
NOW = 1.0e9


@pytest.mark.parametrize(("fates", "calls"), [([OSError("a disk"), None], 2), ([None], 1), ([ValueError("x")] * 4, 4)])
async def test_a_word_is_not_lost_with_what_broke(
    monkeypatch: pytest.MonkeyPatch, fates: list[Exception | None], calls: int
) -> None:
    monkeypatch.setattr(alerting.inbound.reply_proof, "AGAIN", (0.0, 0.0, 0.0))
    heard: list[Reply] = []

    async def hand_on(one: Reply) -> str:
        heard.append(one)
        fate = fates[len(heard) - 1]
        if fate is not None:
            raise fate
        return "done"

    senders = Senders(mail={"li@x.org": "li"})
    replies = Replies(senders, "mail", "mail.office", KEY, hand_on, lambda: NOW)
    proof = token(KEY, 7, "li", now=NOW)
    what = ReadItem(item="7.1", sender="li@x.org", verb="take", codes=((7, proof),))
    await asyncio.wait_for(replies.take(what), 30)
    assert [(one.contact, one.verb, one.incident) for one in heard] == [("li", "take", 7)] * calls
    await replies.take(ReadItem(item="7.2", sender="mallory@x.org", verb="take", codes=((7, proof),)))
    assert len(heard) == calls
