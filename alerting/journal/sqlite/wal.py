"""The write-ahead log beside the journal file: whether what it holds can still be read, and its pages.

SQLite ends its reading of the log at the first frame that does not fit its checksum, and does not say what follows.
The layout is that of https://www.sqlite.org/fileformat2.html#walformat.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = 4096
"""Bytes of a page: SQLite's own choice since 2016, for every journal that there is."""
READ_AT_MOST = 64 * 2**20
"""Bytes of a log that is read: SQLite begins it anew at 4 MB, and checking 64 MB takes three seconds."""
_HEADER, _FRAME = 32, 24
_MAGIC = (0x377F0682, 0x377F0683)
_MASK = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Frame:
    """A page as a transaction left it. size: pages of the database after it, 0 where the transaction goes on."""

    number: int
    page: int
    size: int
    salt: bytes
    fits: bool


def beside(file: Path, suffix: str = "-wal") -> Path:
    """A companion of the database file."""
    return file.with_name(file.name + suffix)


def frames(file: Path) -> list[Frame]:
    """The log's frames from the first, as far as they belong to its present round; [] where there is none.

    ``fits``: this frame and all before it are as SQLite wrote them.
    """
    log = beside(file)
    try:
        raw = log.read_bytes() if log.is_file() and log.stat().st_size <= READ_AT_MOST else b""
    except OSError:
        return []
    if len(raw) < _HEADER + _FRAME:
        return []
    order, good, sums = _head(raw)
    # The salts change with each round of the log: what an earlier round left behind it has others.
    salt = raw[16:24] if good else raw[_HEADER + 8 : _HEADER + 16]
    found = []
    for number, start in enumerate(range(_HEADER, len(raw) - _FRAME - PAGE + 1, _FRAME + PAGE)):
        head = raw[start : start + _FRAME]
        page, size = struct.unpack(">II", head[:8])
        if good:
            sums = _sum(raw[start + _FRAME : start + _FRAME + PAGE], order, _sum(head[:8], order, sums))
            good = head[8:16] == salt and sums == struct.unpack(">II", head[16:24])
        found.append(Frame(number, page, size, head[8:16], good))
    last = max((frame.number for frame in found if frame.size and frame.salt == salt), default=-1)
    return found[: last + 1]


def lost_commits(file: Path) -> int:
    """How many transactions of the log SQLite would pass over without a word.

    One that stands alone at the end is none: a power cut in the middle of writing leaves such a one, and it was never
    promised to anybody.
    """
    if _header_spoilt(file):
        return 1
    found = frames(file)
    behind = sum(bool(frame.size) for frame in found if not frame.fits)
    promised = _promised_frames(file)
    missing = 1 if promised > len(found) else 0
    return max(missing, behind if behind > 1 else 0)


def pages(file: Path) -> Iterator[tuple[int, bytes]]:
    """(offset in the database file, content) of every page in the log, the later ones last; also of damaged frames,
    since the rows on them have checksums of their own."""
    found = frames(file)
    if not found:
        return
    with beside(file).open("rb") as log:
        for frame in found:
            log.seek(_HEADER + frame.number * (_FRAME + PAGE) + _FRAME)
            if 0 < frame.page < 2**22:
                yield (frame.page - 1) * PAGE, log.read(PAGE)


def _promised_frames(file: Path) -> int:
    """How many frames the index of the log counts. It is written after them, so the log must hold as many."""
    try:
        with beside(file, "-shm").open("rb") as index:
            head = index.read(100)
    except OSError:
        return 0
    if len(head) < 100 or head[:48] != head[48:96] or not head[12]:
        return 0
    order = "<" if head[:4] == struct.pack("<I", 3007000) else ">"
    count, salt = struct.unpack(f"{order}I", head[16:20])[0], head[32:40]
    moved = struct.unpack(f"{order}I", head[96:100])[0]  # frames that are in the database file already
    return count if moved < count and _log_salt(file) in (salt, b"") else 0


def _header_spoilt(file: Path) -> bool:
    """True for a log whose head makes no sense, though something is in it: SQLite passes over all of it."""
    try:
        with beside(file).open("rb") as log:
            raw = log.read(_HEADER + _FRAME + PAGE)
    except OSError:
        return False
    # Zeros are what some file systems leave of a log that a power cut kept from being begun.
    return len(raw) >= _HEADER and bool(raw.strip(b"\0")) and not _head(raw)[1]


def _head(raw: bytes) -> tuple[str, bool, tuple[int, int]]:
    """(byte order of the sums, whether the head fits its own sum, that sum)."""
    magic = int.from_bytes(raw[:4], "big")
    order = "<" if magic == _MAGIC[0] else ">"
    sums = _sum(raw[:24], order, (0, 0))
    return order, magic in _MAGIC and sums == struct.unpack(">II", raw[24:32]), sums


def _log_salt(file: Path) -> bytes:
    """b"" where there is no log at all."""
    try:
        with beside(file).open("rb") as log:
            return log.read(24)[16:24]
    except OSError:
        return b""


def _sum(data: bytes, order: str, start: tuple[int, int]) -> tuple[int, int]:
    """The log's own checksum."""
    one, two = start
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & _MASK
        two = (two + second + one) & _MASK
    return one, two
