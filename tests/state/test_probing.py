"""Whether every probe still runs, by a clock that nobody sets."""

import time
from pathlib import Path
from typing import Any

import pytest

from monitor.pipeline.probing import Probing
from monitor.pipeline.scheduler import ProbeTask
from monitor.settings import ProbeSchedule
from probes.reading import Outcome, Say


async def test_a_probe_is_late_by_what_has_passed_and_not_by_a_clock_that_was_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look(reason: str, say: Say) -> list[Outcome]:
        return []

    async def deliver(reason: str, outcomes: object) -> float | None:
        return None

    nobody: Any = None
    probing = Probing(nobody, tmp_path, nobody, nobody)
    probing.tasks["camera"] = task = ProbeTask("camera", ProbeSchedule(interval=60.0, deadline=10.0), look, deliver)
    await task.run_once("start")
    set_ahead, much_later = time.time() + 400 * 86400, time.monotonic() + 1000
    monkeypatch.setattr(time, "time", lambda: set_ahead)
    assert probing.late() == ""
    monkeypatch.setattr(time, "monotonic", lambda: much_later)
    assert probing.late().startswith("the probe camera has not run for")
