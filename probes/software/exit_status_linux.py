"""How a process ended: the kernel's record, read through a pidfd that was opened while it lived.

PIDFD_GET_INFO tells it of any process since Linux 6.15. An older kernel tells only the parent: then nothing is known.
"""

from __future__ import annotations

import fcntl
import os
import signal
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from probes.software.processes_linux import Identity
from probes.why import Why, because

INFO_BYTES = 64
"""Size of struct pidfd_info in its first form (PIDFD_INFO_SIZE_VER0); a newer kernel fills so much of it."""

GET_INFO = 3 << 30 | INFO_BYTES << 16 | 0xFF << 8 | 11
"""_IOWR(PIDFS_IOCTL_MAGIC, 11, struct pidfd_info) in linux/pidfd.h."""

EXIT_ASKED = 1 << 3
CODE_AT = 60

TOLD_TO = frozenset({signal.SIGTERM, signal.SIGHUP, signal.SIGINT})
"""Signals by which a person, systemd or the session's end asks a program to end."""


@dataclass(frozen=True, slots=True)
class End:
    """status: what it exited with, 0 where a signal ended it. signal: which, 0 for none."""

    status: int
    signal: int

    @property
    def orderly(self) -> bool:
        """By its own way, or told to; 128 and a signal's number is how a shell says the same."""
        asked = self.signal or (self.status - 128 if self.status > 128 else 0)
        return asked in TOLD_TO or (not self.signal and self.status == 0)

    @property
    def seen(self) -> Why:
        if not self.signal:
            return because("ended_by_itself", status=self.status)
        try:
            return because("ended_by_signal", signal=signal.Signals(self.signal).name)
        except ValueError:
            return because("ended_by_signal", signal=self.signal)


@dataclass
class Ends:
    """A few open pidfds, one a process followed."""

    _open: dict[Identity, int] = field(default_factory=dict)

    def follow(self, identities: Iterable[Identity], proc: Path) -> None:
        """From now on these and no others. proc: only of this machine's own processes a pidfd can be had."""
        wanted = set(identities)
        for gone in self._open.keys() - wanted:
            os.close(self._open.pop(gone))
        if proc.resolve() != Path("/proc"):
            wanted = {one for one in wanted if (proc / str(one[0])).is_symlink()}  # a view of some of them
        for one in wanted - self._open.keys():
            try:
                self._open[one] = os.pidfd_open(one[0])
            except OSError:
                continue

    def of(self, identity: Identity) -> End | None:
        """Its end; None while it lives, where it was not followed, and where the kernel does not tell."""
        descriptor = self._open.get(identity)
        if descriptor is None:
            return None
        told = bytearray(INFO_BYTES)
        struct.pack_into("Q", told, 0, EXIT_ASKED)
        try:
            fcntl.ioctl(descriptor, GET_INFO, told, True)
        except OSError:
            return None
        if not struct.unpack_from("Q", told)[0] & EXIT_ASKED:
            return None
        (code,) = struct.unpack_from("i", told, CODE_AT)
        return End(status=code >> 8 & 0xFF, signal=code & 0x7F)

    def close(self) -> None:
        self.follow((), Path("/proc"))

    def __del__(self) -> None:
        self.close()
