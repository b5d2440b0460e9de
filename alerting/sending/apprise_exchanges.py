"""What services answered to the requests of one message: no redirect is followed, and a 200 alone is no acceptance.

Apprise says only whether it takes a message for sent. The answers themselves are noted here, beside it.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3

from alerting.sending.acceptance import refusal
from alerting.sending.delivery_verdict import SENT, SendVerdict, of_http_status
from alerting.sending.detail import because

LONGEST_BODY = 16_384
"""Bytes of an answer that are looked at: the documented ones have some hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    retry_after: str = ""
    body: str = ""


@dataclass(slots=True)
class Exchanges:
    """What one message's requests brought. tried: there was one. cut: one had left, and no answer came to it."""

    answers: list[Answer] = field(default_factory=list)
    tried: bool = False
    cut: bool = False


_once = threading.Lock()
_noted: ContextVar[Exchanges | None] = ContextVar("noted", default=None)


def begin() -> Exchanges:
    """Note the exchanges of this context from here on, in what is returned."""
    exchanges = Exchanges()
    _noted.set(exchanges)
    return exchanges


def _no_redirect(session: requests.sessions.SessionRedirectMixin, answer: requests.Response) -> str | None:
    return None


def watch_requests() -> None:
    """For the whole process: follow no redirect (it may turn a POST into a GET), and note each answer."""
    with _once:
        if requests.Session.get_redirect_target is not _no_redirect:
            _watch()


def _watch() -> None:
    send = requests.Session.send

    def noting(self: requests.Session, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        noted = _noted.get() or Exchanges()
        noted.tried = True
        try:
            answer = send(self, request, **more)
        except requests.RequestException as error:
            noted.cut = noted.cut or _had_left(error)
            raise
        noted.answers.append(
            Answer(
                status=answer.status_code,
                retry_after=answer.headers.get("Retry-After", ""),
                body=answer.content[:LONGEST_BODY].decode("utf-8", "replace"),
            )
        )
        return answer

    requests.Session.send = noting  # type: ignore[method-assign]
    requests.Session.get_redirect_target = _no_redirect  # type: ignore[method-assign, assignment]


def _had_left(error: requests.RequestException) -> bool:
    """True where the connection had come about: the service may have taken what it did not answer to."""
    cause = error.args[0] if error.args else None
    return isinstance(error, requests.ReadTimeout | requests.exceptions.ChunkedEncodingError) or isinstance(
        cause, urllib3.exceptions.ProtocolError
    )


def judge(scheme: str, answers: list[Answer], sent: bool) -> SendVerdict | None:
    """The verdict on the last answer; None where there was none, or it says no more than Apprise did."""
    if not answers:
        return None
    last = answers[-1]
    by_status = of_http_status(last.status, last.retry_after)
    if by_status.outcome != "sent":
        # Apprise knows which of its own requests may fail; but it must not count a redirection.
        return None if sent and last.status >= 400 else by_status
    why = refusal(scheme, last.body)
    if why:
        return SendVerdict(outcome="temporary", detail=because("http_but", status=last.status, detail=why))
    return SENT if sent else None
