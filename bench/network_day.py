"""Simulated days of a network that is sound and not perfect: which faults would be told? The right answer is none.

Rungs say what such a network makes them say; verdict, thresholds, patience and correlation are the real ones, on a
clock that jumps. A day takes some seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from dataclasses import dataclass, field

from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from monitor.pipeline.snapshot import Snapshot
from monitor.pipeline.take_outcomes import Watch
from monitor.settings import ProbeSchedule
from monitor.settings.model import Settings as RoomSettings
from probes.judge_reading import Status, judge
from probes.network import Settings, judge_ladder, media_relays, resolvers, thresholds
from probes.network.dns_question import DnsAnswer
from probes.network.stun import Burst
from probes.network.system_names import Resolved
from probes.reading import CannotMeasure, Outcome, Reading
from probes.why import because

DAY = 86400.0
SETTINGS = Settings()
RELAY = "relay.example:3478"


@dataclass(frozen=True)
class Flaws:
    """Shares of looks, and events a day. Each flaw is one that people do not notice."""

    packet_lost: float = 0.005
    spike: float = 0.01
    dns_late: float = 0.01
    dns_lost: float = 0.001
    service_late: float = 0.01
    service_lost: float = 0.001
    gateway_silent: float = 0.01
    targets_silent: float = 0.01
    page_silent: float = 0.02
    outages: int = 6
    outage_seconds: float = 2.5
    roams: int = 8
    roam_seconds: float = 6.0


class Engine:
    """Takes faults as the plan's engine does, and keeps which were told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def fault_opened(self, fault: Fault, meeting: MeetingState) -> None:
        self.told.append(fault.code)

    async def fault_cleared(self, fault: Fault) -> None:
        return None


@dataclass
class Network:
    dice: random.Random
    flaws: Flaws
    outages: list[tuple[float, float]] = field(default_factory=list)
    roams: list[tuple[float, float]] = field(default_factory=list)
    suspected: bool = False

    def __post_init__(self) -> None:
        for kept, count, longest in (
            (self.outages, self.flaws.outages, self.flaws.outage_seconds),
            (self.roams, self.flaws.roams, self.flaws.roam_seconds),
        ):
            for _ in range(count):
                begin = self.dice.uniform(60, DAY)
                kept.append((begin, begin + self.dice.uniform(0.3, longest)))

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def look(self, now: float) -> list[Outcome]:
        """One walk at this moment."""
        if any(begin <= now < end for begin, end in self.roams):
            away = Reading(check="network.link", target="wlan0", finding="wifi_disconnected")
            return [
                away,
                *(CannotMeasure(check=one, reason=because("not_asked", fault="link_down")) for one in judge_ladder.TOP),
            ]
        cut = any(begin <= now < end for begin, end in self.outages)
        link = Reading(check="network.link", target="wlan0", values={"wifi_signal_dbm": self.dice.gauss(-62, 3)})
        services = self._service(cut)
        said, system = self._names(cut)
        walked = judge_ladder.Walked(
            address=Reading(check="network.address", target="wlan0"),
            gateway=self._rung("gateway", "gateway_unreachable", self.flaws.gateway_silent, "wlan0"),
            internet=self._rung("internet", "internet_unreachable", 1.0 if cut else self.flaws.targets_silent),
            dns=tuple(resolvers.judge(said, system, SETTINGS)),
            unanswered=said.unanswered,
            portal=self._portal(cut),
            services=(services,),
            media=tuple(self._media(cut)),
            usual=True,
            serves=True,
            here="a",
        )
        return [link, *judge_ladder.settle(walked)]

    def _rung(self, name: str, fault: str, share: float, target: str = "") -> Outcome:
        return Reading(check=f"network.{name}", target=target, finding=fault if self.chance(share) else "")

    def _portal(self, cut: bool) -> Outcome:
        if cut or self.chance(self.flaws.page_silent):
            return CannotMeasure(check="network.portal", reason=because("late"))
        return Reading(check="network.portal", values={"portal_clear": 1.0})

    def _names(self, cut: bool) -> tuple[resolvers.Said, Resolved | None]:
        lost = cut or self.chance(self.flaws.dns_lost)
        wait = self.dice.uniform(0.5, 2.0) if self.chance(self.flaws.dns_late) else self.dice.expovariate(1 / 0.02)
        answer = DnsAnswer("10.0.0.1") if lost else DnsAnswer("10.0.0.1", "NOERROR", ("192.0.2.7",), wait)
        return resolvers.Said("meet.example", (answer,)), None

    def _service(self, cut: bool) -> Outcome:
        if cut or self.chance(self.flaws.service_lost):
            return Reading(check="network.service", target="meet", finding="service_unreachable")
        late = self.chance(self.flaws.service_late)
        took = self.dice.uniform(3.0, 5.0) if late else self.dice.expovariate(1 / 0.2)
        return Reading(check="network.service", target="meet", values={"service_seconds": took})

    def _burst(self, sent: int) -> Burst:
        numbers = [one for one in range(sent) if not self.chance(self.flaws.packet_lost)]
        times = {
            one: 0.02
            + self.dice.expovariate(1 / 0.003)
            + (self.dice.uniform(0, 0.2) if self.chance(self.flaws.spike) else 0)
            for one in numbers
        }
        return Burst(sent, times, numbers, "192.0.2.30")

    def _media(self, cut: bool) -> list[Outcome]:
        if cut:
            return media_relays.judge([RELAY], media_relays.RelayAnswers(), lambda one: True)
        limits = media_relays.RelayLimits(SETTINGS.jitter_seconds, SETTINGS.rtt_seconds)
        burst = self._burst(media_relays.CONFIRMING if self.suspected else media_relays.ROUND)
        if not self.suspected and media_relays.odd(burst, limits):
            burst = media_relays.joined(burst, self._burst(media_relays.CLOSER))
        outcomes = media_relays.judge([RELAY], media_relays.RelayAnswers(udp={RELAY: burst}), lambda one: True)
        self.suspected = any(
            isinstance(one, Reading) and judge(one, thresholds(SETTINGS)).status is not Status.OK for one in outcomes
        )
        return outcomes


async def day(seed: int, flaws: Flaws, hours: float = 24.0) -> list[str]:
    """The faults that are told within so many hours."""
    network, engine, clock = Network(random.Random(seed), flaws), Engine(), [0.0]
    schedule = ProbeSchedule()
    room = RoomSettings(schedule={"network": schedule})
    snapshot = Snapshot("day", "0", 0.0, "act")
    limits = {"network": thresholds(SETTINGS)}
    watch = Watch(room, limits, snapshot, engine, now=lambda: clock[0], steady=lambda: clock[0])
    while clock[0] < hours * 3600:
        again = await watch.deliver("network", "interval", network.look(clock[0]))
        rest = again if again is not None else schedule.interval * network.dice.uniform(0.95, 1.05)
        begun, away = clock[0], [end for begin, end in network.roams if clock[0] <= begin < clock[0] + rest]
        clock[0] = min([begun + rest, *(end - 0.01 for end in away)])  # the kernel's word wakes the probe
    return engine.told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=10)
    arguments = parser.parse_args()
    told = [asyncio.run(day(seed, Flaws())) for seed in range(arguments.days)]
    row = {"bench": "network_day", "metric": "faults_told", "value": sum(map(len, told)), "days": arguments.days}
    print(json.dumps({**row, "codes": sorted({code for codes in told for code in codes})}))


if __name__ == "__main__":
    main()
