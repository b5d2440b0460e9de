"""USB errors of the last ten minutes, out of the kernel's log and the ports' over-current counters.

Does not keep log lines: only the count, the port and the kind of the last error leave it.
"""

from __future__ import annotations

import os
import re
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from probes.reading import CannotMeasure, Outcome, Reading
from probes.why import because, to_do

WINDOW_SECONDS = 600.0
MOST_RECORDS = 20_000
"""More than the kernel's log buffer holds: reading ends even while a driver floods it."""

ERRORS = re.compile(
    rb"(?:usb|hub) (?P<port>[\d.:-]+): (?:\S+: )?.{0,40}?"
    rb"(?P<kind>device descriptor read.{0,20}error|device not accepting address|unable to enumerate|"
    rb"cannot reset|cannot enable|disabled by hub \(EMI\?\)|over-current|config error)"
)
"""Wording of drivers/usb/core/hub.c in current kernels."""


@dataclass
class UsbErrors:
    """One for a daemon: remembers where in the log it stopped and what it counted."""

    descriptor: int = -1
    errors: deque[tuple[float, str, str]] = field(default_factory=lambda: deque(maxlen=1000))
    over_current: dict[str, int] = field(default_factory=dict)

    def look(self, dev: Path, sys: Path, now: float) -> Outcome:
        """Count what is new; the log's past before the first look is not counted."""
        readable = self._log(dev / "kmsg", now)
        self._ports(sys, now)
        while self.errors and now - self.errors[0][0] > WINDOW_SECONDS:
            self.errors.popleft()
        if not readable and not self.over_current:
            return CannotMeasure(
                check="host.usb", reason=because("kernel_log_barred"), remedy=to_do("allow_kernel_log")
            )
        evidence: dict[str, str | float | int | bool] = {}
        if self.errors:
            evidence = {"port": self.errors[-1][1], "error": self.errors[-1][2]}
        return Reading(check="host.usb", values={"usb_errors": float(len(self.errors))}, evidence=evidence)

    def _log(self, kmsg: Path, now: float) -> bool:
        first = self.descriptor < 0
        if first:
            try:
                self.descriptor = os.open(kmsg, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                os.lseek(self.descriptor, 0, os.SEEK_END)
            except OSError:
                self._close()
                return False
        for _ in range(MOST_RECORDS):
            try:
                record = os.read(self.descriptor, 8192)
            except BlockingIOError:
                return True
            except BrokenPipeError:
                continue  # EPIPE: records were overwritten before we read them; the next read goes on
            except OSError:
                self._close()
                return False
            if not record:
                return True  # a plain file, in a test or a container
            self.take(record, now)
        return True

    def take(self, text: bytes, now: float) -> None:
        """Count the errors in one or more log records."""
        for found in ERRORS.finditer(text):
            self.errors.append(
                (now, found["port"].decode(errors="replace").rstrip(":"), found["kind"].decode(errors="replace"))
            )

    def _ports(self, sys: Path, now: float) -> None:
        for file in (sys / "bus" / "usb" / "devices").glob("*/*-port*/over_current_count"):
            try:
                count = int(file.read_text())
            except (OSError, ValueError):
                continue
            port = file.parent.name
            if count > self.over_current.get(port, count):
                self.errors.append((now, port, "over-current"))
            self.over_current[port] = count

    def _close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor = -1
