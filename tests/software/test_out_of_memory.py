"""A real program killed by the kernel in a real control group, and the cause that is told."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.reading import Context, Reading
from probes.software import Application, Settings, probe
from tests.reasons.english import english

LIMIT = 48 << 20
EATER = "import sys; sys.stdin.read(1); kept = [b'x' * (1 << 20) for _ in range(4000)]"


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group with a memory limit: version 1 or 2, whichever this machine has."""
    top = Path("/sys/fs/cgroup/memory")
    place = (top if top.is_dir() else Path("/sys/fs/cgroup")) / f"rw-oom-{os.getpid()}"
    place.mkdir()
    file = place / ("memory.limit_in_bytes" if top.is_dir() else "memory.max")
    file.write_text(str(LIMIT))
    yield place
    for _ in range(100):
        with contextlib.suppress(OSError):
            place.rmdir()
            break
        time.sleep(0.05)


async def test_a_program_killed_for_its_memory_limit_says_so(group: Path, tmp_path: Path) -> None:
    program = tmp_path / "rw-eater"
    shutil.copy("/usr/bin/python3", program)
    process = subprocess.Popen([str(program), "-c", EATER], stdin=subprocess.PIPE, env={"PYTHONHOME": "/usr"})
    try:
        (group / "cgroup.procs").write_text(str(process.pid))
        application = Application(executables=("rw-eater",), expected="always", start_within=0)
        settings = Settings(applications={"eater": application}, use_known=False, ask_windows=False)
        context = Context(now=time.time, monotonic=time.monotonic, in_meeting=True, state=tmp_path)

        async def reading() -> Reading:
            found = next(one for one in await probe(settings, context) if one.check == "software.process")
            assert isinstance(found, Reading)
            return found

        deadline = time.monotonic() + 30
        while (await reading()).finding:
            assert time.monotonic() < deadline
        assert process.stdin is not None
        process.stdin.write(b"x")
        process.stdin.close()
        assert process.wait(60) == -9
        ended = await reading()
        assert ended.finding == "app_not_running"
        limit = f"the memory limit of /{group.name} (48 MiB) was reached"
        assert english(ended.evidence["cause"]) == f"killed by the kernel: {limit}"
    finally:
        process.kill()
        process.wait()
