"""An answer that cannot be written, because the disk below standard output is full, say: one sentence, and an exit code
that no script takes for an answer."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

EXIT_UNWRITTEN = 74
"""EX_IOERR of sysexits.h. Every smaller code is the answer of some command."""


class AnswerUnwritten(Exception):
    """Standard output takes nothing; the text says why. No OSError: what a command catches is about its own files."""


class _Output(io.FileIO):
    """Standard output, whose failure can be told from that of any other file. What comes after one is dropped: the
    command may have something to take back, and the end of the program would fail once more in Python's words."""

    _failed = False

    def write(self, data: Any, /) -> int:
        if self._failed:
            return len(data)
        try:
            return super().write(data)
        except OSError as error:
            self._failed = True
            if isinstance(error, BrokenPipeError):  # whoever read it has read enough: click ends quietly
                raise
            raise AnswerUnwritten(error.strerror or str(error)) from None


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Standard output as ``_Output``, all of it written at the end. Another than the system's own stays as it is: it is
    that of a test."""
    before = sys.stdout
    if type(before) is not io.TextIOWrapper:
        yield
        return
    raw = _Output(before.fileno(), "w", closefd=False)
    after = io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=before.encoding,
        errors=before.errors,
        line_buffering=before.isatty(),
    )
    sys.stdout = after
    try:
        yield
    finally:
        try:
            after.flush()
        finally:
            sys.stdout = before


def fail_unwritten(error: AnswerUnwritten | BrokenPipeError, done: str) -> NoReturn:
    """done: a sentence, what stands although nobody can read it."""
    why = error.strerror if isinstance(error, BrokenPipeError) else error
    with contextlib.suppress(OSError):
        print(f"roomwatch: the answer could not be written: {why}. {done}", file=sys.stderr)
    sys.exit(EXIT_UNWRITTEN)
