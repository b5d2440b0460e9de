"""The acoustic check inside the room user's session: the same check, its outcome as numbers. No sound leaves the child.

The monitor has seen to it that no meeting runs or is near; that nobody plays, records or speaks is seen here.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Protocol

import msgspec

from monitor.user_session_client.protocol import SessionError, Trouble
from probes.acoustic import Settings, check_now, mend_volume
from probes.acoustic.by_session import to_numbers
from probes.linux.sound_server import Session
from probes.reading import Context


class AcousticRequest(Protocol):
    """The part of a request that is read here. asked: a person did, so that a screen may be expected to be awake."""

    @property
    def acoustic(self) -> Settings: ...
    @property
    def asked(self) -> bool: ...


async def check(request: AcousticRequest) -> dict[str, float]:
    if not request.acoustic.allowed:
        raise SessionError("the acoustic check is not allowed", Trouble.BAD_REQUEST)
    settings = msgspec.structs.replace(request.acoustic, session=Session())
    context = Context(now=time.time, monotonic=time.monotonic, in_meeting=False, state=state_folder())
    await mend_volume(settings, context)
    return to_numbers(await check_now(settings, context, asked=request.asked))


def state_folder() -> Path:
    """Where the loudspeaker's volume is kept while it is lowered, for the case that this process is killed."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    folder = Path(base) / "roomwatch"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
