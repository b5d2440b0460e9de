"""Names, resolved as the programs of this PC do it: by the system's own resolver, with a bound on every wait.

The system's call cannot be stopped: it may wait half a minute for dead resolvers. It runs in a thread that nobody waits
for, and a resolver that is known to be alive is asked beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
import time
from dataclasses import dataclass, field

from probes.network import dns_question
from probes.why import Why, because

LATE = because("late")

SYSTEM_FIRST_SECONDS = 0.25
"""The system's resolver needs milliseconds where all is well. Waiting longer for it would only delay the look."""
OTHER_WAY_SECONDS = 0.3
"""Where every resolver is known to be dead, the system may know a name by its own files or by another way."""
SAME_QUESTION_SECONDS = 5.0
"""Until then a second look waits for the answer to the first one's question; later the resolvers may be others."""
MOST_THREADS = 8
"""Each takes a stack, and at 15 s a look no more than four can be under way with the longest of glibc's waits."""
MOST_ADDRESSES = 8
RESOLUTION_DELAY_SECONDS = 0.05
"""How long the other family's addresses are waited for (RFC 8305, section 3): some resolvers drop such questions."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """addresses: in the order in which the system would try them. seconds: until the answer.

    why: there are none. late: the system's resolver had not answered yet; addresses, where there are any, are
    then of the resolver that was asked directly (``asked``).
    """

    addresses: tuple[str, ...] = ()
    seconds: float = float("nan")
    why: Why = LATE
    late: bool = False
    asked: str = ""


@dataclass
class NameLookup:
    """One for a probe's life. live: a resolver that answered at this look, "" where none is known. dead: none of
    them answers. seen: what the
    system's resolver answered at this look, by name."""

    live: str = ""
    dead: bool = False
    seen: dict[str, Resolved] = field(default_factory=dict)
    _running: dict[str, tuple[float, asyncio.Future[Resolved]]] = field(default_factory=dict)
    _threads: int = 0

    def begin(self) -> None:
        """A new look: what the last one knew may hold no more."""
        self.live, self.dead, self.seen = "", False, {}

    async def find(self, host: str, wait: float) -> Resolved:
        """Addresses of ``host`` within ``wait`` seconds. Never raises for a name that has none."""
        if literal(host):
            return Resolved((host,), 0.0)
        begun = time.monotonic()
        system = asyncio.ensure_future(asyncio.shield(self._system(host)))
        done, _ = await asyncio.wait({system}, timeout=min(SYSTEM_FIRST_SECONDS, wait))
        if done:
            return system.result()
        direct = asyncio.ensure_future(self._direct(host, begun + wait))
        try:
            pending = {system, direct}
            until = begun + wait
            while pending:
                left = max(0.0, until - time.monotonic())
                done, pending = await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                if system in done:
                    return system.result()
                if direct in done and direct.result().addresses:
                    return direct.result()
                if not done:
                    break
                until = min(until, time.monotonic() + OTHER_WAY_SECONDS)  # no resolver answers, but files may
        finally:
            system.cancel()
            direct.cancel()
            await asyncio.gather(system, direct, return_exceptions=True)
        return Resolved(why=because("no_answer_within", seconds=wait), late=True)

    def _system(self, host: str) -> asyncio.Future[Resolved]:
        now, loop = time.monotonic(), asyncio.get_running_loop()
        kept = self._running.get(host)
        if kept is not None and (now - kept[0] < SAME_QUESTION_SECONDS or self._threads >= MOST_THREADS):
            return kept[1]
        answer: asyncio.Future[Resolved] = loop.create_future()
        if self._threads >= MOST_THREADS:
            answer.set_result(Resolved(why=because("resolver_busy"), late=True))
            return answer
        self._running[host] = (now, answer)
        self._threads += 1

        def take(found: Resolved) -> None:
            self._threads -= 1
            self.seen[host] = found
            if self._running.get(host, (0.0, None))[1] is answer:
                del self._running[host]
            if not answer.done():
                answer.set_result(found)

        def ask() -> None:
            found = by_system(host)
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(take, found)

        # A daemon thread and no executor: nobody may wait for it at the end, it can take half a minute.
        threading.Thread(target=ask, name="names", daemon=True).start()
        return answer

    async def _direct(self, host: str, until: float) -> Resolved:
        """From the live resolver, once one is known."""
        while not self.live:
            if self.dead or time.monotonic() >= until:
                return Resolved()
            await asyncio.sleep(0.05)
        begun, left = time.monotonic(), max(0.1, until - time.monotonic())
        asked = {
            kind: asyncio.ensure_future(dns_question.ask(self.live, host, kind=kind, timeout=left))
            for kind in ("A", "AAAA")
        }
        try:
            pending: set[asyncio.Future[dns_question.DnsAnswer]] = set(asked.values())
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                if any(one.result().addresses for one in done):
                    await asyncio.wait(asked.values(), timeout=RESOLUTION_DELAY_SECONDS)
                    break
            answers = [one.result() for one in asked.values() if one.done()]
        finally:
            for one in asked.values():
                one.cancel()
            await asyncio.gather(*asked.values(), return_exceptions=True)
        addresses = tuple(address for answer in answers for address in answer.addresses)[:MOST_ADDRESSES]
        return Resolved(addresses, time.monotonic() - begun, late=True, asked=self.live)


def literal(host: str) -> bool:
    """True for an address: there is nothing to resolve."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def by_system(host: str) -> Resolved:
    """One blocking question to the system's resolver. Never raises."""
    begun = time.monotonic()
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        took = time.monotonic() - begun
        return Resolved(seconds=took, why=because("system_error", detail=getattr(error, "strerror", "") or str(error)))
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))[:MOST_ADDRESSES]
    return Resolved(addresses, time.monotonic() - begun)
