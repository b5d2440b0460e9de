"""The kernel's own account of its clock, by adjtimex(2), read-only. Does not set it, and asks no server."""

from __future__ import annotations

import ctypes
import struct
from dataclasses import dataclass

STA_UNSYNC = 0x0040
STA_NANO = 0x2000
TIMEX_BYTES = 256
"""struct timex is 208 bytes on 64-bit Linux (sys/timex.h)."""


@dataclass(frozen=True, slots=True)
class ClockState:
    """offset_seconds: what is still to be corrected. bound_seconds: the most it can be wrong by (maxerror).
    synchronised_at: when it was put right last, Unix seconds. None where that is not told."""

    synchronised: bool
    offset_seconds: float | None
    bound_seconds: float | None
    synchronised_at: float | None = None


def read_clock() -> ClockState | None:
    """None where the call is refused or the machine's struct is laid out otherwise (32 bit)."""
    if struct.calcsize("l") != 8:
        return None
    buffer = ctypes.create_string_buffer(TIMEX_BYTES)
    if ctypes.CDLL(None, use_errno=True).adjtimex(buffer) < 0:
        return None
    return decode(buffer.raw)


def decode(raw: bytes) -> ClockState:
    """modes u32, pad, then offset, freq, maxerror, esterror as long, status as int."""
    offset, _, bound, _, status = struct.unpack_from("@qqqqi", raw, 8)
    scale = 1e-9 if status & STA_NANO else 1e-6
    return ClockState(not status & STA_UNSYNC, offset * scale, bound * 1e-6)
