"""Remedies over real processes: an engine that is killed at any commit, a program that is started again."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from alerting.model.fault import Fault
from alerting.model.reason import because
from alerting.model.remedy_outcome import RemedyOutcome
from alerting.plan.remedy_format import PlannedRemedy
from alerting.workflows.remedies import Remedies
from probes.reading import Context, Reading
from probes.software import Settings, probe
from tests.alerting.remedy_stage import EMPTY, RemedyStage
from tests.alerting.stage import START

WORKER = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.alerting.remedy_stage import EMPTY, SOUND, RemedyStage
from alerting.model.reason import because
from alerting.model.remedy_outcome import CarryOut, RemedyOutcome

async def main(folder, at):
    stage = RemedyStage(Path(folder))
    async def really(kind, target, dry):
        if dry:
            return RemedyOutcome(ok=True, detail=because("sound_ready"))
        with (Path(folder) / "done").open("a") as stream:
            stream.write(kind + "\\n")
        return RemedyOutcome(ok=True, detail=because("sound_active"))
    stage.machine.__class__.__call__ = lambda self, *a: really(*a)
    write, commits = stage.journal.write, 0
    def die(batch):
        nonlocal commits
        write(batch)
        commits += bool(batch)
        if commits == at:
            os.kill(os.getpid(), signal.SIGKILL)
    stage.journal.write = die
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(250)
    print("lived", flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@pytest.mark.slow
async def test_killed_after_any_commit_it_is_never_done_twice_and_never_forgotten(tmp_path: Path) -> None:
    ends = set()
    for at in range(1, 20):
        folder = tmp_path / str(at)
        folder.mkdir()
        worker = subprocess.run(
            [sys.executable, "-c", WORKER, str(folder), str(at)],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if "lived" in worker.stdout:
            break
        assert worker.returncode == -signal.SIGKILL, worker.stderr
        done = (folder / "done").read_text().count("\n") if (folder / "done").exists() else 0
        stage = RemedyStage(folder)
        stage.clock.now = max(START, stage.journal.reader.last_time())
        await stage.engine.meeting_changed("R1", EMPTY)
        await stage.until(900)
        (state,) = stage.states()
        ends.add(state)
        assert done + len(stage.machine.asked) <= 1
        # Whoever finds it running after a crash is told so; whoever finds it waiting does it.
        assert state == ("not_helped" if done + len(stage.machine.asked) and state != "unknown" else "unknown")
        if state == "unknown":
            assert ("wang", "remedy_unknown") in [one[1:] for one in stage.told()]
        await stage.close()
    else:
        pytest.fail("the worker never came to its end")
    assert ends == {"not_helped", "unknown"}


async def test_a_real_program_that_died_is_started_again_and_its_own_probe_says_that_it_helped(tmp_path: Path) -> None:
    """The software probe watches a real process; the remedy starts it anew."""
    program = tmp_path / f"conf-{os.getpid()}"
    sleep = shutil.which("sleep")
    assert sleep is not None
    shutil.copy(sleep, program)
    running: list[subprocess.Popen[bytes]] = []
    conf = {"executables": [program.name], "expected": "always"}
    settings = msgspec.convert({"use_known": False, "applications": {"conf": conf}}, Settings)

    async def is_there() -> bool:
        context = Context(now=time.time, monotonic=time.monotonic, in_meeting=False, state=tmp_path)
        (process,) = [one for one in await probe(settings, context) if one.check == "software.process"]
        assert isinstance(process, Reading)
        assert process.finding in ("", "app_not_running")
        return process.finding == ""

    async def restart(kind: str, target: str, dry: bool) -> RemedyOutcome:
        if not dry:
            running.append(subprocess.Popen([str(program), "600"]))
        return RemedyOutcome(ok=True, detail=because("application_runs", what=target), command=str(program))

    again = PlannedRemedy(kind="restart_application", faults=("app_not_running",), automatic=True, notice=5, verify=60)
    stage = RemedyStage(tmp_path, again)
    await stage.close()
    stage.workflows = (Remedies(lambda room: restart),)
    stage.open()
    gone = Fault(room="R1", code="app_not_running", target="conf", since=START)
    try:
        assert not await is_there()
        await stage.engine.fault_opened(gone, EMPTY)
        await stage.until(10)
        assert stage.states() == ["done"]
        async with asyncio.timeout(30):
            while not await is_there():
                await asyncio.sleep(0.1)
        await stage.engine.fault_cleared(gone)
        await stage.until(12)
        assert stage.states() == ["verified"]
        assert len(running) == 1
    finally:
        for one in running:
            one.kill()
            one.wait()
        await stage.close()
