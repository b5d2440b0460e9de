"""An answer is carried out once, over all ways in and restarts; its writer hears why where it is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerting.model.fault import Fault
from alerting.model.reply import Reply, Wrong
from tests.alerting.stage import START, Stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(tmp_path)
    yield made
    await made.close()


def reply(contact: str = "wang", verb: str = "take", **more: object) -> Reply:
    given: dict[str, object] = {"way": "mail", "incident": 1, "token": f"T-{contact}", **more}
    return Reply(contact=contact, verb=verb, **given)  # type: ignore[arg-type]


async def broken(stage: Stage) -> None:
    await stage.engine.fault_opened(Fault(room="R1", code="microphone_dead", since=START))
    await stage.until(10)


def events(stage: Stage, verb: str) -> list[str]:
    return [event.by for event in stage.journal.reader.events() if event.verb == verb]


def helped(stage: Stage) -> list[tuple[str, str]]:
    return [(who, message.body) for _, who, message in stage.post.arrived if message.short == "reply_help"]


async def test_one_answer_is_done_once_by_all_ways_and_after_restarts(stage: Stage) -> None:
    await broken(stage)
    assert await stage.engine.reply(reply(item="7.1", source="mail.a")) == "done"
    assert await stage.engine.reply(reply(item="7.1", source="mail.a")) == "again"
    assert await stage.engine.reply(reply(way="mqtt")) == "again"
    await stage.engine.command("take", 1, by="li")
    await stage.close()
    stage.open()
    assert await stage.engine.reply(reply(item="7.1", source="mail.a")) == "again"
    assert await stage.engine.reply(reply(way="ntfy", item="m1", source="ntfy.a")) == Wrong.USED
    await stage.until(20)
    assert events(stage, "taken") == ["wang", "li"]
    assert helped(stage) == [("wang", "reply_used")]
    assert await stage.engine.reply(reply(token="another")) == "done"
    assert events(stage, "taken") == ["wang", "li", "wang"]


async def test_an_answer_without_proof_takes_nothing_and_is_explained_a_few_times(stage: Stage) -> None:
    await broken(stage)
    for number in range(6):
        word = await stage.engine.reply(reply(wrong=Wrong.NO_CODE, verb="", item=f"7.{number}", source="mail.a"))
        assert word == Wrong.NO_CODE
    await stage.until(20)
    assert helped(stage) == [("wang", "reply_no_code")] * 3
    assert events(stage, "taken") == []
    assert len(events(stage, "reply_refused")) == 6


async def test_a_flood_of_answers_without_proof_fills_neither_journal_nor_memory(stage: Stage) -> None:
    await broken(stage)
    for number in range(200):
        await stage.engine.reply(reply(wrong=Wrong.NO_CODE, verb="", item=f"7.{number}", source="mail.a"))
    assert len(events(stage, "reply_refused")) == 10
    assert sum(name.startswith("reply.") for name in stage.journal.reader.memories()) == 10
    assert await stage.engine.reply(reply(item="8.1", source="mail.a")) == "done"


async def test_an_answer_from_before_the_message_and_one_that_was_overtaken_change_nothing(stage: Stage) -> None:
    await broken(stage)
    assert await stage.engine.reply(reply(sent_at=START - 3600)) == Wrong.TOO_OLD
    stage.clock.now += 60
    await stage.engine.command("take", 1, by="li")
    assert await stage.engine.reply(reply(sent_at=START + 20)) == Wrong.TAKEN_MEANWHILE
    assert await stage.engine.reply(reply(sent_at=stage.clock.now + 5)) == "done"
    assert events(stage, "taken") == ["li", "wang"]


async def test_what_breaks_while_it_is_carried_out_is_not_taken_for_done(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await broken(stage)
    with monkeypatch.context() as broken_command:
        broken_command.setattr(stage.engine._dispatcher, "command", lambda *words: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await stage.engine.reply(reply(item="7.1", source="mail.a"))
    assert await stage.engine.reply(reply(item="7.1", source="mail.a")) == "done"


async def test_an_answer_to_nothing_open_is_answered_too(stage: Stage) -> None:
    assert await stage.engine.reply(reply(incident=9)) == Wrong.OVER
    await stage.until(20)
    ((_, who, message),) = stage.post.arrived
    assert who == "wang"
    assert "no incident is open" in message.body


async def test_an_answer_to_what_is_over_is_told_so(stage: Stage) -> None:
    await broken(stage)
    await stage.engine.fault_cleared(Fault(room="R1", code="microphone_dead", since=START))
    assert await stage.engine.reply(reply()) == Wrong.OVER
    await stage.until(30)
    assert helped(stage) == [("wang", "reply_over")]
