"""Why a child ended: the kind of its last error and where it arose. Never its message, which may repeat an address."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from types import TracebackType

KEPT_BYTES = 8192
"""Of what a child wrote last: a traceback's end is there, and a chatty library costs no memory."""
AFTER_END_SECONDS = 1.0
"""A process that the child left behind may hold its pipe open; its words are not waited for."""

_PLACE = re.compile(rb'^ +File "([^"\n]{1,500})", line (\d{1,9}).*$', re.MULTILINE)
_KIND = re.compile(rb"^([A-Za-z_][\w.]{0,100})(?::|$)", re.MULTILINE)


def why_ended(written: bytes) -> str:
    """ "ImportError at /opt/…/http.py:2" of a traceback, "" where there is none."""
    places = list(_PLACE.finditer(written))
    kind = _KIND.search(written, places[-1].end()) if places else None
    if kind is None:
        return ""
    file, line = (part.decode(errors="replace") for part in places[-1].groups())
    return f"{kind[1].decode()} at {file}:{line}"


def in_brackets(written: bytes) -> str:
    """The same, to stand behind a sentence of the log."""
    why = why_ended(written)
    return f" ({why})" if why else ""


class LastWords:
    """Reads a child's standard error all the time, so that the child never waits for its reader."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._kept = b""
        self._reading = asyncio.create_task(self._read(stream))

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while piece := await stream.read(4096):
            self._kept = (self._kept + piece)[-KEPT_BYTES:]

    async def said(self) -> str:
        """In brackets, once the child has ended."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AFTER_END_SECONDS):
                await self._reading
        return in_brackets(self._kept)

    def close(self) -> None:
        self._reading.cancel()


def say_last(error: BaseException, trace: TracebackType | None, to: int = 2) -> None:
    """The child's side: what a traceback ends with, without the message."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is not None:
        place = f'  File "{trace.tb_frame.f_code.co_filename}", line {trace.tb_lineno}'
        with contextlib.suppress(OSError):
            os.write(to, f"{place}\n{type(error).__name__}\n".encode())
