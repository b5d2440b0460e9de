"""bench/quiet.py skips looks that change nothing, and would find a false alarm."""

from __future__ import annotations

import random
from dataclasses import asdict

import pytest

from bench.quiet import HealthyRoom, Moment, Rounds, upper_bound

WHOLE = {False: Rounds(0.0, []), True: Rounds(0.0, [])}
PROBES = ("network", "camera", "display")
CAMERA = Moment("camera", "camera.present", "camera_missing", 2, 2.8)
DISPLAY = Moment("display", "display", "display_missing", 4, 9.0)


async def test_a_look_without_a_flaw_changes_nothing() -> None:
    room = HealthyRoom(random.Random(1), WHOLE, 24.0, (CAMERA, DISPLAY))
    states = []
    for _ in range(3):
        for probe in PROBES:
            room.line.flaw = ""
            assert await room.watch.deliver(probe, "interval", room._outcomes(probe)) is None
        room.now += 15.0
        entries = room.watch.snapshot.entries
        states.append({key: {**asdict(entry.state), "last": None} for key, entry in entries.items()})
    assert states[0] == states[1] == states[2]
    assert len(states[0]) > 8


async def test_a_device_that_is_away_for_longer_than_its_patience_is_counted() -> None:
    gone = Moment("camera", "camera.present", "camera_missing", 20, 60.0)
    assert "camera_missing" in await HealthyRoom(random.Random(1), WHOLE, 24.0, (gone,)).play()


async def test_a_service_that_is_silent_at_each_look_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    room = HealthyRoom(random.Random(1), WHOLE, 1.0, ())
    monkeypatch.setattr(room.line, "has", lambda flaw: flaw == "service_lost")
    assert await room.play() == ["service_unreachable"]


@pytest.mark.parametrize(("count", "bound"), [(0, 2.996), (1, 4.744), (5, 10.513)])
def test_the_bound_is_that_of_a_poisson_count(count: int, bound: float) -> None:
    assert upper_bound(count) == pytest.approx(bound, abs=0.001)
