"""HTTP for the calls: who may, is it well-formed, and every error as application/problem+json."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from aiohttp import web

from alerting.encodable import encodable
from alerting.journal.contract import JournalUnavailable
from alerting.model.reason import Reason
from alerting.service.api_tokens import ApiToken
from monitor.api.call import PARTS, Asked, Call, Declined
from monitor.api.documents import ProblemDetails
from monitor.api.openapi import EVERY, document
from monitor.pages.bodies import body_of

log = logging.getLogger(__name__)
START = "/api/v1"
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class Api:
    """token: what a program shows → its token. here: whether a contact may still act. said: a refusal in words."""

    def __init__(
        self,
        calls: Sequence[Call],
        token: Callable[[str], ApiToken | None],
        here: Callable[[str], bool],
        said: Callable[[Reason, str], str],
    ) -> None:
        self._calls, self._token, self._here, self._said = calls, token, here, said
        self._document: bytes | None = None

    def add_to(self, app: web.Application) -> None:
        app.middlewares.append(self._problems)
        app.router.add_get(f"{START}/openapi.json", self._openapi)
        for call in self._calls:
            path = call.path
            for name, pattern in PARTS.items():
                path = path.replace(f"{{{name}}}", f"{{{name}:{pattern}}}")
            app.router.add_route(call.method, START + path, self._handler(call))

    async def _openapi(self, request: web.Request) -> web.Response:
        if self._document is None:
            made = document(self._calls)
            made["servers"] = [{"url": START}]
            self._document = msgspec.json.encode(made)
        return web.Response(body=self._document, content_type="application/json", headers=HEADERS)

    def _handler(self, call: Call) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            token = self._let_in(request, call)
            asked = Asked(
                token=token,
                place=dict(request.match_info),
                query=_query(request, call),
                body=await _body(request, call.body) if call.body is not None else None,
                address=request.remote or "",
            )
            found = await call.work(asked)
            if call.answer is None:
                return web.Response(status=call.status, headers=HEADERS)
            body = msgspec.json.encode(found)
            return web.Response(status=call.status, body=body, content_type="application/json", headers=HEADERS)

        return handle

    def _let_in(self, request: web.Request, call: Call) -> ApiToken:
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        found = self._token(text.strip()) if kind.lower() == "bearer" and len(text) < 200 else None
        if found is None or (found.contact and not self._here(found.contact)):
            raise Declined(401, "No valid token", "Send Authorization: Bearer and a token of `roomwatch token make`.")
        if not found.allows(call.scope):
            raise Declined(403, "The token has not this scope", call.scope)
        return found

    @web.middleware
    async def _problems(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not request.path.startswith(START + "/"):
            return await handler(request)
        try:
            return await handler(request)
        except Declined as declined:
            return self._problem(request, declined)
        except JournalUnavailable as error:
            return self._problem(request, Declined(503, EVERY[503], reason=error.reason))
        except web.HTTPException as error:
            answer = self._problem(request, Declined(error.status, EVERY.get(error.status, error.reason)))
            if "Allow" in error.headers:
                answer.headers["Allow"] = error.headers["Allow"]
            return answer
        except Exception:
            log.exception("%s %s broke", request.method, request.path)
            return self._problem(request, Declined(500, EVERY[500]))

    def _problem(self, request: web.Request, declined: Declined) -> web.Response:
        reason, detail = declined.reason, declined.detail
        if reason is not None:
            language = request.headers.get("Accept-Language", "")[:20].partition(",")[0]
            detail = detail or self._said(reason, language)
        made = ProblemDetails(
            title=declined.title,
            status=declined.status,
            detail=detail,
            reason=msgspec.to_builtins(reason) if reason is not None else None,
        )
        body = msgspec.json.encode(encodable(msgspec.to_builtins(made)))
        headers = HEADERS | ({"WWW-Authenticate": 'Bearer realm="roomwatch"'} if declined.status == 401 else {})
        return web.Response(status=declined.status, body=body, content_type="application/problem+json", headers=headers)


def _query(request: web.Request, call: Call) -> Any:
    twice = [name for name, count in Counter(name for name, _ in request.query.items()).items() if count > 1]
    if twice:
        raise Declined(400, EVERY[400], f"query: {twice[0]} is there twice")
    try:
        return msgspec.convert(dict(request.query), call.query, strict=False)
    except msgspec.ValidationError as error:
        raise Declined(400, EVERY[400], f"query: {error}") from None


def _whole(value: Any) -> Any:
    """3.0 is an integer to JSON Schema, and so to whoever reads the document."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


async def _body(request: web.Request, kind: type[msgspec.Struct]) -> Any:
    if request.content_type != "application/json":
        raise Declined(415, EVERY[415], "Send Content-Type: application/json.")
    try:
        text = await body_of(request)
        return msgspec.convert(_whole(encodable(msgspec.json.decode(text))), kind)
    except msgspec.ValidationError as error:
        raise Declined(400, EVERY[400], f"body: {error}") from None
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise Declined(400, EVERY[400], "body: this is no JSON") from None
