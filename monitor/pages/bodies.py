"""What comes in with a request, read whole or refused: whoever sends it, nothing breaks on it."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web

from alerting.encodable import encodable

log = logging.getLogger(__name__)
FORM_SECONDS = 30.0
"""For all of a form to come: 64 KiB over a bad connection of 64 kbit/s take eight."""


async def body_of(request: web.Request) -> bytes:
    """Raises HTTPUnsupportedMediaType for one that is packed, HTTPRequestEntityTooLarge, HTTPRequestTimeout, and
    HTTPBadRequest for one that breaks off or is no HTTP."""
    if _packed(request):
        raise web.HTTPUnsupportedMediaType
    try:
        async with asyncio.timeout(FORM_SECONDS):
            return await request.read()
    except web.HTTPException:
        raise
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except Exception as error:  # as in form_of
        log.debug("a body that cannot be read: %s", type(error).__name__)
        raise web.HTTPBadRequest from None


def _packed(request: web.Request) -> bool:
    """Whether the body is compressed. No browser does that, and it is nowhere unpacked."""
    return request.headers.get("Content-Encoding", "identity").lower() != "identity"


async def form_of(request: web.Request, longest: int | None = None) -> dict[str, str]:
    """The text fields of a form; {} for anything that is none. longest: bytes, where it is not the server's own limit.
    Raises HTTPRequestEntityTooLarge, HTTPRequestTimeout."""
    if _packed(request):
        return {}
    asked = request if longest is None else request.clone(client_max_size=longest)
    try:
        async with asyncio.timeout(FORM_SECONDS):
            given = await asked.post()
    except web.HTTPRequestEntityTooLarge:
        raise
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except Exception as error:  # an encoding that nobody knows, broken parts: their readers have no error in common
        log.debug("a form that cannot be read: %s", type(error).__name__)
        return {}
    return encodable({name: value for name, value in given.items() if isinstance(value, str)})
