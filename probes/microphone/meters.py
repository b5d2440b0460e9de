"""Runs in the child only: how loud a source and a loudspeaker are at most, by the sound server's own meters.

A meter is the stream that draws the bar of a volume control: the server hands over one peak for each 40 ms, and no
sound. It is opened only on what a program uses already, so it wakes no device. Uses PipeWire's way to ask for peaks.
"""

from __future__ import annotations

import math
import os
import select
import subprocess
import time
from array import array
from typing import Any

PEAKS_A_SECOND = 25
"""What volume controls ask for."""

FLOOR_DBFS = -120.0
"""Told for zero, which has no decibels; 24-bit converters end at -144, their noise at -110."""

LEAST_SHARE = 0.5
"""Share of the peaks that must have come: a stream on a loaded computer begins late."""


def levels(argument: dict[str, Any]) -> dict[str, Any]:
    """argument: names, the sources to measure; seconds. Returns problem ("" or "silent_server"), and peaks: for each
    name the loudest peak in dBFS."""
    seconds = float(argument["seconds"])
    meters = {str(name): _meter(str(name)) for name in argument["names"]}
    try:
        heard = _read(meters, seconds)
    finally:
        for process in meters.values():
            process.kill()
            process.wait()
    least = LEAST_SHARE * seconds * PEAKS_A_SECOND
    short = [name for name, data in heard.items() if len(data) // 4 < least]
    if short:
        return {"problem": "silent_server", "peaks": {}}
    return {"problem": "", "peaks": {name: _loudest(data) for name, data in heard.items()}}


def _meter(name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["parec", f"--device={name}", "--raw", "--format=float32le", "--channels=1", f"--rate={PEAKS_A_SECOND}",
         "--latency-msec=200", "--property=resample.peaks=true", "--property=stream.monitor=true",
         "--client-name=roomwatch", "--stream-name=level meter"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
    )  # fmt: skip


def _read(meters: dict[str, subprocess.Popen[bytes]], seconds: float) -> dict[str, bytearray]:
    heard = {name: bytearray() for name in meters}
    pipes = {process.stdout: name for name, process in meters.items() if process.stdout is not None}
    end = time.monotonic() + seconds
    while pipes and (left := end - time.monotonic()) > 0:
        for pipe in select.select(list(pipes), [], [], left)[0]:
            chunk = os.read(pipe.fileno(), 4096)
            if chunk:
                heard[pipes[pipe]] += chunk
            else:
                del pipes[pipe]  # the device went away
    return heard


def _loudest(data: bytearray) -> float:
    peaks = array("f", bytes(data[: len(data) // 4 * 4]))
    most = max((abs(peak) for peak in peaks), default=0.0)
    return max(FLOOR_DBFS, 20 * math.log10(most)) if most > 0 else FLOOR_DBFS
