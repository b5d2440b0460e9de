"""scripts/fleet-demo: a real alert of simulated rooms arrives, and everything that was started ends."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "scripts.fleet_demo", "--rooms", "60")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = (*COMMAND, *arguments)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=190, check=False)


def started_below(process: int) -> list[int]:
    """Process ids of its children."""
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_real_alert_arrives_at_the_receiver() -> None:
    done = run("--check", "--for", "150")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^notification, firing: \S", done.stdout, re.MULTILINE), done.stdout


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_all_that_it_started(ending: signal.Signals) -> None:
    demo = subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    for line in demo.stdout:
        if "Notifications are printed" in line:
            break
    children = started_below(demo.pid)
    assert len(children) == 3
    demo.send_signal(ending)
    assert demo.wait(60) == 0
    demo.stdout.close()
    assert [one for one in children if Path(f"/proc/{one}").exists()] == []


def test_it_says_which_part_ended() -> None:
    done = run("--scenario", "none")
    assert done.returncode == 1
    assert "fleet-demo: rooms ended with code 78:" in done.stderr and "none: cannot be read" in done.stderr


def test_it_ends_by_itself_after_the_time_that_was_said() -> None:
    done = run("--for", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("http://127.0.0.1:") == 3
    assert re.search(r"^What happens +\S", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("All that was started has ended.\n")
