"""The room's PC with the package installed as an administrator does it, watching and healthy; kept as a snapshot."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from alerting.words import load_words
from tests.package.room import run
from tests.room.configuration import CONFIGURATION, PLAN, SLOW, SLOW_SESSION
from tests.room.machine import Machine
from tests.room.surroundings import (
    GUEST,
    REPOSITORY_PORT,
    TAP,
    TAP_WATCHING,
    WATCHER,
    Surroundings,
)

HERE = Path(__file__).parent
TITLES = load_words("en")
INSTALLED, HEALTHY = "installed", "healthy"
FETCH = "import sys, urllib.request; sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1], timeout=20).read())"
LOOKED_AT = ("camera", "microphone", "network.media", "network.service", "software.process", "speaker", "host.disk")
FOLDERS = ("monitor", "probes", "alerting", "config", "systemd", "debian", "packaging", "requirements.lock")


class RoomPc:
    """uptime_offset, wall_offset: the guest's uptime and its clock as they were at the restoring, minus this machine's
    monotonic clock."""

    def __init__(self, folder: Path, package: Callable[[], Path]) -> None:
        self.folder = folder
        self._package = package
        self.surroundings = Surroundings(folder / "world")
        namespace = self.surroundings.namespace
        self.machine = Machine(folder, folder / "run", namespace, (TAP, TAP_WATCHING))
        self.uptime_offset = self.wall_offset = self.restored = 0.0
        self._began: float | None = None

    def wait(self, what: Callable[[], bool], seconds: float, name: str) -> float:
        """Returns the seconds that it took. Raises TimeoutError."""
        begun = time.monotonic()
        while not what():
            if time.monotonic() > begun + seconds:
                raise TimeoutError(f"not within {seconds:g} s: {name}")
            time.sleep(0.2)
        return time.monotonic() - begun

    def messages(self, code: str) -> list[float]:
        """When messages with this fault's title came."""
        pattern = re.compile(re.sub(r"\\{[^}]*\\}", ".+", re.escape(TITLES.text(f"fault.{code}.title"))))
        return [one["at"] for one in self.surroundings.seen.messages if pattern.search(one["message"] + one["text"])]

    def shell(self, line: str, *, seconds: float = 120.0, check: bool = True) -> str:
        return self.machine.shell(line, seconds=seconds, check=check).stdout.strip()

    def rig(self, order: str) -> None:
        """One order to the devices: see guest/rig.sh."""
        self.shell(f"/opt/rig/rig.sh {order}", seconds=120)

    def act(self, line: str, seconds: float = 120.0) -> None:
        """A step that may be the fault itself: the guest notes when it began."""
        self._began = None
        self.shell(f"read -r up rest </proc/uptime; echo $up >/run/began; {line}", seconds=seconds)

    def act_outside(self) -> None:
        """The same for what happens outside of the guest: now."""
        self._began = time.monotonic()

    def began(self) -> float:
        """When the last step began, by this machine's monotonic clock."""
        if self._began is None:
            self._began = float(self.shell("cat /run/began")) - self.uptime_offset
        return self._began

    # ------------------------------------------------------------------ the snapshot

    def prepare(self) -> dict[str, float]:
        """The snapshot of a healthy room, made where none fits. Returns the seconds that it took, by part."""
        if self._fits(HEALTHY):
            self.machine.start(HEALTHY)
            return {}
        took, begun = {}, time.monotonic()

        def part(name: str) -> None:
            nonlocal begun
            took[name] = time.monotonic() - begun
            print(f"{name}: {took[name]:.0f} s", flush=True)
            begun = time.monotonic()

        if self._fits(INSTALLED):
            self.machine.start(INSTALLED)
        else:
            served = self._repository()
            part("package and repository")
            self.surroundings.serve(served)
            self.machine.start()
            self.shell("systemctl is-system-running --wait", seconds=400, check=False)
            part("boot")
            self._install()
            part("the two commands of the installation")
            self._keep(INSTALLED)
        self._furnish()
        self._wait_until_healthy()
        part("until every probe has looked")
        self._keep(HEALTHY)
        part("snapshot")
        return took

    def _fits(self, snapshot: str) -> bool:
        mark = self.folder / "run" / f"{snapshot}.key"
        return mark.exists() and mark.read_text() == self._key(snapshot) and self.machine.has(snapshot)

    def _keep(self, snapshot: str) -> None:
        self.machine.save(snapshot)
        (self.folder / "run" / f"{snapshot}.key").write_text(self._key(snapshot))

    def _key(self, snapshot: str) -> str:
        """Changes with all that is in the snapshot: the product, the image, and for the healthy room its furniture."""
        if given := os.environ.get("ROOMWATCH_PACKAGE"):
            known = hashlib.sha256(Path(given).read_bytes())
        else:
            known = hashlib.sha256(run("git", "-C", HERE.parents[1], "ls-tree", "HEAD", *FOLDERS).encode())
        for name in ("image.sh", "machine.py"):
            known.update((HERE / name).read_bytes())
        if snapshot == HEALTHY:
            for one in sorted([*(HERE / "guest").iterdir(), HERE / "room_pc.py", HERE / "configuration.py"]):
                if one.is_file():
                    known.update(one.read_bytes())
        return known.hexdigest()

    def _repository(self) -> Path:
        served, home = self.folder / "served", self.folder / "gnupg"
        shutil.rmtree(served, ignore_errors=True)
        key = "rooms@example.org"
        if not home.exists():
            home.mkdir(mode=0o700)
            making = ("--passphrase", "", "--quick-generate-key", key, "ed25519", "sign", "never")
            run("gpg", "--homedir", home, "--batch", *making)
        url = f"http://{WATCHER}:{REPOSITORY_PORT}/rooms"
        options = ("--key", key, "--url", url, "all", str(self._package()))
        run(HERE.parents[1] / "scripts/repository", served / "rooms", *options, GNUPGHOME=str(home))
        return served

    def _install(self) -> None:
        """The two commands of docs/install.md. What the package needs of Debian is there already."""
        self.shell(f"wget -q -P /etc/apt/sources.list.d http://{WATCHER}:{REPOSITORY_PORT}/rooms/all-deb12.sources")
        self.machine.put({
            "/etc/systemd/system/roomwatch.service.d/slow.conf": SLOW.encode(),
            "/etc/systemd/user/roomwatch-session@.service.d/slow.conf": SLOW_SESSION.encode(),
        })  # fmt: skip
        self.shell("apt-get update && apt-get install -q --yes --no-install-recommends roomwatch", seconds=900)

    def _furnish(self) -> None:
        """Devices, a program, the room's configuration, and the session part of the user at the screen."""
        rig = {f"/opt/rig/{one.name}": one.read_bytes() for one in (HERE / "guest").iterdir() if one.is_file()}
        self.machine.put(rig, 0o755)
        self.shell(
            "for one in usbcam-unplug usbmic-unplug 'program-end program'; do /opt/rig/rig.sh $one; done", check=False
        )
        folder = self.surroundings.world.folder
        self.machine.put({
            "/etc/roomwatch/conf.d/room.toml": CONFIGURATION.encode(),
            "/etc/roomwatch/plan.d/room.toml": PLAN.encode(),
            "/etc/roomwatch/services.toml": (folder / "services.toml").read_bytes(),
            "/etc/roomwatch/authority.pem": (folder / "ca-ca.pem").read_bytes(),
        })  # fmt: skip
        self.shell("roomwatch session enable kiosk", seconds=180)
        self.shell("systemctl restart user@$(id -u kiosk)", seconds=120)  # log out and in
        self.plug_all()
        self.rig("program-start")
        self.shell("systemctl restart roomwatch", seconds=300)

    def plug_all(self) -> None:
        """Devices, and the loudspeaker of the user at the screen."""
        for order in ("setup", "session", "usbmic-plug", "usbcam-plug", "default-source USB_Room_Mic"):
            self.rig(order)

    def checks(self) -> list[dict[str, Any]]:
        """Each check of the room, as its status page has it; none while it does not answer."""
        world = self.surroundings.world
        said = world.inside(self.surroundings.namespace, sys.executable, "-c", FETCH, f"http://{GUEST}:9720/api/status")
        return list(json.loads(said)["checks"])

    def _wait_until_healthy(self) -> None:
        end, checks = time.monotonic() + 400, []
        while time.monotonic() < end:
            with suppress(subprocess.CalledProcessError):
                checks = self.checks()
            good = {one["check"] for one in checks if one["state"] == "ok"}
            if set(LOOKED_AT) <= good and not self.surroundings.seen.open:
                return
            time.sleep(3)
        wrong = [(one["check"], one["target"], one["state"], one["note"]) for one in checks if one["state"] != "ok"]
        raise TimeoutError(f"the guest did not become healthy: {wrong}, open: {self.surroundings.seen.open}")

    # ------------------------------------------------------------------ a test's room

    def restore(self) -> None:
        """Everything as in the snapshot, and what lies around as at the start."""
        self.surroundings.sound()
        self.machine.restore(HEALTHY)
        self.set_clocks()
        self.restored = self.wall_offset + time.monotonic()
        self.surroundings.forget()

    def set_clocks(self) -> None:
        """The guest's clock stands where the snapshot was taken: what is far away has the same day."""
        before = time.monotonic()
        uptime, wall = (float(one) for one in self.shell("cut -d' ' -f1 /proc/uptime; date +%s.%N").split())
        middle = (before + time.monotonic()) / 2
        self.uptime_offset, self.wall_offset = uptime - middle, wall - middle
        self.surroundings.world.change(date_offset=self.wall_offset + time.monotonic() - time.time())

    def journalled(self, code: str) -> float | None:
        """When the journal first had this fault since the restoring, by this machine's monotonic clock."""
        ask = (
            "import sqlite3; print(sqlite3.connect('file:/var/lib/roomwatch/journal.db?mode=ro', uri=True).execute("
            f"'SELECT min(at) FROM events WHERE at > ? AND data LIKE ?', ({self.restored}, '%{code}%')).fetchone()[0])"
        )
        said = self.shell(f'python3 -c "{ask}"', check=False)
        return float(said) - self.wall_offset if said not in ("", "None") else None

    def close(self) -> None:
        self.machine.stop()
        self.surroundings.close()


def folder() -> Path:
    """Of the guest's image, its snapshot, the package and the results; scripts/test-room makes it."""
    given = os.environ.get("ROOMWATCH_ROOM")
    return Path(given) if given else Path.home() / ".cache/roomwatch/room"


@contextmanager
def opened() -> Iterator[RoomPc]:
    """The room's PC in its snapshot's state, or made now. ROOMWATCH_PACKAGE names a package that is built already."""

    def package() -> Path:
        if given := os.environ.get("ROOMWATCH_PACKAGE"):
            return Path(given)
        place = folder() / "package"
        shutil.rmtree(place, ignore_errors=True)
        run(HERE.parents[1] / "scripts/package", "--to", place, "bookworm")
        (built,) = place.glob("*.deb")
        return built

    room = RoomPc(folder(), package)
    try:
        room.prepare()
        yield room
    finally:
        room.close()
