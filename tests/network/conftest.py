"""One lab for all network tests: namespaces cost a second to make."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.network.lab import FAR, Lab

KEY = b"0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="session")
def _lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    import os

    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    folder: Path = tmp_path_factory.mktemp("lab")
    made = Lab(folder)
    yield made
    made.close()


@pytest.fixture
def lab(_lab: Lab) -> Iterator[Lab]:
    yield _lab
    _lab.mend()


@pytest.fixture(scope="session")
def _served(_lab: Lab) -> Iterator[Lab]:
    """The lab with its own echo responder and a real STUN server, by UDP, TCP and TLS."""
    (_lab.folder / "echo.key").write_bytes(KEY)
    command = ["-m", "monitor.cli", "echo", "--listen", FAR, "--key-file", str(_lab.folder / "echo.key")]
    echo = _lab.start(_lab.far, sys.executable, *command)
    certificate = str(_lab.folder / "meet.test.pem")
    turn: subprocess.Popen[str] = _lab.serve(
        _lab.far, "turnserver", "-n", "--listening-ip", FAR, "--stun-only", "--no-cli", "--log-file", "stdout",
        "--simple-log", "--pidfile", str(_lab.folder / "turn.pid"), "--cert", certificate, "--pkey", certificate,
    )  # fmt: skip
    yield _lab
    for process in (echo, turn):
        process.kill()
        process.wait()


@pytest.fixture
def served(_served: Lab) -> Iterator[Lab]:
    yield _served
    _served.mend()
