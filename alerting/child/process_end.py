"""Ends a child process whose end may have come already. Does not wait for it.

probes/child/process_end.py is its twin: neither of the two packages may import the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal


def kill(process: asyncio.subprocess.Process) -> None:
    """SIGKILL it unless it is known to have ended; ``process.wait()`` then tells how.

    Not ``process.kill()``: that looks first whether the child has ended and so takes its exit status away from
    asyncio's own watcher, which then complains of an unknown child and reports 255.
    """
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
