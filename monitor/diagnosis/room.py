"""The whole room once, in the plan's order: network, software, devices. Data only.

``state_of`` is the same from what was measured last, for an incident: it touches nothing and takes no time.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from monitor.diagnosis import network
from monitor.diagnosis.network import Diagnosis, Rung, rung, verdict
from monitor.pipeline.scheduler import run_within
from monitor.pipeline.snapshot import Snapshot
from monitor.settings import Configuration, probe_modules
from probes import PROBES
from probes.reading import Context, Outcome, Say

AREAS: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
    (area, tuple(name for name, probe in PROBES.items() if probe.area == area))
    for area in ("network", "software", "devices")
)
"""The plan's order of looking (网络、软件、设备), and the probes of each."""

SOFTWARE_GAP_SECONDS = 7.0
"""A hang shows only between two looks: the first is made before the network, the second at least so much later."""

Step = Callable[[str, Rung], None]
"""(area, rung)."""


async def look(
    configuration: Configuration, context: Callable[[str], Context], step: Step = lambda area, one: None
) -> tuple[list[tuple[str, Rung]], Diagnosis]:
    """Every probe that is switched on, each within its deadline. context: one a probe, kept for its second look."""
    enabled = [name for name in configuration.probes if configuration.settings.schedule[name].enabled]
    contexts = {name: context(name) for name in enabled}
    found: list[tuple[str, Rung]] = []
    loop = asyncio.get_running_loop()
    begun = loop.time()
    if "software" in enabled:
        await _run(configuration, "software", contexts["software"])
    for area, names in AREAS:
        for name in names:
            if name not in enabled:
                continue
            if name == "network":
                settings = configuration.probes[name]
                rungs, _ = await network.diagnose(settings, contexts[name], lambda one: step("network", one))
                found += [(area, one) for one in rungs]
                continue
            if name == "software":
                await asyncio.sleep(max(0.0, begun + SOFTWARE_GAP_SECONDS - loop.time()))
            limits = probe_modules([name])[name].thresholds(configuration.probes[name])
            for outcome in await _run(configuration, name, contexts[name]):
                found.append((area, rung(outcome, limits)))
                step(*found[-1])
    return found, verdict([one for _, one in found])


async def _run(configuration: Configuration, name: str, context: Context) -> Sequence[Outcome]:
    deadline, module = configuration.settings.schedule[name].deadline, probe_modules([name])[name]

    def run(say: Say) -> Awaitable[Sequence[Outcome]]:
        looked: Awaitable[Sequence[Outcome]] = module.probe(
            configuration.probes[name], dataclasses.replace(context, say=say)
        )
        return looked

    outcomes, _ = await run_within(deadline, name, run)
    return outcomes


def document(found: Sequence[tuple[str, Rung]], conclusion: Diagnosis) -> dict[str, Any]:
    rows = [{"area": area, **dataclasses.asdict(one)} for area, one in found]
    return {"checks": rows, **dataclasses.asdict(conclusion)}


def state_of(snapshot: Snapshot, now: float) -> dict[str, Any]:
    """What every check says now, with its age, in the plan's order: evidence that disturbs nobody."""
    place = {name: area for area, names in AREAS for name in names}
    order = [name for _, names in AREAS for name in names]
    rows = [
        {
            "area": place.get(entry.probe, "software"),
            "check": check,
            "target": target,
            "status": entry.state.settled.value,
            "fault": entry.state.fault,
            "note": msgspec.to_builtins(entry.note),
            "age_seconds": round(max(0.0, now - entry.at), 1),
            "values": {name: value for name, value in entry.values.items() if value == value},
        }
        for (check, target), entry in sorted(
            snapshot.entries.items(), key=lambda item: order.index(item[1].probe) if item[1].probe in order else 99
        )
    ]
    return {"at": round(now, 3), "checks": rows}
