"""How often a healthy room would be told of a fault that is none: many thousand room-hours on a clock that jumps.

    python -m bench.quiet --hours 50000        about a quarter of an hour on one core; --hours 500 for a look

Readings go through the product's own thresholds, states, patience and correlation, with the shipped schedule. A reading
without a flaw changes nothing there (tests/test_quiet_bench.py), so only looks with one are played, and those that
follow until all is settled. What is played: a line that stays within what Teams asks of a network (loss below 1 % and
jitter below 30 ms over 15 s; docs.microsoft.com, "Prepare your organization's network"), with busy spells in which all
of it is worse together; cuts and roams of seconds; devices that are away for a moment. How pictures and sound are
judged is not in it: bench/confirmed.py has that. Prints one JSON line, with the one-sided upper 95 % bound.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import math
import random
import time
from collections import Counter
from dataclasses import dataclass, field, replace

from bench.network_day import RELAY, SETTINGS, Engine, Flaws, Network
from monitor.pipeline.snapshot import Snapshot
from monitor.pipeline.take_outcomes import Watch
from monitor.settings.model import Settings as RoomSettings
from monitor.settings.model import usual_schedules
from probes.judge_reading import Status, judge
from probes.network import media_relays, resolvers, thresholds
from probes.network.stun import Burst
from probes.network.system_names import Resolved
from probes.reading import Outcome, Reading

HOUR, MONTH_HOURS = 3600.0, 730.0
ROOM_HOURS = 500.0
"""One simulated room: its busy spells and moments are drawn anew in the next."""
BUSY_A_DAY, BUSY_SECONDS = 6, 300.0
"""Spells in which a line that many share is full: at the hour, when meetings begin. Longer than a confirmation."""
CALM = Flaws()
BUSY = Flaws(packet_lost=0.009, spike=0.05, dns_late=0.05, dns_lost=0.005, service_late=0.05, service_lost=0.005,
             gateway_silent=0.05, targets_silent=0.05, page_silent=0.1)  # fmt: skip
"""Just within what Teams asks; what is not of its list is five times as bad as in calm."""
DRAWN = 20_000
"""Rounds of packets drawn beforehand for each kind of spell: their bad ones are what a look with a bad round gets."""


@dataclass(frozen=True)
class Moment:
    """A device that is away for moments: nothing is broken. a_day: how often, where it happens at all."""

    probe: str
    check: str
    finding: str
    a_day: float
    longest: float


MOMENTS = (
    Moment("camera", "camera.present", "camera_missing", 2, 2.8),  # the bus counts its devices anew
    Moment("microphone", "microphone", "microphone_missing", 1, 2.8),  # the sound server restarts with an update
    Moment("speaker", "speaker", "speaker_missing", 1, 2.8),
    Moment("display", "display", "display_missing", 4, 9.0),  # a screen wakes and trains its link anew
    Moment("power", "power", "mains_lost", 0.2, 2.8),  # a flicker that the supply's battery bridges
)
"""longest: within the shipped patience of 3 and 10 s, which was set for these very moments."""


@dataclass
class Rounds:
    """Bad rounds of packets as a first and a closer look find them, and how often one is bad."""

    share: float
    bad: list[Burst]

    @classmethod
    def drawn(cls, flaws: Flaws, dice: random.Random, count: int = DRAWN) -> Rounds:
        network, limits = Network(dice, flaws), media_relays.RelayLimits(SETTINGS.jitter_seconds, SETTINGS.rtt_seconds)
        bad = []
        for _ in range(count):
            burst = network._burst(media_relays.ROUND)
            if media_relays.odd(burst, limits):
                burst = media_relays.joined(burst, network._burst(media_relays.CLOSER))
                if not fine(burst):
                    bad.append(burst)
        return cls(len(bad) / count, bad)


def fine(burst: Burst) -> bool:
    outcomes = media_relays.judge([RELAY], media_relays.RelayAnswers(udp={RELAY: burst}), lambda one: True)
    return all(not isinstance(one, Reading) or judge(one, thresholds(SETTINGS)).status is Status.OK for one in outcomes)


@dataclass
class Line(Network):
    """The network of the room. flaw: the one that this look has; "" for none; None where each is drawn."""

    rounds: dict[bool, Rounds] = field(default_factory=dict)
    busy: list[tuple[float, float]] = field(default_factory=list)
    flaw: str | None = ""

    def spell(self, now: float) -> tuple[bool, float]:
        """Whether the line is busy now, and when that changes."""
        for begin, end in self.busy:
            if now < begin:
                return False, begin
            if now < end:
                return True, end
        return False, math.inf

    def shares(self, busy: bool) -> dict[str, float]:
        flaws = BUSY if busy else CALM
        slow = math.exp(-SETTINGS.dns_slow_seconds / 0.02) + flaws.dns_late
        return {"gateway": flaws.gateway_silent, "internet": flaws.targets_silent, "dns_lost": flaws.dns_lost,
                "dns_late": slow, "service_lost": flaws.service_lost, "service_late": flaws.service_late,
                "media": self.rounds[busy].share}  # fmt: skip

    def has(self, flaw: str) -> bool:
        return self.chance(self.shares(self.is_busy)[flaw]) if self.flaw is None else self.flaw == flaw

    def look(self, now: float) -> list[Outcome]:
        self.is_busy, _ = self.spell(now)
        return super().look(now)

    def _rung(self, name: str, fault: str, share: float, target: str = "") -> Outcome:
        hit = share >= 1 or self.has(name)
        return Reading(check=f"network.{name}", target=target, finding=fault if hit else "")

    def _names(self, cut: bool) -> tuple[resolvers.Said, Resolved | None]:
        self.flaws = replace(CALM, dns_lost=float(self.has("dns_lost")), dns_late=float(self.has("dns_late")))
        return super()._names(cut)

    def _service(self, cut: bool) -> Outcome:
        lost, late = float(self.has("service_lost")), float(self.has("service_late"))
        self.flaws = replace(CALM, service_lost=lost, service_late=late)
        return super()._service(cut)

    def _media(self, cut: bool) -> list[Outcome]:
        if cut or self.flaw is None:
            self.flaws = BUSY if self.is_busy else CALM
            return super()._media(cut)
        burst = Burst(
            media_relays.ROUND,
            dict.fromkeys(range(media_relays.ROUND), 0.02),
            list(range(media_relays.ROUND)),
            "192.0.2.30",
        )
        if self.flaw == "media":
            burst, self.suspected = self.dice.choice(self.rounds[self.is_busy].bad), True
        return media_relays.judge([RELAY], media_relays.RelayAnswers(udp={RELAY: burst}), lambda one: True)


class HealthyRoom:
    """One room for some hundred hours. told: codes of the faults that people would have been told."""

    def __init__(
        self, dice: random.Random, rounds: dict[bool, Rounds], hours: float, moments: tuple[Moment, ...]
    ) -> None:
        self.end, self.dice, self.now, self.looks = hours * HOUR, dice, 0.0, 0
        days = hours / 24
        plain = replace(CALM, outages=0, roams=0)
        self.line = Line(
            dice, plain, rounds=rounds, busy=self._spans(BUSY_A_DAY * days, BUSY_SECONDS, 2 * BUSY_SECONDS)
        )
        self.line.outages = self._spans(CALM.outages * days, 0.3, CALM.outage_seconds)
        self.line.roams = self._spans(CALM.roams * days, 0.3, CALM.roam_seconds)
        self.away = {one.probe: self._spans(one.a_day * days, 0.2, one.longest) for one in moments}
        self.moments = {one.probe: one for one in moments}
        self.engine = Engine()
        schedules = usual_schedules()
        room = RoomSettings(schedule={name: schedules[name] for name in ("network", *self.moments)})
        self.schedules = room.schedule
        snapshot = Snapshot("quiet", "0", 0.0, "act")
        limits = {"network": thresholds(SETTINGS)}
        self.watch = Watch(room, limits, snapshot, self.engine, now=lambda: self.now, steady=lambda: self.now)

    def _spans(self, count: float, shortest: float, longest: float) -> list[tuple[float, float]]:
        begins = sorted(self.dice.uniform(60, self.end) for _ in range(self._poisson(count)))
        return [(begin, begin + self.dice.uniform(shortest, longest)) for begin in begins]

    def _poisson(self, mean: float) -> int:
        at, count = self.dice.expovariate(1.0), 0
        while at < mean:
            at, count = at + self.dice.expovariate(1.0), count + 1
        return count

    async def play(self) -> list[str]:
        due = [(0.0, probe) for probe in self.schedules]
        heapq.heapify(due)
        while due:
            self.now, probe = heapq.heappop(due)
            if self.now >= self.end:
                continue
            again = await self.watch.deliver(probe, "interval", self._outcomes(probe))
            self.looks += 1
            calm = again is None and all(
                not entry.state.fault and entry.state.candidate is None
                for entry in self.watch.snapshot.entries.values()
                if entry.probe == probe
            )
            heapq.heappush(due, (self._next(probe, again, calm), probe))
        return self.engine.told

    def _outcomes(self, probe: str) -> list[Outcome]:
        if probe == "network":
            found = self.line.look(self.now)
            self.line.flaw = None
            return found
        one = self.moments[probe]
        gone = any(begin <= self.now < end for begin, end in self.away[probe])
        return [Reading(check=one.check, target="", finding=one.finding if gone else "")]

    def _next(self, probe: str, again: float | None, calm: bool) -> float:
        """When the probe looks next: soon, at its interval, at an event; where all is calm, at the next flaw."""
        interval = self.schedules[probe].interval * self.dice.uniform(0.95, 1.05)
        events = [*self.line.outages, *self.line.roams] if probe == "network" else self.away[probe]
        event = min((edge for span in events for edge in span if edge > self.now), default=math.inf)
        # The kernel wakes the probe at both ends. Nobody tells of a far cut: that each is looked at is the worst.
        if not calm:
            return min(self.now + (again if again is not None else interval), event)
        if probe == "network":
            return min(self._next_flaw(), event)
        return event

    def _next_flaw(self) -> float:
        """The next look with a flaw, in this spell or a later one; its flaw is set."""
        at, interval = self.now, self.schedules["network"].interval
        while True:
            busy, until = self.line.spell(at)
            shares = self.line.shares(busy)
            some = 1 - math.prod(1 - share for share in shares.values())
            looks = math.ceil(math.log(1 - self.dice.random()) / math.log(1 - some))
            if at + max(1, looks) * interval < until:
                self.line.flaw = self.dice.choices(list(shares), list(shares.values()))[0]
                return at + max(1, looks) * interval
            at = until


def upper_bound(count: int) -> float:
    """The mean of a Poisson count that is exceeded with 5 %: 3.0 for none seen (rule of three)."""
    low, high = 0.0, 10.0 + 3 * count
    for _ in range(60):
        middle = (low + high) / 2
        seen = sum(math.exp(-middle) * middle**n / math.factorial(n) for n in range(count + 1))
        low, high = (middle, high) if seen > 0.05 else (low, middle)
    return high


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=50_000, help="of all rooms together")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begun, told, looks = time.monotonic(), Counter[str](), 0
    dice = random.Random(options.seed)
    rounds = {busy: Rounds.drawn(BUSY if busy else CALM, dice) for busy in (False, True)}
    rooms = math.ceil(options.hours / ROOM_HOURS)
    for number in range(rooms):
        room = HealthyRoom(random.Random(options.seed * 1_000_003 + number), rounds, options.hours / rooms, MOMENTS)
        told.update(asyncio.run(room.play()))
        looks += room.looks
    months, alarms = options.hours / MONTH_HOURS, told.total()
    row = {"bench": "quiet", "case": "healthy rooms", "metric": "false_alarms_a_room_month", "value": alarms / months,
           "unit": "1", "upper_95": round(upper_bound(alarms) / months, 4), "room_hours": options.hours,
           "alarms": alarms, "codes": told, "looks_with_a_flaw_or_after_one": looks,
           "seconds": round(time.monotonic() - begun)}  # fmt: skip
    print(json.dumps(row))


if __name__ == "__main__":
    main()
