"""The room's user, real: an own uid with an own systemd --user, and the session part behind its socket.

Root makes it in a mount namespace of its own, since a service manager wants a machine that was booted with systemd.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
UID = 64321
CONTROL_GROUPS = ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup")

BOOT = r"""
set -e
mount -t tmpfs none /run
mkdir -p /run/systemd/system /etc/roomwatch
mount --bind "$FOLDER/etc" /etc/roomwatch
for place in $GROUPS_OF_USER; do echo $$ > "$place/cgroup.procs"; done
cd "$FOLDER"
as_user() { exec setpriv --reuid UID --regid UID --clear-groups env -i PATH="$PATH" HOME="$FOLDER/home" \
    XDG_RUNTIME_DIR="$FOLDER/run" PYTHONPATH="$FOLDER/source" LANG=C.UTF-8 "$@"; }
( as_user systemd-socket-activate --accept --inetd --listen "$FOLDER/sockets/UID.sock" -E PYTHONPATH \
    -E XDG_RUNTIME_DIR -E HOME -E PATH /usr/bin/python3 -m monitor.user_session ) &
as_user /lib/systemd/systemd --user --log-target=console
"""


class RoomUser:
    """``with RoomUser(folder) as user``: folder must be reachable for everybody."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.etc = folder / "etc"
        self.home = folder / "home"
        self.sockets = folder / "sockets"
        self.units = self.home / ".config/systemd/user"
        self.groups: list[Path] = []
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def manager(self) -> tuple[str, ...]:
        """How its service manager is spoken to from outside."""
        return (*self._as_user, "systemctl", "--user")

    @property
    def _as_user(self) -> tuple[str, ...]:
        ids = ("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups")
        return (*ids, "env", f"XDG_RUNTIME_DIR={self.folder}/run", f"HOME={self.home}")

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [*self._as_user, *command], capture_output=True, text=True, timeout=60, check=False, cwd="/"
        )
        return done.stdout.strip()

    def ctl(self, *arguments: str) -> str:
        return self.run("systemctl", "--user", *arguments)

    def __enter__(self) -> RoomUser:
        assert os.geteuid() == 0, "only root can become the room's user"
        for name in ("etc", "home", "run", "sockets", "source"):
            (self.folder / name).mkdir()
        self.units.mkdir(parents=True)
        source = self.folder / "source"
        for name in ("alerting", "monitor", "probes", "config"):
            shutil.copytree(SOURCE / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(SOURCE / "pyproject.toml", source)  # by it the product knows its source tree
        packages = Path(sysconfig.get_paths()["platlib"])
        for name in ("msgspec", "psutil", "h11"):
            shutil.copytree(packages / name, source / name)
        for place in (self.home, self.folder / "run", self.sockets):
            subprocess.run(["chown", "-R", f"{UID}:{UID}", str(place)], check=True)
        (self.folder / "run").chmod(0o700)
        for top in map(Path, CONTROL_GROUPS):
            if (top / "cgroup.procs").exists():
                group = top / f"rw-test-{os.getpid()}" / "user"
                group.mkdir(parents=True)
                subprocess.run(["chown", "-R", f"{UID}:{UID}", str(group.parent)], check=True)
                self.groups.append(group)
        log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", BOOT.replace("UID", str(UID))],
            env={
                **os.environ,
                "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}",
                "FOLDER": str(self.folder),
                "GROUPS_OF_USER": " ".join(map(str, self.groups)),
            },
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        try:
            self.until((self.sockets / f"{UID}.sock").exists, "the session part's socket")
            self.until(lambda: bool(self.ctl("show-environment")), "its service manager")
        except BaseException:
            self.__exit__()
            raise
        return self

    def allow_screen(self, host: str) -> None:
        """The room's page of this host may be shown, in a browser that writes its arguments into ``home/shown``."""
        browser = self.folder / "chromium"
        browser.write_text(f'#!/bin/sh\necho "$@" > {self.home}/shown\nexec sleep 600\n')
        browser.chmod(0o755)
        (self.etc / "remedies/show-screen").mkdir(parents=True)
        (self.etc / "remedies/show-screen" / host).touch()

    def until(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            log = (self.folder / "log").read_text(errors="replace")[-2000:]
            assert time.monotonic() < deadline, f"{what} did not come: {log}"
            time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        self.ctl("exit")
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for group in self.groups:  # what its manager started has sessions of its own
            for members in group.parent.rglob("cgroup.procs"):
                for pid in members.read_text().split():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
        for group in self.groups:
            for place in sorted(group.parent.rglob("*"), reverse=True):
                if place.is_dir():
                    self._remove(place)
            self._remove(group.parent)

    def _remove(self, place: Path) -> None:
        for _ in range(50):
            try:
                place.rmdir()
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.1)
            else:
                return
