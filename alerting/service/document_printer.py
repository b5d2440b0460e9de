"""Prints signed reports and evaluations in a child: document libraries never enter the daemon."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from alerting.child.process_end import kill
from alerting.workflows.scheduled.improvement_actions import ProposedAction

log = logging.getLogger(__name__)

LIMIT = 180.0
"""Seconds for all formats: measured at some 5 s on an idle core, and a room's PC may be busy with a meeting."""
ATTACHED = (".pdf", ".docx")
"""What goes along with the message: the page stays in the folder, mail readers distrust HTML files."""


Drawing = Callable[[Sequence[str]], Sequence[str]]
"""What is wanted ("report NUMBER --to FOLDER", "review --since TIME --until TIME --to FOLDER") → the command line that
draws it up."""


class CannotPrint(Exception):
    """No file could be made; the text says why."""


class DocumentPrinter:
    """Writes into state/reports and state/reviews."""

    def __init__(self, state: Path, drawing: Drawing) -> None:
        self._state, self._drawing = state, drawing

    async def report(self, number: int) -> Sequence[Path]:
        """The files of incident ``number``'s report. Raises CannotPrint."""
        return await self._run(["report", str(number)], self._state / "reports" / str(number))

    async def review(self, since: float, until: float, name: str) -> Sequence[Path]:
        """The files of an evaluation over [since, until), in a folder of that name. Raises CannotPrint."""
        span = ["--since", f"@{since:.0f}", "--until", f"@{until:.0f}"]
        return await self._run(["review", *span], self._state / "reviews" / name)

    async def improvements(self) -> Sequence[ProposedAction]:
        """Those that rules propose and nobody has closed. Raises CannotPrint."""
        said, complaint = await draw_up(self._drawing(["review", "improvements", "--json"]), asyncio.subprocess.PIPE)
        try:
            rows = [one for one in json.loads(said) if not one["own"]]
            return [ProposedAction(**{name: one[name] for name in ("key", "owner", "due", "texts")}) for one in rows]
        except (ValueError, KeyError, TypeError) as error:
            raise CannotPrint(complaint or str(error)) from None

    def tidy(self, before: float) -> None:
        """Let go of what was printed before that time (Unix seconds): files name people, and those of the journal are
        anonymous by then. Whoever received a report has it; it can be drawn up anew."""
        for folder in (*self._state.glob("reports/*"), *self._state.glob("reviews/*")):
            try:
                if folder.is_dir() and folder.stat().st_mtime < before:
                    shutil.rmtree(folder)
            except OSError as error:
                log.warning("%s cannot be removed: %s", folder, error)

    async def _run(self, command: list[str], folder: Path) -> Sequence[Path]:
        """A format that fails does not cost the others."""
        _, complaint = await draw_up(self._drawing([*command, "--to", str(folder)]))
        files = [file for file in sorted(folder.glob("*")) if file.suffix in ATTACHED]
        if not files:
            raise CannotPrint(complaint or "no file was made")
        return files


async def draw_up(command: Sequence[str], stdout: int = asyncio.subprocess.DEVNULL) -> tuple[bytes, str]:
    """Run a child that draws documents, within LIMIT: what it printed, and what it complained of, else its exit code
    where that is not 0."""
    child = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=stdout, stderr=asyncio.subprocess.PIPE
    )
    said: bytes | None = b""
    try:
        async with asyncio.timeout(LIMIT):
            said, complaint = await child.communicate()
    except TimeoutError:
        complaint = f"not done within {LIMIT:.0f} s".encode()
    finally:
        if child.returncode is None:
            kill(child)
            await child.wait()
    told = complaint.decode(errors="replace").strip()
    return said or b"", told or (f"exit code {child.returncode}" if child.returncode else "")
