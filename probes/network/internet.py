"""Rung 5, the internet: several independent addresses, no name needed; echo first, TCP where echo is filtered."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import time

from probes.network.echo_socket import echo
from probes.reading import Outcome, Reading


async def _connect(address: str, port: int, timeout: float) -> float:
    """Seconds to a TCP connection. A refusal counts too: the packet came back from there. Raises OSError."""
    started = time.perf_counter()
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(address, port), timeout)
    except ConnectionRefusedError:
        return time.perf_counter() - started
    took = time.perf_counter() - started
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return took


async def _one(address: str, port: int, timeout: float) -> tuple[str, float | None]:
    with contextlib.suppress(OSError):
        answer = await echo(ipaddress.ip_address(address), timeout=timeout)
        if answer.answered:
            return "ICMP echo", answer.rtt
    with contextlib.suppress(OSError, TimeoutError):
        return f"TCP {port}", await _connect(address, port, timeout)
    return "", None


async def read(check: str, targets: tuple[str, ...], port: int, timeout: float, finding: str) -> Outcome:
    """One reading over all targets: any answer means that the internet is there; the best time counts."""
    answers = await asyncio.gather(*(_one(target, port, timeout) for target in targets))
    evidence: dict[str, str | float | int | bool] = {}
    best: list[float] = []
    for target, (method, took) in zip(targets, answers, strict=True):
        evidence[target] = f"{took * 1000:.1f} ms by {method}" if took is not None else "no answer"
        if took is not None:
            best.append(took)
    name = "internet6_rtt_seconds" if check.endswith("6") else "internet_rtt_seconds"
    values = {name: min(best)} if best else {}
    if not best:
        evidence["reason"] = f"none of {', '.join(targets)} answers echo or TCP {port}"
    return Reading(check=check, values=values, finding="" if best else finding, evidence=evidence)
