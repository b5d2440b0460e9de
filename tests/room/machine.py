"""Runs the virtual room PC under QEMU and gives commands to it. Without KVM: about ten times slower than a real PC.

python -m tests.room.machine boot        # cold once (30 s and more), later a snapshot is restored in a second
python -m tests.room.machine exec 'systemctl is-system-running'
python -m tests.room.machine install     # this source tree's packages, units and rig into the running guest
python -m tests.room.machine link down   # the cable
python -m tests.room.machine stop
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

SOURCE_TREE = Path(__file__).resolve().parents[2]
PACKAGES = ("monitor", "probes", "alerting")
SITE_PACKAGES = "/opt/roomwatch/lib/python3.11/site-packages"
SNAPSHOT = "ready"
BOOT_SECONDS = 400.0
TROUBLE = (RuntimeError, TimeoutError, LookupError, ValueError, OSError, EOFError)
"""What a guest that errs, hangs or has gone raises; a bench says so and goes on with what it still can measure."""


def folder() -> Path:
    """Where image.sh has put the image."""
    chosen = os.environ.get("ROOMWATCH_VROOM")
    return Path(chosen) if chosen else Path.home() / ".cache" / "roomwatch-virtual-room"


class Channel:
    """A line of JSON each way over a Unix socket: QEMU's monitor and the guest's agent both speak so."""

    def __init__(self, path: Path, timeout: float) -> None:
        self.link = socket.socket(socket.AF_UNIX)
        self.link.settimeout(timeout)
        self.link.connect(str(path))
        self._rest = b""

    def read(self) -> dict[str, Any]:
        while b"\n" not in self._rest:
            piece = self.link.recv(65536)
            if not piece:
                raise EOFError("the machine has gone")
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        answer = json.loads(line.lstrip(b"\xff"))
        assert isinstance(answer, dict)
        return answer

    def send(self, execute: str, arguments: dict[str, Any] | None = None) -> None:
        message: dict[str, Any] = {"execute": execute}
        if arguments is not None:
            message["arguments"] = arguments
        self.link.sendall(json.dumps(message).encode() + b"\n")

    def call(self, execute: str, arguments: dict[str, Any] | None = None) -> Any:
        self.send(execute, arguments)
        while True:
            answer = self.read()
            if "error" in answer:
                raise RuntimeError(f"{execute}: {answer['error']}")
            if "return" in answer:
                return answer["return"]


class Machine:
    """One guest. Its overlay disk, sockets and console log lie in ``run``."""

    def __init__(self, image: Path | None = None) -> None:
        self.image = image or folder()
        self.run = self.image / "run"
        self._agent: Channel | None = None

    # ------------------------------------------------------------------ the machine

    def boot(self, *, cold: bool = False) -> str:
        """Start it, from the snapshot where there is one. Returns how."""
        self.stop()
        self.run.mkdir(parents=True, exist_ok=True)
        disk = self.run / "disk.qcow2"
        if cold or not (disk.exists() and self._has_snapshot(disk)):
            disk.unlink(missing_ok=True)
            base = self.image / "root.qcow2"
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", disk], check=True)
            self._start([])
            self.shell("systemctl is-system-running --wait", seconds=BOOT_SECONDS, check=False)
            self.shell("/opt/rig/rig.sh setup", seconds=120)
            self.qmp("human-monitor-command", {"command-line": f"savevm {SNAPSHOT}"})
            return "cold"
        self._start(["-loadvm", SNAPSHOT])
        self.shell(f"date -s @{time.time():.3f}")
        return "restored"

    def _has_snapshot(self, disk: Path) -> bool:
        done = subprocess.run(["qemu-img", "snapshot", "-l", disk], capture_output=True, text=True, check=True)
        return f" {SNAPSHOT} " in done.stdout

    def _start(self, more: list[str]) -> None:
        for name in ("monitor", "agent"):
            (self.run / name).unlink(missing_ok=True)
        kernel = (
            "console=ttyS0 quiet mitigations=off random.trust_cpu=on panic=-1 net.ifnames=0 tsc=reliable nowatchdog"
        )
        command = [
            "nice", "-n", "5", "qemu-system-x86_64", "-M", "q35", "-m", "2048", "-smp", "2", "-nodefaults",
            "-display", "none", "-no-reboot", "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max",
            "-kernel", f"{self.image}/vmlinuz", "-initrd", f"{self.image}/initrd.zst", "-append", kernel,
            "-drive", f"file={self.run}/disk.qcow2,if=none,id=disk,cache=unsafe,discard=unmap,format=qcow2",
            "-device", "virtio-blk-pci,drive=disk",
            "-object", "rng-random,filename=/dev/urandom,id=rng", "-device", "virtio-rng-pci,rng=rng",
            "-serial", f"file:{self.run}/console.log",
            "-qmp", f"unix:{self.run}/monitor,server=on,wait=off",
            "-device", "virtio-serial-pci", "-chardev", f"socket,id=agent,path={self.run}/agent,server=on,wait=off",
            "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
            "-netdev", "user,id=net0,restrict=on", "-device", "virtio-net-pci,netdev=net0,id=nic0",
            *more,
        ]  # fmt: skip
        with (self.run / "qemu.log").open("wb") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        (self.run / "pid").write_text(str(process.pid))
        self._agent = None
        self._connect(process)

    def _connect(self, process: subprocess.Popen[bytes] | None = None) -> Channel:
        """The guest's agent, once it answers; a boot takes its time. Raises RuntimeError or TimeoutError."""
        if self._agent is not None:
            return self._agent
        until = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < until:
            if process is not None and process.poll() is not None:
                raise RuntimeError((self.run / "qemu.log").read_text(errors="replace")[-1000:])
            channel = None
            try:
                channel = Channel(self.run / "agent", 3.0)
                mark = time.monotonic_ns() & 0x7FFFFFFF
                channel.link.sendall(b"\xff")
                channel.send("guest-sync", {"id": mark})
                while channel.read().get("return") != mark:
                    pass
            except (OSError, EOFError, ValueError):
                if channel is not None:
                    channel.link.close()
                time.sleep(0.3)
                continue
            channel.link.settimeout(120.0)
            self._agent = channel
            return channel
        raise TimeoutError("the guest's agent does not answer")

    def qmp(self, command: str, arguments: dict[str, Any] | None = None) -> Any:
        channel = Channel(self.run / "monitor", 300.0)
        with contextlib.closing(channel.link):
            channel.read()
            channel.call("qmp_capabilities")
            return channel.call(command, arguments)

    def link(self, up: bool) -> None:
        """Plug or pull the network cable."""
        self.qmp("set_link", {"name": "nic0", "up": up})

    def stop(self) -> None:
        """End QEMU, if it runs; by its own monitor, else by its pid."""
        mark = self.run / "pid"
        try:
            pid = int(mark.read_text())
        except (OSError, ValueError):
            return
        with contextlib.suppress(OSError, EOFError, RuntimeError):
            self.qmp("quit")
        for _ in range(100):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if b"qemu" not in _command_line(pid):
                break
            time.sleep(0.1)
        else:
            os.kill(pid, signal.SIGKILL)
        mark.unlink()
        self._agent = None

    # ------------------------------------------------------------------ the guest

    def shell(
        self, line: str, *, seconds: float = 120.0, check: bool = True, data: bytes | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a line of shell as root. A round trip costs about 0.2 s. Raises TimeoutError; RuntimeError with check."""
        agent = self._connect()
        request: dict[str, Any] = {
            "path": "/bin/bash",
            "arg": ["-c", line],
            "capture-output": True,
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"],
        }
        if data is not None:
            request["input-data"] = base64.b64encode(data).decode()
        pid = agent.call("guest-exec", request)["pid"]
        until, pause = time.monotonic() + seconds, 0.05
        while not (status := agent.call("guest-exec-status", {"pid": pid}))["exited"]:
            if time.monotonic() > until:
                raise TimeoutError(f"in the guest, after {seconds:g} s: {line}")
            time.sleep(pause)
            pause = min(pause * 1.3, 0.5)
        out, err = (
            base64.b64decode(status.get(f"{name}-data", "")).decode(errors="replace") for name in ("out", "err")
        )
        code = int(status.get("exitcode", -int(status.get("signal", 99))))
        if check and code:
            raise RuntimeError(f"in the guest, exit code {code}: {line}\n{out}{err}")
        return subprocess.CompletedProcess([line], code, out, err)

    def rig(self, *words: str) -> None:
        """One order to the rig: see guest/rig.sh."""
        self.shell(f"/opt/rig/rig.sh {' '.join(words)}", seconds=90)

    def put(self, files: dict[str, bytes]) -> None:
        """Write files: path in the guest → content."""
        self._unpack({path.lstrip("/"): content for path, content in files.items()}, "/")

    def _unpack(self, files: dict[str, bytes], where: str) -> None:
        memory = io.BytesIO()
        with tarfile.open(fileobj=memory, mode="w:gz") as archive:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode, entry.mtime = len(content), 0o755, int(time.time())
                archive.addfile(entry, io.BytesIO(content))
        agent = self._connect()
        handle = agent.call("guest-file-open", {"path": "/tmp/put.tar.gz", "mode": "w"})
        rest = memory.getvalue()
        while rest:
            piece, rest = rest[:400_000], rest[400_000:]
            agent.call("guest-file-write", {"handle": handle, "buf-b64": base64.b64encode(piece).decode()})
        agent.call("guest-file-close", {"handle": handle})
        self.shell(f"tar -C {where} --no-same-owner --overwrite -xzf /tmp/put.tar.gz && rm /tmp/put.tar.gz")

    def install(self) -> None:
        """This source tree in place of what the image was built from: packages, shipped configuration, units, rig."""
        code = {str(one.relative_to(SOURCE_TREE)): one.read_bytes() for name in PACKAGES for one in _files(name)}
        self.shell(f"cd {SITE_PACKAGES} && rm -rf {' '.join(PACKAGES)}")
        self._unpack(code, SITE_PACKAGES)
        shared = {
            str(one.relative_to(SOURCE_TREE)): one.read_bytes()
            for name in ("config", "systemd")
            for one in _files(name)
        }
        self._unpack(shared, "/opt/roomwatch/share/roomwatch")
        rig = {one.name: one.read_bytes() for one in (Path(__file__).parent / "guest").iterdir() if one.is_file()}
        self._unpack(rig, "/opt/rig")
        self.shell(
            "cd /opt/roomwatch/share/roomwatch/systemd && install -Dm644 -t /etc/systemd/system *.service &&"
            " install -Dm644 -t /etc/systemd/user user/* && install -m644 sysusers.d/* /etc/sysusers.d/ &&"
            " install -m644 tmpfiles.d/* /etc/tmpfiles.d/ && install -m644 udev/* /etc/udev/rules.d/ &&"
            " install -m644 polkit/* /etc/polkit-1/rules.d/ && systemctl daemon-reload && systemd-sysusers &&"
            " systemd-tmpfiles --create roomwatch.conf &&"
            f" /opt/roomwatch/bin/python -m compileall -q {' '.join(f'{SITE_PACKAGES}/{one}' for one in PACKAGES)}",
            seconds=300,
        )


def _files(name: str) -> list[Path]:
    return sorted(one for one in (SOURCE_TREE / name).rglob("*") if one.is_file() and "__pycache__" not in one.parts)


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("boot").add_argument("--cold", action="store_true", help="and take the snapshot anew")
    execute = verbs.add_parser("exec")
    execute.add_argument("line")
    execute.add_argument("--seconds", type=float, default=120.0)
    verbs.add_parser("install")
    verbs.add_parser("link").add_argument("state", choices=("up", "down"))
    verbs.add_parser("stop")
    given = parser.parse_args()
    machine = Machine()
    match given.verb:
        case "boot":
            print(machine.boot(cold=given.cold))
        case "exec":
            done = machine.shell(given.line, seconds=given.seconds, check=False)
            sys.stdout.write(done.stdout)
            sys.stderr.write(done.stderr)
            return done.returncode
        case "install":
            machine.install()
        case "link":
            machine.link(given.state == "up")
        case "stop":
            machine.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
