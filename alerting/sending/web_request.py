"""One HTTP request with the limits of sending, by the standard library: the sending child must be ready within 0.1 s.

No redirect is followed: what a login page answers is not what the service answers.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from alerting.child.trusted_servers import as_browsers
from alerting.sending.detail import Detail, because
from alerting.sending.limits import CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS

ANSWER_BYTES = 65536
"""Bytes of an answer's body that are read: a service's verdict is a line of JSON; what is longer is a page for
people."""

URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"
"""What an address may hold as it is (RFC 3986), "%" because the rest is quoted already."""


class WebAnswer(NamedTuple):
    """retry_after: the header's value, "" without one."""

    status: int
    text: str
    retry_after: str


class RequestError(Exception):
    """why: names no part of the address."""

    def __init__(self, why: Detail) -> None:
        super().__init__(why.code)
        self.why = why


class NoAnswerError(RequestError):
    """Nobody answered in time, or not in HTTP. perhaps_arrived: the request had left by then, at least in part."""

    def __init__(self, why: Detail, *, perhaps_arrived: bool) -> None:
        super().__init__(why)
        self.perhaps_arrived = perhaps_arrived


class AddressError(RequestError):
    """No request can be made to this address."""


def request(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, verify: bool = True
) -> WebAnswer:
    """Send it once, within TOTAL_SECONDS. url: http or https, with user and password where the service wants them.
    verify: the server's certificate. The environment's proxies are used. Raises NoAnswerError and AddressError."""
    try:
        target = urlsplit(url)
        port = target.port
    except ValueError as error:
        raise AddressError(because("address_wrong", detail=type(error).__name__)) from None
    if target.scheme not in ("http", "https") or not target.hostname:
        raise AddressError(because("address_not_http"))
    path = quote((target.path or "/") + (f"?{target.query}" if target.query else ""), safe=URL_CHARACTERS)
    sent = {"User-Agent": "roomwatch", **headers}
    if target.username:
        login = f"{unquote(target.username)}:{unquote(target.password or '')}"
        sent.setdefault("Authorization", f"Basic {base64.b64encode(login.encode()).decode()}")
    host = target.netloc.rpartition("@")[2]
    connection, path = _connection(target.scheme, target.hostname, port, host, path, verify)
    said: list[WebAnswer | Exception] = []
    connected = threading.Event()

    def exchange() -> None:
        try:
            said.append(_exchange(connection, connected, method, path, sent, body))
        except Exception as error:
            said.append(error)

    # A name that is looked up has no time limit, and each byte of a slow answer restarts the read's own.
    work = threading.Thread(target=exchange, daemon=True)
    work.start()
    work.join(TOTAL_SECONDS)
    if not said:
        _cut(connection)
        raise NoAnswerError(because("no_answer_within", span=TOTAL_SECONDS), perhaps_arrived=connected.is_set())
    found = said[0]
    if isinstance(found, WebAnswer):
        return found
    if isinstance(found, OSError | http.client.HTTPException):
        raise NoAnswerError(_reason(found), perhaps_arrived=connected.is_set())
    raise AddressError(because("request_unwritable", detail=type(found).__name__))  # a line break where HTTP has none


def _exchange(
    connection: http.client.HTTPConnection,
    connected: threading.Event,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | None,
) -> WebAnswer:
    with contextlib.closing(connection):
        connection.connect()
        connected.set()
        connection.sock.settimeout(READ_SECONDS)
        connection.request(method, path, body, {name: value.encode() for name, value in headers.items()})
        answer = connection.getresponse()
        text = answer.read(ANSWER_BYTES).decode(errors="replace")
        return WebAnswer(answer.status, text, answer.getheader("Retry-After") or "")


def _connection(
    scheme: str, name: str, port: int | None, host: str, path: str, verify: bool
) -> tuple[http.client.HTTPConnection, str]:
    """The connection, through the environment's proxy where it names one, and the path to ask it for."""
    proxy = _proxy(scheme, name)
    via = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy else None
    first, first_port = (via.hostname or "", via.port or 80) if via is not None else (name, port)
    if scheme == "http":
        plain = http.client.HTTPConnection(first, first_port, timeout=CONNECT_SECONDS)
        return plain, f"http://{host}{path}" if via is not None else path
    secure = http.client.HTTPSConnection(first, first_port, timeout=CONNECT_SECONDS, context=_context(verify))
    if via is not None:
        secure.set_tunnel(name, port or 443)
    return secure, path


def _proxy(scheme: str, name: str) -> str:
    """The environment's proxy for this host; "" without one."""
    if not any(variable.lower().endswith("_proxy") for variable in os.environ):
        return ""
    import urllib.request  # takes time to load, and few rooms have a proxy

    return "" if urllib.request.proxy_bypass(name) else urllib.request.getproxies_environment().get(scheme, "")


def _context(verify: bool) -> ssl.SSLContext:
    """The machine's own authorities, those of the organisation among them; where it has none, those of certifi."""
    context = as_browsers(ssl.create_default_context())
    places = ssl.get_default_verify_paths()
    if not places.cafile and not places.capath:
        with contextlib.suppress(ImportError):
            import certifi

            context.load_verify_locations(certifi.where())
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _cut(connection: http.client.HTTPConnection) -> None:
    """Let its thread end."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _reason(error: Exception) -> Detail:
    if isinstance(error, ssl.SSLCertVerificationError):
        return because("certificate_refused", detail=error.verify_message)
    if isinstance(error, TimeoutError):
        return because("no_answer_in_time")
    if isinstance(error, OSError) and error.strerror:
        return because("no_connection", detail=error.strerror)
    return because("no_connection", detail=type(error).__name__)
