"""Documents on demand: a child draws them into a folder that is gone when they were read."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

from alerting.service.document_printer import Drawing, draw_up

log = logging.getLogger(__name__)

WAITING = 3
"""A document takes seconds of a core. Who comes fourth is asked to come again."""
SIGNED = "report-{number}"
"""The names that the printer gives to the files of a signed report."""


class PaperNotMade(Exception):
    """No file was made. busy: because others are being drawn; else the log says why."""

    def __init__(self, busy: bool) -> None:
        super().__init__()
        self.busy = busy


class PaperFiles:
    """state: where signed reports are kept. One document at a time."""

    def __init__(self, state: Path, drawing: Drawing) -> None:
        self._state, self._drawing = state, drawing
        self._place = asyncio.Semaphore(1)
        self._inside = 0

    async def signed(self, number: int, form: str) -> bytes | None:
        """The file of a signed report as it was sent; None where there is none."""
        file = self._state / "reports" / str(number) / f"{SIGNED.format(number=number)}.{form}"
        return await asyncio.to_thread(_read, file)

    async def drawn(self, command: Sequence[str], form: str, name: str) -> bytes:
        """command: what is wanted, without its folder. form: "pdf" or "docx". name: of the file, without its ending.
        Raises PaperNotMade."""
        if self._inside >= WAITING:
            raise PaperNotMade(busy=True)
        self._inside += 1
        try:
            async with self._place:
                with tempfile.TemporaryDirectory(prefix="roomwatch-paper-") as folder:
                    _, complaint = await draw_up(self._drawing([*command, "--to", folder]))
                    found = await asyncio.to_thread(_read, Path(folder) / f"{name}.{form}")
        finally:
            self._inside -= 1
        if found is None:
            log.warning("%s could not be drawn up: %s", name, complaint[-400:])
            raise PaperNotMade(busy=False)
        return found


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
