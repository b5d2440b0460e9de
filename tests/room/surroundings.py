"""What lies around the room's PC: switch, router, everything far away, and a wire on which the tests watch.

The networks are those of bench/network_lab, with the guest's cable in the switch where the lab has its room.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.network_lab import far
from bench.network_lab.world import ROOM, ROUTER, ROUTER6, World, run
from tests.room.machine import MAC

NAME = "vr"
TAP, TAP_WATCHING = "vrcable", "vrwatch"
WATCHER, GUEST = "172.31.0.1", "172.31.0.2"
HOOK = f"json://{WATCHER}:8099/hook"
MAIL_PORT = 8025
REPOSITORY_PORT = 8000
ROUTER_MAC = "52:54:00:20:00:01"
"""Always the same: the guest's memory of its gateway comes out of a snapshot."""


@dataclass
class Seen:
    """Since the last ``forget``, by this machine's monotonic clock. faults: code → when /metrics first had it, of those
    that no other fault explains. open: those of the newest scrape. answered: when that was."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    faults: dict[str, float] = field(default_factory=dict)
    explained: dict[str, float] = field(default_factory=dict)
    gone: dict[str, float] = field(default_factory=dict)
    open: frozenset[str] = frozenset()
    answered: float = 0.0


class Surroundings:
    def __init__(self, folder: Path) -> None:
        for one in ("room", "sw", "rt", "far"):
            run("ip", "netns", "delete", f"{NAME}{one}", check=False)
        folder.mkdir(parents=True, exist_ok=True)
        self.world = World(folder, NAME)
        self.namespace = self.world.switch
        self.seen = Seen()
        self.announcing: subprocess.Popen[str] | None = None
        self._leases()
        self._wires()
        command = [sys.executable, "-m", "tests.room.watcher", WATCHER, f"http://{GUEST}:9720/metrics", str(MAIL_PORT)]
        self.watcher = self.world.start(self.namespace, *command)
        threading.Thread(target=self._listen, daemon=True).start()

    def _leases(self) -> None:
        self.world.ip(self.world.router, f"link set lan0 address {ROUTER_MAC}")
        self.leases = self.lend()

    def lend(self) -> subprocess.Popen[str]:
        """The router lends addresses."""
        command = ["dnsmasq", "-k", "--port=0", "--conf-file=/dev/null", "--interface=lan0", "--bind-interfaces"]
        command += [
            "--user=root",
            "--pid-file=",
            "--dhcp-authoritative",
            f"--dhcp-leasefile={self.world.folder}/leases",
        ]
        command += [f"--dhcp-range={ROOM},{ROOM},12h", f"--dhcp-host={MAC},{ROOM}", f"--dhcp-option=3,{ROUTER}"]
        command += [f"--dhcp-option=6,{far.RESOLVER}"]
        return self.world.serve(self.world.router, *command)

    def _wires(self) -> None:
        self.world.ip(self.world.room, "link delete eth0")  # the lab's own room, at the guest's address
        for tap in (TAP, TAP_WATCHING):
            self.world.ip(self.namespace, f"tuntap add {tap} mode tap")
        self.world.ip(self.namespace, f"link set {TAP} master br0")
        self.world.ip(self.namespace, f"address add {WATCHER}/24 dev {TAP_WATCHING}")
        for tap in (TAP, TAP_WATCHING):
            self.world.ip(self.namespace, f"link set {tap} up")

    def serve(self, folder: Path) -> None:
        """The site's web server, with this folder."""
        command = [sys.executable, "-m", "http.server", str(REPOSITORY_PORT), "--bind", WATCHER]
        self.world.serve(self.namespace, *command, "--directory", str(folder))

    def _listen(self) -> None:
        assert self.watcher.stdout is not None
        with suppress(ValueError):
            for line in self.watcher.stdout:
                self._take(json.loads(line))

    def _take(self, one: dict[str, Any]) -> None:
        seen, at = self.seen, float(one["at"])
        if "message" in one:
            seen.messages.append(one)
            return
        for code, explained in one["faults"].items():
            kept = seen.explained if explained else seen.faults
            kept.setdefault(code, at)
            seen.gone.pop(code, None)
        for code in seen.open - one["faults"].keys():
            seen.gone[code] = at
        seen.open, seen.answered = frozenset(one["faults"]), at

    def forget(self) -> None:
        self.seen = Seen()

    def receiver(self, **what: str) -> None:
        """How the receivers behave from now on: hook or mail = "takes", "refuses" or "silent"."""
        assert self.watcher.stdin is not None
        self.watcher.stdin.write(json.dumps(what) + "\n")
        self.watcher.stdin.flush()
        time.sleep(0.2)

    def announce_six(self) -> None:
        """The router announces an IPv6 prefix and has no IPv6 way out."""
        self.world.ip(self.world.router, f"address replace {ROUTER6}/64 dev lan0 nodad")
        command = ["dnsmasq", "-k", "--port=0", "--conf-file=/dev/null", "--interface=lan0", "--bind-interfaces"]
        command += ["--user=root", "--pid-file=", "--enable-ra", "--dhcp-range=2001:db8:1::,ra-only"]
        self.announcing = self.world.serve(self.world.router, *command)

    def rules_away(self) -> None:
        run("ip", "netns", "exec", self.world.router, "nft", "flush", "ruleset", check=False)

    def sound(self) -> None:
        """All as it was at the start, whatever the last test has done."""
        self.rules_away()
        self.receiver(hook="takes", mail="takes")
        if self.leases.poll() is not None:
            self.leases = self.lend()
        if self.announcing is not None:
            self.announcing.kill()
            self.announcing.wait()
            self.announcing = None
            self.world.ip(self.world.router, f"address delete {ROUTER6}/64 dev lan0")
        for command in (f"address replace {ROUTER}/24 dev lan0", "link set lan0 up"):
            self.world.ip(self.world.router, command)
        self.world.ip(self.namespace, f"link set {TAP} up")
        self.world.ip(self.namespace, "link set p9 up")
        self.world.change(**far.CHANGES)

    def close(self) -> None:
        self.world.close()
