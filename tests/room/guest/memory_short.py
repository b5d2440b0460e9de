"""Reads a file at random places, while its unit may keep a small part of it in memory (rig.sh gives it the limit).

Reading then waits for pages that were just given back, and the kernel counts that as pressure (PSI) of the whole
machine. Where the machine itself is short of memory the figure is the same, but an emulated one then answers nobody for
minutes.
"""

from __future__ import annotations

import mmap
import os
import random
from pathlib import Path

AT_ONCE = 1 << 20
"""Bytes that are read from one place."""
READERS = 4
"""Two for each processor, so that one of them waits whenever nobody else works."""
FILE = Path("/var/tmp/memory-short")


def read_for_ever() -> None:
    with FILE.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as pages:
        while True:
            at = random.randrange(0, len(pages) - AT_ONCE, mmap.PAGESIZE)
            for page in range(at, at + AT_ONCE, mmap.PAGESIZE):
                pages[page]


def main() -> None:
    for _ in range(READERS - 1):
        if not os.fork():
            break
    read_for_ever()


main()
