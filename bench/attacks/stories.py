"""Attacks that tests make: stories over a clock that they move, orders of events and texts that hypothesis finds."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable

from bench.attacks.attack import Figure, Figures, Size
from tests.fuzz.targets import TARGETS

ORDERS = "tests/alerting/test_delivery_promise.py"


def stories(*files: str) -> Callable[[Size], Awaitable[Figures]]:
    """Each of them as often as the size says."""

    async def run(size: Size) -> Figures:
        every = [await _tried(*files) for _ in range(size.number)]
        return {"stories": Figure(sum(map(sum, every))), "failed": Figure(sum(failed for _, failed in every))}

    return run


async def orders(size: Size) -> Figures:
    _, failed = await _tried(ORDERS, "-m", "not long", ROOMWATCH_PROMISE_EXAMPLES=str(size.number))
    return {"orders": Figure(size.number), "failed": Figure(failed)}


async def parsers(size: Size) -> Figures:
    """So many seconds for each parser. What breaks one is kept as a seed, which the tests try from then on."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-m", "tests.fuzz.fuzzing", "--minutes", str(size.number / 60),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    verdicts = [line.rpartition(": ")[2].partition(" ")[0] for line in out.decode().splitlines()]
    if len(verdicts) != len(TARGETS):
        raise RuntimeError(err.decode()[-2000:])
    return {"for each parser": Figure(size.number / 60, "min"), "parsers that broke": Figure(verdicts.count("broke"))}


async def _tried(*options: str, **environment: str) -> tuple[int, int]:
    """How many passed, how many failed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "timeout=0", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env={**os.environ, **environment},
    )  # fmt: skip
    out, _ = await process.communicate()
    said = out.decode(errors="replace")
    counted = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", said)}
    if not counted:
        raise RuntimeError(said[-2000:])
    return counted.get("passed", 0), counted.get("failed", 0) + counted.get("error", 0)
