"""CPU of one echo at 1,000 echoes to loopback, against fping, icmplib and the bare floor; and of the ladder at 15 s.

The ladder's figure is an hour of runs (240, with a clock that moves 15 s from one to the next) in the lab's room: 2
resolvers, 2 internet targets, 1 service over real TLS. Needs root and scripts/debian-packages-test; about 2 minutes.
Peers are measured in the same run where they are installed. Each figure is the median of --repeats runs.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import importlib.util
import ipaddress
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.room import line
from probes.network.echo_socket import echo
from probes.network.packets import EchoRequest
from tests.network.lab import FAR, FAR_OTHER, SETTINGS, WALL, Lab

ECHOES = 1000
LOOPBACK = ipaddress.ip_address("127.0.0.1")
RUNS, STEP = 240, 15.0
"""An hour of runs."""


def own() -> None:
    answer = asyncio.run(echo(LOOPBACK, count=ECHOES, interval=0.0, timeout=5.0))
    if len(answer.times) != ECHOES:
        raise SystemExit(f"only {len(answer.times)} of {ECHOES} echoes came back")


def floor() -> None:
    """A packet built once, one raw socket, blocking: what no event loop can go below."""
    request = EchoRequest(os.getpid() & 0xFFFF)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as made:
        made.setsockopt(255, 1, (0xFFFFFFFE).to_bytes(4, sys.byteorder))  # SOL_RAW, ICMP_FILTER: echo replies only
        made.settimeout(5)
        for sequence in range(ECHOES):
            made.sendto(request.numbered(sequence), ("127.0.0.1", 0))
            made.recv(256)


def icmplib() -> None:
    module = importlib.import_module("icmplib")
    module.ping("127.0.0.1", count=ECHOES, interval=0, timeout=5)


def fping() -> None:
    subprocess.run(["fping", "-q", "-c", str(ECHOES), "-p", "1", "127.0.0.1"], check=False, capture_output=True)


def cpu(work: Callable[[], None], repeats: int) -> float:
    """Median CPU seconds of one call, children included."""
    spent = []
    for _ in range(repeats):
        before = _used()
        work()
        spent.append(_used() - before)
    return statistics.median(spent)


def _used() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def echoes(repeats: int) -> None:
    own()  # imports and first sockets are not an echo's
    line("ping", "icmp", "cpu_us_per_echo", cpu(own, repeats) / ECHOES * 1e6, "us", echoes=ECHOES)
    floor_us = cpu(floor, repeats) / ECHOES * 1e6
    line("ping", "icmp", "cpu_us_per_echo", floor_us, "us", echoes=ECHOES, peer="raw socket, blocking")
    if importlib.util.find_spec("icmplib") is not None:
        icmplib()
        line(
            "ping", "icmp", "cpu_us_per_echo", cpu(icmplib, repeats) / ECHOES * 1e6, "us", echoes=ECHOES, peer="icmplib"
        )
    if shutil.which("fping"):
        line("ping", "icmp", "cpu_us_per_echo", cpu(fping, repeats) / ECHOES * 1e6, "us", echoes=ECHOES, peer="fping")


def ladder(runs: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        lab = Lab(Path(name))
        try:
            relay = ["turnserver", "-n", "--listening-ip", FAR, "--stun-only", "--no-cli", "--log-file", "stdout"]
            lab.serve(lab.far, *relay, "--simple-log", "--pidfile", f"{name}/turn.pid")
            inside = [sys.executable, "-m", "bench.ping", "--inside", name, "--runs", str(runs)]
            subprocess.run(["ip", "netns", "exec", lab.room, *inside], check=False)
        finally:
            lab.close()


async def hour(folder: Path, runs: int) -> None:
    """Inside the lab's room: runs as the daemon would make them; the figure is that of the 240 of an hour."""
    import msgspec

    from probes.child.isolate import Isolation
    from probes.network import Settings, probe
    from probes.reading import Context, Reading

    mine = {
        **SETTINGS,
        "timeout": 1.0,
        "resolvers": [WALL, WALL],
        "internet": [FAR, FAR_OTHER],
        "stun": [f"{FAR}:3478"],
    }
    mine |= {"services_file": str(folder / "services.toml"), "ca_file": str(folder / "ca.pem")}
    settings = msgspec.convert(mine, Settings)
    moment = 0.0
    memory: dict[str, object] = {"isolation": Isolation()}

    async def once() -> None:
        context = Context(
            now=time.time, monotonic=lambda: moment, in_meeting=False, wake="interval", state=folder, memory=memory
        )
        for one in await probe(settings, context):
            if isinstance(one, Reading) and one.finding:
                raise SystemExit(f"the room is not sound: {one}")

    await once()
    before, begun = _used(), time.monotonic()
    for _ in range(runs):
        moment += STEP
        await once()
        await asyncio.sleep(0.1)
    took = time.monotonic() - begun
    line(
        "ping",
        "ladder@15s",
        "cpu_s_per_hour",
        (_used() - before) * RUNS / runs,
        "s/h",
        runs=runs,
        wall_s=round(took, 1),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--case", choices=("icmp", "ladder"), action="append", default=None, help="Default: both.")
    parser.add_argument("--runs", type=int, default=RUNS, help="Of the ladder; 240 take five minutes.")
    parser.add_argument("--inside", type=Path, default=None, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside is not None:
        asyncio.run(hour(arguments.inside, arguments.runs))
        return
    cases = arguments.case or ("icmp", "ladder")
    if "icmp" in cases:
        echoes(arguments.repeats)
    if "ladder" in cases:
        ladder(arguments.runs)


if __name__ == "__main__":
    main()
