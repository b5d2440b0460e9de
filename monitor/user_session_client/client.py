"""The monitor's end: asks one verb and believes only numbers from the user it expects."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import pwd
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor.user_session_client.protocol import FOLDER, MAX_BYTES, SessionError, Trouble, only_numbers, peer_uid
from probes.reading import SessionSilent
from probes.why import Why, to_do

log = logging.getLogger(__name__)

ANSWER_SECONDS = 28.0
"""The unit ends a call after 30 s; a capture of 10 s on a slow machine needs most of it."""


def socket_of(uid: int, folder: Path = FOLDER) -> Path:
    """Where the session part of this user listens."""
    return folder / f"{uid}.sock"


def sessions(folder: Path = FOLDER) -> dict[int, Path]:
    """uid → door of every session part that is installed here."""
    with contextlib.suppress(OSError):
        return {int(one.stem): one for one in sorted(folder.glob("*.sock")) if one.stem.isdecimal()}
    return {}


async def ask_room(verb: str, argument: Mapping[str, Any], folder: Path = FOLDER) -> dict[str, float] | None:
    """The answer of the first session part that has one; None where none is installed. Raises SessionSilent."""
    silent: SessionSilent | None = None
    for uid, place in sessions(folder).items():
        try:
            return await ask(place, verb, owner=uid, deadline=ANSWER_SECONDS, **argument)
        except SessionError as error:
            log.info("session part of uid %d: %s", uid, error)
            user = _name(uid)
            why = Why(f"session_{error.trouble.name.lower()}" if error.trouble else "session_no_answer")
            reason = Why("no_answer_of_session", {"user": user, "why": why})
            silent = SessionSilent(reason, to_do("look_at_session", user=user))
    if silent is not None:
        raise silent
    return None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


async def ask(place: Path, verb: str, *, owner: int, deadline: float = 15.0, **argument: Any) -> dict[str, float]:
    """One verb, one table of numbers.

    owner: the uid that must be at the other end; the folder is shared, so another could have put a socket there.
    Raises SessionError when there is no session part, it refuses, it answers too late or with anything but numbers.
    """
    try:
        async with asyncio.timeout(deadline):
            return await _talk(place, json.dumps({"verb": verb, **argument}).encode() + b"\n", owner)
    except TimeoutError:
        raise SessionError(f"no answer within {deadline:g} s") from None
    except (ConnectionResetError, BrokenPipeError):
        raise SessionError("it ended without an answer") from None
    except OSError as error:
        raise SessionError(f"no session part at {place}: {error.strerror or error}") from None


async def _talk(place: Path, request: bytes, owner: int) -> dict[str, float]:
    reader, writer = await asyncio.open_unix_connection(str(place), limit=MAX_BYTES)
    try:
        link = writer.get_extra_info("socket")
        raw = socket.socket(fileno=link.fileno())
        try:
            found = peer_uid(raw)
        finally:
            raw.detach()
        if found != owner:
            raise SessionError(f"uid {found} listens at {place}, not {owner}", Trouble.STRANGER)
        with contextlib.suppress(ConnectionError):  # refused before it was read: the answer says why
            writer.write(request)
            await writer.drain()
        try:
            answer = only_numbers(json.loads(await reader.readline()))
        except (ValueError, OverflowError, RecursionError) as error:  # also for numbers and brackets beyond all measure
            raise SessionError(f"the session part's answer is unusable: {error}", Trouble.NOT_NUMBERS) from None
    finally:
        writer.close()
    if "trouble" in answer:
        known = {int(one): one for one in Trouble}
        trouble = known.get(int(answer["trouble"]))
        raise SessionError(f"the session part refused: {trouble.name.lower() if trouble else 'unknown'}", trouble)
    return answer
