"""What the server itself refuses (no such address, wrong method, too much text) as a page in the reader's language."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from alerting.journal.contract import JournalUnavailable
from monitor.pages.frame import PageFrame
from monitor.pages.rendering import choose_language

log = logging.getLogger(__name__)
NAMES = {
    403: "forbidden",
    404: "not_found",
    405: "wrong_method",
    408: "too_slow",
    413: "too_large",
    500: "broken",
    503: "unreadable",
}
"""HTTP status → the words of its page under ``pages.problem``."""


class ErrorPages:
    """Programs (whose Accept names no HTML) get the plain answer."""

    def __init__(self, frame: PageFrame) -> None:
        self._frame = frame

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            refused = error
        except JournalUnavailable:
            refused = web.HTTPServiceUnavailable()
        except Exception:
            if request.transport is None or request.transport.is_closing():
                raise  # who asked has gone, and aiohttp knows what that means
            log.exception("%s %s broke", request.method, request.path)
            refused = web.HTTPInternalServerError()
        if refused.status not in NAMES or "text/html" not in request.headers.get("Accept", ""):
            raise refused
        words = choose_language(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))
        head, sentence = (words.text(f"pages.problem.{NAMES[refused.status]}{part}") for part in ("", "_sentence"))
        answer = self._frame.problem(request, words, refused.status, head, sentence)
        if "Allow" in refused.headers:
            answer.headers["Allow"] = refused.headers["Allow"]
        return answer
