"""Prints a signed report in a child: document libraries never enter the daemon. Refuses to know what a report says."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

LIMIT = 180.0
"""Seconds for all formats: measured at some 5 s on an idle core, and a room's PC may be busy with a meeting."""
ATTACHED = (".pdf", ".docx")
"""What goes along with the message: the page stays in the folder, mail readers distrust HTML files."""


class CannotPrint(Exception):
    """No file could be made; the text says why."""


class ReportPrinter:
    """Writes into state/reports/<number>. config: as the daemon was given it."""

    def __init__(self, state: Path, config: Path | None) -> None:
        self._state, self._config = state, config

    async def __call__(self, number: int) -> Sequence[Path]:
        """The files to attach. Raises CannotPrint when there is none; a format that fails does not cost the others."""
        folder = self._state / "reports" / str(number)
        command = [sys.executable, "-m", "monitor.cli", "report", str(number), "--to", str(folder)]
        if self._config is not None:
            command += ["--config", str(self._config)]
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, complaint = await asyncio.wait_for(child.communicate(), LIMIT)
        except TimeoutError:
            complaint = f"not done within {LIMIT:.0f} s".encode()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        files = [file for file in sorted(folder.glob(f"report-{number}.*")) if file.suffix in ATTACHED]
        if not files:
            raise CannotPrint(complaint.decode(errors="replace").strip() or f"exit code {child.returncode}")
        return files
