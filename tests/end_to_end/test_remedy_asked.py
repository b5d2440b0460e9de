"""A real daemon looks whether a remedy can be done before it offers it to anybody."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.end_to_end.test_killed_program import Receiver, Room, receiver

__all__ = ["receiver"]


async def test_a_remedy_that_this_machine_cannot_do_is_written_down_and_offered_to_nobody(
    tmp_path: Path,
    receiver: Receiver,
) -> None:
    """Nobody is logged in here, or root is: neither session may be touched."""
    room = Room(tmp_path, receiver.port)
    plan = tmp_path / "plan.toml"
    remedy = '[remedies.app]\nkind = "restart_application"\nfaults = ["app_not_running"]\nnotice = 0\n'
    plan.write_text(plan.read_text() + remedy)
    room.start_program()
    await room.start()
    try:
        room.kill_program()
        await receiver.wait_for("Room 12: Conferencing program conf is not running")
        async with asyncio.timeout(30):
            while not impossible(room.folder / "state"):
                await asyncio.sleep(0.1)
        assert not [one["title"] for one in receiver.messages if "restart of conf" in one["title"]]
    finally:
        room.end()


def impossible(state: Path) -> bool:
    """Whether the journal says that a remedy could not be done."""
    with closing(sqlite3.connect(f"file:{state / 'journal.db'}?mode=ro", uri=True)) as journal:
        return bool(journal.execute("select 1 from events where verb = 'remedy_impossible'").fetchall())
