"""The limits under which text from outside is read, each with its reason."""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import time
from pathlib import Path

MEMORY_BYTES = 20 << 20
"""Bytes of memory beyond those that the child has with its libraries loaded: the longest mail takes 3 MiB to read."""

CPU_SECONDS = 2
"""Seconds of CPU for one item: the longest mail takes 0.1 s."""

DESCRIPTORS = 32
"""Open files: a connection, the pipes, and what the libraries open (certificates, resolver, time zones)."""

PR_SET_PDEATHSIG = 1


def bind_to_parent(parent: int) -> None:
    """Die with the daemon, also where it ended before this line was reached."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def confine(memory_bytes: int = MEMORY_BYTES) -> None:
    """Limit this process from here on: so much more memory than now, no core file, no file written, few open files."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _lower(resource.RLIMIT_AS, size + memory_bytes)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, DESCRIPTORS)


def _lower(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def begin_item(cpu_seconds: int = CPU_SECONDS) -> None:
    """Let the kernel end this process when it works on one item for longer. No library can hold that up."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + cpu_seconds, hard))


def end_item() -> None:
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
