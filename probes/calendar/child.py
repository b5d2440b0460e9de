"""The calendar's one door: fetches and reads it in a killable child. What leaves are times, organisers and importance.

No exception gets out: its text could quote a title.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import resource
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from probes.calendar.fetch import FetchTrouble, opened
from probes.calendar.prefilter import MARGIN_DAYS, Sifted, sift
from probes.calendar.text_lines import as_utf8, kind_of, lines
from probes.why import because

MEMORY_BYTES = 20 << 20
"""Bytes of address space: 4 MiB for the libraries that read a calendar, 2 for a server's certificates, the rest for
the text. The largest that we make in tests takes 14 in all."""

MAX_ANSWER_BYTES = 3600
"""Bytes for the meetings, of the 4 KiB that may cross to the parent. The rest is for the other fields."""

MOST_MEETINGS = 60
OVER_SECONDS = 3600.0
"""A meeting that ended so long ago is told: it may run over its time."""
HASHED = "sha256:"


def prepare() -> None:
    """Bound what a calendar adds to the memory that the process has before it."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = size + MEMORY_BYTES
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def read(argument: Mapping[str, Any]) -> dict[str, Any]:
    """argument: url or url_from, or file; user, password (secret place), mark, modified, now, seconds (window ahead),
    zone, max_bytes, timeout, verify, address, all_day, categories, organisers, titles, priority.

    Returns {"state": "ok", "meetings": [[start, end, important, organiser], ...], "horizon", "mark", "modified",
    "seen", "skipped", "odd_zones", "left"}, {"state": "same"}, or {"state": "unreachable" | "unreadable", "reason"}.
    """
    try:
        return _read(argument)
    except FetchTrouble as trouble:
        return {"state": trouble.state, "reason": trouble.reason}
    except MemoryError:
        return {"state": "unreadable", "reason": because("too_large_for_memory")}
    except Exception as error:
        return {"state": "unreadable", "reason": because("read_failed", kind=type(error).__name__)}


def _read(argument: Mapping[str, Any]) -> dict[str, Any]:
    with opened(argument, HASHED) as source:
        if source is None:
            return {"state": "same"}
        text = _Text(source.pieces)
        mark = source.mark
        sifted = _sifted(text, argument)
        if not mark and not source.modified:
            # A server that says neither ETag nor date: an equal text needs no second reading.
            mark = f"{HASHED}{text.digest}"
            if mark == argument.get("mark"):
                return {"state": "same"}
    return _meetings(sifted, argument) | {"mark": mark, "modified": source.modified}


class _Text:
    """The pieces as they pass, with their digest and their beginning."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._hash = hashlib.sha256()
        self.start = b""

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._hash.update(piece)
            self.start = self.start or piece[:200]
            yield piece

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


def _window(argument: Mapping[str, Any]) -> tuple[float, float]:
    now = float(argument["now"])
    return now - 86400.0, now + float(argument["seconds"])


def _sifted(text: _Text, argument: Mapping[str, Any]) -> Sifted:
    """Raises Trouble for what is no calendar, and for a part of one."""
    days = dt.timedelta(days=MARGIN_DAYS)
    begin, end = (dt.datetime.fromtimestamp(at, dt.UTC) for at in _window(argument))
    sifted = sift(
        lines(as_utf8(text)),
        f"{begin - days:%Y%m%d}",
        f"{end + days:%Y%m%d}",
        str(argument.get("address", "")),
        bool(argument.get("titles")),
    )
    if not sifted.calendar:
        kind = kind_of(text.start)
        raise FetchTrouble("unreadable", because(f"no_calendar_but_{kind}" if kind else "no_calendar_file"))
    if not sifted.whole:
        raise FetchTrouble("unreadable", because("calendar_incomplete"))
    return sifted


def _meetings(sifted: Sifted, argument: Mapping[str, Any]) -> dict[str, Any]:
    from probes.calendar.meeting_or_not import MeetingRules
    from probes.calendar.recurrence import expand

    last = _window(argument)[1]
    rules = MeetingRules(
        categories=frozenset(str(one).casefold() for one in argument.get("categories", ())),
        organisers=frozenset(str(one).lower() for one in argument.get("organisers", ())),
        titles=tuple(re.compile(one, re.IGNORECASE) for one in argument.get("titles", ())),
        priority=bool(argument.get("priority", True)),
        address=str(argument.get("address", "")),
        all_day=bool(argument.get("all_day")),
    )
    zone = ZoneInfo(argument["zone"]) if argument.get("zone") else None
    found = expand(sifted, float(argument["now"]) - OVER_SECONDS, last, zone, rules)
    meetings, horizon = _fitting(found.meetings, last)
    return {
        "state": "ok",
        "meetings": meetings,
        "horizon": horizon,
        "seen": sifted.seen,
        "skipped": found.skipped,
        "odd_zones": found.odd_zones,
        "left": found.left + sifted.left,
    }


def _fitting(meetings: list[list[Any]], last: float) -> tuple[list[list[Any]], float]:
    """As many of the next as may cross to the parent, and until when they are all."""
    kept = meetings[:MOST_MEETINGS]
    while kept and len(json.dumps(kept)) > MAX_ANSWER_BYTES:
        if any(one[3] for one in kept[8:]):
            kept = [*kept[:8], *([*one[:3], ""] for one in kept[8:])]
        else:
            kept = kept[:-1]
    return kept, last if len(kept) == len(meetings) else kept[-1][0]
