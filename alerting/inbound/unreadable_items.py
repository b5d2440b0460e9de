"""Remembers which items broke a reader, over restarts: they are not read again. One small file in the state folder."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)

FILE = "inbound-aside.json"

MOST = 200
"""Items of one source: the oldest has left every mailbox's recent days long before."""


class Aside:
    """Items by source. A folder that cannot be written costs only what a restart forgets."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._items: dict[str, list[str]] = {}
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            self._items = msgspec.json.decode(self._file.read_bytes(), type=dict[str, list[str]])

    def of(self, source: str) -> tuple[str, ...]:
        return tuple(self._items.get(source, ()))

    def add(self, source: str, item: str) -> None:
        found = [*self._items.get(source, ()), item][-MOST:]
        self._items[source] = list(dict.fromkeys(found))
        try:
            fresh = self._file.with_suffix(".new")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(self._items))
            fresh.replace(self._file)
        except OSError as error:
            log.warning("what broke a reader cannot be remembered over a restart: %s", error)
