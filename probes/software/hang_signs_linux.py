"""Gathers a program's signs of life for the judge of hangs, from world-readable files of /proc.

It needs no privilege: another user's program is judged by the same files as one's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from probes.software.hang import ProcessSigns
from probes.software.processes_linux import Process
from probes.software.program_processes import CHILD_MARK, descendants

KINDS = ("renderer", "gpu-process")
"""Children of a browser that are judged; the others neither show nor draw anything."""


_UDP = re.compile(rb"^Udp: (.*)$", re.MULTILINE)
_UDP6 = re.compile(rb"^Udp6(?:In|Out)Datagrams\s+(\d+)", re.MULTILINE)


def family(main: Process, running: Iterable[Process]) -> list[Process]:
    """The program and its children that are worth a look, itself first."""
    return [main, *(one for one in descendants(main, running) if kind(one) in KINDS)]


def kind(process: Process) -> str:
    """ "main", or what a browser or an Electron program calls its child."""
    mark = f" {CHILD_MARK}"
    return process.command.partition(mark)[2].partition(" ")[0] if mark in process.command else "main"


def process_signs(process: Process, proc: Path) -> ProcessSigns | None:
    """What a look of this very moment says of it; None when it has gone since."""
    try:
        running, waiting, slices = _read(f"{proc}/{process.pid}/schedstat", 128).split()
        return ProcessSigns(
            identity=process.identity,
            kind=kind(process),
            state=process.state,
            running=int(running) / 1e9,
            waiting=int(waiting) / 1e9,
            slices=int(slices),
            cpu=process.cpu_seconds,
        )
    except (OSError, ValueError):
        return None


def datagrams(pid: int, proc: Path) -> int | None:
    """UDP datagrams read and sent so far by the programs of its network namespace; None where the kernel refuses.

    The kernel counts one as read when a program takes it, so a program that hangs stops this counter.
    """
    place = f"{proc}/{pid}/net"
    try:
        rows = _UDP.findall(_read(f"{place}/snmp", 16384))
        facts = dict(zip(rows[0].split(), rows[1].split(), strict=True))
        total = int(facts[b"InDatagrams"]) + int(facts[b"OutDatagrams"])
    except (OSError, ValueError, IndexError, KeyError):
        return None
    try:
        total += sum(map(int, _UDP6.findall(_read(f"{place}/snmp6", 16384))))
    except (OSError, ValueError):
        pass  # no IPv6
    return total


def unread(pid: int, proc: Path) -> int | None:
    """Bytes that wait in the receive queues of its owner's UDP sockets."""
    try:
        owner = str(os.stat(f"{proc}/{pid}").st_uid).encode()  # noqa: PTH116
        waiting = 0
        for name in ("udp", "udp6"):
            for line in (proc / str(pid) / "net" / name).read_bytes().splitlines()[1:]:
                part = line.split()
                if len(part) > 7 and part[7] == owner:
                    waiting += int(part[4].partition(b":")[2], 16)
    except (OSError, ValueError, IndexError):
        return None
    return waiting


def _read(file: str, most: int) -> bytes:
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, most)
    finally:
        os.close(descriptor)
