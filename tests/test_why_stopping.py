"""Power-off, reboot, a service's restart and a plain stop are told apart by systemd's own queue of jobs."""

import pytest

from monitor.linux.why_stopping import reason_in, why_stopping

UNIT = "roomwatch.service"
JOBS = {
    "poweroff": "310 poweroff.target start waiting\n412 roomwatch.service stop running\n",
    "reboot": "412 roomwatch.service stop running\n310 reboot.target start waiting\n",
    "restart": "77 roomwatch.service restart running\n",
    "stop": "78 roomwatch.service stop running\n79 other.service restart waiting\n",
}


@pytest.mark.parametrize("reason", list(JOBS))
def test_the_jobs_say_why(reason: str) -> None:
    assert reason_in(JOBS[reason], UNIT) == reason


@pytest.mark.parametrize("jobs", ["", "No jobs running.\n", "\n \n1\n", "1 poweroff.target stop waiting\n"])
def test_jobs_that_say_nothing_are_a_plain_stop(jobs: str) -> None:
    assert reason_in(jobs, UNIT) == "stop"


async def test_without_systemd_it_is_a_plain_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INVOCATION_ID", raising=False)
    assert await why_stopping() == "stop"
