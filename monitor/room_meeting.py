"""Asks who holds the room's camera and microphone, and concludes whether a meeting runs. Linux: by /proc."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from alerting.meeting_state import MeetingState
from monitor.meeting import Evidence, conclude
from probes.isolate import Isolation

PACE_SECONDS = 5.0
"""A walk of /proc/*/fd costs 8 ms of CPU at 343 processes: every 5 s that is 6 CPU-s an hour, so it is only made
when a device's node says that somebody has it open."""


class RoomMeeting:
    """Looks again every ``pace`` seconds."""

    pace = PACE_SECONDS

    def __init__(self, isolation: Isolation, *, proc: Path = Path("/proc"), dev: Path = Path("/dev")) -> None:
        self._isolation = isolation
        self._proc = proc
        self._dev = dev

    async def look(self) -> MeetingState:
        return conclude(await asyncio.to_thread(self.evidence))

    def evidence(self) -> list[Evidence]:
        """What the microphone's substreams and the camera's holders say."""
        found = [self._sound()] if (self._proc / "asound").is_dir() else []
        if any(self._dev.glob("video*")):
            found.append(self._camera())
        return found

    def _sound(self) -> Evidence:
        """ALSA says itself whether a capture substream runs, and for which process."""
        for status in sorted((self._proc / "asound").glob("card*/pcm*c/sub*/status")):
            try:
                text = status.read_text()
            except OSError:
                continue
            if "RUNNING" in text:
                owner = next((line.split()[-1] for line in text.splitlines() if line.startswith("owner_pid")), "")
                if owner and self._is_ours(int(owner)):
                    continue
                return Evidence(source="microphone", running=True, sure=0.6, detail=f"in use by pid {owner}")
        return Evidence(source="microphone", running=False, sure=0.7)

    def _camera(self) -> Evidence:
        refused = 0
        for folder in self._proc.iterdir():
            if not folder.name.isdigit():
                continue
            try:
                for entry in os.scandir(folder / "fd"):
                    place = os.readlink(entry.path)  # noqa: PTH115 (8 ms a walk, not 20)
                    if place.startswith(str(self._dev / "video")) and not self._is_ours(int(folder.name)):
                        name = (folder / "comm").read_text().strip()
                        return Evidence(source="camera", running=True, sure=0.9, detail=f"held by {name}")
            except PermissionError:
                refused += 1
            except OSError:
                continue
        if refused and os.geteuid() != 0:
            return Evidence(source="camera", running=None, sure=0.0, detail="may not look at other users' processes")
        return Evidence(source="camera", running=False, sure=0.8)

    def _is_ours(self, pid: int) -> bool:
        return pid == os.getpid() or any(child.pid == pid for child in self._isolation.running.values())
