"""Does the daemon grow while devices and children fail? --hours (24) simulated ones, a look of each probe a minute, of
cameras and network every five.

The probes, the watch, the alerting service and its journal run in this process by a clock that jumps: a camera that
refuses, one that answers with rubbish, a sound server that is not there, a network without an internet, a program that
never comes; and each minute one child that crashes, one that says too much, one that hangs until it is killed. Twice a
day all works for an hour, and somebody takes each incident within a minute. JSON lines: RSS after the first hour and
after each three, what of it has grown, growth since the first hour.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from alerting.engine.commands import Refused
from alerting.model.actor import contact
from bench.memory_held import grown, held
from bench.room import compile_packages, line
from monitor.linux.freed_memory import EVERY_SECONDS, trim
from monitor.pipeline.scheduler import run_within
from monitor.pipeline.snapshot import Snapshot
from monitor.pipeline.take_outcomes import Watch
from monitor.settings import load, probe_modules
from probes.child.isolate import Isolation, IsolationError
from probes.reading import CannotMeasure, Context, Outcome, Reading, Say
from tests.rooms.site import EMPTY, Site

PROBES = ("camera", "microphone", "speaker", "network", "software", "host")
SLOW = ("camera", "network")
"""Each look waits for seconds."""
WORKS = (6, 18)
"""Hours in which everything works."""
EVERY_MINUTES = 180


def configuration(folder: Path, camera: int) -> str:
    return (
        f'state = "{folder}"\n[room]\nid = "R1"\nlanguage = "en"\n'
        "[probes.camera]\nlook_every_seconds = 290\nonly_in_working_hours = false\nfirst_picture_seconds = 0.5\n"
        '[probes.camera.network.refuses]\nurl = "http://127.0.0.1:9/camera"\n'
        f'[probes.camera.network.rubbish]\nurl = "http://127.0.0.1:{camera}/camera"\n'
        f'[probes.microphone.session]\nruntime_folder = "{folder}"\n'
        f'[probes.speaker.session]\nruntime_folder = "{folder}"\n'
        '[probes.network]\nresolvers = ["127.0.0.1"]\ninternet = ["127.0.0.1"]\ninternet6 = []\nportal_url = ""\n'
        "services = []\n[probes.software]\nuse_known = false\n"
        '[probes.software.applications.gone]\nexecutables = ["rw-bench-gone"]\nexpected = "always"\nstart_within = 0\n'
    )


class Failing:
    def __init__(self, folder: Path, camera: int) -> None:
        (folder / "roomwatch.toml").write_text(configuration(folder, camera))
        self.site = Site(folder)
        self.loaded = load(folder / "roomwatch.toml")
        self.modules = probe_modules(list(PROBES))
        clock = self.site.clock
        self.watch = Watch(
            self.loaded.settings,
            {name: module.thresholds(self.loaded.probes[name]) for name, module in self.modules.items()},
            Snapshot("R1", "0", clock.now, "act"),
            self.site.service.engine,
            now=lambda: clock.now,
            steady=lambda: clock.now,
        )
        self.isolation = Isolation()
        self.memories: dict[str, dict[str, object]] = {name: {"isolation": self.isolation} for name in PROBES}

    async def minute(self, number: int) -> None:
        works = number // 60 % 24 in WORKS
        await self.site.until(number * 60.0)
        self.site.service.engine.meeting_seen("R1", EMPTY)
        looks = [self._look(name, number, works) for name in PROBES if name not in SLOW or number % 5 == 0]
        await asyncio.gather(*looks, *(self._child(function) for function in ("crash", "talk", "hang")))
        self.site.post.arrived.clear()
        for incident in self.site.service.engine.incidents():
            if incident.phase.live and not incident.taken(self.site.clock.now):
                with contextlib.suppress(Refused):
                    await self.site.service.engine.command("take", incident.id, by=contact("wang"))

    async def _look(self, name: str, number: int, works: bool) -> None:
        async def run(say: Say) -> Sequence[Outcome]:
            context = Context(
                now=lambda: self.site.clock.now, monotonic=lambda: number * 60.0, in_meeting=False, say=say,
                state=self.site.folder, memory=self.memories[name],
            )  # fmt: skip
            outcomes: Sequence[Outcome] = await self.modules[name].probe(self.loaded.probes[name], context)
            return outcomes

        outcomes, _ = await run_within(60.0, name, run)
        if works:
            outcomes = [
                Reading(check=one.check, target=one.target) if isinstance(one, (Reading, CannotMeasure)) else one
                for one in outcomes
            ]
        await self.watch.deliver(name, "interval", outcomes)

    async def _child(self, function: str) -> None:
        try:
            deadline = 0.1 if function == "hang" else 30.0
            await self.isolation.run(f"bench.failing_children:{function}", {}, key=function, deadline=deadline)
        except IsolationError:
            return
        raise SystemExit(f"{function} gave an answer")


async def _rubbish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + os.urandom(4000))
    writer.close()


async def measure(hours: int, *, keep: bool) -> None:
    give_back = None if keep else trim()
    server = await asyncio.start_server(_rubbish, "127.0.0.1", 0)
    with tempfile.TemporaryDirectory() as name:
        failing = Failing(Path(name), server.sockets[0].getsockname()[1])
        await failing.site.service.open(clean_start=True)
        first: dict[str, float] = {}
        for number in range(1, hours * 60 + 1):
            await failing.minute(number)
            if give_back is not None and number * 60 % EVERY_SECONDS == 0:
                give_back()
            if number == 60:
                first = held()
                line("failing", "rss", "after_hour_1", first["rss"], "MiB")
            elif number % EVERY_MINUTES == 0:
                now = held()
                line("failing", "rss", f"after_hour_{number // 60}", now["rss"], "MiB", grown=grown(first, now))
        now = held()
        more, own = now["rss"] - first["rss"], now["own memory"] - first["own memory"]
        children, faults = failing.isolation.started_total, len(failing.watch.announced)
        line("failing", "rss", "growth_mib", more, "MiB", hours=hours, children=children, open_faults=faults)
        line("failing", "rss", "own_growth_mib", own, "MiB")
        incidents = len(failing.site.service.engine.incidents())
        line("failing", "journal", "incidents", incidents, "1", events=len(failing.site.verbs()))
        await failing.site.service.close()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=f"{__doc__} Takes about half an hour.")
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--keep", action="store_true", help="give no freed memory back, which the daemon does hourly")
    asked = parser.parse_args()
    compile_packages()
    asyncio.run(measure(asked.hours, keep=asked.keep))


if __name__ == "__main__":
    main()
