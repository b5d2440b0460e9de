"""What a service's answer means: sent, try again, never, or too fast. Pure; owns the reading of status codes."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Iterable
from typing import Literal, NamedTuple

from alerting.sending.detail import Detail, because

OutcomeWord = Literal["sent", "temporary", "permanent", "throttled"]


class SendVerdict(NamedTuple):
    """outcome of one attempt; detail: why; retry_after in seconds where the far end said one. perhaps_arrived: it had
    left, and no answer says whether it was taken."""

    outcome: OutcomeWord
    detail: Detail = Detail()
    retry_after: float | None = None
    perhaps_arrived: bool = False


SENT = SendVerdict(outcome="sent")

TRY_AGAIN = frozenset({408, 409, 423, 425})
"""4xx codes that speak of the moment, not of the request (RFC 9110, RFC 8470)."""

_HTTP = re.compile(r"error=(\d{3})\b")
_SMTP = re.compile(r"\(?\b([245]\d\d),\s*b?['\"]|SMTP error (\d{3})|\b([45]\d\d) [45]\.\d{1,3}\.\d{1,3}\b")
_UNREACHED = re.compile(
    r"connection error|socket error|connection refused|connection reset|name resolution|name or service not known|"
    r"no address associated|nodename nor servname|network is unreachable|no route to host|timed? ?out|max retries",
    re.IGNORECASE,
)
"""The network may be the very fault that is told: a name that does not resolve now is no mistyped one."""
_NOT_BEGUN = re.compile(
    r"connection refused|name resolution|name or service not known|no address associated|nodename nor servname|"
    r"network is unreachable|no route to host|certificate verify failed",
    re.IGNORECASE,
)
"""No connection came about. A time-out is not among them: it may have been the wait for the answer."""
_MISTYPED = re.compile(r"(?<![.\w-])invalid\b|not supported|unsupported|currently disabled", re.IGNORECASE)

LONGEST_WAIT = 3600.0
"""Seconds that a far end may ask us to wait: an alarm that waits longer has missed its meeting."""


def retry_seconds(value: str, now: float | None = None) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date, at most LONGEST_WAIT; None for anything else.

    now: Unix seconds, the wall clock where None.
    """
    value = value.strip()[:40]
    if value.isascii() and value.isdecimal():
        return min(float(value), LONGEST_WAIT)
    try:
        until = email.utils.parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return min(max(0.0, until - (time.time() if now is None else now)), LONGEST_WAIT)


def of_http_status(status: int, retry_after: str = "") -> SendVerdict:
    """The verdict on a bare HTTP status. retry_after: the header's value."""
    if 200 <= status < 300:
        return SENT
    wait = retry_seconds(retry_after)
    detail = because("http_status", status=status)
    if status == 429:
        return SendVerdict(outcome="throttled", detail=detail, retry_after=wait)
    if 300 <= status < 400:
        return SendVerdict(outcome="temporary", detail=because("http_redirected", status=status))
    if 400 <= status < 500 and status not in TRY_AGAIN:
        return SendVerdict(outcome="permanent", detail=detail)
    return SendVerdict(outcome="temporary", detail=detail, retry_after=wait)


def of_smtp_reply(code: int) -> SendVerdict:
    """4yz asks to come back, 5yz refuses for good (RFC 5321, 4.2.1); 421 and 450–452 are a server's way to slow us."""
    outcome: OutcomeWord = "permanent" if 500 <= code < 600 else "temporary"
    return SendVerdict(outcome=outcome, detail=because("smtp_status", status=code))


def of_log(lines: Iterable[str], *, smtp: bool) -> SendVerdict:
    """Judge a failed attempt by what Apprise logged of it, where no HTTP answer says it. lines: unredacted; the detail
    must be redacted after.

    The worst is assumed to be temporary: a message that is tried again too often is better than one given up.
    """
    lines = tuple(lines)
    text = "\n".join(lines)
    shown = next((line for line in lines if line.strip()), "")
    if smtp:
        for line in reversed(lines):
            reply = _SMTP.search(line)
            if reply is not None:
                code = int(next(filter(None, reply.groups())))
                said = line.removeprefix("Socket Exception: ")
                return SendVerdict(
                    outcome=of_smtp_reply(code).outcome, detail=because("smtp_said", status=code, detail=said)
                )
    found = _HTTP.findall(text)
    if found:
        status = int(found[-1])
        verdict = of_http_status(status)
        detail = because("http_said", status=status, detail=shown)
        return SendVerdict(outcome=verdict.outcome, detail=detail, retry_after=verdict.retry_after)
    why = because("service_said", detail=shown) if shown else because("no_reason_given")
    mistyped = _MISTYPED.search(text) and not _UNREACHED.search(text)
    if mistyped:
        return SendVerdict(outcome="permanent", detail=why)
    return SendVerdict(outcome="temporary", detail=why, perhaps_arrived=not _NOT_BEGUN.search(text))
