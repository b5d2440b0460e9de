"""A process killed with SIGKILL between decision and send, and again while a message is in flight."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.alerting.stage import Stage

WORKER = """
import asyncio, os, signal, sys
from pathlib import Path
from alerting.model.fault import Fault
from tests.alerting.stage import RUNNING, START, Stage

async def main(folder, when):
    stage = Stage(Path(folder))
    if when == "in flight":
        async def hang(rows):
            print(rows[0].key, flush=True)
            await asyncio.sleep(3600)
        stage.post.send = hang
    else:
        write = stage.journal.write
        def die_after(batch):
            write(batch)
            print(next(iter(batch.notifications)), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        stage.journal.write = die_after
    await stage.engine.fault_opened(Fault(room="R1", code="camera_missing", target="cam0", since=START), RUNNING)
    await stage.engine.settle()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("when", ["after the decision", "in flight"])
async def test_the_message_still_arrives_once_the_engine_is_back(tmp_path: Path, when: str) -> None:
    root = str(Path(__file__).parents[2])
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path), when],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert worker.stdout is not None
    key = worker.stdout.readline().strip()
    worker.send_signal(signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL
    worker.stdout.close()
    stage = Stage(tmp_path)
    await stage.until(10)
    assert [(who, message.key) for _, who, message in stage.post.arrived] == [("wang", key)]
    await stage.close()
