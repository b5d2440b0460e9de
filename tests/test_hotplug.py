"""The kernel's own word about devices that come and go."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

from monitor.linux.hotplug import KERNEL_GROUP, NETLINK_KOBJECT_UEVENT, HotplugListener

LOOPBACK = Path("/sys/class/net/lo/uevent")
"""Every machine has one, and the kernel announces it again when asked."""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may ask the kernel to announce a device again")
async def test_a_burst_of_the_kernels_events_wakes_its_probe_once() -> None:
    woken: list[tuple[str, str]] = []
    told = asyncio.Event()

    def on_change(probe: str, action: str) -> None:
        woken.append((probe, action))
        told.set()

    listener = HotplugListener(on_change, {"net": ("camera",)})
    listener.start()
    try:
        for action in ("remove", "add", "change"):
            LOOPBACK.write_text(action)
        await asyncio.wait_for(told.wait(), 30)
    finally:
        listener.close()
    assert woken == [("camera", "remove")]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may send to the group")
async def test_another_process_that_claims_to_be_the_kernel_is_not_believed() -> None:
    woken: list[str] = []
    told = asyncio.Event()

    def on_change(probe: str, action: str) -> None:
        woken.append(probe)
        told.set()

    listener = HotplugListener(on_change, {"video4linux": ("forged",), "net": ("real",)})
    listener.start()
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_KOBJECT_UEVENT) as forger:
            forger.bind((0, 0))
            forger.sendto(b"remove@/x\0ACTION=remove\0SUBSYSTEM=video4linux\0", (0, KERNEL_GROUP))
        LOOPBACK.write_text("change")
        await asyncio.wait_for(told.wait(), 30)
    finally:
        listener.close()
    assert woken == ["real"]
