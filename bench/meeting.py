"""What the meeting verdict and the calendar cost: CPU of a cheap and of a whole look, CPU seconds an hour, one fetch.

Runs about a minute; needs a sound server's programs (PipeWire) for the stream's delay. `--help` says the same.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil

from bench.room import line
from monitor.meeting.room_meeting import PACE_SECONDS, WHOLE_SECONDS, RoomMeeting
from monitor.settings import load
from probes.calendar import Settings, agenda_of, probe
from probes.child.isolate import Isolation
from probes.reading import Context
from tests.calendar.calendars import Site, calendar, event, served
from tests.meeting.actor import View
from tests.sound.rig import SoundRig

WANTED = 343
"""Processes of the reference room PC."""

FETCHES_AN_HOUR = 6


def used() -> float:
    """CPU seconds of this process and of its children that ended."""
    parts = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in parts)


async def cost(work: Callable[[], Awaitable[object]], times: int) -> float:
    """Median CPU seconds of one call, its children included."""
    spent = []
    for _ in range(times):
        before = used()
        await work()
        spent.append(used() - before)
    return statistics.median(spent)


async def looks(room: RoomMeeting) -> None:
    async def whole() -> object:
        room.stir()
        return await room.look()

    extra = [subprocess.Popen(["sleep", "600"]) for _ in range(max(0, WANTED - len(psutil.pids())))]
    try:
        await whole()
        processes = len(psutil.pids())
        one = await cost(whole, 40)
        cheap = await cost(room.look, 200)
        line("meeting", "whole look", "cpu_ms", one * 1000, "ms", processes=processes)
        line("meeting", "cheap look", "cpu_ms", cheap * 1000, "ms", processes=processes)
        hour = 3600 / PACE_SECONDS * cheap + 3600 / WHOLE_SECONDS * one
        line("meeting", "quiet room", "cpu_s_per_hour", hour, "s/h", processes=processes)
    finally:
        for process in extra:
            process.kill()
            process.wait()


async def delay(room: RoomMeeting, view: View, rig: SoundRig, times: int) -> None:
    """From a program that begins to record to a verdict that knows it, among this bench's own programs."""
    took = []
    for _ in range(times):
        room.stir()
        view.refresh()
        while (await room.look()).hands_off is None:
            await room.rest()
        began = time.perf_counter()
        process = rig.record("mic")
        view.refresh()
        while (await room.look()).hands_off is False:
            await room.rest()
        took.append(time.perf_counter() - began)
        process.kill()
        process.wait()
    line("meeting", "microphone opened", "seconds_to_verdict", statistics.median(took), "s", runs=times)


async def fetches(folder: Path) -> None:
    now = dt.datetime.now(dt.UTC)

    def at(hours: float) -> str:
        return f"{now + dt.timedelta(hours=hours):%Y%m%dT%H%M%SZ}"

    usual = [event(start=f":{at(24 * index - 2400)}", uid=f"u{index}") for index in range(200)]
    usual += [event("RRULE:FREQ=WEEKLY", start=f":{at(24 * index - 3000)}", uid=f"s{index}") for index in range(20)]
    huge = [event(start=f":{at(-24 * (index % 3000) - 72)}", uid=f"o{index}") for index in range(49_950)]
    huge += [event("RRULE:FREQ=WEEKLY", start=f":{at(-20_000 - index)}", uid=f"h{index}") for index in range(50)]
    for case, events in (("220 events", usual), ("50,000 events", huge)):
        with served(Site(body=calendar(*events), etag='"1"')) as site:
            memory: dict[str, object] = {}
            context = Context(now=time.time, monotonic=time.monotonic, state=folder, memory=memory)
            settings = Settings(url=site.url)

            async def fresh(
                memory: dict[str, object] = memory, context: Context = context, s: Settings = settings
            ) -> None:
                memory.pop("calendar.agenda", None)
                (folder / "calendar.json").unlink(missing_ok=True)
                await probe(s, context)

            async def again(context: Context = context, s: Settings = settings) -> None:
                await probe(s, context)

            began = time.perf_counter()
            first = await cost(fresh, 3 if case.startswith("50") else 7)
            wall = (time.perf_counter() - began) / (3 if case.startswith("50") else 7)
            line("calendar", case, "cpu_ms_read", first * 1000, "ms", meetings=len(agenda_of(memory).meetings))
            line("calendar", case, "wall_s_read", wall, "s", bytes=len(site.body))
            same = await cost(again, 7)
            line("calendar", case, "cpu_ms_unchanged", same * 1000, "ms")
            line("calendar", f"{case}, unchanged", "cpu_s_per_hour", same * FETCHES_AN_HOUR, "s/h")


async def run() -> None:
    with tempfile.TemporaryDirectory() as name, SoundRig(Path(name) / "sound") as rig:
        folder = Path(name)
        rig.add_microphone("mic")
        (folder / "dev" / "snd").mkdir(parents=True)
        (folder / "dev" / "video0").touch()
        (folder / "roomwatch.toml").write_text(f'[probes.microphone.session]\nruntime_folder = "{rig.runtime}"\n')
        wanted, dev, sessions = load(folder / "roomwatch.toml"), folder / "dev", folder / "none"
        room = RoomMeeting(Isolation(), wanted, dev=dev, sessions=sessions)
        await looks(room)
        await room.close()
        view = View(folder / "proc")
        room = RoomMeeting(Isolation(), wanted, proc=view.folder, dev=dev, sessions=sessions)
        await delay(room, view, rig, 7)
        await room.close()
        await fetches(folder)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    asyncio.run(run())


if __name__ == "__main__":
    main()
