"""Tells systemd that the daemon is ready, alive, reloading or stopping. Silent where there is no systemd."""

from __future__ import annotations

import os
import socket
import time


def notify(*lines: str) -> bool:
    """Send state lines to $NOTIFY_SOCKET; False where there is none."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    place = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
            link.sendto("\n".join(lines).encode(), place)
    except OSError:
        return False
    return True


def reloading() -> None:
    """Type=notify-reload wants the moment, so that it can tell this reload from an older one."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")


def watchdog_seconds() -> float | None:
    """Half of WatchdogSec=, the pace systemd asks for; None where it watches nothing."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 2_000_000 if microseconds.isdecimal() and int(microseconds) > 0 else None
