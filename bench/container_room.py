"""The service as docs/install.md installs it by hand, under a real systemd at a PC's full speed: a container of this
machine's own Debian (systemd-nspawn over an overlay that is thrown away), with a network, a sound server of the room's
user, a network camera and a receiver of messages. What needs a kernel driver is tests/room's.

    python -m bench.container_room [STEP...]

One line a finding; "as_expected" is 1 or 0. Needs root, the Debian packages of scripts/debian-packages-test and
systemd-container, and the package index for the installation. About five minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import installed_by_hand as installed
from bench.furnished import CAMERA_PORT
from bench.installed_by_hand import SOURCE_TREE, Service, readme, say
from bench.room import line
from tests.network.lab import FAR, FAR_OTHER, WALL, Lab
from tests.package.room import first_process
from tests.room.machine import TROUBLE
from tests.sound.rig import room_noise

SOURCE = "/srv/roomwatch"
SESSION = "runuser -u kiosk -- env XDG_RUNTIME_DIR=/run/user/$(id -u kiosk)"
PASSED_ON = re.compile(r"(PIP_.*|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|https?_proxy)$", re.IGNORECASE)
"""What an installation behind a proxy or from a mirror needs of the environment."""
PROGRAM = "room-client"


class Container:
    """A booted Debian over this machine's own root, which it cannot change."""

    def __init__(self, folder: Path, namespace: str) -> None:
        self.folder, self.namespace = folder, namespace
        self.root = folder / "root"
        self._kept = ExitStack()
        self._leader = 0

    def boot(self) -> None:
        """Lay the overlay, install the product by hand as docs/install.md says, and boot."""
        _run("mount", "-t", "tmpfs", "tmpfs", str(self.folder))
        self._kept.callback(_run, "umount", "--lazy", str(self.folder))
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir()
        layers = f"lowerdir=/,upperdir={self.folder}/upper,workdir={self.folder}/work"
        _run("mount", "-t", "overlay", "overlay", "-o", layers, str(self.root))
        self._kept.callback(_run, "umount", "--lazy", str(self.root))
        (self.root / SOURCE[1:]).mkdir(parents=True)
        copy = 'set -o pipefail; git -C "$0" ls-files -z | tar -C "$0" --null -T - -c | tar -x -C "$1"'
        _run("bash", "-c", copy, str(SOURCE_TREE), str(self.root / SOURCE[1:]))
        # This machine's own services have no business in the room.
        for wants in self.root.glob("etc/systemd/system/*.target.wants"):
            for link in wants.iterdir():
                link.unlink()
        self._install()
        self._boot()

    def _nspawn(self, *more: str) -> list[str]:
        return ["systemd-nspawn", "--quiet", f"--directory={self.root}", "--register=no", "--keep-unit",
                "--machine=room", "--console=pipe", "--link-journal=no", *more]  # fmt: skip

    def _install(self) -> None:
        lines = subprocess.run(
            ["bash", str(SOURCE_TREE / "bench/install_by_hand.sh"), str(SOURCE_TREE / "docs/install.md")],
            check=True, capture_output=True, text=True,
        ).stdout.splitlines()  # fmt: skip
        # The packages are this machine's; the service is started once systemd runs.
        kept = [one for one in lines if not one.startswith(("apt-get", "systemctl"))]
        passed = [f"--setenv={name}={value}" for name, value in os.environ.items() if PASSED_ON.match(name)]
        text = f"set -e; export PATH=/usr/sbin:/usr/bin:/sbin:/bin; cd {SOURCE}; useradd -m kiosk\n" + "\n".join(kept)
        done = subprocess.run(
            self._nspawn(*passed, "--resolv-conf=bind-host", "bash", "-c", text),
            check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900,
        )  # fmt: skip
        say("readme-install", done.returncode == 0, lines=len(kept), said=done.stderr[-500:] if done.returncode else "")

    def _boot(self) -> None:
        begun = time.monotonic()
        command = self._nspawn(f"--network-namespace-path=/run/netns/{self.namespace}", "--resolv-conf=off", "--boot")
        spawn = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
        self._kept.callback(self._end, spawn)
        while not self._leader:
            if spawn.poll() is not None or time.monotonic() > begun + 60:
                raise RuntimeError("the container did not start")
            time.sleep(0.1)
            self._leader = first_process(spawn.pid)
        while "running" not in (state := self.shell("systemctl is-system-running --wait", check=False).stdout):
            if "degraded" in state or time.monotonic() > begun + 60:
                line("container_room", "boot", "time_to_running", time.monotonic() - begun, "s", said=state.strip())
                return
            time.sleep(0.2)
        line("container_room", "boot", "time_to_running", time.monotonic() - begun, "s", said="running")

    def _end(self, spawn: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._leader, signal.SIGRTMIN + 4)  # systemd's word for "power off"
        with contextlib.suppress(subprocess.TimeoutExpired):
            spawn.wait(30)
        spawn.kill()
        spawn.wait()

    def shell(
        self, line: str, *, seconds: float = 120.0, check: bool = True, data: bytes | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a line of shell as root inside. Raises TimeoutError; RuntimeError with check."""
        inside = ["nsenter", f"--target={self._leader}", "--all", "env", "-i", "LANG=C.UTF-8", "HOME=/root",
                  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "bash", "-c", line]  # fmt: skip
        try:
            raw = subprocess.run(inside, check=False, input=data or b"", capture_output=True, timeout=seconds)
        except subprocess.TimeoutExpired as late:
            raise TimeoutError(f"in the container, after {seconds:g} s: {line}") from late
        out, err = (text.decode(errors="replace") for text in (raw.stdout, raw.stderr))
        done = subprocess.CompletedProcess([line], raw.returncode, out, err)
        if check and done.returncode:
            raise RuntimeError(f"in the container, exit code {done.returncode}: {line}\n{done.stdout}{done.stderr}")
        return done

    def put(self, files: dict[str, bytes]) -> None:
        for path, content in files.items():
            write = f"mkdir -p {Path(path).parent} && rm -f {path} && cat > {path}"
            self.shell(write, data=content)

    def background(self, name: str, line: str) -> None:
        self.shell(f"systemd-run --quiet --unit={name} {line}")

    def stop(self) -> None:
        self._kept.close()


class RoomService(Service):
    machine: Any

    def _kiosk(self, line: str) -> str:
        return self.shell(f"{SESSION} {line}")

    def wait_for_more(self, messages: int, seconds: float) -> None:
        """Until more than so many have come."""
        self.wait(lambda: len(self.messages()) > messages, seconds)

    def furnish(self) -> None:
        """Configuration, plan, receiver, the room's user with a sound server, and a program to watch."""
        self.machine.put({
            "/etc/roomwatch/conf.d/room.toml": configuration().encode(),
            "/etc/roomwatch/plan.toml": installed.PLAN.encode(),
            "/etc/resolv.conf": f"nameserver {WALL}\noptions timeout:1 attempts:1\n".encode(),
            "/etc/systemd/system/victim.service": installed.VICTIM.encode(),
            "/opt/rig/receiver.py": (SOURCE_TREE / "bench/receiver_inside.py").read_bytes(),
            "/opt/rig/noise.f32": room_noise(-45.0).astype("<f4").tobytes(),
        })  # fmt: skip
        self.shell(f"cp /bin/sleep /usr/local/bin/{PROGRAM}; chmod -R a+rX /etc/roomwatch /opt/rig")
        self.machine.background("receiver", "/usr/bin/python3 /opt/rig/receiver.py")
        self.machine.background(PROGRAM, f"--uid=kiosk /usr/local/bin/{PROGRAM} infinity")
        (enable,) = readme("roomwatch session enable", "kiosk")
        done = self.machine.shell(enable, check=False, seconds=60)
        say("readme-session", done.returncode == 0, command=enable, said=done.stderr[-200:])
        self.shell("loginctl enable-linger kiosk")
        self.wait(lambda: "/run/user" in self._kiosk("sh -c 'ls -d $XDG_RUNTIME_DIR/pulse/native'"), 60)
        for command in (
            "load-module module-null-sink sink_name=speaker",
            "load-module module-null-sink sink_name=feed channel_map=mono",
            "load-module module-remap-source master=feed.monitor source_name=mic master_channel_map=mono"
            " channel_map=mono",
            "set-default-sink speaker",
            "set-default-source mic",
        ):
            self._kiosk(f"pactl {command}")
        player = "pacat --playback --raw --format=float32le --rate=48000 --channels=1 --device=feed"
        play = f"while cat /opt/rig/noise.f32; do :; done | {player}"
        runtime = self.shell("id -u kiosk")
        self.machine.background("noise", f"--uid=kiosk -E XDG_RUNTIME_DIR=/run/user/{runtime} sh -c '{play}'")
        begun = time.monotonic()
        (start,) = readme("systemctl daemon-reload && systemctl enable", "kiosk")
        done = self.machine.shell(start, check=False)
        found = self.show("ActiveState", "Type", "StatusText", "NRestarts")
        say("ready", done.returncode == 0 and found["ActiveState"] == "active", **found, said=done.stderr[-300:])
        line("container_room", "ready", "time_to_ready", time.monotonic() - begun, "s")


def configuration() -> str:
    return (
        installed.CONFIGURATION
        + f'[probes.network]\nresolvers = ["{WALL}", "{WALL}"]\ninternet = ["{FAR}", "{FAR_OTHER}"]\ninternet6 = []\n'
        'portal_url = "http://portal.test/"\nportal_expect = "as expected"\nservices = ["meet"]\nproxy = "none"\n'
        'services_file = "/opt/rig/lab/services.toml"\nca_file = "/opt/rig/lab/ca.pem"\n'
        f'[probes.software]\nuse_known = false\n[probes.software.applications.client]\nexecutables = ["{PROGRAM}"]\n'
        'expected = "always"\n'
        f'[probes.camera.network.room]\nurl = "http://{FAR}:{CAMERA_PORT}/camera"\n'
    )


def in_use(service: RoomService) -> None:
    """The room's user records: the room is occupied, and the microphone is not opened."""
    runtime = service.shell("id -u kiosk; cp /usr/bin/pacat /usr/local/bin/recorder").split()[0]
    record = "/usr/local/bin/recorder --record --raw --device=mic /tmp/recorded"
    service.machine.background("call", f"--uid=kiosk -E XDG_RUNTIME_DIR=/run/user/{runtime} {record}")
    took = service.wait(lambda: bool(service.status()["meeting"]["occupied"]), 60)
    say("a-recording-user-occupies-the-room", took >= 0, seconds=round(took, 1), meeting=service.status()["meeting"])
    service.shell("systemctl stop call")


def killed(service: RoomService) -> None:
    """From a killed program to the message, with the shipped patience of 3 s."""
    for _ in range(3):  # a fourth within minutes is flapping, which is told once
        before = len(service.messages())
        service.shell(f"date +%s.%N > /tmp/begun; systemctl kill -s KILL {PROGRAM}; true")
        service.wait_for_more(before, 60)
        told = service.messages()[before:]
        say("killed-program-is-told", bool(told), title=told[0]["title"] if told else "")
        if told:
            took = told[0]["came"] - float(service.shell("cat /tmp/begun"))
            line("container_room", "killed", "time_to_message", took, "s")
        service.shell(f"systemctl reset-failed {PROGRAM}")
        service.machine.background(PROGRAM, f"--uid=kiosk /usr/local/bin/{PROGRAM} infinity")
        service.wait_for_more(before + 1, 120)


STEPS = {
    "sandbox": installed.sandbox,
    "probes": installed.probes,
    "in_use": in_use,
    "killed": killed,
    "reload": installed.reload,
    "remedy": installed.remedy,
    "watchdog": installed.watchdog,
    "stop": installed.stop,
}


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("steps", nargs="*", metavar="STEP", help=", ".join(STEPS))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="roomwatch-container-") as place, ExitStack() as kept:
        folder = Path(place)
        (folder / "lab").mkdir()
        (folder / "overlay").mkdir()
        lab = Lab(folder / "lab")
        kept.callback(lab.close)
        lab.start(lab.far, sys.executable, "-m", "bench.furnished")
        container = Container(folder / "overlay", lab.room)
        kept.callback(container.stop)
        try:
            container.boot()
            for name in ("services.toml", "ca.pem"):
                container.put({f"/opt/rig/lab/{name}": (folder / "lab" / name).read_bytes()})
            service = RoomService(container)
            service.furnish()
            for name, step in STEPS.items():
                if not given.steps or name in given.steps:
                    step(service)
        except (*TROUBLE, subprocess.SubprocessError) as error:
            say("container", False, error=str(error)[:400])


if __name__ == "__main__":
    main()
