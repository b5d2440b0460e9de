"""The clock where the kernel may not be asked: by a real chronyd, and by the file that systemd-timesyncd leaves."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from probes.host.kernel_clock_linux import ClockState
from probes.host.time_service_linux import CHRONY, STALE_SECONDS, SYNCHRONISED, ask_time_service, tracking

NOW = 1_800_000_000.0


@asynccontextmanager
async def chronyd(folder: Path, settings: str) -> AsyncIterator[tuple[str, ...]]:
    """A chronyd that sets no clock and serves nobody; the command that asks it."""
    with socket.socket(type=socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = folder / "chrony.conf"
    file.write_text(f"{settings}\npidfile {folder}/pid\nport 0\ncmdport {port}\nbindcmdaddress 127.0.0.1\n")
    process = subprocess.Popen(["chronyd", "-x", "-d", "-f", str(file)], stderr=subprocess.DEVNULL)
    asks = ("chronyc", "-h", "127.0.0.1", "-p", str(port), "-n", "-c", "tracking")
    try:
        async with asyncio.timeout(30):
            while subprocess.run(asks, capture_output=True, check=False).returncode:
                await asyncio.sleep(0.1)
        yield asks
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize(("settings", "synchronised"), [("local stratum 5", True), ("", False)])
async def test_chrony_tells_whether_it_keeps_the_clock(tmp_path: Path, settings: str, synchronised: bool) -> None:
    (tmp_path / CHRONY).mkdir()
    async with chronyd(tmp_path, settings) as asks:
        found = await ask_time_service(NOW, tmp_path, asks)
    assert found is not None
    assert found.synchronised == synchronised


@pytest.mark.parametrize("asks", [("chronyc-that-is-not-there",), ("false",), ("echo", "506 Cannot talk to daemon")])
async def test_a_chrony_that_does_not_answer_says_nothing(tmp_path: Path, asks: tuple[str, ...]) -> None:
    (tmp_path / CHRONY).mkdir()
    assert await ask_time_service(NOW, tmp_path, asks) is None


def test_the_offset_and_its_bound_are_read() -> None:
    line = (
        "C0A80001,192.168.0.1,3,1795907822.07,-0.000012000,0.1,0.2,-1.5,0.01,0.2,0.020000000,0.001000000,64.4,Normal\n"
    )
    found = tracking(line)
    assert found is not None
    assert (found.synchronised, found.offset_seconds) == (True, -0.000012)
    assert found.bound_seconds == pytest.approx(0.011)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (60.0, ClockState(True, None, None, NOW - 60.0)),
        (STALE_SECONDS + 1.0, ClockState(False, None, None, NOW - STALE_SECONDS - 1.0)),
        (-3600.0, ClockState(False, None, None, NOW + 3600.0)),  # the clock was set back since
        (None, None),
    ],
)
async def test_timesyncd_is_believed_while_it_synchronises(
    tmp_path: Path, age: float | None, expected: ClockState | None
) -> None:
    if age is not None:
        file = tmp_path / SYNCHRONISED
        file.parent.mkdir(parents=True)
        file.touch()
        os.utime(file, (NOW - age, NOW - age))
    assert await ask_time_service(NOW, tmp_path) == expected


BARRED = """
import ctypes, struct, sys
from probes.host.kernel_clock_linux import read_clock
# The same filter as the unit's: adjtimex(2) and clock_adjtime(2) end with EPERM, everything else is allowed.
rows = [(0x20, 0, 0, 0), (0x15, 1, 0, 159), (0x15, 0, 1, 305), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7FFF0000)]
code = b"".join(struct.pack("HBBI", *row) for row in rows)
kept = ctypes.create_string_buffer(code)
program = struct.pack("HxxxxxxP", len(rows), ctypes.addressof(kept))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.create_string_buffer(program), 0, 0) == 0
sys.exit(0 if read_clock() is None else 1)
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of system calls are those of x86_64")
def test_under_the_units_filter_the_kernel_is_not_asked() -> None:
    done = subprocess.run([sys.executable, "-c", BARRED], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
