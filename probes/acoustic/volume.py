"""The loudspeaker's volume during the check: never raised, lowered where it is high, and put back whatever happens.

What it was is written to a file before it is changed: a daemon that dies in between puts it back at its next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

import msgspec

from probes.child.process_end import kill
from probes.linux.pactl_answer import NORMAL_VOLUME
from probes.linux.sound_devices import Node
from probes.linux.sound_server import Session

FILE = "acoustic-volume.json"


class KeptVolume(msgspec.Struct, frozen=True, kw_only=True):
    """A sink and its volume, 1.0 is 100 %."""

    sink: str
    volume: float


async def lower(sink: Node, most: float, session: Session, state: Path) -> KeptVolume | None:
    """Lower a sink to ``most``; what it was, for put_back(); None where it is not louder."""
    if sink.volume <= most + 0.005:
        return None
    kept = KeptVolume(sink=sink.name, volume=sink.volume)
    with contextlib.suppress(OSError):  # a full disk: it is put back below all the same
        (state / FILE).write_bytes(msgspec.json.encode(kept))
    await _set(sink.name, most, session)
    return kept


async def put_back(kept: KeptVolume | None, session: Session, state: Path) -> None:
    if kept is None:
        return
    await _set(kept.sink, kept.volume, session)
    with contextlib.suppress(OSError):
        (state / FILE).unlink(missing_ok=True)


def left_behind(state: Path) -> KeptVolume | None:
    """What an earlier process lowered and did not put back."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((state / FILE).read_bytes(), type=KeptVolume)
    return None


async def _set(sink: str, volume: float, session: Session) -> None:
    process = await asyncio.create_subprocess_exec(
        "pactl", "set-sink-volume", sink, str(round(volume * NORMAL_VOLUME)),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **session.environment()},
    )  # fmt: skip
    try:
        async with asyncio.timeout(session.query_seconds):
            await process.wait()
    except TimeoutError:
        kill(process)
        await process.wait()
