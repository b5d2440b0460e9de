"""Kernel events reach the callback, renewals do not."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from tests.network.lab import ROOM, Lab, run

pytestmark = pytest.mark.root

LISTEN = """
import asyncio
from monitor.linux.netlink import NetlinkListener
async def main():
    listener = NetlinkListener(lambda kind, interface: print(kind, interface, flush=True))
    listener.start()
    print("ready", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def test_carrier_address_and_route_changes_are_heard_at_once_and_renewals_are_not(lab: Lab) -> None:
    listener: subprocess.Popen[str] = lab.start(lab.room, sys.executable, "-c", LISTEN)
    assert listener.stdout is not None
    run(
        "ip",
        "-n",
        lab.room,
        "address",
        "change",
        f"{ROOM}/24",
        "dev",
        "eth0",
        "valid_lft",
        "9000",
        "preferred_lft",
        "9000",
    )
    run(
        "ip",
        "-n",
        lab.room,
        "address",
        "change",
        f"{ROOM}/24",
        "dev",
        "eth0",
        "valid_lft",
        "forever",
        "preferred_lft",
        "forever",
    )
    run("ip", "-n", lab.wall, "link", "set", "in0", "down")
    assert listener.stdout.readline() == "link-down eth0\n"
    run("ip", "-n", lab.wall, "link", "set", "in0", "up")
    assert listener.stdout.readline() == "link-up eth0\n"
    run("ip", "-n", lab.room, "address", "add", "10.77.0.7/24", "dev", "eth0")
    assert listener.stdout.readline() == "address eth0\n"
    run("ip", "-n", lab.room, "address", "delete", "10.77.0.7/24", "dev", "eth0")
    assert listener.stdout.readline() == "address eth0\n"
    run("ip", "-n", lab.room, "route", "add", "default", "via", "10.77.0.1", "metric", "9")
    assert listener.stdout.readline() == "route eth0\n"
    run("ip", "-n", lab.room, "route", "delete", "default", "via", "10.77.0.1", "metric", "9")
    assert listener.stdout.readline() == "route eth0\n"
    listener.kill()


def test_a_renewed_lease_of_a_real_dhcp_client_is_not_heard(lab: Lab) -> None:
    server = lab.lend()
    listener: subprocess.Popen[str] = lab.start(lab.room, sys.executable, "-c", LISTEN)
    script = lab.folder / "lease.sh"
    script.write_text(
        '#!/bin/sh\n[ "$1" = bound ] || [ "$1" = renew ] || exit 0\n'
        f'ip address replace "$ip/24" dev eth0 valid_lft "$lease" preferred_lft "$lease"\n'
        f'echo "$1" >>{lab.folder}/leased\n'
    )
    script.chmod(0o755)
    client = subprocess.Popen(
        ["ip", "netns", "exec", lab.room, "busybox", "udhcpc", "-f", "-i", "eth0", "-s", str(script)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    leased = lab.folder / "leased"
    try:
        assert listener.stdout is not None
        assert listener.stdout.readline() == "address eth0\n"  # the lease itself
        for wanted in (2, 3):
            client.send_signal(signal.SIGUSR1)
            deadline = time.monotonic() + 60
            while not leased.exists() or len(leased.read_text().split()) < wanted:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        run("ip", "-n", lab.room, "address", "add", "10.77.0.8/24", "dev", "eth0")
        run("ip", "-n", lab.room, "route", "add", "default", "via", "10.77.0.1", "metric", "9")
        assert listener.stdout.readline() == "address eth0\n"
        assert listener.stdout.readline() == "route eth0\n"  # nothing of the renewals stood between
    finally:
        for process in (client, listener, server):
            process.kill()
            process.wait()
        run("ip", "-n", lab.room, "address", "flush", "dev", "eth0", "scope", "global")
        run("ip", "-n", lab.room, "address", "add", f"{ROOM}/24", "dev", "eth0")
        run("ip", "-n", lab.room, "route", "add", "default", "via", "10.77.0.1")


def test_the_hardware_address_is_the_namespace_s_own_whatever_sysfs_is_mounted(lab: Lab) -> None:
    # nsenter --net keeps the host's /sys, as a container's joined network does: another eth0 lies there, or none.
    ask = "print(link.named('eth0', Path('/sys')).hardware.hex(':'))"
    code = f"from pathlib import Path; from probes.network import link; {ask}"
    said = run("nsenter", f"--net=/run/netns/{lab.room}", sys.executable, "-c", code)
    wanted = run("ip", "-n", lab.room, "-br", "link", "show", "eth0").split()[2]
    assert said.strip() == wanted
