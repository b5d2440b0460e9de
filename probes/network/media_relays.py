"""Rung 8, the media path: do the service's relays answer by UDP, what is left where they do not, and how good is it.

A STUN binding needs no account and no server of ours. A relay that never answered here proves nothing by its silence.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from probes.guard import reason_of
from probes.network import emodel, stun
from probes.network.stream import STREAM, host_port
from probes.network.stun import Burst
from probes.network.system_names import NameLookup
from probes.reading import CannotMeasure, Fact, NothingToMeasure, Outcome, Reading
from probes.why import Why, because

CHECK = "network.media"
ROUND, ROUND_PACE = 20, 0.05
"""Bindings of a usual round and the seconds between them. At 10 % loss twelve of a hundred rounds lose none."""
CLOSER, CLOSER_PACE = 30, 0.1
"""The same for the second look, which follows a loss, a long or an uneven delay. It has half the pace: a relay that
answers only so many a second drops some, and those are not lost on the way."""
CONFIRMING = 60
"""Bindings of the round after one that found something. At 10 % loss, five of a hundred such rounds lose too few to
tell."""
CONFIDENCE = 2.0
"""Standard deviations of a one-sided 97.7 % bound: a loss is told as what it is at least. Two lost of a confirming
round are then below 1 %: where 0.5 % are lost, which is healthy, that alarms once in eight days (simulated)."""
USUAL_STEPS = 0.9
TLS_PORTS = (443, 5349)


@dataclass(slots=True)
class RelayAnswers:
    """What was heard of the relays. udp: server → burst. other: server → the transport that answers instead.

    alive: servers whose host takes TCP connections, though nothing answers there. trouble: server → why not asked.
    """

    udp: dict[str, Burst] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)
    trouble: dict[str, Why] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """From where on a round is looked at a second time: seconds."""

    jitter: float
    rtt: float


async def ask(
    servers: Sequence[str],
    names: NameLookup,
    name_wait: float,
    wait: float,
    tls: ssl.SSLContext | None,
    limits: RelayLimits,
    suspected: bool,
) -> RelayAnswers:
    """Every relay by UDP, by TCP and TLS where that is silent; the first that answers is measured.

    name_wait: seconds for a relay's name, wait: for its answer.
    suspected: the last round found something, so that this one takes the longer look at once.
    """
    heard = RelayAnswers()
    size = (CONFIRMING, CLOSER_PACE) if suspected else (ROUND, ROUND_PACE)
    rounds = [size, *[(1, 0.0)] * (len(servers) - 1)]
    asked = zip(servers, rounds, strict=False)
    await asyncio.gather(*(_ask(one, names, name_wait, wait, tls, heard, size) for one, size in asked))
    first = next((one for one in servers if one in heard.udp), None)
    if first is None:
        return heard
    burst = heard.udp[first]
    address, port = burst.address, host_port(first)[1]
    if burst.sent == 1:
        burst = await stun.bindings([address], port, wait=wait, count=size[0], pace=size[1])
    if burst.times and not suspected and not throttled(burst) and odd(burst, limits):
        closer = await stun.bindings([address], port, wait=wait, count=CLOSER, pace=CLOSER_PACE)
        burst = joined(burst, closer)
    if burst.times:
        heard.udp[first] = burst
    return heard


async def _ask(
    server: str,
    names: NameLookup,
    name_wait: float,
    wait: float,
    tls: ssl.SSLContext | None,
    heard: RelayAnswers,
    size: tuple[int, float],
) -> None:
    """size: how many bindings, and the seconds between them."""
    try:
        host, port = host_port(server)
    except ValueError as error:
        heard.trouble[server] = reason_of(error)
        return
    found = await names.find(host, name_wait)
    if not found.addresses:
        heard.trouble[server] = because("name_unresolved", name=host, why=found.why)
        return
    burst = await stun.bindings(found.addresses, port, wait=wait, count=size[0], pace=size[1])
    if burst.times:
        heard.udp[server] = burst
        return
    others: list[tuple[str, int, tuple[ssl.SSLContext, str] | None]] = [(f"TCP {port}", port, None)]
    if tls is not None:
        others += [(f"TLS {one}", one, (tls, host)) for one in dict.fromkeys((*TLS_PORTS, port))]
    asked = (stun.ask_tcp(found.addresses, one, wait, secure) for _, one, secure in others)
    answers = await asyncio.gather(*asked)
    for (name, _, _), answer in zip(others, answers, strict=True):
        if answer and server not in heard.other:
            heard.other[server] = name
        if answer is not None:
            heard.alive.add(server)


def odd(burst: Burst, limits: RelayLimits) -> bool:
    return len(burst.times) < burst.sent or jitter(burst) > limits.jitter or rtt(burst) > limits.rtt


def joined(first: Burst, second: Burst) -> Burst:
    """Both looks as one. What only one of them saw is not the way's: nothing lost in the second is nothing lost."""
    if second.times and len(second.times) == second.sent:
        return second
    times = {**first.times, **{first.sent + number: took for number, took in second.times.items()}}
    order = [*first.order, *(first.sent + number for number in second.order)]
    return Burst(first.sent + second.sent, times, order, first.address)


def throttled(burst: Burst) -> bool:
    """True where only the first requests were answered: a relay that answers so many and no more."""
    answered = len(burst.times)
    return 3 <= answered < burst.sent and set(burst.times) == set(range(answered))


def rtt(burst: Burst) -> float:
    ordered = sorted(burst.times.values())
    return ordered[len(ordered) // 2]


def jitter(burst: Burst) -> float:
    """The mean difference of neighbours' delays: what RFC 3550's estimate settles at, which needs more packets. Without
    the largest tenth: a single standstill, on the way or of the relay, is no unevenness."""
    times = [burst.times[number] for number in sorted(burst.times)]
    steps = sorted(abs(after - before) for before, after in itertools.pairwise(times))
    kept = steps[: math.ceil(len(steps) * USUAL_STEPS)]
    return sum(kept) / len(kept) if kept else 0.0


def least_loss(lost: int, sent: int) -> float:
    """The loss of the way that such a sample shows at least (Wilson's bound); 0 for less than two lost packets."""
    if lost < 2:
        return 0.0
    share, square = lost / sent, CONFIDENCE**2
    middle = share + square / (2 * sent)
    spread = CONFIDENCE * math.sqrt(share * (1 - share) / sent + square / (4 * sent**2))
    return max(0.0, (middle - spread) / (1 + square / sent))


def judge(servers: Sequence[str], heard: RelayAnswers, usual: Callable[[str], bool]) -> list[Outcome]:
    """network.media, and network.stream for the relay that was measured. usual: whether a relay ever answered by UDP.

    finding: media_udp_blocked where another transport or at least the relay's host answers, media_unreachable where
    nothing of a relay does that used to.
    """
    if not servers:
        return [NothingToMeasure(check=CHECK, reason=because("no_relay"))]
    evidence: dict[str, Fact] = {one: _shown(one, heard) for one in servers}
    if heard.udp:
        best = min(rtt(one) for one in heard.udp.values())
        reading = Reading(check=CHECK, values={"stun_rtt_seconds": best}, evidence=evidence)
        return [reading, *(_stream(server, one) for server, one in heard.udp.items() if one.sent > 1)]
    fallback = next((heard.other[one] for one in servers if one in heard.other), "")
    known = [one for one in servers if usual(one) and one not in heard.trouble]
    if not fallback and any(one in heard.alive for one in known):
        fallback = "TCP"
    if fallback:
        evidence |= {"fallback": fallback, "reason": because("udp_blocked", fallback=fallback)}
        return [Reading(check=CHECK, finding="media_udp_blocked", evidence=evidence)]
    if known:
        evidence["reason"] = because("no_transport")
        return [Reading(check=CHECK, finding="media_unreachable", evidence=evidence)]
    if len(heard.trouble) == len(servers):
        server, why = next(iter(heard.trouble.items()))
        return [CannotMeasure(check=CHECK, reason=because("relay_not_asked", server=server, why=why))]
    return [CannotMeasure(check=CHECK, reason=because("relay_never_answered"))]


def _shown(server: str, heard: RelayAnswers) -> Fact:
    if server in heard.udp:
        return because("answered_by", ms=round(rtt(heard.udp[server]) * 1000, 1), method="UDP")
    if server in heard.trouble:
        return heard.trouble[server]
    if server in heard.other:
        return because("udp_silent_but", other=heard.other[server])
    return because("no_transport_answers")


def _stream(server: str, burst: Burst) -> Outcome:
    lost = burst.sent - len(burst.times)
    if throttled(burst):
        return CannotMeasure(check=STREAM, target=server, reason=because("relay_throttled", count=len(burst.times)))
    loss = least_loss(lost, burst.sent)
    r = emodel.r_factor(rtt(burst), jitter(burst), loss)
    values = {
        "media_loss_ratio": loss,
        "media_rtt_seconds": rtt(burst),
        "media_jitter_seconds": jitter(burst),
        "media_r_factor": r,
        "media_mos": emodel.mos(r),
    }
    evidence: dict[str, Fact] = {
        "server": server,
        "address": burst.address,
        "sent": burst.sent,
        "received": burst.sent - lost,
    }
    return Reading(check=STREAM, target=server, values=values, evidence=evidence)
