"""Asks the sound server (PipeWire or PulseAudio) what it holds. Runs ``pactl`` with a time limit; opens no stream and
changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from probes.child.process_end import kill
from probes.linux.pactl_answer import understood
from probes.linux.sound_devices import SoundServer, SoundServerError
from probes.why import because, to_do

QUERY_SECONDS = 3.0
"""A live server answers in 20 ms; one that has not answered after this long is hung."""

MOST_BYTES = 1 << 20
"""Bytes of one answer: a desktop with ten devices gives 0.2 MB. 3 MB cost 0.2 s without an alarm, and 20 MB."""


class Session(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the room's sound server is. Empty: the server of the user that runs roomwatch."""

    runtime_folder: str = ""
    # XDG_RUNTIME_DIR of the user who runs the meeting application, such as /run/user/1000. Empty: our own.
    server: str = ""
    # PULSE_SERVER, where the server listens elsewhere ("unix:/run/room-sound/native"). Empty: the runtime folder's.
    query_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = QUERY_SECONDS
    # Raise on a very slow machine; lower to notice a hung server sooner.

    def environment(self) -> dict[str, str]:
        """What a client needs in its environment to reach the server."""
        found = {"LC_ALL": "C.UTF-8"}
        if not self.server or self.server.startswith("unix:"):
            found["PULSE_COOKIE"] = "/dev/zero"  # else libpulse writes a cookie file; a local server asks our user id
        if self.runtime_folder:
            found["XDG_RUNTIME_DIR"] = self.runtime_folder
        if self.server:
            found["PULSE_SERVER"] = self.server
        return found


async def look(session: Session | None = None, *, since: bool = False) -> SoundServer:
    """Ask the server once (two processes, 15 ms CPU). Raises SoundServerError where there is none to ask.

    Who asks while another is asking the same gets that one's answer; since: not so, but what holds from now on.
    """
    session = session or Session()
    if since:
        return await _ask(session)
    key = (asyncio.get_running_loop(), session)
    if key not in _asking:
        _asking[key] = asyncio.create_task(_ask(session))
        _asking[key].add_done_callback(lambda done: _answered(key, done))
    return await asyncio.shield(_asking[key])  # one who gives up does not take the answer from the others


_asking: dict[tuple[asyncio.AbstractEventLoop, Session], asyncio.Task[SoundServer]] = {}


def _answered(key: tuple[asyncio.AbstractEventLoop, Session], done: asyncio.Task[SoundServer]) -> None:
    del _asking[key]
    if not done.cancelled():
        done.exception()  # seen, also where nobody waits any more


async def _ask(session: Session) -> SoundServer:
    environment = {**os.environ, **session.environment()}
    _refuse_closed_folder(environment)
    info, lists = await asyncio.gather(
        _pactl(environment, session.query_seconds, "info"), _pactl(environment, session.query_seconds, "list")
    )
    return understood(info, lists)


def _refuse_closed_folder(environment: Mapping[str, str]) -> None:
    """Another user's /run/user/UID is 0700: say so, instead of the "Connection refused" that pactl would say."""
    if environment.get("PULSE_SERVER"):
        return
    folder = environment.get("XDG_RUNTIME_DIR", "")
    if not folder:
        others = _users_with_session()
        if others:
            reason = because("no_sound_of_others", people=", ".join(others))
            raise SoundServerError(reason, to_do("session_part_or_socket", user=others[0]), others[0])
        raise SoundServerError(because("no_sound_folder"), to_do("session_part_or_socket", user="USER"))
    if not Path(folder).exists():
        raise SoundServerError(because("no_sound_session", folder=folder), to_do("log_in"))
    if not os.access(folder, os.X_OK):
        owner = _owner(Path(folder))
        raise SoundServerError(
            because("sound_folder_closed", folder=folder, user=owner),
            to_do("session_part_or_socket", user=owner),
            owner,
        )


def _owner(folder: Path) -> str:
    try:
        return folder.owner()
    except KeyError:
        return str(folder.stat().st_uid)
    except OSError:
        return "?"


def _users_with_session(run: Path = Path("/run/user")) -> list[str]:
    with contextlib.suppress(OSError):
        return sorted(_owner(folder) for folder in run.iterdir() if folder.stat().st_uid not in (0, os.getuid()))
    return []


async def _pactl(environment: Mapping[str, str], seconds: float, *command: str) -> bytes:
    try:
        process = await asyncio.create_subprocess_exec(
            "pactl",
            "-f",
            "json",
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
    except FileNotFoundError:
        raise SoundServerError(because("no_pactl"), to_do("install", packages="pulseaudio-utils")) from None
    except OSError as error:
        raise SoundServerError(because("pactl_not_started", detail=error.strerror or str(error))) from None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(seconds):
            out, err = await asyncio.gather(_all(process, process.stdout), _all(process, process.stderr))
            await process.wait()
    except TimeoutError:
        raise SoundServerError(because("sound_late", seconds=seconds)) from None
    finally:
        if process.returncode is None:
            kill(process)
            await asyncio.gather(_all(process, process.stdout), _all(process, process.stderr))
            await process.wait()
    if max(len(out), len(err)) > MOST_BYTES:
        raise SoundServerError(because("sound_not_understood", detail=f"> {MOST_BYTES >> 20} MiB"), garbled=True)
    if process.returncode != 0:
        words = err.decode(errors="replace").strip().splitlines()[-1:] or ["?"]
        raise SoundServerError(because("no_sound_server", detail=words[0][:200]), to_do("start_sound_server"))
    return out


async def _all(process: asyncio.subprocess.Process, stream: asyncio.StreamReader) -> bytes:
    """What it says, a little more than MOST_BYTES at most: whoever owns the sound server decides what stands in it.
    Reads on to the end: asyncio never hears of the end of a process whose pipe is full."""
    found = bytearray()
    while chunk := await stream.read(1 << 16):
        if len(found) > MOST_BYTES:
            kill(process)
        else:
            found += chunk
    return bytes(found)
