"""Why a service fails: what lies below it is looked for while it waits, and told as the cause.

Large packets that get lost, a clock that is wrong, a name that leads to another machine, a login page, a middle box.
"""

from __future__ import annotations

import asyncio
import dataclasses
import email.utils
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field

from probes.child.isolate import Isolation, IsolationError
from probes.network import connect_race as eyeballs
from probes.network import dns_question, exchange, portal
from probes.network.profiles import Profile
from probes.network.run_memory import Memory
from probes.network.service import EXPIRED, NOT_YET_VALID, ServiceLook
from probes.network.settings import Settings
from probes.network.system_names import NameLookup, Resolved
from probes.reading import Context, Fact, Outcome, Reading
from probes.why import Why, because

MTU, CLOCK = "network.mtu", "network.clock"
STALL_SECONDS = 1.5
"""A server that took the connection says something within this time; else small packets are tried beside it."""
SMALL_SEGMENT = 536
"""What every path on the internet carries (RFC 1122, section 3.3.3)."""
SEGMENTS = (1400, 1360, 1300, 1200, 1000, 800)
"""Sizes that are tried to name the largest that passes; 40 bytes of headers come on top."""
CLOCK_SECONDS = 300.0
"""Servers' clocks are right to a second. Below five minutes no certificate is judged wrongly for long."""
LOOK_SECONDS = 2.0
"""For one of these looks: each is a few packets to a machine that has just answered."""


@dataclass
class CauseSearch:
    """One service's look and what explains its failure. hosts: of services, for plain pages. causes: after ``run``."""

    settings: Settings
    context: Context
    memory: Memory
    look: ServiceLook
    hosts: Sequence[str]
    causes: list[Outcome] = field(default_factory=list)

    async def run(self, wait: float, until: float) -> None:
        """Look at the service within ``wait`` seconds, and for reasons until ``until`` of the loop's clock."""
        main = asyncio.ensure_future(self.look.run(wait))
        small: asyncio.Future[ServiceLook | None] | None = None
        try:
            await asyncio.wait({main}, timeout=min(STALL_SECONDS, wait))
            if not main.done():
                small = asyncio.ensure_future(self._small(wait))
            await main
            if not self.look.finding:
                return
            left = until - asyncio.get_running_loop().time()
            async with asyncio.timeout(max(0.2, left)):
                await self._explain(small)
        except TimeoutError:
            pass  # no time is left for reasons: the failure stands by itself
        finally:
            for task in (main, small):
                if task is not None:
                    task.cancel()
            await asyncio.gather(*(task for task in (main, small) if task is not None), return_exceptions=True)

    async def _explain(self, small: asyncio.Future[ServiceLook | None] | None) -> None:
        look = self.look
        if look.stalled and look.stage in ("tls", "answer"):
            await self._sized(await (small if small is not None else self._small(LOOK_SECONDS)))
        if self.causes:
            return
        if look.verify_code in (NOT_YET_VALID, EXPIRED):
            await self._clock()
        if look.verify_code and not self.causes:
            await self._issuer()
        if not self.causes and look.stage != "name" and not look.through:
            await self._other_machine()
        if not self.causes and not look.through:
            address = next(iter(self.settings.internet), "")
            found = await portal.behind_the_test(self.memory.names, self.hosts, address, LOOK_SECONDS)
            self.causes += [found] if found is not None else []

    async def _small(self, wait: float) -> ServiceLook | None:
        """The same look with small packets, once the connection stands."""
        look = self.look
        if look.stage not in ("tls", "answer"):
            return None
        return await self._again(look.profile, look.addresses, SMALL_SEGMENT, wait)

    async def _again(self, profile: Profile, addresses: tuple[str, ...], segment: int, wait: float) -> ServiceLook:
        known = _Known(addresses)
        again = ServiceLook(known, self.look.context, profile, self.look.now, self.look.through, segment)
        await again.run(wait)
        return again

    async def _sized(self, small: ServiceLook | None) -> None:
        look = self.look
        if small is None or small.stalled or small.finding == "service_unreachable":
            return
        tried = await asyncio.gather(
            *(self._again(look.profile, look.addresses, one, LOOK_SECONDS) for one in SEGMENTS)
        )
        fits = [size for size, one in zip(SEGMENTS, tried, strict=True) if not one.stalled]
        largest = max(fits, default=SMALL_SEGMENT) + 40
        reason = because("large_lost", bytes=largest, name=look.host)
        evidence: dict[str, Fact] = {"largest": largest, "host": look.host, "reason": reason}
        self.causes.append(
            Reading(
                check=MTU, values={"path_mtu_bytes": float(largest)}, finding="path_mtu_black_hole", evidence=evidence
            )
        )

    async def _clock(self) -> None:
        """Other machines' clocks, by the Date of their answers; two that agree, or the service's own."""
        pages = [self.settings.portal_url, *(f"http://{host}/" for host in self.hosts)]
        asked = [_date_of(self.memory.names, page) for page in dict.fromkeys(pages) if page]
        asked.append(self._own_date())
        found = [one for one in await asyncio.gather(*asked, return_exceptions=True) if isinstance(one, tuple)]
        offsets = {host: self.context.now() - theirs for host, theirs in found}
        off = [one for one in offsets.values() if abs(one) > CLOCK_SECONDS]
        if not off or len(off) < len(offsets) or max(off) - min(off) > CLOCK_SECONDS:
            return
        seconds = sorted(off)[len(off) // 2]
        hours, others = round(abs(seconds) / 3600, 1), ", ".join(offsets)
        ahead = seconds > 0
        why = because("clock_ahead" if ahead else "clock_behind", hours=hours, names=others)
        evidence: dict[str, Fact] = {
            "hosts": others,
            "offset_seconds": round(seconds),
            "reason": why,
        }
        self.causes.append(
            Reading(check=CLOCK, values={"clock_off_seconds": abs(seconds)}, finding="clock_wrong", evidence=evidence)
        )

    async def _own_date(self) -> tuple[str, float]:
        """What time the service itself says it is, past its certificate. Raises OSError."""
        unproved = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        unproved.check_hostname, unproved.verify_mode = False, ssl.CERT_NONE
        look = dataclasses.replace(self.look, context=unproved, values={}, evidence={}, finding="", stage="name")
        await look.run(LOOK_SECONDS)
        return look.host, _seconds(look.date)

    async def _issuer(self) -> None:
        """Who signed the certificate that is not trusted."""
        isolation = self.context.memory.get("isolation")
        if not isinstance(isolation, Isolation) or self.look.through:
            return
        try:
            der = await _certificate(self.look)
            found = await isolation.run(
                "probes.network.certificate_child:read", {"der": der.hex()}, key="certificate", deadline=LOOK_SECONDS
            )
        except (OSError, TimeoutError, IsolationError):
            return
        if issuer := found.get("issuer"):
            self.look.evidence["issuer"] = str(issuer)
            why = self.look.evidence.get("reason")
            assert isinstance(why, Why)
            self.look.evidence["reason"] = because("issued_by", why=why, issuer=str(issuer))

    async def _other_machine(self) -> None:
        """The name leads elsewhere than it used to, and there the service still answers: DNS is wrong."""
        look, known = self.look, self.memory.book.usual.addresses.get(self.look.host, ())
        if known and look.addresses and not set(known) & set(look.addresses):
            again = await self._again(look.profile, known, 0, LOOK_SECONDS)
            if not again.finding:
                said = because("leads_astray", name=look.host, address=look.addresses[0], right=known[0])
                self._accuse(said, known[0])
                return
        led_astray = look.finding in ("service_certificate_wrong", "service_unreachable") and bool(look.addresses)
        if led_astray and await _blocked(look):
            self._accuse(because("block_page", name=look.host, address=look.addresses[0]), "")

    def _accuse(self, reason: Why, expected: str) -> None:
        look = self.look
        resolver = self.memory.names.live
        evidence: dict[str, Fact] = {
            "asked": look.host,
            "said": look.addresses[0],
            "reason": reason,
        }
        if resolver:
            evidence["resolver"] = self.settings.label(resolver)
        if expected:
            evidence["expected"] = expected
        self.causes.append(Reading(check=dns_question.CHECK, finding="dns_wrong", evidence=evidence))


class _Known(NameLookup):
    """Addresses that are known already."""

    def __init__(self, addresses: tuple[str, ...]) -> None:
        super().__init__()
        self._addresses = addresses

    async def find(self, host: str, wait: float) -> Resolved:
        return Resolved(self._addresses, 0.0)


async def _blocked(look: ServiceLook) -> bool:
    """Whether the machine that the name leads to shows a block page to everybody."""
    try:
        page = await portal.fetch(_Known(look.addresses), f"http://{look.host}/", LOOK_SECONDS)
    except (OSError, TimeoutError):
        return False
    return portal.blocked(page.body) and not portal.offers_login(page.body)


async def _date_of(names: NameLookup, url: str) -> tuple[str, float]:
    page = await portal.fetch(names, url, LOOK_SECONDS)
    return portal.host_of(url), _seconds(page.headers.get("date", ""))


def _seconds(date: str) -> float:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        raise OSError(because("no_date")) from None


async def _certificate(look: ServiceLook) -> bytes:
    """The certificate that the service shows, unproved. Raises OSError, TimeoutError."""
    unproved = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unproved.check_hostname, unproved.verify_mode = False, ssl.CERT_NONE
    async with asyncio.timeout(LOOK_SECONDS):
        stream = await exchange.over(await eyeballs.connect(look.addresses, look.port, LOOK_SECONDS))
        try:
            await stream.secure(unproved, look.host)
            shown = stream.tls.getpeercert(binary_form=True) if stream.tls is not None else None
        finally:
            stream.close()
    if not shown:
        raise OSError(because("no_certificate"))
    return shown
