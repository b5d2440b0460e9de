"""What the stream measures through a relay that loses, delays and swaps agrees with what the relay did."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from monitor.commands.echo import Responder
from probes.network import echo_protocol as wire
from probes.network import stream
from probes.network.system_names import NameLookup
from probes.reading import Reading

KEY = b"0123456789abcdef0123456789abcdef"
SECONDS = 3.0


class Relay(asyncio.DatagramProtocol):
    """Passes requests on, losing and delaying them; answers go straight back. Counts what it did."""

    def __init__(self, target: tuple[str, int], loss: float, delay: float, spread: float, swap: bool) -> None:
        self.target, self.loss, self.delay, self.spread, self.swap = target, loss, delay, spread, swap
        self.dice = random.Random(11)
        self.client: object = None
        self.passed = self.lost = 0
        self.delays: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr == self.target:
            self.transport.sendto(data, self.client)  # type: ignore[attr-defined]
            return
        self.client = addr
        if self.dice.random() < self.loss:
            self.lost += 1
            return
        self.passed += 1
        wait = self.delay + self.dice.uniform(0, self.spread)
        if self.swap and self.passed % 10 == 0:
            wait += 0.05  # two packets' time and a half: it arrives behind its successors
        asyncio.get_running_loop().call_later(wait, self.forward, data, time.perf_counter())

    def forward(self, data: bytes, taken: float) -> None:
        self.delays.append(time.perf_counter() - taken)
        self.transport.sendto(data, self.target)  # type: ignore[attr-defined]


@asynccontextmanager
async def through(folder: Path, **what: float | bool) -> AsyncIterator[tuple[Relay, Reading]]:
    loop = asyncio.get_running_loop()
    (folder / "key").write_bytes(KEY)
    server, _ = await loop.create_datagram_endpoint(lambda: Responder(KEY), local_addr=("127.0.0.1", 0))
    target = server.get_extra_info("sockname")
    defaults = {"loss": 0.0, "delay": 0.0, "spread": 0.0, "swap": False} | what
    way, relay = await loop.create_datagram_endpoint(lambda: Relay(target, **defaults), local_addr=("127.0.0.1", 0))  # type: ignore[arg-type]
    port = way.get_extra_info("sockname")[1]
    found = await stream.read_stream(NameLookup(), f"127.0.0.1:{port}", str(folder / "key"), SECONDS, 2.0)
    assert isinstance(found, Reading)
    yield relay, found
    for one in (server, way):
        one.close()


async def test_loss_is_what_was_lost_and_costs_its_share_of_the_score(tmp_path: Path) -> None:
    async with through(tmp_path, loss=0.1) as (relay, found):
        sent = relay.lost + relay.passed
        assert sent == SECONDS / stream.PACKET_SECONDS
        assert found.values["media_loss_ratio"] == pytest.approx(relay.lost / sent)
        assert found.values["media_loss_ratio"] == pytest.approx(0.1, abs=3 * (0.1 * 0.9 / sent) ** 0.5)
        assert 50 < found.values["media_r_factor"] < 93.2 - 95 * 5 / 35


async def test_jitter_delay_and_order_are_what_was_injected(tmp_path: Path) -> None:
    spread = 0.018  # below the pace of 20 ms, so that the spread alone swaps nothing
    async with through(tmp_path, delay=0.1, spread=spread) as (relay, found):
        assert found.values["media_loss_ratio"] == 0
        assert found.values["media_rtt_seconds"] == pytest.approx(
            sorted(relay.delays)[len(relay.delays) // 2], abs=0.02
        )
        # What the relay did in truth, this machine's own unevenness with it, by the same formula.
        injected = wire.rfc3550_jitter(relay.delays)
        assert injected > spread / 6
        assert found.values["media_jitter_seconds"] == pytest.approx(injected, abs=0.004)


async def test_packets_that_are_overtaken_are_counted(tmp_path: Path) -> None:
    async with through(tmp_path, delay=0.01, swap=True) as (_, found):
        assert found.values["media_loss_ratio"] == 0
        assert found.values["media_reordered_ratio"] == pytest.approx(0.1, abs=0.03)
