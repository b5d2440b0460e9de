"""Whether a time server keeps the clock, where the kernel may not be asked: set by the server, and set by hand."""

from __future__ import annotations

import asyncio

import pytest

from monitor.daemon.kept_clock import KeptClock
from probes.host.kernel_clock_linux import ClockState

NOW = 1_800_000_000.0
HOUR = 3600.0


class Machine:
    """A wall clock that can be set, and what its time service says."""

    def __init__(self) -> None:
        self.boot, self.ahead = 1000.0, NOW - 1000.0
        self.said: ClockState | None = None
        self.asked = 0
        self.clock = KeptClock(lambda: None, self._service, lambda: self.boot + self.ahead, lambda: self.boot)

    async def _service(self, now: float) -> ClockState | None:
        self.asked += 1
        return self.said

    async def kept(self) -> bool:
        """As the engine learns it: it asks, and asks again at its next tick."""
        self.clock()
        await self.clock.look()
        self.boot += 15.0
        return self.clock()


def chrony(offset: float, synchronised: bool = True) -> ClockState:
    return ClockState(synchronised, offset, 0.01)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (chrony(0.0002), True),
        (chrony(86400.0 * 365), False),  # set by hand: chrony is synchronised, and has all of it to correct
        (chrony(0.0, synchronised=False), False),
        (None, False),
    ],
)
async def test_chrony_is_believed_where_nothing_is_left_to_correct(said: ClockState | None, kept: bool) -> None:
    machine = Machine()
    machine.said = said
    assert await machine.kept() == kept


async def test_timesyncd_is_believed_once_it_has_synchronised_since_the_question_came_up() -> None:
    machine = Machine()
    machine.said = ClockState(True, None, None, NOW - 1800)  # half an hour ago: the clock was set by hand since
    assert not await machine.kept()
    machine.said = ClockState(True, None, None, machine.boot + machine.ahead)
    assert await machine.kept()


async def test_what_was_believed_is_not_believed_after_the_clock_is_set_again() -> None:
    machine = Machine()
    machine.said = chrony(0.0)
    assert await machine.kept()
    machine.ahead += HOUR
    assert not machine.clock()


async def test_an_old_answer_is_forgotten_when_the_question_comes_up_anew() -> None:
    machine = Machine()
    machine.said = chrony(0.0)
    assert await machine.kept()
    machine.boot += HOUR
    assert not machine.clock()


async def test_nobody_is_asked_while_nobody_wants_to_know() -> None:
    machine = Machine()
    machine.said = chrony(0.0)
    loop = asyncio.create_task(machine.clock.loop())
    for _ in range(5):
        await asyncio.sleep(0)
    assert machine.asked == 0
    machine.clock()
    for _ in range(5):
        await asyncio.sleep(0)
    assert (machine.asked, machine.clock()) == (1, True)
    loop.cancel()


async def test_the_kernel_is_believed_where_it_may_be_asked() -> None:
    for synchronised in (True, False):
        clock = KeptClock(lambda synchronised=synchronised: ClockState(synchronised, 0.0, 0.1))  # type: ignore[misc]
        assert clock() == synchronised
