"""A sound server and a resolver that answer as nobody expects: what does an alarm cost, and does a probe break?"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import cast

import aiohttp
import dns.message
import dns.rrset

from bench.attacks.attack import Figure, Figures, Size
from bench.attacks.victim import Counted, Victim, cost

PROBE_CHECK = "monitor.probe"
ANSWERS = (
    b'{"sources": [{"index": "\xc2\xb2", "name": "mic", "mute": 7, "volume": {"mono": {"value": "\xc2\xb2"}}}]}',
    b"\xff\xfe\x00" * 9000,
    b"[" * 50_000,
    b"",
    b"null",
    b'{"sources": 7, "sinks": [[]], "source_outputs": [{"source": -1}]}',
    b'{"sources": [' + b'{"index": 1e999, "name": null},' * 90_000 + b"{}]}",
)
"""Of a pactl: no real server can be made to say so."""
PACTL = """#!/bin/sh
[ -e "{folder}/attack" ] || exec {real} "$@"
turn=$(($(cat "{folder}/turn" 2>/dev/null || echo 0) + 1))
echo $turn > "{folder}/turn"
file="{folder}/answer-$((turn % {number}))"
[ -e "$file" ] && exec cat "$file"
exec {real} "$@"
"""
RESOLVER = "127.0.0.77"
"""An address of this machine alone, where nobody else listens at port 53."""


async def sound_server(size: Size) -> Figures:
    """Odd answers of a pactl in turn with the real one at a server that hangs, hangs up or sends noise."""
    called = itertools.count()

    @contextlib.asynccontextmanager
    async def hostile(victim: Victim) -> AsyncIterator[Counted]:
        folder = victim.folder
        _write_pactl(folder)
        victim.environment["PATH"] = f"{folder}:{victim.environment['PATH']}"
        (folder / "pulse").mkdir()
        server = await asyncio.start_unix_server(_noise(victim, called), folder / "pulse" / "native")
        settings = "".join(
            f'[probes.{one}.session]\nruntime_folder = "{folder}"\nquery_seconds = 1.0\n'
            f"[schedule.{one}]\ninterval = 1.0\nconfirm_interval = 1.0\n"
            for one in ("microphone", "speaker")
        )
        turning = asyncio.create_task(_turn_odd(victim))
        yield settings, lambda: {"odd answers": Figure(_turns(folder))}
        turning.cancel()
        server.close()

    return await cost(size.number, hostile, on=("microphone", "speaker"))


def _write_pactl(folder: Path) -> None:
    for number, answer in enumerate(ANSWERS):
        (folder / f"answer-{number}").write_bytes(answer)
    script = folder / "pactl"
    script.write_text(PACTL.format(folder=folder, real=shutil.which("pactl"), number=len(ANSWERS) + 2))
    script.chmod(0o755)


async def _turn_odd(victim: Victim) -> None:
    """The script cannot wait for the attack: it looks for this file."""
    await victim.attack.wait()
    (victim.folder / "attack").touch()


def _turns(folder: Path) -> int:
    with contextlib.suppress(OSError, ValueError):
        return int((folder / "turn").read_text())
    return 0


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _noise(victim: Victim, called: Iterator[int]) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = next(called) if victim.attack.is_set() else -1
        with contextlib.suppress(OSError, asyncio.CancelledError):
            if number % 3 == 0:
                await reader.read(1 << 16)
                writer.write(random.Random(number).randbytes(90_000))
            elif number % 3 == 1:
                await asyncio.sleep(30)
        writer.close()

    return serve


@contextlib.asynccontextmanager
async def _broken_probes(victim: Victim) -> AsyncIterator[set[str]]:
    """Which probes broke, as the room's status says."""
    broken: set[str] = set()

    async def look() -> None:
        while True:
            with contextlib.suppress(OSError, aiohttp.ClientError):
                checks = (await victim.status())["checks"]
                broken.update(
                    one["target"] for one in checks if one["check"] == PROBE_CHECK and one["state"] == "failed"
                )
            await asyncio.sleep(0.5)

    looking = asyncio.create_task(look())
    try:
        yield broken
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def resolver(size: Size) -> Figures:
    asked = itertools.count()

    @contextlib.asynccontextmanager
    async def hostile(victim: Victim) -> AsyncIterator[Counted]:
        _, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Resolver(victim, asked), (RESOLVER, 53), family=socket.AF_INET
        )
        server = await asyncio.start_server(_noise(victim, itertools.count()), RESOLVER, 53)
        settings = (
            f'[probes.network]\nresolvers = ["{RESOLVER}"]\ndns_name = "meet.example"\ninternet = ["127.0.0.1"]\n'
            'internet6 = []\nportal_url = ""\nservices = []\n'
            "[schedule.network]\ninterval = 1.0\nconfirm_interval = 1.0"
        )
        async with _broken_probes(victim) as broken:
            yield settings, lambda: {"questions": Figure(next(asked)), "broken probes": Figure(len(broken))}
        protocol.close()
        server.close()

    return await cost(size.number, hostile, on=("network",))


class _Resolver(asyncio.DatagramProtocol):
    """A good answer before the attack; then one kind of bad answer after the other."""

    def __init__(self, victim: Victim, asked: Iterator[int]) -> None:
        self._attack, self._asked = victim.attack, asked
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        assert self._transport is not None
        number = next(self._asked) if self._attack.is_set() else -1
        for answer in bad_answers(data, number) if number >= 0 else [good_answer(data)]:
            self._transport.sendto(answer, sender)


def good_answer(question: bytes) -> bytes:
    asked = dns.message.from_wire(question)
    answer = dns.message.make_response(asked)
    if asked.question[0].rdtype == 1:
        answer.answer.append(dns.rrset.from_text(asked.question[0].name, 60, "IN", "A", "192.0.2.7"))
    return answer.to_wire()


def bad_answers(question: bytes, number: int) -> list[bytes]:
    """Packets to one question: of a foreign class, cut, with a name that points at itself, endless, noise, none."""
    good = bytearray(good_answer(question))
    chance = random.Random(number)
    foreign = good.replace(b"\x00\x01\x00\x01\x00\x00\x00\x3c", b"\x00\x01\x00\x03\x00\x00\x00\x3c")
    cut = bytes(good[:2]) + bytes([good[2] | 0x02]) + bytes(good[3:])
    loop = bytes(good[:12]) + b"\xc0\x0c\x00\x01\x00\x01" + bytes(good[18:])
    spoilt = bytearray(good)
    for _ in range(6):
        spoilt[chance.randrange(2, len(spoilt))] = chance.randrange(256)
    return [
        [bytes(foreign)],
        [cut],
        [loop],
        [bytes(spoilt)],
        [chance.randbytes(60_000)],
        [chance.randbytes(9)] * 300,
        [bytes(good[:2]) + chance.randbytes(500)],
        [],
    ][number % 8]
