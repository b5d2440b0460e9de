"""A probe that hangs or crashes costs itself alone; events wake it; a suspicion is confirmed soon."""

import asyncio
from collections.abc import Sequence

import msgspec

from monitor.pipeline.scheduler import MOST_RESTARTS, ProbeTask
from monitor.settings import ProbeSchedule
from probes.reading import CannotMeasure, Outcome, Reading, Say
from probes.why import because

GOOD = Reading(check="x")
KNOWN = Reading(check="x.known")


class Script:
    """A probe that does what it is told, run after run, then holds still."""

    def __init__(self, *doings: str) -> None:
        self.doings = list(doings)
        self.whys: list[str] = []
        self.outcomes: list[Sequence[Outcome]] = []
        self.again: float | None = None
        self.idle = asyncio.Event()

    async def run(self, why: str, say: Say) -> Sequence[Outcome]:
        say(KNOWN)
        self.whys.append(why)
        doing = self.doings.pop(0) if self.doings else "good"
        if doing == "hang":
            await asyncio.sleep(3600)
        if doing == "crash":
            raise RuntimeError("the driver is gone")
        return [GOOD]

    async def deliver(self, why: str, outcomes: Sequence[Outcome]) -> float | None:
        self.outcomes.append(outcomes)
        if not self.doings:
            self.idle.set()
        return self.again


def task_of(script: Script, **changes: float) -> ProbeTask:
    schedule = msgspec.structs.replace(ProbeSchedule(interval=3600.0, deadline=0.2), **changes)
    return ProbeTask("x", schedule, script.run, script.deliver)


async def test_a_hanging_run_is_a_time_out_and_not_a_failure_of_the_thing() -> None:
    script = Script("hang")
    task = task_of(script)
    known, outcome = await task.run_once("interval")
    assert known is KNOWN, "what was known before the deadline is kept"
    assert isinstance(outcome, CannotMeasure)
    assert outcome.reason == because("no_answer_within", seconds=0.2)
    assert (task.figures.timeouts, task.figures.success) == (1, False)


async def test_a_crash_is_counted_and_says_its_reason() -> None:
    script = Script("crash")
    task = task_of(script)
    known, outcome = await task.run_once("interval")
    assert known is KNOWN, "what was known before the crash is kept"
    assert isinstance(outcome, CannotMeasure)
    assert outcome.reason == because("program_error", kind="RuntimeError", detail="the driver is gone")
    assert task.figures.crashes == 1


async def test_an_event_wakes_it_long_before_its_interval() -> None:
    script = Script("good", "good")
    task = task_of(script)
    loop = asyncio.create_task(task.loop())
    while not script.whys:
        await asyncio.sleep(0.01)
    task.wake("event:exit")
    await asyncio.wait_for(script.idle.wait(), 10)
    loop.cancel()
    assert script.whys[:2] == ["start", "event:exit"]


async def test_a_suspicion_is_confirmed_without_waiting_for_the_interval() -> None:
    script = Script("good", "good")
    script.again = 0.01
    task = task_of(script)
    loop = asyncio.create_task(task.loop())
    await asyncio.wait_for(script.idle.wait(), 10)
    loop.cancel()
    assert script.whys[1] == "confirm"


async def test_an_event_stops_a_run_that_it_made_worthless_but_not_for_ever() -> None:
    begun: list[str] = []
    done = asyncio.Event()

    async def run(why: str, say: Say) -> list[Outcome]:
        begun.append(why)
        if len(begun) <= MOST_RESTARTS:
            await asyncio.sleep(60)
        return []

    async def deliver(why: str, outcomes: Sequence[Outcome]) -> None:
        done.set()

    task = ProbeTask("network", ProbeSchedule(deadline=100), run, deliver, stops_for_events=True)
    loop = asyncio.create_task(task.loop())
    for number in range(MOST_RESTARTS):
        while len(begun) <= number:
            await asyncio.sleep(0)
        task.wake(f"event:{number}")
    await asyncio.wait_for(done.wait(), 30)
    loop.cancel()
    assert begun == ["start", *(f"event:{number}" for number in range(MOST_RESTARTS))]


async def stopped(loop: asyncio.Task[None]) -> bool:
    """One cancellation ends it; the daemon's stop waits for that."""
    loop.cancel()
    done, _ = await asyncio.wait({loop}, timeout=5)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    return bool(done)


async def test_a_loop_that_is_stopped_in_the_moment_its_run_ends_or_it_is_woken_stops() -> None:
    script, finish = Script(), asyncio.Event()

    async def run(why: str, say: Say) -> Sequence[Outcome]:
        await finish.wait()
        return [GOOD]

    ends = ProbeTask("x", ProbeSchedule(interval=3600.0, deadline=60.0), run, script.deliver)
    loop = asyncio.create_task(ends.loop())
    await asyncio.sleep(0.05)
    finish.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await stopped(loop)
    woken = task_of(script)
    loop = asyncio.create_task(woken.loop())
    while not script.outcomes:
        await asyncio.sleep(0.01)
    for _ in range(3):
        await asyncio.sleep(0)
    woken.wake("event: link")
    await asyncio.sleep(0)
    assert await stopped(loop)


def test_an_interval_lies_between_two_starts_and_a_run_that_outlasts_it_is_followed_by_a_rest() -> None:
    task = ProbeTask("x", ProbeSchedule(interval=60.0), Script().run, Script().deliver)
    rests = [task.rest(3.5) for _ in range(200)]
    assert 53.5 <= min(rests) < max(rests) <= 59.5
    assert max(rests) - min(rests) > 2.0, "rooms that were switched on together drift apart"
    assert task.rest(60.0 * 1.06) == 60.0


async def test_what_a_probe_says_is_taken_before_its_run_ends() -> None:
    taken: list[Outcome] = []
    script = Script("hang")
    task = ProbeTask("x", ProbeSchedule(deadline=100), script.run, script.deliver, taken.append)
    run = asyncio.create_task(task.run_once("interval"))
    while not taken:
        await asyncio.sleep(0.01)
    assert not run.done()
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    assert taken == [KNOWN]
