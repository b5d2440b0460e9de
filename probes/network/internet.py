"""Rung 5, the internet: several independent addresses, no name needed; echo first, TCP where echo is filtered."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import time
from typing import Any

from probes.network import connect_race as eyeballs
from probes.network.echo_socket import echo
from probes.reading import Fact, Outcome, Reading
from probes.why import because

CHECK, CHECK6 = "network.internet", "network.internet6"
TCP_AFTER = 0.3
"""Share of the waiting time after which TCP is tried too. An echo across the world takes 0.3 s; the few later ones may
cost a connection."""
ANCHOR = 1.2
"""Multiple of the waiting time: a connection whose first packet was lost is tried again after a second."""


async def _connect(address: str, port: int, timeout: float, device: str) -> float:
    """Seconds to a TCP connection. A refusal counts too: the packet came back from there. Raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as made:
        if device:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        started = time.perf_counter()
        with contextlib.suppress(ConnectionRefusedError):
            async with asyncio.timeout(timeout):
                await asyncio.get_running_loop().sock_connect(made, (address, port))
        return time.perf_counter() - started


async def _by_echo(address: str, timeout: float, device: str) -> tuple[str, float] | None:
    with contextlib.suppress(OSError):
        answer = await echo(ipaddress.ip_address(address), timeout=timeout, device=device)
        if answer.answered:
            return "ICMP echo", answer.rtt
    return None


async def _by_tcp(address: str, port: int, timeout: float, device: str) -> tuple[str, float] | None:
    with contextlib.suppress(OSError, TimeoutError):
        return f"TCP {port}", await _connect(address, port, timeout, device)
    return None


async def _one(address: str, port: int, timeout: float, device: str) -> tuple[str, float | None]:
    """The first answer. TCP starts while the echo still waits: silence costs 1.3 waiting times and not two."""
    pinging = asyncio.create_task(_by_echo(address, timeout, device))
    try:
        await asyncio.wait({pinging}, timeout=TCP_AFTER * timeout)
        if pinging.done() and (found := pinging.result()):
            return found
        connected = await _by_tcp(address, port, timeout, device)
        return connected or await pinging or ("", None)
    finally:
        pinging.cancel()


async def _anchored(anchors: tuple[tuple[str, int], ...], heard: asyncio.Event, timeout: float) -> str:
    """Which anchor takes a connection, "" for none; none is asked where a target answers in time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(TCP_AFTER * timeout):
            await heard.wait()
        return ""
    for port in dict.fromkeys(port for _, port in anchors):
        with contextlib.suppress(eyeballs.Unreachable):
            way = await eyeballs.connect([address for address, at in anchors if at == port], port, ANCHOR * timeout)
            way.socket.close()
            return f"{way.address} port {port}"
    return ""


async def _first(
    asked: list[asyncio.Task[tuple[str, float | None]]], anchor: asyncio.Task[str] | None, timeout: float
) -> str:
    """Until a target answers, or an anchor, which is returned, or all are silent. After the first answer the others
    get a moment more: they are evidence, and no reason to wait."""
    pending: set[asyncio.Task[Any]] = {*asked, *([anchor] if anchor is not None else [])}
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        if anchor is not None and anchor in done and anchor.result():
            return anchor.result()
        if any(task in done and task.result()[1] is not None for task in asked):
            await asyncio.wait(asked, timeout=TCP_AFTER * timeout)
            return ""
    return ""


async def read(
    check: str,
    targets: tuple[str, ...],
    port: int,
    timeout: float,
    finding: str,
    device: str = "",
    anchors: tuple[tuple[str, int], ...] = (),
) -> Outcome:
    """One reading over all targets: any answer means that the internet is there; the best time counts.

    anchors: (address, TCP port) of a meeting service that answered before, asked where no target does: targets are
    blocked on purpose in many places.
    device: leave by this interface whatever the routes say (past a VPN); "" goes as everything else does.
    """
    heard = asyncio.Event()

    async def one(target: str) -> tuple[str, float | None]:
        found = await _one(target, port, timeout, device)
        if found[1] is not None:
            heard.set()
        return found

    anchor = asyncio.ensure_future(_anchored(anchors, heard, timeout)) if anchors else None
    asked = [asyncio.ensure_future(one(target)) for target in targets]
    try:
        at = await _first(asked, anchor, timeout)
        answers = [task.result() if task.done() else ("", None) for task in asked]
    finally:
        for task in (*asked, *([anchor] if anchor is not None else [])):
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
    evidence: dict[str, Fact] = {}
    best: list[float] = []
    for target, (method, took) in zip(targets, answers, strict=True):
        evidence[target] = (
            because("answered_by", ms=round(took * 1000, 1), method=method) if took is not None else eyeballs.SILENT
        )
        if took is not None:
            best.append(took)
    name = "internet6_rtt_seconds" if check.endswith("6") else "internet_rtt_seconds"
    values = {name: min(best)} if best else {}
    if at and not best:
        evidence["filtered"] = because("targets_blocked_but", address=at)
        return Reading(check=check, passive=True, evidence=evidence)
    if not best:
        evidence["reason"] = because("targets_silent", targets=", ".join(targets), port=port)
    return Reading(check=check, values=values, finding="" if best else finding, evidence=evidence)
