"""The bench that counts what is left of false alarms after the daemon's confirmation."""

import pytest

from bench.confirmed import alarms
from monitor.settings import ProbeSchedule

TWICE = ProbeSchedule(interval=60.0, confirm_interval=5.0, fail_after=2)


@pytest.mark.parametrize(
    ("labels", "opened"),
    [
        (["healthy"] * 5, []),
        (["healthy", "moved", "healthy"], []),
        (["healthy", "moved", "defocus", "healthy"], []),
        (["healthy", "moved", "moved", "healthy"], ["camera_moved"]),
        (["healthy", "healthy", "moved"], []),
        (["moved"], ["camera_moved"]),
    ],
)
def test_only_what_the_next_burst_confirms_is_an_alarm(labels: list[str], opened: list[str]) -> None:
    assert alarms("camera", labels, TWICE) == opened


def test_what_is_over_within_its_patience_is_no_alarm() -> None:
    slow = ProbeSchedule(interval=60.0, confirm_interval=60.0, fail_after=2)
    for schedule, opened in ((TWICE, []), (slow, ["microphone_hum"])):  # a hum has 10 s to pass
        assert alarms("microphone", ["hum", "hum", "healthy"], schedule) == opened
