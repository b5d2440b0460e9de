"""Starts the daemon on a state folder whose journal cannot be opened at all: does it watch and alarm, and join the
journal once the obstacle is gone?

Each kind puts an obstacle, starts the daemon, ends a program and waits for the alarm and for `journal_writable 0`; then
takes the obstacle away and waits until the incident stands in the journal. Kinds that mount need root. JSON lines:
seconds from the program's end to the alarm for each kind. Exits 0 whatever the figures are.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.damage import SETTINGS
from bench.room import Receiver, Room, has_incident, line

JOINED_WITHIN = 60.0
"""Seconds: the journal is tried again every 10, the socket every 15."""
WATCHED_AFTER = 5.0
"""Seconds until the probe has seen the program: without its socket the daemon cannot be asked."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """put, take_away: given the state folder, which does not exist before."""

    put: Callable[[Path], None]
    take_away: Callable[[Path], None]
    mounts: bool = False


def _folder_as_file(state: Path) -> None:
    (state / "journal.db").mkdir(parents=True)


def _file_as_folder(state: Path) -> None:
    state.write_text("a file stands here")


def _link_to_nowhere(state: Path) -> None:
    state.mkdir()
    (state / "journal.db").symlink_to("/proc/nowhere/journal.db")


def _mount(state: Path, options: str) -> None:
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "roomwatch-bench", str(state)], check=True)


def _remount(state: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(state)], check=True)


def _fill(state: Path) -> None:
    _mount(state, "size=64k")
    with contextlib.suppress(OSError), (state / "filler").open("wb", buffering=0) as filler:
        while filler.write(b"\0" * 4096):
            pass


def _make_room(state: Path) -> None:
    (state / "filler").unlink()
    _remount(state, "size=64m")


OBSTACLES: Mapping[str, Obstacle] = {
    "a folder stands in the journal's place": Obstacle(_folder_as_file, lambda state: None),
    "a file stands in the folder's place": Obstacle(_file_as_folder, lambda state: state.unlink()),
    "the journal is a link to nowhere": Obstacle(_link_to_nowhere, lambda state: (state / "journal.db").unlink()),
    "the folder is read-only": Obstacle(
        lambda state: _mount(state, "ro"), lambda state: _remount(state, "rw,size=64m"), mounts=True
    ),
    "the disk is full": Obstacle(_fill, _make_room, mounts=True),
    "no i-node is left": Obstacle(
        lambda state: _mount(state, "nr_inodes=1"), lambda state: _remount(state, "nr_inodes=1000"), mounts=True
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """alarmed_after: seconds from the program's end. joined: the incident stood in the journal at the end."""

    alarmed_after: float
    told_of_the_journal: bool
    unwritable: bool
    joined: bool
    traceback: bool


async def trial(kind: str, folder: Path) -> Outcome:
    """Raises TimeoutError where no alarm came."""
    obstacle = OBSTACLES[kind]
    folder.mkdir(parents=True)
    receiver = Receiver()
    await receiver.start()
    room = Room(folder, receiver.port, SETTINGS)
    state = folder / "state"
    obstacle.put(state)
    room.start_program()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    log = (folder / "log").open("wb")
    daemon = subprocess.Popen(room.command(), stderr=log, env=dict(os.environ))
    try:
        await receiver.next("Journal", 30)
        await asyncio.sleep(WATCHED_AFTER)
        room.kill_program()
        ended = loop.time() - begun
        alarmed = await receiver.next("not running", 30) - begun - ended
        text = (folder / "log").read_text(errors="replace")
        unwritable = daemon.poll() is None and ("going on from memory" in text or "is kept as it was" in text)
        obstacle.take_away(state)
        joined = False
        end = loop.time() + JOINED_WITHIN
        while not joined and loop.time() < end:
            await asyncio.sleep(0.5)
            joined = has_incident(state, "app_not_running")
        return Outcome(
            alarmed_after=alarmed,
            told_of_the_journal=True,
            unwritable=unwritable,
            joined=joined,
            traceback="Traceback" in (folder / "log").read_text(errors="replace"),
        )
    finally:
        room.kill_program()
        daemon.terminate()
        daemon.wait(30)
        log.close()
        await receiver.close()
        if obstacle.mounts:
            await asyncio.to_thread(subprocess.run, ["umount", str(state)], check=False)


async def work(kinds: list[str]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="rw-unusable-"))
    try:
        for number, kind in enumerate(kinds):
            try:
                seen = await trial(kind, folder / str(number))
            except TimeoutError:
                line("unusable_journal", kind, "not_alarmed", 1, "count")
                continue
            line("unusable_journal", kind, "not_alarmed", 0, "count")
            line("unusable_journal", kind, "end_to_alarm", seen.alarmed_after, "s")
            wrong = (not seen.told_of_the_journal, not seen.unwritable, not seen.joined, seen.traceback)
            line("unusable_journal", kind, "wrong", sum(wrong), "count", joined=seen.joined, traceback=seen.traceback)
    finally:
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", type=int, default=len(OBSTACLES), help="only so many of them")
    asyncio.run(work(list(OBSTACLES)[: parser.parse_args().kinds]))


if __name__ == "__main__":
    main()
