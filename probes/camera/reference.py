"""The signed-off view of a room as a vector of numbers, at most 16 kB, stored with mode 0600.

Refuses to keep anything from which a picture could be had back.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 16_384
FORMAT = 1


class Reference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `roomwatch camera learn` keeps. size: width and height of the judged pictures in pixels."""

    format: int
    size: tuple[int, int]
    luma_mean: float


def learn_reference(frames: NDArray[np.uint8]) -> Reference:
    """The vector of a burst (T×H×W×3) of the healthy view. Raises ValueError without a picture."""
    if len(frames) == 0:
        raise ValueError("there is no picture to learn from")
    return Reference(format=FORMAT, size=(frames.shape[2], frames.shape[1]), luma_mean=float(frames.mean()))


def encode_reference(reference: Reference) -> bytes:
    """At most MAX_BYTES of JSON. Raises ValueError beyond."""
    data = msgspec.json.encode(reference)
    if len(data) > MAX_BYTES:
        raise ValueError(f"a reference of {len(data)} bytes is over {MAX_BYTES}")
    return data


def decode_reference(data: bytes) -> Reference:
    """Raises ValueError with the reason for foreign, damaged or older data."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"over {MAX_BYTES} bytes")
    try:
        reference = msgspec.json.decode(data, type=Reference)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"not a reference view: {error}") from None
    if reference.format != FORMAT:
        raise ValueError(f"format {reference.format}, this version reads {FORMAT}")
    return reference


def read_reference(path: Path) -> tuple[Reference | None, str]:
    """The stored reference, or None with a sentence that says why it is not used."""
    try:
        return decode_reference(path.read_bytes()), ""
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError) as error:
        return None, f"the reference view {path.name} is not used: {error}; learn it again"


def write_reference(path: Path, reference: Any) -> None:
    """Replace the file at once, readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, encode_reference(reference))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.replace(path)
