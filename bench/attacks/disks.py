"""The disk of a running daemon's journal is full, has no i-node left or fails, or its folder is deleted; then it works.

Each kind has a daemon of its own, and a program of the room that is ended meanwhile. Needs root: it mounts.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.attacks.attack import Figure, Figures, Size
from bench.damage import SETTINGS
from bench.room import Receiver, Room, has_incident

NOTICED_WITHIN = 60.0
"""Seconds in which the daemon must say that the journal is not written: it writes when there is something to write."""
JOINED_WITHIN = 90.0
IMAGE_BYTES = 48 << 20
"""The smallest in which ext4 keeps a journal of its own."""


@dataclass(frozen=True, slots=True)
class Kind:
    """mount: what lies under the state folder before the start, as arguments of mount. put, mend: given the folder."""

    mount: tuple[str, ...]
    put: Callable[[Path], None]
    mend: Callable[[Path], None]


def _fill(state: Path) -> None:
    with contextlib.suppress(OSError), (state / "filler").open("wb", buffering=0) as filler:
        while filler.write(b"\0" * 4096):
            pass


def _use_up_inodes(state: Path) -> None:
    (state / "many").mkdir()
    with contextlib.suppress(OSError):
        for number in range(10_000):
            (state / "many" / str(number)).touch()
    for name in ("journal.db-wal", "journal.db-shm"):
        (state / name).unlink(missing_ok=True)  # what must be made anew cannot be
        with contextlib.suppress(OSError):
            (state / "many" / name).touch()


def _fail(state: Path) -> None:
    """As ext4 does by itself when its disk fails: no write is taken any more, open files included."""
    subprocess.run(["mount", "-o", "remount,abort", str(state)], check=False, capture_output=True)


def _replace_disk(state: Path) -> None:
    image = state.parent / "image"
    subprocess.run(["umount", "--lazy", str(state)], check=True)
    copy = state.parent / "mended"
    shutil.copy(image, copy)
    subprocess.run(["e2fsck", "-fy", str(copy)], check=False, capture_output=True)
    subprocess.run(["mount", "-o", "loop", str(copy), str(state)], check=True)


TMPFS = ("-t", "tmpfs", "roomwatch-bench")
KINDS: Mapping[str, Kind] = {
    "full": Kind(("-o", "size=4m", *TMPFS), _fill, lambda state: (state / "filler").unlink()),
    "folder deleted": Kind((), shutil.rmtree, lambda state: None),
    "no i-node": Kind(("-o", "nr_inodes=40", *TMPFS), _use_up_inodes, lambda state: shutil.rmtree(state / "many")),
    "read-only": Kind(("-o", "loop,errors=remount-ro"), _fail, _replace_disk),
}


@contextlib.contextmanager
def _mounted(kind: Kind, folder: Path) -> Iterator[Path]:
    state = folder / "state"
    state.mkdir()
    arguments = list(kind.mount)
    if arguments and arguments[-1] != TMPFS[-1]:
        with (folder / "image").open("wb") as image:
            image.truncate(IMAGE_BYTES)
        subprocess.run(["mkfs.ext4", "-q", str(folder / "image")], check=True)
        arguments.append(str(folder / "image"))
    if arguments:
        subprocess.run(["mount", *arguments, str(state)], check=True)
    try:
        yield state
    finally:
        if arguments:
            subprocess.run(["umount", "--lazy", str(state)], check=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    alarmed_after: float
    told: bool
    joined: bool
    tracebacks: int


async def trial(kind: Kind, folder: Path) -> Outcome:
    receiver = Receiver()
    await receiver.start()
    room = Room(folder, receiver.port, SETTINGS)
    loop = asyncio.get_running_loop()
    with _mounted(kind, folder) as state:
        room.start_program()
        await room.start()
        await asyncio.sleep(2)
        try:
            kind.put(state)
            begun = loop.time()
            room.kill_program()
            alarmed = await receiver.next("not running", 60) - begun
            told = await _until(lambda: "ournal" in (folder / "log").read_text(errors="replace"), NOTICED_WITHIN)
            kind.mend(state)
            joined = await _until(lambda: has_incident(state, "app_not_running"), JOINED_WITHIN)
        finally:
            room.stop()
            await receiver.close()
    return Outcome(
        alarmed_after=alarmed,
        told=told,
        joined=joined,
        tracebacks=(folder / "log").read_text(errors="replace").count("Traceback"),
    )


async def _until(condition: Callable[[], bool], seconds: float) -> bool:
    end = asyncio.get_running_loop().time() + seconds
    while not (found := condition()) and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.3)
    return found


async def disks(size: Size) -> Figures:
    seen = []
    for name in list(KINDS)[: size.number]:
        with tempfile.TemporaryDirectory(prefix="rw-disk-") as folder:
            seen.append(await trial(KINDS[name], Path(folder)))
    return {
        "kinds": Figure(len(seen)),
        "longest delay of an alarm": Figure(max(one.alarmed_after for one in seen), "s"),
        "not told": Figure(sum(not one.told for one in seen)),
        "not in the journal once mended": Figure(sum(not one.joined for one in seen)),
        "tracebacks": Figure(sum(one.tracebacks for one in seen)),
    }
