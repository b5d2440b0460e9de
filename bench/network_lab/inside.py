"""The network probe with its real schedule, events, patience and correlation, in one room's namespace.

Prints one JSON object a line: {"opened": code}, {"cleared": code}, {"run": n}. Commands on standard input: "meeting",
"status". argv: a JSON file with the probe's settings, the folder for its state.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from monitor.linux.netlink import NetlinkListener
from monitor.pipeline.scheduler import ProbeTask
from monitor.pipeline.snapshot import Snapshot
from monitor.pipeline.take_outcomes import Watch
from monitor.settings import ProbeSchedule
from monitor.settings.model import Settings as RoomSettings
from probes.child.isolate import Isolation
from probes.network import STOPS_FOR_EVENTS, Settings, probe, thresholds
from probes.reading import Context, Outcome, Reading, Say


def say(**what: Any) -> None:
    print(json.dumps({"at": time.monotonic(), **what}), flush=True)


class Engine:
    async def fault_opened(self, fault: Fault, meeting: MeetingState) -> None:
        said = {name: value for name, value in fault.evidence.items() if isinstance(value, str | int | float)}
        say(opened=fault.code, target=fault.target, evidence=said)

    async def fault_cleared(self, fault: Fault) -> None:
        say(cleared=fault.code)


async def main() -> None:
    settings = msgspec.convert(json.loads(Path(sys.argv[1]).read_text()), Settings)
    folder = Path(sys.argv[2])
    memory: dict[str, object] = {"isolation": Isolation()}
    room = RoomSettings(schedule={"network": ProbeSchedule()})
    snapshot = Snapshot("lab", "0", time.time(), "act")
    watch = Watch(room, {"network": thresholds(settings)}, snapshot, Engine())
    meeting, runs = [False], [0]
    schedule = room.schedule["network"]

    async def look(why: str, hand_over: Say) -> list[Outcome]:
        context = Context(
            now=time.time,
            monotonic=time.monotonic,
            in_meeting=meeting[0],
            wake=why,
            state=folder,
            memory=memory,
            deadline=schedule.deadline,
            say=hand_over,
        )
        return await probe(settings, context)

    async def deliver(why: str, outcomes: Any) -> float | None:
        again = await watch.deliver("network", why, outcomes)
        runs[0] += 1
        found = {
            f"{one.check} {one.target}": one.finding for one in outcomes if isinstance(one, Reading) and one.finding
        }
        say(run=runs[0], why=why, seconds=round(task.figures.duration_seconds, 2), found=found)
        return again

    def early(outcome: Outcome) -> None:
        if watch.take_early("network", outcome):
            telling.append(asyncio.create_task(watch.announce(time.time())))

    telling: list[asyncio.Task[None]] = []
    task = ProbeTask("network", schedule, look, deliver, early, stops_for_events=STOPS_FOR_EVENTS)
    listener = NetlinkListener(lambda what, device: task.wake(f"event:{device} {what}"))
    listener.start()
    loop = asyncio.create_task(task.loop())
    print("ready", flush=True)
    while line := await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
        if line.strip() == "meeting":
            meeting[0] = True
            task.wake("a meeting begins")
        elif line.strip() == "status":
            rows = {f"{check} {target}": str(entry.outcome) for (check, target), entry in snapshot.entries.items()}
            say(status=rows)
    loop.cancel()


if __name__ == "__main__":
    asyncio.run(main())
