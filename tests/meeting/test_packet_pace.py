"""A pace of packets brings a whole look once it lasts: the network probe's own rounds bring none."""

from __future__ import annotations

from pathlib import Path

from monitor.meeting.room_meeting import PACE_SECONDS, RoomMeeting
from monitor.settings import load
from probes.child.isolate import Isolation

ROUND, CALL = 30, 250
"""Packets each way within one pace: of twenty bindings with names and a page, and of a call."""


class Room:
    """A room whose kernel counts what the test says. wholes: how many whole looks there were."""

    def __init__(self, folder: Path) -> None:
        (folder / "proc/net").mkdir(parents=True)
        (folder / "dev/snd").mkdir(parents=True)
        (folder / "roomwatch.toml").write_text(f'[probes.microphone.session]\nruntime_folder = "{folder}/none"\n')
        self.folder, self.now, self.packets, self.wholes = folder, 1000.0, 0, 0
        self.meeting = RoomMeeting(
            Isolation(), load(folder / "roomwatch.toml"), proc=folder / "proc", dev=folder / "dev", sys=folder / "sys",
            sessions=folder / "none", monotonic=lambda: self.now,
        )  # fmt: skip

    async def paces(self, *packets: int) -> int:
        """Let so many packets flow in each pace. Returns how many whole looks that brought."""
        before = self.wholes
        for number in packets:
            self.now += PACE_SECONDS
            self.packets += number
            udp = f"Udp: InDatagrams OutDatagrams\nUdp: {self.packets} {self.packets}\n"
            tcp = f"Tcp: InSegs OutSegs\nTcp: {self.packets} {self.packets}\n"
            (self.folder / "proc/net/snmp").write_text(tcp + udp)
            last = self.meeting.last
            await self.meeting.look()
            self.wholes += self.meeting.last is not last
        return self.wholes - before


async def test_own_rounds_bring_no_whole_look_and_a_call_brings_one_when_it_begins_and_when_it_ends(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path)
    try:
        await room.paces(0, 0, 0)
        assert await room.paces(ROUND, 0, ROUND, 0, 0, ROUND) == 0
        await room.paces(0)
        assert await room.paces(CALL, CALL, CALL) == 1
        assert await room.paces(0, CALL, CALL) == 0, "a call that moves to another server is silent for seconds"
        assert await room.paces(0, 0, 0) == 1
    finally:
        await room.meeting.close()
