"""UDP sockets that can carry a call, and whether datagrams flow: /proc/net/udp and /proc/net/snmp. No privilege needed.

Does not guess a socket's process: the kernel shows an inode and a user; whose inode it is says /proc/PID/fd.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

NO_MEDIA_LOCAL = frozenset(
    {53, 67, 68, 69, 123, 137, 138, 161, 500, 514, 546, 547, 1900, 3702, 4500, 5353, 5355, 41641}
)
"""Local ports of names, addresses, time, discovery and tunnels: many programs hold such a socket all day."""

NO_MEDIA_REMOTE = frozenset({53, 80, 123, 443, 853, 1900, 5353})
"""443 is QUIC: a browser's pages and videos. A call that fell back to it is seen by its microphone."""

CALL_DATAGRAMS = 5.0
"""Datagrams a second each way from which a call may flow. Voice sends 50, a silent muted line with its reports and
video of others still receives tens; names, time and discovery together stay below one."""


ESTABLISHED = "01"
"""TCP_ESTABLISHED in the kernel's table."""


@dataclass(frozen=True, slots=True)
class MediaSocket:
    """One row of the kernel's table. remote_port: 0 where it is not connected, as WebRTC's are. stream: of TCP."""

    inode: int
    uid: int
    local_port: int
    remote_port: int
    stream: bool = False

    @property
    def may_carry_media(self) -> bool:
        return self.local_port not in NO_MEDIA_LOCAL and self.remote_port not in NO_MEDIA_REMOTE


@dataclass(frozen=True, slots=True)
class Counted:
    """Datagrams of this network namespace so far, both protocols, and TCP's segments. at: seconds never run back."""

    received: int
    sent: int
    at: float
    segments_received: int = 0
    segments_sent: int = 0

    def flows_since(self, before: Counted) -> bool | None:
        """Whether at least a call's pace went both ways; None where too little time passed to say."""
        seconds = self.at - before.at
        if seconds < 0.5:
            return None
        pace = min(self.received - before.received, self.sent - before.sent) / seconds
        return pace >= CALL_DATAGRAMS

    def streams_since(self, before: Counted) -> bool:
        """The same of TCP's segments; False where too little time passed to say."""
        seconds = self.at - before.at
        pace = min(self.segments_received - before.segments_received, self.segments_sent - before.segments_sent)
        return seconds >= 0.5 and pace / seconds >= CALL_DATAGRAMS


def media_sockets(proc: Path = Path("/proc")) -> tuple[MediaSocket, ...]:
    """Every socket that may carry media, of all users. Lines that cannot be read are passed over."""
    return tuple(one for name in ("udp", "udp6") for one in _rows(proc / "net" / name) if one.may_carry_media)


def streams(proc: Path = Path("/proc")) -> tuple[MediaSocket, ...]:
    """Every TCP connection that stands, of all users: a call may flow over it where datagrams are blocked."""
    return tuple(one for name in ("tcp", "tcp6") for one in _rows(proc / "net" / name, ESTABLISHED))


def _rows(file: Path, state: str = "") -> Iterator[MediaSocket]:
    try:
        lines = file.read_text(errors="replace").splitlines()[1:]
    except OSError:
        return
    for line in lines:
        part = line.split()
        with contextlib.suppress(ValueError, IndexError):
            if state and part[3] != state:
                continue
            yield MediaSocket(
                inode=int(part[9]),
                uid=int(part[7]),
                local_port=int(part[1].rpartition(":")[2], 16),
                remote_port=int(part[2].rpartition(":")[2], 16),
                stream=bool(state),
            )


def inodes_of(pids: Iterable[int], proc: Path = Path("/proc")) -> tuple[frozenset[int], bool]:
    """Socket inodes that these processes hold, and whether one refused to show its files."""
    found: set[int] = set()
    refused = False
    for pid in pids:
        try:
            with os.scandir(proc / str(pid) / "fd") as entries:
                for entry in entries:
                    with contextlib.suppress(OSError, ValueError):
                        target = os.readlink(entry.path)  # noqa: PTH115 - over all files of a browser
                        if target.startswith("socket:["):
                            found.add(int(target[8:-1]))
        except PermissionError:
            refused = True
        except OSError:
            continue
    return frozenset(found), refused


def count_datagrams(now: float, proc: Path = Path("/proc")) -> Counted | None:
    """One read of two small files (0.1 ms). None where the kernel does not count."""
    try:
        text = (proc / "net" / "snmp").read_text()
        head, values = (line.split()[1:] for line in text.splitlines() if line.startswith("Udp:"))
        four = dict(zip(head, map(int, values), strict=True))
        received, sent = four["InDatagrams"], four["OutDatagrams"]
        head, values = (line.split()[1:] for line in text.splitlines() if line.startswith("Tcp:"))
        tcp = dict(zip(head, map(int, values), strict=True))
    except (OSError, ValueError, KeyError):
        return None
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in (proc / "net" / "snmp6").read_text().splitlines():
            if line.startswith("Udp6InDatagrams"):
                received += int(line.split()[1])
            elif line.startswith("Udp6OutDatagrams"):
                sent += int(line.split()[1])
    return Counted(received, sent, now, tcp.get("InSegs", 0), tcp.get("OutSegs", 0))
