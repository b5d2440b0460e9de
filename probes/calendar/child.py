"""The calendar's one door: fetches and reads it in a killable child. What leaves are times, organisers and importance.

Refuses to let an exception out: its text could quote a title.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import json
import re
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from probes.child.secret_place import reveal

MAX_ANSWER_BYTES = 3600
"""Of the 4 KiB that may cross to the parent, the rest being for the other fields."""

MOST_MEETINGS = 60
HASHED = "sha256:"


class _Trouble(Exception):
    """state: "unreachable" or "unreadable"; the text is one of ours and quotes nothing of the calendar."""

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


def read(argument: Mapping[str, Any]) -> dict[str, Any]:
    """argument: url or url_from, or file; user, password (secret place), mark, modified, now, seconds (window ahead),
    zone, max_bytes, timeout, verify, address, all_day, categories, organisers, titles, priority.

    Returns {"state": "ok", "meetings": [[start, end, important, organiser], ...], "horizon", "mark", "modified",
    "seen", "skipped", "odd_zones", "left"}, {"state": "same"}, or {"state": "unreachable" | "unreadable", "reason"}.
    """
    try:
        return _read(argument)
    except _Trouble as trouble:
        return {"state": trouble.state, "reason": trouble.reason}
    except MemoryError:
        return {"state": "unreadable", "reason": "it is too large for the memory it may take"}
    except Exception as error:
        return {"state": "unreadable", "reason": f"it could not be read ({type(error).__name__})"}


def _read(argument: Mapping[str, Any]) -> dict[str, Any]:
    if argument.get("file"):
        body, mark, modified = _from_file(argument)
    else:
        answer = _from_server(argument)
        if answer is None:
            return {"state": "same"}
        body, mark, modified = answer
    if not mark and not modified:
        # A server that says neither ETag nor date: an equal text needs no second reading.
        mark = f"{HASHED}{hashlib.sha256(body).hexdigest()}"
        if mark == argument.get("mark"):
            return {"state": "same"}
    return _meetings(body, argument) | {"mark": mark, "modified": modified}


def _from_file(argument: Mapping[str, Any]) -> tuple[bytes, str, str]:
    try:
        with Path(argument["file"]).open("rb") as file:
            return _bounded(file, int(argument["max_bytes"])), str(argument.get("mark", "")), ""
    except OSError as error:
        raise _Trouble("unreadable", f"{argument['file']}: {error.strerror or type(error).__name__}") from None


def _bounded(source: Any, most: int, until: float | None = None) -> bytes:
    """Raises _Trouble beyond ``most`` bytes or the monotonic time: each read has its time-out, a trickle has not."""
    parts: list[bytes] = []
    size = 0
    while chunk := source.read1(65536):
        size += len(chunk)
        if size > most:
            raise _Trouble("unreadable", f"it is larger than {most >> 20} MiB (calendar.max_mib)")
        if until is not None and time.monotonic() > until:
            raise _Trouble("unreachable", "it did not come in time (calendar.timeout_seconds)")
        parts.append(chunk)
    return b"".join(parts)


class _SameOrigin(urllib.request.HTTPRedirectHandler):
    """Follows redirects; the login goes along only to the server that it is for."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        fresh = super().redirect_request(req, fp, code, msg, headers, newurl)
        if fresh is not None and urllib.parse.urlsplit(newurl)[:2] != urllib.parse.urlsplit(req.full_url)[:2]:
            fresh.remove_header("Authorization")
        return fresh


def _from_server(argument: Mapping[str, Any]) -> tuple[bytes, str, str] | None:
    """Body, ETag and Last-Modified; None when the server says that nothing changed."""
    timeout = float(argument["timeout"])
    until = time.monotonic() + timeout
    try:
        address = str(argument.get("url") or reveal(argument.get("url_from") or {}))
        password = reveal(argument.get("password") or {})
    except LookupError as error:
        raise _Trouble("unreadable", str(error)) from None
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https", "webcal", "webcals") or not parts.hostname:
        raise _Trouble("unreadable", "its address is no http or https address")
    if parts.scheme.startswith("webcal"):
        address = address.replace("webcal", "https" if parts.scheme == "webcals" else "http", 1)
    request = urllib.request.Request(address, headers={"Accept": "text/calendar", "User-Agent": "roomwatch"})
    if argument.get("user"):
        login = base64.b64encode(f"{argument['user']}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
    if argument.get("mark") and not str(argument["mark"]).startswith(HASHED):
        request.add_header("If-None-Match", str(argument["mark"]))
    if argument.get("modified"):
        request.add_header("If-Modified-Since", str(argument["modified"]))
    context = ssl.create_default_context(cafile=argument.get("ca_file") or None)
    opener = urllib.request.build_opener(_SameOrigin, urllib.request.HTTPSHandler(context=context))
    host = parts.hostname
    try:
        with opener.open(request, timeout=timeout) as answer:
            body = _bounded(answer, int(argument["max_bytes"]), until)
            return body, answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", "")
    except urllib.error.HTTPError as error:
        if error.code == 304:
            return None
        state = "unreachable" if error.code >= 500 or error.code in (408, 429) else "unreadable"
        raise _Trouble(state, f"{host} answered {error.code}") from None
    except urllib.error.URLError as error:
        raise _Trouble("unreachable", f"{host}: {_plain(error.reason)}") from None
    except (OSError, ValueError) as error:
        raise _Trouble("unreachable", f"{host}: {_plain(error)}") from None


def _plain(error: object) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return getattr(error, "strerror", None) or type(error).__name__


def _meetings(body: bytes, argument: Mapping[str, Any]) -> dict[str, Any]:
    from probes.calendar.expand import RecurrenceRules, expand
    from probes.calendar.sift import MARGIN_DAYS, sift

    now = float(argument["now"])
    first, last = now - 86400.0, now + float(argument["seconds"])
    days = dt.timedelta(days=MARGIN_DAYS)
    begin, end = (dt.datetime.fromtimestamp(at, dt.UTC) for at in (first, last))
    sifted = sift(
        io.BytesIO(body.removeprefix(b"\xef\xbb\xbf")),
        f"{begin - days:%Y%m%d}",
        f"{end + days:%Y%m%d}",
        str(argument.get("address", "")),
        bool(argument.get("titles")),
    )
    if not sifted.calendar:
        raise _Trouble("unreadable", "it is no iCalendar file (no BEGIN:VCALENDAR)")
    rules = RecurrenceRules(
        categories=frozenset(str(one).casefold() for one in argument.get("categories", ())),
        organisers=frozenset(str(one).lower() for one in argument.get("organisers", ())),
        titles=tuple(re.compile(one, re.IGNORECASE) for one in argument.get("titles", ())),
        priority=bool(argument.get("priority", True)),
        address=str(argument.get("address", "")),
        all_day=bool(argument.get("all_day")),
    )
    zone = ZoneInfo(argument["zone"]) if argument.get("zone") else None
    found = expand(sifted, first, last, zone, rules)
    meetings, horizon = _fitting([one for one in found.meetings if one[1] > now - 3600.0], last)
    return {
        "state": "ok",
        "meetings": meetings,
        "horizon": horizon,
        "seen": sifted.seen,
        "skipped": found.skipped,
        "odd_zones": found.odd_zones,
        "left": found.left,
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
