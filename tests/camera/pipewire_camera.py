"""A userspace V4L2 camera for tests: its own PipeWire, a GStreamer picture, read under pw-v4l2. No kernel module."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

LIVING = ("pattern=zone-plate", "kx2=12", "ky2=8", "kt=1")
"""A picture that moves all over and is sharp: what the judge calls healthy."""
NEEDED = ("pipewire", "wireplumber", "gst-launch-1.0", "pw-v4l2", "dbus-run-session", "pw-cli")


@contextmanager
def session(folder: Path) -> Iterator[dict[str, str]]:
    """A PipeWire of one's own in ``folder``; yields the environment for its clients."""
    missing = [tool for tool in NEEDED if shutil.which(tool) is None]
    assert not missing, f"these tests need {missing}: see scripts/debian-packages-test"
    folder.chmod(0o700)
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder), "PIPEWIRE_DEBUG": "0", "HOME": str(folder)}
    environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
    running: list[subprocess.Popen[bytes]] = []
    try:
        running.append(_start(["pipewire"], environment))
        _wait((folder / "pipewire-0").exists, "PipeWire's socket")
        running.append(_start(["dbus-run-session", "--", "wireplumber"], environment))
        yield environment
    finally:
        for process in reversed(running):
            end(process)


@contextmanager
def camera(environment: dict[str, str], *picture: str, size: str = "640x360", rate: int = 30) -> Iterator[None]:
    """One Video/Source. picture: properties of videotestsrc ("pattern=black").

    It streams to its first opener alone: once that one has closed it, pipewiresink (PipeWire 0.3.65) sends no picture
    to the next. Each look needs a camera of its own.
    """
    width, height = size.split("x")
    line = [
        "gst-launch-1.0", "-q", "videotestsrc", "is-live=true", *picture, "!",
        f"video/x-raw,format=YUY2,width={width},height={height},framerate={rate}/1", "!",
        "pipewiresink", "mode=provide", "stream-properties=props,media.class=Video/Source,node.name=room-camera",
    ]  # fmt: skip
    process = _start(line, environment)
    try:
        _wait(lambda: _listed(environment), "the camera's node")
        yield
    finally:
        end(process)


def _listed(environment: dict[str, str]) -> bool:
    found = subprocess.run(["pw-cli", "ls", "Node"], env=environment, capture_output=True, text=True, check=False)
    return "room-camera" in found.stdout


def _start(line: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        line, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, 15)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait(5)


def _wait(ready: object, what: str, seconds: float = 15.0) -> None:
    assert callable(ready)
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until, f"{what} did not appear in {seconds:g} s"
        time.sleep(0.1)
