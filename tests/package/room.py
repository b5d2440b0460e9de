"""A room's PC for tests: a booted Debian over folders that it cannot change, with no network but its own loopback."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

ENVIRONMENT = ("env", "-i", "LANG=C.UTF-8", "HOME=/root", "DEBIAN_FRONTEND=noninteractive",
               "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")  # fmt: skip
PORT = 8000
"""Of the site's web server, on the room's loopback."""


class Room:
    """layers: folders from the top down; what the room writes goes into folder/upper, which is a layer for others."""

    def __init__(self, folder: Path, layers: list[Path], served: Path) -> None:
        self.folder, self.layers, self.served = folder, layers, served
        self.root = folder / "root"
        self.leader = 0
        self._mounted = ExitStack()
        self._running = ExitStack()

    def mount(self) -> None:
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir(exist_ok=True)
        lower = ":".join(str(layer) for layer in self.layers)
        options = f"lowerdir={lower},upperdir={self.folder}/upper,workdir={self.folder}/work"
        run("mount", "-t", "overlay", "overlay", "-o", options, str(self.root))
        self._mounted.callback(run, "umount", "--lazy", str(self.root))

    def boot(self) -> None:
        command = ["systemd-nspawn", f"--directory={self.root}", "--register=no", "--keep-unit", "--boot",
                   "--quiet", "--machine=room", "--console=pipe", "--link-journal=no", "--private-network",
                   "--resolv-conf=off"]  # fmt: skip
        spawn = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._running.callback(self._end, spawn)
        until(lambda: self._found_leader(spawn.pid), 60)
        until(lambda: self.shell("systemctl is-system-running", check=False).stdout.strip() in ("running", "degraded"))
        server = subprocess.Popen(
            ["nsenter", f"--target={self.leader}", "--net", "/usr/bin/python3", "-m", "http.server", str(PORT),
             "--bind", "127.0.0.1", "--directory", str(self.served)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._running.callback(server.wait)
        self._running.callback(server.terminate)
        until(lambda: self.shell(f"wget -q --spider http://127.0.0.1:{PORT}/", check=False).returncode == 0)

    def _found_leader(self, spawn: int) -> bool:
        self.leader = first_process(spawn)
        return self.leader != 0

    def power_off(self, *, cut: bool = False) -> None:
        """cut: at once, with nothing told to anybody."""
        if cut:
            os.kill(self.leader, signal.SIGKILL)
        self._running.close()

    def close(self) -> None:
        self._running.close()
        self._mounted.close()

    def _end(self, spawn: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.leader, signal.SIGRTMIN + 4)  # systemd's word for "power off"
        with contextlib.suppress(subprocess.TimeoutExpired):
            spawn.wait(40)
        spawn.kill()
        spawn.wait()

    def shell(self, line: str, *, check: bool = True, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """A line of shell as root inside. Raises RuntimeError with what it said, unless check is False."""
        inside = ["nsenter", f"--target={self.leader}", "--all", *ENVIRONMENT, "sh", "-c", line]
        done = subprocess.run(
            inside, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds
        )
        if check and done.returncode:
            raise RuntimeError(f"in the room, exit code {done.returncode}: {line}\n{done.stdout}{done.stderr}")
        return done

    def said(self, line: str, *, check: bool = True) -> str:
        done = self.shell(line, check=check)
        return done.stdout + done.stderr

    def watches(self) -> bool:
        """The service runs and says of itself that it is ready."""
        state = self.said("systemctl is-active roomwatch", check=False).strip()
        ready = "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:9720/healthz', timeout=5).status)"
        return state == "active" and self.said(f'/opt/roomwatch/bin/python -c "{ready}"', check=False).strip() == "200"

    def journal_schema(self) -> int:
        ask = (
            "import sqlite3; print(sqlite3.connect('file:/var/lib/roomwatch/journal.db?mode=ro', uri=True)"
            ".execute('SELECT max(version) FROM schema_version').fetchone()[0])"
        )
        return int(self.said(f'python3 -c "{ask}"'))


def first_process(spawn: int) -> int:
    """The number, outside, of the first process in the container of this systemd-nspawn; 0 while there is none.

    systemd-nspawn's first children prepare the room and end: the room's own is the one that is number 1 inside.
    """
    for child in Path(f"/proc/{spawn}/task/{spawn}/children").read_text().split():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            numbers = re.findall(r"^NSpid:\t(.*)$", Path(f"/proc/{child}/status").read_text(), re.MULTILINE)
            if numbers and numbers[0].split()[1:] == ["1"]:
                return int(child)
    return 0


def until(what: object, seconds: float = 90) -> None:
    """Wait until the callable says yes. Raises TimeoutError."""
    assert callable(what)
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:g} s")
        time.sleep(0.3)


def run(*command: str | Path, cwd: Path | None = None, **more: str) -> str:
    """Run a command of this machine. Raises RuntimeError with what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, **more},
    )
    if done.returncode:
        raise RuntimeError(f"exit code {done.returncode}: {command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout
