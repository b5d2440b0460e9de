"""A running daemon, or the child that sends, gets no descriptor or no memory any more, by the kernel's own limits.

What ends is started anew after two seconds, as the unit has it.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

import aiohttp
import psutil

from bench.attacks.attack import Figure, Figures, Size
from bench.attacks.victim import GAP_SECONDS, Victim
from bench.crash import judge, senders_of

RESTART_SECONDS = 2.0
"""RestartSec= of systemd/roomwatch.service."""
WELL_WITHIN = 90.0
READERS = 8
"""People and scrapers that ask for pages meanwhile: each answer needs descriptors and memory."""
PAGES = ("/", "/metrics", "/api/status", "/incidents")


def _limit(process: psutil.Process, kind: int, soft: int) -> None:
    _, hard = process.rlimit(kind)
    process.rlimit(kind, (soft, hard))


def _descriptors(spare: int) -> Callable[[psutil.Process], None]:
    return lambda daemon: _limit(daemon, resource.RLIMIT_NOFILE, _highest(daemon) + 1 + spare)


def _highest(process: psutil.Process) -> int:
    """The kernel refuses numbers from the limit on, whatever is free below."""
    return max(int(one.name) for one in Path(f"/proc/{process.pid}/fd").iterdir())


def _memory(daemon: psutil.Process) -> None:
    _limit(daemon, resource.RLIMIT_AS, daemon.memory_info().vms)


def _senders_memory(daemon: psutil.Process) -> None:
    for sender in senders_of(daemon.pid):
        _memory(sender)


def _no_sender(daemon: psutil.Process) -> None:
    """A new one has to be started, for which no descriptor is left."""
    _descriptors(3)(daemon)
    for sender in senders_of(daemon.pid):
        sender.kill()


DESCRIPTORS: Mapping[str, Callable[[psutil.Process], None]] = {
    "none is left": _descriptors(0),
    "three are left": _descriptors(3),
    "three are left, and the sender has to be started": _no_sender,
}
MEMORY: Mapping[str, Callable[[psutil.Process], None]] = {
    "the daemon gets none": _memory,
    "the sender gets none": _senders_memory,
}


class Systemd:
    """Starts the victim's daemon again whenever it has ended, and ends it when its watchdog is silent."""

    def __init__(self, victim: Victim) -> None:
        self._victim, self.restarts, self.seconds = victim, 0, 60.0
        place = victim.folder / "notify"
        self._notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._notified.bind(str(place))
        victim.environment |= {"NOTIFY_SOCKET": str(place), "WATCHDOG_USEC": str(int(self.seconds * 1e6))}

    async def watch(self) -> None:
        heard = time.monotonic()
        while (process := self._victim.process) is not None:
            await asyncio.sleep(0.1)
            with contextlib.suppress(BlockingIOError):
                while self._notified.recv(4096):
                    heard = time.monotonic()
            if process.returncode is None and time.monotonic() - heard > self.seconds:
                process.kill()
            if process.returncode is None:
                continue
            await asyncio.sleep(RESTART_SECONDS)
            self.restarts += 1
            self._victim.run += 1
            await self._victim.start()
            heard = time.monotonic()

    def close(self) -> None:
        self._notified.close()


@contextlib.asynccontextmanager
async def _beside(*works: Awaitable[None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(one) for one in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        broken = [one for one in ended if isinstance(one, Exception)]
        if broken:
            raise broken[0]


async def _read_pages(victim: Victim, number: int) -> None:
    limit = aiohttp.ClientTimeout(total=5)
    while True:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with aiohttp.ClientSession(timeout=limit) as session:
                for page in PAGES:
                    async with session.get(f"http://127.0.0.1:{victim.web}{page}") as answer:
                        await answer.read()
        await asyncio.sleep(0.2)


async def _alarm(victim: Victim) -> float:
    """Seconds until a person's report has become a message: they try again where nobody takes it."""
    begun = time.monotonic()
    while True:
        with contextlib.suppress(aiohttp.ClientError, OSError, ValueError, TimeoutError):
            await victim.alarm(30.0)
            return time.monotonic() - begun
        await asyncio.sleep(0.5)
        if time.monotonic() - begun > 240.0:
            return time.monotonic() - begun


async def _well(victim: Victim) -> bool:
    end = time.monotonic() + WELL_WITHIN
    while time.monotonic() < end:
        with contextlib.suppress(aiohttp.ClientError, OSError, ValueError):
            status = await victim.status()
            if not status["journal"] and not status["pending"]:
                return True
        await asyncio.sleep(0.5)
    return False


async def trial(exhaust: Callable[[psutil.Process], None], number: int, folder: Path) -> Figures:
    victim = Victim(folder)
    systemd = Systemd(victim)
    try:
        async with victim.running("", "", on=("software", "host")), _beside(systemd.watch()):
            await victim.alarm()
            assert victim.process is not None
            daemon = psutil.Process(victim.process.pid)
            exhaust(daemon)
            delays = []
            async with _beside(*(_read_pages(victim, one) for one in range(READERS))):
                for _ in range(number):
                    delays.append(await _alarm(victim))
                    await asyncio.sleep(GAP_SECONDS)
            well = await _well(victim)
    finally:
        systemd.close()
    found = judge(folder / "state" / "journal.db", set(), victim.received, systemd.restarts)
    log = victim.log
    said = log.count("ends, to be started anew")
    return {
        "alarms": Figure(number),
        "longest delay of an alarm": Figure(max(delays), "s"),
        "restarts": Figure(systemd.restarts),
        "restarts without a sentence in the log": Figure(systemd.restarts - said),
        "not well in the end": Figure(not well),
        "lost": Figure(found["lost"] + found["skipped"] + found["open_faults_unnamed"]),
        "copies without a restart": Figure(found["duplicates_without_a_kill"]),
        "more than one copy for a restart": Figure(found["targets_and_kills_with_more_than_one_duplicate"]),
        "findings of the audit": Figure(found["audit_findings"]),
        "tracebacks": Figure(log.count("Traceback")),
    }


async def _all(kinds: Mapping[str, Callable[[psutil.Process], None]], number: int) -> Figures:
    seen: dict[str, Figure] = {}
    for kind, exhaust in kinds.items():
        with tempfile.TemporaryDirectory(prefix="rw-exhaust-") as folder:
            figures = await trial(exhaust, number, Path(folder))
        print(kind, {name: round(one.value, 2) for name, one in figures.items()}, file=sys.stderr)
        seen = {name: seen[name].joined(one) if name in seen else one for name, one in figures.items()}
    return seen


async def descriptors(size: Size) -> Figures:
    """So many alarms with each kind."""
    return await _all(DESCRIPTORS, size.number)


async def memory(size: Size) -> Figures:
    return await _all(MEMORY, size.number)
