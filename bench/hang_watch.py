"""The shipped probe beside a recorded browser, live: every verdict that was not "well" is a false one."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

from probes.reading import Context, Reading
from probes.software import Application, Settings, probe


async def watch(profile: str, until: float, out: Path) -> dict[str, int]:
    """Looks as often as the probe asks for, at its shipped settings. Returns looks and findings, counted."""
    program = Application(executables=("chromium",), command=f"--user-data-dir={profile}")
    settings = Settings(applications={"meet": program}, use_known=False)
    memory: dict[str, object] = {}
    found = {"looks": 0, "app_hung": 0, "app_slow": 0}
    wake = "start"
    while time.monotonic() < until:
        context = Context(
            now=time.time, monotonic=time.monotonic, in_meeting=True, wake=wake, state=out.parent, memory=memory
        )
        for one in await probe(settings, context):
            if one.check != "software.responding" or not isinstance(one, Reading):
                continue
            found["looks"] += 1
            if one.finding:
                found[one.finding] += 1
                with out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"finding": one.finding, **one.values, **one.evidence}) + "\n")
            await asyncio.sleep(one.look_again)
        wake = "confirm"
    return found
