"""The measurement of a healthy day: it stays silent over healthy rooms, and would not over others."""

from pathlib import Path

import pytest

from bench.healthy_day import healthy_day, measure
from monitor.fleet.simulation.rooms import simulated_rooms

STEPS = 80
"""Twenty minutes."""


@pytest.mark.parametrize(("wrong", "alerts"), [(0.0, set()), (90.0, {"ClockWrong"})])
def test_a_wrong_clock_is_found_and_three_seconds_are_none(wrong: float, alerts: set[str], tmp_path: Path) -> None:
    found, rooms = measure(simulated_rooms(4), healthy_day(wrong), STEPS, tmp_path)
    assert set(found) == alerts
    assert rooms == 4
