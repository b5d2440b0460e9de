"""Attacks that a bench of its own makes: it runs in a process, and the JSON lines that it prints are the figures."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from bench.attacks.attack import Figure, Figures, Size

UNITS = {"1": "1", "count": "1", "s": "s", "MiB": "MiB", "share": "share"}


async def lines(*command: str) -> list[dict[str, Any]]:
    """Raises RuntimeError where the bench itself fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {err.decode()[-2000:]}")
    return [json.loads(line) for line in out.decode().splitlines() if line.startswith("{")]


def bench(
    *command: str, counted: str, read: Mapping[str, str], more: Callable[[Size], list[str]] | None = None
) -> Callable[[Size], Awaitable[Figures]]:
    """counted: the option that takes the size. read: metric of the bench, as "metric" or "case/metric", → words."""

    async def run(size: Size) -> Figures:
        options = [counted, str(size.number), *(more(size) if more else ["--seed", str(size.seed)])]
        found: dict[str, Figure] = {}
        for words, figure in _figures(await lines(*command, *options), read):
            found[words] = found[words].joined(figure) if words in found else figure
        return found

    return run


def _figures(rows: list[dict[str, Any]], read: Mapping[str, str]) -> Iterator[tuple[str, Figure]]:
    for row in rows:
        words = read.get(f"{row['case']}/{row['metric']}") or read.get(row["metric"])
        if words:
            yield words, Figure(float(row["value"]), UNITS[row["unit"]])
