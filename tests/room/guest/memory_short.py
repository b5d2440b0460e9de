"""Makes memory short, and keeps it so: a program's own pages do not fit into what another one leaves.

One process reads a file of its own again and again. The other takes memory until reading waits for the disk most of the
time, which the kernel counts as pressure (PSI), and takes or gives back a little to keep it there.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import random
import time
from pathlib import Path

READ = 48 << 20
"""Bytes that are read: with them, the guest's services still fit."""
AT_ONCE = 1 << 20
BEGINS, LOW, HIGH = 3.0, 26.0, 38.0
"""Hundredths of ten seconds in which all work waited: where it begins, and between which two it is kept. The probe's
limit is 20. With half of the time gone, a guest that is ten times slower than a PC answers nobody in minutes."""
A_LITTLE = 1 << 18
"""What is taken once it has begun: ten seconds pass until the kernel's figure shows the whole of it."""
SPARED, LEAST = 48 << 20, 16 << 20
"""Bytes that are not taken at once, and that are never taken: with none left the kernel ends a program."""
FILE = Path("/var/tmp/memory-short")


def read_for_ever() -> None:
    with FILE.open("wb") as written:
        for _ in range(READ // AT_ONCE):
            written.write(os.urandom(AT_ONCE))
    with FILE.open("rb") as file, mmap.mmap(file.fileno(), READ, prot=mmap.PROT_READ) as pages:
        while True:
            at = random.randrange(0, READ - AT_ONCE, mmap.PAGESIZE)
            for page in range(at, at + AT_ONCE, mmap.PAGESIZE):
                pages[page]


def waiting() -> float:
    full = Path("/proc/pressure/memory").read_text().splitlines()[1]
    return float(full.split("avg10=")[1].split()[0])


def available() -> int:
    (line,) = (one for one in Path("/proc/meminfo").read_text().splitlines() if one.startswith("MemAvailable"))
    return int(line.split()[1]) << 10


def take(count: int) -> mmap.mmap:
    taken = mmap.mmap(-1, count)
    for page in range(0, count, mmap.PAGESIZE):
        taken[page] = 1
    return taken


def main() -> None:
    Path("/proc/self/oom_score_adj").write_text("1000")  # of all programs, this one is to be ended
    if not os.fork():
        read_for_ever()
    ctypes.CDLL(None).mlockall(1)  # its own code stays, so that it can give back
    kept = [take(max(available() - READ - SPARED, AT_ONCE))]
    while True:
        share = waiting()
        if share < LOW and available() > LEAST:
            kept.append(take(AT_ONCE if share < BEGINS else A_LITTLE))
        for _ in range(8 if share > HIGH else 0):
            if len(kept) > 1:
                kept.pop().close()
        time.sleep(0.5 if share < BEGINS else 1.0)


main()
