"""Runs the network probe inside a namespace for the tests: one JSON request a line, one JSON answer a line."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from probes.child.isolate import Isolation
from probes.judge_reading import judge
from probes.network import Settings, probe, thresholds
from probes.network.run_memory import Memory
from probes.reading import CannotMeasure, Context, Outcome, Reading
from probes.why import Why


def row(outcome: Outcome, settings: Settings) -> dict[str, Any]:
    kind = type(outcome).__name__
    if isinstance(outcome, Reading):
        values = {name: value for name, value in outcome.values.items() if value == value}
        fault = judge(outcome, thresholds(settings)).fault
        evidence = {name: str(fact) if isinstance(fact, Why) else fact for name, fact in outcome.evidence.items()}
        return {"kind": kind, "check": outcome.check, "target": outcome.target, "finding": outcome.finding} | {
            "fault": fault,
            "values": values,
            "evidence": evidence,
        }
    busy = {"remedy": outcome.remedy} if isinstance(outcome, CannotMeasure) else {}
    return {
        "kind": kind,
        "check": outcome.check,
        "target": outcome.target,
        "fault": "",
        "reason": str(outcome.reason),
    } | busy


async def main() -> None:
    memory: dict[str, object] = {"isolation": Isolation()}
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        ask = json.loads(line)
        settings = msgspec.convert(ask["settings"], Settings)
        context = Context(
            now=time.time,
            monotonic=time.monotonic,
            in_meeting=ask["in_meeting"],
            wake=ask["wake"],
            state=Path(ask["state"]),
            sys=Path(ask["sys"]),
            memory=memory,
        )
        outcomes = await probe(settings, context)
        known = memory["network"]
        assert isinstance(known, Memory)
        await known.neighbours.settle()
        print(json.dumps([row(one, settings) for one in outcomes]), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
