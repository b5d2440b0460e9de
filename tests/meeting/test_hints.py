"""Device hints: real inotify over a folder of stand-in nodes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from monitor.meeting.hints_linux import DeviceHints


async def test_a_camera_that_was_unplugged_and_came_back_between_two_looks_is_watched(tmp_path: Path) -> None:
    (tmp_path / "snd").mkdir()
    node = tmp_path / "video0"
    node.touch()
    changed = asyncio.Event()
    hints = DeviceHints(changed.set, tmp_path)
    assert hints.cameras == (str(node),)
    node.unlink()
    node.touch()
    assert hints.cameras == (str(node),)
    await asyncio.wait_for(changed.wait(), 30)
    changed.clear()
    with node.open():
        await asyncio.wait_for(changed.wait(), 30)
    hints.close()
