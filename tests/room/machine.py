"""The room's PC under QEMU: starts it, keeps and restores its state, pulls its cable, gives commands to it.

Without KVM it is about ten times slower than a real PC.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

BOOT_SECONDS = 400.0
TROUBLE = (RuntimeError, TimeoutError, LookupError, ValueError, OSError, EOFError)
"""What a guest that errs, hangs or has gone raises."""
MAC, MAC_WATCHING = "52:54:00:20:00:02", "52:54:00:20:00:99"
CPU = "Westmere,+rdrand"
"""Without AVX: QEMU 7.2 reads wrong addresses in some gathers of AVX2, and now and then numpy ends by a segmentation
fault."""
COMMAND_LINE = "console=ttyS0 quiet mitigations=off random.trust_cpu=on panic=-1 net.ifnames=0 tsc=reliable nowatchdog"


class Channel:
    """A line of JSON each way over a Unix socket: QEMU's monitor and the guest's agent both speak so."""

    def __init__(self, path: Path, timeout: float) -> None:
        self.link = socket.socket(socket.AF_UNIX)
        self.link.settimeout(timeout)
        try:
            self.link.connect(str(path))
        except OSError:
            self.link.close()
            raise
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
    """One guest. image: the folder of image.sh. run: where its disk, sockets and console log lie. network: the two taps
    of its wires and the namespace that has them; without, it has no network."""

    def __init__(self, image: Path, run: Path, namespace: str = "", taps: tuple[str, str] = ("", "")) -> None:
        self.image, self.run = image, run
        self._namespace, self._taps = namespace, taps
        self._agent: Channel | None = None
        self._process: subprocess.Popen[bytes] | None = None

    # ------------------------------------------------------------------ the machine

    @property
    def disk(self) -> Path:
        return self.run / "disk.qcow2"

    def start(self, snapshot: str = "") -> None:
        """From that snapshot, or cold from a fresh disk. Returns once it takes commands."""
        self.stop()
        self.run.mkdir(parents=True, exist_ok=True)
        if not snapshot:
            self.disk.unlink(missing_ok=True)
            base = self.image / "root.qcow2"
            subprocess.run(
                ["qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", self.disk], check=True
            )
        for name in ("monitor", "agent"):
            (self.run / name).unlink(missing_ok=True)
        command = self._command() + (["-loadvm", snapshot] if snapshot else [])
        with (self.run / "qemu.log").open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        (self.run / "pid").write_text(str(self._process.pid))
        self._connect(self._process)

    def _command(self) -> list[str]:
        inside = ["ip", "netns", "exec", self._namespace] if self._namespace else []
        wires = []
        for name, tap, mac in zip(("nic0", "nic1"), self._taps, (MAC, MAC_WATCHING), strict=True):
            if tap:
                wires += ["-netdev", f"tap,id=net-{name},ifname={tap},script=no,downscript=no"]
                wires += ["-device", f"virtio-net-pci,netdev=net-{name},id={name},mac={mac}"]
        return [
            *inside, "qemu-system-x86_64", "-M", "q35", "-m", "1536", "-smp", "2", "-nodefaults",
            "-display", "none", "-accel", "tcg,thread=multi,tb-size=512", "-cpu", CPU,
            "-kernel", f"{self.image}/vmlinuz", "-initrd", f"{self.image}/initrd.zst", "-append", COMMAND_LINE,
            "-drive", f"file={self.disk},if=none,id=disk,cache=unsafe,discard=unmap,format=qcow2",
            "-device", "virtio-blk-pci,drive=disk",
            "-object", "rng-random,filename=/dev/urandom,id=rng", "-device", "virtio-rng-pci,rng=rng",
            "-serial", f"file:{self.run}/console.log",
            "-qmp", f"unix:{self.run}/monitor,server=on,wait=off",
            "-device", "virtio-serial-pci", "-chardev", f"socket,id=agent,path={self.run}/agent,server=on,wait=off",
            "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
            "-acpitable", f"file={self.image}/power.aml", "-device", "pc-testdev",
            *wires,
        ]  # fmt: skip

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

    def _disconnect(self) -> None:
        if self._agent is not None:
            self._agent.link.close()
            self._agent = None

    def qmp(self, command: str, arguments: dict[str, Any] | None = None) -> Any:
        channel = Channel(self.run / "monitor", 300.0)
        with contextlib.closing(channel.link):
            channel.read()
            channel.call("qmp_capabilities")
            return channel.call(command, arguments)

    def _by_hand(self, line: str) -> None:
        """A command of QEMU's monitor that only people have. Raises RuntimeError with what it said."""
        if said := self.qmp("human-monitor-command", {"command-line": line}).strip():
            raise RuntimeError(f"{line}: {said}")

    def save(self, snapshot: str) -> None:
        """Disk and memory, under this name."""
        self._by_hand(f"savevm {snapshot}")

    def restore(self, snapshot: str) -> None:
        """Back to it, in about a second. Nothing in the guest notices but its clock, which says the time of then."""
        self._disconnect()
        self.power()
        self._by_hand(f"loadvm {snapshot}")
        self.link(True)
        self._by_hand("cont")
        self._connect()

    def has(self, snapshot: str) -> bool:
        if not self.disk.exists():
            return False
        done = subprocess.run(["qemu-img", "snapshot", "-l", self.disk], capture_output=True, text=True, check=True)
        return f" {snapshot} " in done.stdout

    def link(self, up: bool) -> None:
        """Plug or pull the network cable."""
        self.qmp("set_link", {"name": "nic0", "up": up})

    def power(self, *, mains: bool = True, used: int = 0) -> None:
        """Mains and hundredths of the battery that are used: see power.asl."""
        self._by_hand(f"o /1 0xe0 {int(not mains)}")
        self._by_hand(f"o /1 0xe1 {used}")

    def power_cut(self) -> None:
        """Off and on again: nobody in the guest is told, and only what the disk holds is left."""
        self._disconnect()
        self.qmp("system_reset")
        self._connect()

    def power_cut_and_examine(self) -> str:
        """As ``power_cut``, with a look at the disk as it is at the cut: what e2fsck holds against it once the file
        system's own journal is played back, "" for nothing."""
        self._disconnect()
        self.qmp("stop")
        copy = self.run / "cut.ext4"
        try:
            converting = ["qemu-img", "convert", "-U", "-f", "qcow2", "-O", "raw", str(self.disk), str(copy)]
            subprocess.run(converting, check=True)
            subprocess.run(["e2fsck", "-p", copy], capture_output=True, check=False)
            found = subprocess.run(["e2fsck", "-fn", copy], capture_output=True, text=True, check=False)
        finally:
            copy.unlink(missing_ok=True)
            self.qmp("system_reset")
            self.qmp("cont")
        self._connect()
        return found.stdout[-600:] if found.returncode else ""

    def stop(self) -> None:
        """End QEMU, if it runs; by its own monitor, else by its pid."""
        self._disconnect()
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
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
                    "DEBIAN_FRONTEND=noninteractive"],
        }  # fmt: skip
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

    def put(self, files: dict[str, bytes], mode: int = 0o644) -> None:
        """Write files: path in the guest → content."""
        memory = io.BytesIO()
        with tarfile.open(fileobj=memory, mode="w:gz") as archive:
            for name, content in files.items():
                entry = tarfile.TarInfo(name.lstrip("/"))
                entry.size, entry.mode, entry.mtime = len(content), mode, int(time.time())
                archive.addfile(entry, io.BytesIO(content))
        agent = self._connect()
        handle = agent.call("guest-file-open", {"path": "/root/put.tar.gz", "mode": "w"})
        rest = memory.getvalue()
        while rest:
            piece, rest = rest[:400_000], rest[400_000:]
            agent.call("guest-file-write", {"handle": handle, "buf-b64": base64.b64encode(piece).decode()})
        agent.call("guest-file-close", {"handle": handle})
        self.shell("tar -C / --no-same-owner --overwrite -xzf /root/put.tar.gz && rm /root/put.tar.gz")


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
