"""What a service's answer means: sent, try again, never, or too fast. Pure; owns the reading of status codes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

OutcomeWord = Literal["sent", "temporary", "permanent", "throttled"]


class SendVerdict(NamedTuple):
    """outcome of one attempt; detail for people; retry_after in seconds where the far end said one."""

    outcome: OutcomeWord
    detail: str = ""
    retry_after: float | None = None


SENT = SendVerdict(outcome="sent")

TRY_AGAIN = frozenset({408, 409, 423, 425})
"""4xx codes that speak of the moment, not of the request (RFC 9110, RFC 8470)."""

_HTTP = re.compile(r"error=(\d{3})\b")
_SMTP = re.compile(r"\(?\b([245]\d\d),\s*b?['\"]|SMTP error (\d{3})|\b([45]\d\d) [45]\.\d{1,3}\.\d{1,3}\b")
_MISTYPED = re.compile(r"\binvalid\b|not supported|unsupported|currently disabled", re.IGNORECASE)


def of_http_status(status: int, retry_after: str = "") -> SendVerdict:
    """The verdict on a bare HTTP status. retry_after: the header's value, seconds only."""
    detail = f"HTTP {status}"
    if 200 <= status < 300:
        return SENT
    if status == 429:
        wait = float(retry_after) if re.fullmatch(r"\d{1,6}", retry_after.strip()) else None
        return SendVerdict(outcome="throttled", detail=detail, retry_after=wait)
    if 400 <= status < 500 and status not in TRY_AGAIN:
        return SendVerdict(outcome="permanent", detail=detail)
    return SendVerdict(outcome="temporary", detail=detail)


def of_smtp_reply(code: int) -> SendVerdict:
    """4yz asks to come back, 5yz refuses for good (RFC 5321, 4.2.1); 421 and 450–452 are a server's way to slow us."""
    outcome: OutcomeWord = "permanent" if 500 <= code < 600 else "temporary"
    return SendVerdict(outcome=outcome, detail=f"SMTP {code}")


def of_log(lines: Iterable[str], *, smtp: bool) -> SendVerdict:
    """Judge a failed attempt by what Apprise logged of it. lines: unredacted; the detail must be redacted after.

    The worst is assumed to be temporary: a message that is tried again too often is better than one given up.
    """
    lines = tuple(lines)
    text = "\n".join(lines)
    shown = next((line for line in lines if line.strip()), "no reason given")
    if smtp:
        for line in reversed(lines):
            reply = _SMTP.search(line)
            if reply is not None:
                verdict = of_smtp_reply(int(next(filter(None, reply.groups()))))
                said = line.removeprefix("Socket Exception: ")
                return SendVerdict(outcome=verdict.outcome, detail=f"{verdict.detail}: {said}")
    found = _HTTP.findall(text)
    if found:
        verdict = of_http_status(int(found[-1]))
        return SendVerdict(
            outcome=verdict.outcome, detail=f"{verdict.detail}: {shown}", retry_after=verdict.retry_after
        )
    if _MISTYPED.search(text):
        return SendVerdict(outcome="permanent", detail=shown)
    return SendVerdict(outcome="temporary", detail=shown)
