"""A real daemon looks whether a remedy can be done, asks, does it on a person's word, and says what came of it."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from probes.software.processes_linux import ProcessTable
from tests.end_to_end.test_killed_program import NAME, Receiver, Room, receiver
from tests.open_folders import open_folder
from tests.remedies.room_user import UID, RoomUser

__all__ = ["receiver"]

REMEDY = """[remedies.app]
kind = "restart_application"
faults = ["app_not_running"]
notice = 3
"""
SCREEN = 'screen_shows = ["restart"]\n'
SESSIONS = "/run/roomwatch-session"
IN_SESSION = f'mount -t tmpfs none /run && mkdir {SESSIONS} && mount --bind $0 {SESSIONS} && exec "$@"'
"""The daemon finds the room user's socket where it looks for it, and this machine's own /run stays as it is."""


@pytest.fixture
def user() -> Iterator[RoomUser]:
    with open_folder() as folder, RoomUser(folder) as user:
        sleep = shutil.which("sleep")
        assert sleep is not None
        shutil.copy(sleep, user.folder / NAME)
        conf = f'executables = ["{NAME}"]\nstart = ["{user.folder}/{NAME}", "600"]\n'
        (user.etc / "roomwatch.toml").write_text(f"[probes.software.applications.conf]\n{conf}")
        user.allow_screen("127.0.0.1")
        yield user


async def test_a_remedy_waits_for_a_word_is_shown_in_the_room_carried_out_and_its_result_is_told(
    tmp_path: Path, receiver: Receiver, user: RoomUser
) -> None:
    room = Room(tmp_path, receiver.port)
    room.within = ("unshare", "--mount", "sh", "-c", IN_SESSION, str(user.sockets))
    (tmp_path / "plan.toml").write_text(SCREEN + (tmp_path / "plan.toml").read_text() + REMEDY)
    room.start_program()
    await room.start()
    try:
        room.kill_program()
        asked = await receiver.wait_for("your word is needed")
        assert "restart of conf" in asked["title"]
        assert "roomwatch remedy approve 1" in asked["message"]
        assert owners_of(NAME) == [], "nothing is done before somebody says so"
        approved = room.roomwatch("remedy", "approve", "1", "--by", "Li Wei")
        assert "people are told first" in approved.stdout, approved.stderr
        await receiver.wait_for("restart of conf at")
        await asyncio.to_thread(user.until, (user.home / "shown").exists, "the page on the room's display")
        assert re.search(r"--app=http://127\.0\.0\.1:\d+/screen\n", (user.home / "shown").read_text())
        recovered = await receiver.wait_for("recovered", seconds=60)
        assert owners_of(NAME) == [UID], "it runs again, as the room's user"
        assert "What was done: restart of conf." in recovered["message"]
        # The program can be seen running before its starter has given its result back.
        await until_written("remedy_verified", tmp_path / "state")
        begun = ("proposed", "waits", "approved", "word", "announced")
        assert written(tmp_path / "state") == [f"remedy_{one}" for one in (*begun, "running", "done", "verified")]
        closed = ("inactive", "unknown", "")
        await asyncio.to_thread(
            user.until, lambda: user.ctl("is-active", "roomwatch-screen") in closed, "the end of the page"
        )
    finally:
        room.end()


async def test_a_remedy_that_this_machine_cannot_do_is_written_down_and_offered_to_nobody(
    tmp_path: Path,
    receiver: Receiver,
) -> None:
    """Nobody is logged in here, or root is: neither session may be touched."""
    room = Room(tmp_path, receiver.port)
    plan = tmp_path / "plan.toml"
    plan.write_text(plan.read_text() + REMEDY)
    room.start_program()
    await room.start()
    try:
        room.kill_program()
        await receiver.wait_for("Room 12: Conferencing program conf is not running")
        await until_written("remedy_impossible", room.folder / "state")
        assert not [one["title"] for one in receiver.messages if "restart of conf" in one["title"]]
    finally:
        room.end()


async def until_written(verb: str, state: Path) -> None:
    async with asyncio.timeout(30):
        while verb not in written(state):
            await asyncio.sleep(0.1)


def written(state: Path) -> list[str]:
    """What became of remedies, by the journal."""
    with closing(sqlite3.connect(f"file:{state / 'journal.db'}?mode=ro", uri=True)) as journal:
        rows = journal.execute("select verb from events where verb like 'remedy%' order by seq").fetchall()
    return [verb for (verb,) in rows]


def owners_of(name: str) -> list[int]:
    """The user ids of the processes of that name."""
    return [psutil.Process(one.pid).uids().real for one in ProcessTable().look(Path("/proc")) if one.name == name]
