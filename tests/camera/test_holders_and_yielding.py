"""Who holds a device is found in the real /proc, and a second opener ends our child."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from probes.camera.hand_back_linux import give_way_to_others
from probes.camera.yielding_linux import OpenWatch
from probes.child.isolate import Isolation, IsolationError
from probes.linux.video_holders import find_video_holders


def hold(argument: dict[str, Any]) -> dict[str, Any]:
    """A child that opens the device once and streams for ever."""
    descriptor = os.open(argument["node"], os.O_RDWR)
    Path(argument["ready"]).touch()
    time.sleep(600)
    return {"never": descriptor}


def wait_for(path: Path) -> None:
    until = time.monotonic() + 15
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_this_process_is_found_with_its_name(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.touch()
    with device.open():
        found = find_video_holders(prefix=str(tmp_path / "video"))
        assert os.getpid() in [one.pid for one in found.of(str(device))]
        assert found.of(str(device), but=frozenset({os.getpid()})) == ()
    assert find_video_holders(prefix=str(tmp_path / "video")).of(str(device)) == ()


def test_refused_and_vanished_processes_are_counted_and_passed_over(tmp_path: Path) -> None:
    (tmp_path / "12" / "fd").mkdir(parents=True)
    (tmp_path / "12" / "fd" / "3").symlink_to("/dev/video2")
    (tmp_path / "13").mkdir()
    (tmp_path / "not-a-pid").mkdir()
    found = find_video_holders(tmp_path)
    assert [str(one) for one in found.of("/dev/video2")] == ["? (pid 12)"]
    assert find_video_holders(tmp_path / "absent").by_node == {}


async def test_a_second_opener_ends_the_child_and_frees_the_device(tmp_path: Path) -> None:
    device, ready = tmp_path / "video0", tmp_path / "ready"
    device.touch()
    isolation = Isolation()
    with OpenWatch(str(device), lambda: isolation.kill("video0")) as watch:
        child = asyncio.create_task(
            isolation.run(f"{__name__}:hold", {"node": str(device), "ready": str(ready)}, key="video0", deadline=20)
        )
        await asyncio.to_thread(wait_for, ready)
        assert not watch.fired, "our own opening does not make us yield"
        with device.open():
            with pytest.raises(IsolationError):
                await child
            others = [one for one in find_video_holders(prefix=str(device)).of(str(device)) if one.pid != os.getpid()]
    assert watch.fired
    assert others == []


async def test_openings_one_after_another_are_no_reason_to_yield(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.touch()
    fired: list[int] = []
    with OpenWatch(str(device), lambda: fired.append(1)):
        for _ in range(3):
            with device.open():
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.01)
    assert fired == []


async def test_a_node_that_cannot_be_watched_is_no_error(tmp_path: Path) -> None:
    with OpenWatch(str(tmp_path / "gone"), lambda: None) as watch:
        await asyncio.sleep(0)
    assert not watch.fired


def hold_and_give_way(argument: dict[str, Any]) -> dict[str, Any]:
    """As `hold`, in a child that watches for itself, as a capture does."""
    give_way_to_others(argument["node"])
    return hold(argument)


async def test_the_child_gives_way_by_itself_when_its_parent_is_busy(tmp_path: Path) -> None:
    device, ready = tmp_path / "video0", tmp_path / "ready"
    device.touch()
    wanted = {"node": str(device), "ready": str(ready)}
    child = asyncio.create_task(Isolation().run(f"{__name__}:hold_and_give_way", wanted, key="video0", deadline=60))
    await asyncio.to_thread(wait_for, ready)
    assert not child.done(), "its own opening does not end it"
    with device.open(), pytest.raises(IsolationError, match="ended by signal 9"):
        await child


async def test_an_opening_that_ended_the_child_counts_though_we_come_late_to_read_it(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.touch()
    with OpenWatch(str(device), lambda: None, own_openings=0) as watch, device.open():
        pass  # no turn of the event loop
    assert watch.fired


async def test_the_net_catches_the_child_that_held_the_device_and_no_later_one(tmp_path: Path) -> None:
    isolation, ready = Isolation(), tmp_path / "ready"
    (tmp_path / "node").touch()
    wanted = {"node": str(tmp_path / "node"), "ready": str(ready)}
    first = asyncio.create_task(isolation.run(f"{__name__}:hold", wanted, key="video0", deadline=60))
    await asyncio.to_thread(wait_for, ready)
    isolation.kill("video0", 0.2)
    isolation.kill("video0")
    with pytest.raises(IsolationError, match="ended by signal 9"):
        await first
    ready.unlink()
    second = asyncio.create_task(isolation.run(f"{__name__}:hold", wanted, key="video0", deadline=60))
    await asyncio.to_thread(wait_for, ready)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(second), 0.5)
    isolation.kill("video0", 0.01)
    with pytest.raises(IsolationError, match="ended by signal 9"):
        await second
