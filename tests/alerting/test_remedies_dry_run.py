"""A remedy is tried dry before anybody hears of it: what cannot be done here is not offered."""

from __future__ import annotations

import asyncio

from alerting.model.reason import because
from alerting.model.remedy_outcome import RemedyOutcome
from tests.alerting.remedy_stage import EMPTY, SOUND, Machine, RemedyStage, stage

__all__ = ["stage"]

IMPOSSIBLE = RemedyOutcome(ok=False, detail=because("session_none"))


async def test_what_its_own_dry_run_knows_to_be_impossible_is_neither_offered_nor_announced(stage: RemedyStage) -> None:
    stage.machine.ready = IMPOSSIBLE
    number = await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(300)
    assert stage.told() == []
    assert stage.machine.asked == []
    assert stage.commands() == ["remedy_proposed", "remedy_impossible"]
    told = [event for event in stage.events() if event.verb == "remedy_impossible"]
    assert [event.why.code for event in told] == ["session_none"]
    (run,) = stage.engine.incidents()[0].remedies
    assert (run.state.value, run.why) == ("refused", "impossible")
    await stage.engine.command("remedy_start", number, by="wang", name="r0")
    await stage.until(310)
    assert stage.told()[-1][1:] == ("wang", "remedy_failed"), "who asked for it hears why it cannot be done"


async def test_the_dry_run_is_asked_again_after_a_restart_in_the_middle_of_it(stage: RemedyStage) -> None:
    waiting = asyncio.Event()
    slow = stage.machine.__class__.__call__

    async def late(machine: Machine, kind: str, target: str, dry: bool) -> RemedyOutcome:
        await waiting.wait()
        return await slow(machine, kind, target, dry)

    Machine.__call__ = late  # type: ignore[method-assign]
    try:
        await stage.engine.fault_opened(SOUND, EMPTY)
        await stage.engine.tick()
        assert stage.told() == []
    finally:
        Machine.__call__ = slow  # type: ignore[method-assign]
        waiting.set()
    await stage.until(1)
    assert stage.told()[0][1:] == ("wang", "remedy_announced")
