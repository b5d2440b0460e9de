"""Raw signs of life of a program and its children, as numbers, once a second: what a hang judge could look at.

Records more than today's judge reads, so that tomorrow's can be replayed on the same two hours.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from probes.software.x11_linux import Connection, NoDisplay

TICKS = os.sysconf("SC_CLK_TCK")
LONGEST_WAIT = 10.0
"""Seconds for which an answer to a ping is waited for: longer than any judge's patience."""


def family(root: int) -> list[int]:
    """The process and all that descend from it, oldest first."""
    try:
        main = psutil.Process(root)
        return [root, *sorted(child.pid for child in main.children(recursive=True))]
    except psutil.Error:
        return []


def process_signs(pid: int) -> dict[str, Any]:
    """State, CPU and switches of the process and of its first thread; raises OSError when it has gone.

    thread_running and thread_waiting: seconds on a processor and in the queue for one (/proc/PID/schedstat).
    """
    place = Path("/proc") / str(pid)
    whole = (place / "stat").read_bytes().rpartition(b")")[2].split()
    first = (place / "task" / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    facts = dict(
        line.split(":", 1) for line in (place / "status").read_text(errors="replace").splitlines() if ":" in line
    )
    running, waiting, slices = (place / "schedstat").read_text().split()
    command = (place / "cmdline").read_bytes()
    kind = command.partition(b"--type=")[2].partition(b"\0")[0].partition(b" ")[0].decode(errors="replace")
    return {
        "pid": pid,
        "started": int(whole[19]),
        "kind": kind or "main",
        "state": whole[0].decode(),
        "cpu": (int(whole[11]) + int(whole[12])) / TICKS,
        "thread_state": first[0].decode(),
        "thread_cpu": (int(first[11]) + int(first[12])) / TICKS,
        "voluntary": int(facts["voluntary_ctxt_switches"]),
        "forced": int(facts["nonvoluntary_ctxt_switches"]),
        "thread_running": int(running) / 1e9,
        "thread_waiting": int(waiting) / 1e9,
        "thread_slices": int(slices),
        "threads": int(whole[17]),
        "memory": int(whole[21]) * os.sysconf("SC_PAGE_SIZE"),
    }


def traffic(pid: int) -> dict[str, int]:
    """Datagrams and segments that programs of this network namespace have read and sent, IPv4 and IPv6 together."""
    found = {"udp_in": 0, "udp_out": 0, "tcp_in": 0, "tcp_out": 0}
    place = Path("/proc") / str(pid) / "net"
    rows = [line.split() for line in (place / "snmp").read_text().splitlines()]
    for head, values in zip(rows[::2], rows[1::2], strict=True):
        facts = dict(zip(head[1:], values[1:], strict=True))
        if head[0] == "Udp:":
            found["udp_in"] += int(facts["InDatagrams"])
            found["udp_out"] += int(facts["OutDatagrams"])
        if head[0] == "Tcp:":
            found["tcp_in"] += int(facts["InSegs"])
            found["tcp_out"] += int(facts["OutSegs"])
    six = dict(line.split() for line in (place / "snmp6").read_text().splitlines())
    found["udp_in"] += int(six["Udp6InDatagrams"])
    found["udp_out"] += int(six["Udp6OutDatagrams"])
    return found


def unread(pid: int) -> int:
    """Bytes that wait in the receive queues of its owner's UDP sockets."""
    owner = str((Path("/proc") / str(pid)).stat().st_uid)
    waiting = 0
    for name in ("udp", "udp6"):
        for line in (Path("/proc") / str(pid) / "net" / name).read_text().splitlines()[1:]:
            part = line.split()
            if part[7] == owner:
                waiting += int(part[4].partition(":")[2], 16)
    return waiting


def newest_change(folder: Path) -> float:
    """When anything directly in the program's own folder was written last, in Unix seconds; 0 where nothing is."""
    try:
        return max((one.stat().st_mtime for one in folder.iterdir() if one.is_file()), default=0.0)
    except OSError:
        return 0.0


async def ping(pids: frozenset[int], display: str) -> dict[str, Any]:
    """How many windows were asked, and after how many seconds all had answered; null where one never did."""
    try:
        connection = await Connection.open(display, "")
    except (NoDisplay, OSError):
        return {"asked": 0, "answered": 0, "seconds": None}
    began = time.monotonic()
    try:
        asked, answered = await connection.ping(pids, LONGEST_WAIT)
    except (OSError, asyncio.IncompleteReadError):
        return {"asked": 0, "answered": 0, "seconds": None}
    finally:
        connection.close()
    took = time.monotonic() - began
    return {"asked": asked, "answered": answered, "seconds": round(took, 4) if answered == asked else None}


def one_look(root: int, folder: Path) -> dict[str, Any]:
    """One line of the record, but for the pings."""
    found: dict[str, Any] = {"at": round(time.monotonic(), 3), "processes": list(_processes(root))}
    try:
        found |= traffic(root)
        found["unread"] = unread(root)
        pressure = Path("/proc/pressure/cpu").read_text().split()
        found["cpu_pressure"] = float(pressure[1].partition("=")[2])
    except (OSError, ValueError, KeyError, IndexError):
        pass
    found["log"] = round(newest_change(folder), 2)
    return found


def _processes(root: int) -> Iterator[dict[str, Any]]:
    for pid in family(root):
        try:
            yield process_signs(pid)
        except (OSError, ValueError, KeyError, IndexError):
            continue
