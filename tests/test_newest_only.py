"""One piece of work at a time, and only the newest of those that wait."""

import asyncio

import pytest

from alerting.service import newest_only as newest
from alerting.service.newest_only import Newest


class Slow:
    """Work that takes as long as the test wants."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.at_once = 0
        self.most_at_once = 0
        self.go = asyncio.Event()
        self.breaks = False

    async def __call__(self, item: int) -> None:
        self.begun.append(item)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.breaks:
                raise RuntimeError("broken")
            await self.go.wait()
        finally:
            self.at_once -= 1


async def test_of_many_only_the_first_and_the_last_are_done() -> None:
    work = Slow()
    one = Newest(work)
    one.put(0)
    await asyncio.sleep(0)
    for number in range(1, 10_000):
        one.put(number)
    work.go.set()
    await one.settled()
    assert work.begun == [0, 9_999]
    assert work.most_at_once == 1
    one.put(7)
    await one.settled()
    assert work.begun[-1] == 7


async def test_work_that_breaks_is_done_again_unless_something_newer_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest, "AGAIN_SECONDS", 0.01)
    work = Slow()
    work.go.set()
    work.breaks = True
    one = Newest(work)
    one.put(1)
    while len(work.begun) < 3:
        await asyncio.sleep(0.01)
    one.put(2)
    while work.begun[-1] != 2:
        await asyncio.sleep(0.01)
    work.breaks = False
    await one.settled()
    assert set(work.begun) == {1, 2}
    assert work.begun == sorted(work.begun), "the older one is not done after the newer one"


async def test_closing_stops_in_the_middle_and_leaves_nothing_waiting() -> None:
    work = Slow()
    one = Newest(work)
    await one.close()
    one.put(1)
    await asyncio.sleep(0)
    one.put(2)
    await one.close()
    assert (work.begun, work.at_once) == ([1], 0)
