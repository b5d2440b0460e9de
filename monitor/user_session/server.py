"""One call of the session part: check who asks, answer one verb with numbers, end.

A stranger is turned away before anything is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import pwd
import socket

import msgspec

from monitor.user_session.verbs import VERBS, Request
from monitor.user_session_client.protocol import MAX_BYTES, SessionError, Trouble, only_numbers, peer_uid

log = logging.getLogger(__name__)

DAEMON_USER = "roomwatch"
READ_SECONDS = 2.0
"""The monitor sends its one line at once; who connects and says nothing is sent away."""

ANSWER_SECONDS = 25.0


def allowed_users() -> frozenset[int]:
    """The monitor's user, this session's own, and root (which could become either)."""
    users = {0, os.getuid()}
    try:
        users.add(pwd.getpwnam(DAEMON_USER).pw_uid)
    except KeyError:
        pass
    return frozenset(users)


def answer_call(link: socket.socket, allowed: frozenset[int]) -> Trouble | None:
    """Serve one connection. Returns what was wrong, None when a verb was answered."""
    try:
        if peer_uid(link) not in allowed:
            raise SessionError("a stranger asked", Trouble.STRANGER)
        request = _read(link)
        answer = asyncio.run(_run(request))
        text = json.dumps(only_numbers(answer), allow_nan=False)
        if len(text) >= MAX_BYTES:
            raise SessionError("the answer is too long", Trouble.NOT_NUMBERS)
    except SessionError as error:
        log.warning("refused: %s", error)
        return _refuse(link, error.trouble or Trouble.FAILED)
    except ValueError as error:
        log.warning("no answer: %s", error)
        return _refuse(link, Trouble.NOT_NUMBERS)
    link.sendall(text.encode() + b"\n")
    return None


def _refuse(link: socket.socket, trouble: Trouble) -> Trouble:
    """Takes what the caller still has in the pipe first: closing over unread bytes would lose the answer."""
    try:
        link.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            for _ in range(64):
                if not link.recv(MAX_BYTES):
                    break
        link.setblocking(True)
        link.sendall(json.dumps({"trouble": int(trouble)}).encode() + b"\n")
    except OSError as error:
        log.warning("the caller has gone: %s", error)
    return trouble


def _read(link: socket.socket) -> Request:
    link.settimeout(READ_SECONDS)
    line = b""
    try:
        while not line.endswith(b"\n"):
            chunk = link.recv(MAX_BYTES + 1 - len(line))
            line += chunk
            if not chunk or len(line) > MAX_BYTES:
                raise SessionError("the request is no line of at most 4 KiB", Trouble.BAD_REQUEST)
    except TimeoutError:
        raise SessionError("nothing was asked", Trouble.BAD_REQUEST) from None
    link.settimeout(None)
    try:
        return msgspec.json.decode(line, type=Request)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise SessionError("the request was not understood", Trouble.BAD_REQUEST) from None


async def _run(request: Request) -> dict[str, float]:
    verb = VERBS.get(request.verb)
    if verb is None:
        raise SessionError("no such verb", Trouble.UNKNOWN_VERB)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await verb(request)
    except TimeoutError:
        raise SessionError("no answer in time", Trouble.FAILED) from None
