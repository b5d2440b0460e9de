"""What the server itself refuses (no such address, wrong method, too much text) as a page in the reader's language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from monitor.pages.frame import PageFrame
from monitor.pages.rendering import choose_language

NAMES = {403: "forbidden", 404: "not_found", 405: "wrong_method", 413: "too_large"}
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
            if error.status not in NAMES or "text/html" not in request.headers.get("Accept", ""):
                raise
            words = choose_language(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))
            head, sentence = (words.text(f"pages.problem.{NAMES[error.status]}{part}") for part in ("", "_sentence"))
            answer = self._frame.problem(request, words, error.status, head, sentence)
            if "Allow" in error.headers:
                answer.headers["Allow"] = error.headers["Allow"]
            return answer
