"""A person at a real terminal of 80 columns: what they type, and what they read."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

PATIENCE = 60.0
ENDS = "> "


class Terminal:
    """A command on a pseudo-terminal. keys: how many were struck."""

    def __init__(self, words: Sequence[str], **environment: str) -> None:
        self.said, self.keys, self.status = "", 0, -1
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell lets what runs in the background ignore it
            command = str(Path(sys.executable).with_name("roomwatch"))
            os.execve(command, [command, *words], {**os.environ, "LC_ALL": "C.UTF-8", **environment})

    def read_until(self, text: str) -> str:
        """What came since the last call, up to the text; the whole rest where the command ends before."""
        end, found = time.monotonic() + PATIENCE, ""
        while text not in found:
            assert time.monotonic() < end, found
            if not select.select([self.master], [], [], 1.0)[0]:
                continue
            try:
                piece = os.read(self.master, 65536)
            except OSError:
                break
            found += piece.decode(errors="replace")
        self.said += found
        return found

    def answer(self, text: str) -> str:
        """Type a line, and read up to the next question."""
        self.keys += len(text) + 1
        os.write(self.master, f"{text}\n".encode())
        return self.read_until(ENDS)

    def interrupt(self) -> None:
        """As Ctrl-C, struck again where nothing happens: readline misses a signal just before it begins to wait."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            os.kill(self.pid, signal.SIGINT)
            if select.select([self.master], [], [], 3.0)[0]:
                return

    def end(self) -> int:
        """The exit code, once the command is over."""
        self.read_until("\0never")
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.master)
        return self.status
