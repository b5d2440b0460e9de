"""When a scraper comes again, and how long a clean end waits for it."""

import asyncio

from monitor.web.scrapes import MOST_SCRAPERS, Scrapes


class Steady:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def rhythm(clock: Steady, scrapes: Scrapes, peer: str, *times: float) -> None:
    for at in times:
        clock.now = at
        scrapes.seen(peer)


def test_two_scrapes_give_the_time_of_the_next() -> None:
    clock = Steady()
    scrapes = Scrapes(clock)
    rhythm(clock, scrapes, "10.0.0.1", 1000.0, 1015.0)
    clock.now = 1021.0
    assert scrapes.expected(15.0) == {"10.0.0.1": 9.0}
    assert scrapes.expected(5.0) == {}


def test_a_single_look_and_a_scraper_that_has_gone_are_not_waited_for() -> None:
    clock = Steady()
    scrapes = Scrapes(clock)
    rhythm(clock, scrapes, "10.0.0.2", 1000.0)
    assert scrapes.expected(60.0) == {}
    rhythm(clock, scrapes, "10.0.0.2", 1015.0)
    clock.now = 1100.0
    assert scrapes.expected(60.0) == {}


def test_of_many_askers_the_newest_are_remembered() -> None:
    clock = Steady()
    scrapes = Scrapes(clock)
    for number in range(3 * MOST_SCRAPERS):
        rhythm(clock, scrapes, f"10.0.0.{number}", 1000.0 + number, 1001.0 + number)
    assert len(scrapes.expected(600.0)) <= MOST_SCRAPERS


async def test_the_end_waits_for_every_scraper_that_is_due_and_no_longer() -> None:
    scrapes = Scrapes()
    for peer in ("a", "b"):
        scrapes.seen(peer)
        await asyncio.sleep(0.02)
        scrapes.seen(peer)
    waiting = asyncio.create_task(scrapes.last_one(5.0))
    await asyncio.sleep(0)
    scrapes.seen("a")
    await asyncio.sleep(0)
    assert not waiting.done()
    scrapes.seen("b")
    await asyncio.wait_for(waiting, 10)


async def test_nobody_is_waited_for_where_nobody_scrapes_or_the_one_is_late() -> None:
    scrapes = Scrapes()
    await asyncio.wait_for(scrapes.last_one(600.0), 10)
    scrapes.seen("a")
    await asyncio.sleep(0.02)
    scrapes.seen("a")
    await asyncio.wait_for(scrapes.last_one(600.0), 10)
