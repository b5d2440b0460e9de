"""Walks the rungs from the plug outwards: link and address one after the other, everything beyond them at once.

Each rung says what it saw; judge_ladder.py says what it means.
"""

from __future__ import annotations

import asyncio
import logging

from probes.child.isolate import Isolation
from probes.guard import reason_of
from probes.linux import rtnetlink
from probes.network import address, gateway, judge_ladder, link, neighbour_linux, wifi_linux, wired
from probes.network.run_memory import Memory
from probes.network.settings import Settings
from probes.network.walk_beyond_address import Beyond
from probes.reading import CannotMeasure, Context, Fact, Outcome, Say
from probes.why import because

log = logging.getLogger(__name__)

SHARE = 0.93
"""Share of the run's deadline for looking. What is known must be said in the rest, before the run is stopped."""


async def probe(settings: Settings, context: Context, step: Say | None = None) -> list[Outcome]:
    """The whole ladder once. step: called with each outcome as it is known (the live view)."""
    memory = context.memory.setdefault("network", Memory())
    assert isinstance(memory, Memory)
    memory.book.open(context.state)
    walk = _Walk(settings, context, memory, step or context.say)
    await walk.run()
    memory.book.keep(context.now())
    return walk.outcomes


class _Walk:
    """One walk. tunnel: a VPN's interface, port: what carries it."""

    def __init__(self, settings: Settings, context: Context, memory: Memory, step: Say) -> None:
        self.settings, self.context, self.memory, self.step = settings, context, memory, step
        self.outcomes: list[Outcome] = []
        self.until = asyncio.get_running_loop().time() + SHARE * context.deadline
        self.port: link.Port | None = None
        self.tunnel: link.Port | None = None
        self.links: list[rtnetlink.Interface] = []

    def say(self, *outcomes: Outcome) -> None:
        for outcome in outcomes:
            self.outcomes.append(outcome)
            self.step(outcome)

    def _skip(self, fault: str, *checks: str) -> None:
        self.say(*(CannotMeasure(check=one, reason=because("not_asked", fault=fault)) for one in checks))

    async def run(self) -> None:
        if not self._link() or self.port is None:
            return
        try:
            found = address.on(self.port)
        except OSError as error:
            self.say(CannotMeasure(check=address.CHECK, reason=reason_of(error)))
            return
        had = self.memory.book.usual.had_ipv4
        if address.usable(found, 4):
            had.add(self.port.name)
        reading = address.read(self.port, found, self.port.name in had)
        if reading.finding == "no_address":
            self.say(reading)
            self._skip("no_address", gateway.CHECK, *judge_ladder.TOP)
            return
        try:
            beyond = Beyond(self.settings, self.context, self.memory, self.port, self.tunnel, found, self.until)
            beyond.own = frozenset(one.hardware for one in self.links if len(one.hardware) == 6)
            async with beyond.stall.watching():
                outcomes = judge_ladder.settle(await beyond.walk(reading))
        except Exception as error:
            log.exception("what lies beyond the address cannot be measured")
            outcomes = [reading, CannotMeasure(check=gateway.CHECK, reason=reason_of(error))]
        self.say(*outcomes)

    def _choose(self) -> None:
        settings, sys = self.settings, self.context.sys
        chosen = link.choose(settings.interface, (*settings.internet, *settings.internet6), self.memory.interface, sys)
        self.port = chosen
        if chosen is not None and chosen.tunnel and settings.interface == "auto":
            usual = self.memory.book.usual.wired or self.memory.interface
            carrying = link.beneath(chosen, sys) or link.named(usual, sys)
            if carrying is not None and carrying.name != chosen.name:
                self.tunnel, self.port = chosen, carrying

    def _link(self) -> bool:
        """Say how the link does; True where there is one to go on with."""
        try:
            self.links = rtnetlink.interfaces()
            self._choose()
        except OSError as error:
            self.say(link.hindered(error))
            return False
        port, memory = self.port, self.memory
        station = wifi_linux.Station()
        if port is not None and port.wifi and port.interface.carrier:
            station = wifi_linux.station(port.name, port.interface.index, self.context.proc)
        reading = link.read(port, self.settings.interface, station, self._neighbour(), self.context.sys)
        if station.access_point:
            reading = link.roamed(reading, memory.roamed(station.network, station.access_point))
        if port is not None and not reading.finding and not port.wifi:
            reading = link.compared(reading, memory.book, self.settings.link_bits_per_second, self.context.now())
        self.say(reading)
        if port is not None:
            if self.settings.interface == "auto":
                self.say(*self._stood_in(port))
            memory.interface = port.name
        if port is None or not port.interface.carrier:
            self._skip(reading.finding or "link_down", address.CHECK, gateway.CHECK, *judge_ladder.TOP)
            return False
        return True

    def _stood_in(self, port: link.Port) -> list[Outcome]:
        try:
            return wired.read(port, self.links, self.memory, self.context.sys)
        except OSError as error:
            return [CannotMeasure(check=wired.CHECK, reason=reason_of(error))]

    def _neighbour(self) -> dict[str, Fact]:
        """The switch port, as it is known now; a plugged cable is listened on, except by a single run."""
        neighbours, port = self.memory.neighbours, self.port
        if neighbours.file is None:
            neighbours.recall(self.context.state / neighbour_linux.FILE)
        if port is None or port.wifi:
            return {}
        isolation = self.context.memory.get("isolation")
        if not port.interface.carrier:
            neighbours.unplugged(port.name)
        elif port.speaks_arp and isinstance(isolation, Isolation) and self.context.wake != "once":
            neighbours.listen(port.name, self.context.monotonic(), isolation)
        found = neighbour_linux.evidence(neighbours.known.get(port.name, {}))
        return found or ({"neighbour": neighbours.hindrance} if neighbours.hindrance else {})
