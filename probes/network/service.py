"""Rung 7, the conferencing service over HTTPS: DNS, connect, TLS and first byte apart, certificate, status, content.

One resident httpx client with one TLS context: a request costs milliseconds, a cold child a sixth of a second.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import sys
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

from probes.network.profiles import Profile
from probes.reading import Outcome, Reading

CHECK = "network.service"
MOST_BYTES = 65536
"""Enough of a page to look for a word in it; the rest is not fetched."""

# OpenSSL's X509_V_ERR numbers (x509_vfy.h).
_CERTIFICATE = {
    9: ("service_certificate_expired", "the certificate is not valid yet, or this machine's clock is wrong"),
    10: ("service_certificate_expired", "the certificate has expired, or this machine's clock is wrong"),
    62: ("service_certificate_wrong", "the certificate is for another name"),
}


def tls_context(ca_file: str) -> ssl.SSLContext:
    """The system's authorities, plus the given file's. Raises OSError naming the file."""
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except ssl.SSLError as error:
            raise OSError(f"{ca_file} holds no PEM certificate ({error.reason})") from None
    return context


def load_libraries() -> None:
    """Import what a look needs, for a thread: 0.15 CPU-s, over a second on a busy machine, and the event loop would
    stand still for it. httpx's own command line stays out: it brings click, rich and pygments where they are installed,
    3 MiB of a resident process."""
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: "not to be found", and httpx goes on
    import httpx  # noqa: F401


def make_client(context: ssl.SSLContext, proxy: str) -> Any:
    """An httpx client that keeps no connection: each look pays for connect and TLS, which is what it measures."""
    import httpx

    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would write a line for every look
    return (
        httpx.AsyncClient(  # HTTP/1.1, which every service speaks: the library for HTTP/2 stays resident with 2.5 MiB
            verify=context,
            trust_env=False,
            proxy=proxy or None,
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            headers={"User-Agent": "roomwatch", "Connection": "close"},
        )
    )


class _Times:
    """Moments of one request, from httpcore's trace events."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.certificate: dict[str, Any] = {}

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        self.at.setdefault(event.partition(".")[2], time.perf_counter())
        if event == "connection.start_tls.complete":
            tls = info["return_value"].get_extra_info("ssl_object")
            if tls is not None:
                self.certificate = tls.getpeercert() or {}

    def between(self, start: str, end: str) -> float | None:
        if start in self.at and end in self.at:
            return self.at[end] - self.at[start]
        return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _judge_error(error: Exception) -> tuple[str, str]:
    """(fault code, reason in English)."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            usual = ("service_certificate_wrong", f"the certificate is not trusted: {cause.verify_message}")
            return _CERTIFICATE.get(cause.verify_code, usual)
        if isinstance(cause, ssl.SSLError):
            return "service_unreachable", f"TLS failed: {cause.reason or cause}"
        if isinstance(cause, ConnectionRefusedError):
            return "service_unreachable", "connection refused"
    if type(error).__name__ == "ProxyError":
        return "proxy_failing", f"the proxy refuses: {error}"
    text = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
    return "service_unreachable", text


async def read(client: Any, ident: str, profile: Profile, timeout: float, now: float, proxied: bool) -> Outcome:
    """finding: service_unreachable, service_refuses, service_wrong_content, service_certificate_*, proxy_failing."""
    import httpx

    parts = urllib.parse.urlsplit(profile.url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    evidence: dict[str, str | float | int | bool] = {"service": profile.name, "url": profile.url}
    values: dict[str, float] = {}
    times = _Times()
    started = time.perf_counter()
    finding, body = "", b""
    try:
        async with asyncio.timeout(timeout):
            url, headers = profile.url, {}
            extensions: dict[str, Any] = {"trace": times}
            if not proxied:
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
                values["service_dns_seconds"] = time.perf_counter() - started
                address = found[0][4][0]
                evidence["address"] = str(address)
                shown = f"[{address}]" if ":" in str(address) else str(address)
                # Connect to the address that was just resolved, so that DNS and connect are measured apart.
                url = parts._replace(netloc=f"{shown}:{port}").geturl()
                extensions["sni_hostname"] = host
                headers["Host"] = parts.netloc
            async with client.stream("GET", url, headers=headers, extensions=extensions) as response:
                evidence["status"], evidence["http"] = response.status_code, response.http_version
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) >= MOST_BYTES or not profile.content:
                        break
                if response.status_code == 407:
                    finding, evidence["reason"] = "proxy_failing", "the proxy wants a login (407)"
                elif response.status_code not in profile.status:
                    finding, evidence["reason"] = "service_refuses", f"it answers with status {response.status_code}"
                elif profile.content and profile.content.encode() not in body:
                    finding, evidence["reason"] = "service_wrong_content", "the page lacks the expected words"
    except TimeoutError:
        finding, evidence["reason"] = "service_unreachable", f"no complete answer within {timeout:g} s"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
        finding, evidence["reason"] = _judge_error(error)
    for name, start, end in (
        ("service_connect_seconds", "connect_tcp.started", "connect_tcp.complete"),
        ("service_tls_seconds", "start_tls.started", "start_tls.complete"),
        ("service_first_byte_seconds", "send_request_headers.started", "receive_response_headers.complete"),
    ):
        if (took := times.between(start, end)) is not None:
            values[name] = took
    if "service_first_byte_seconds" in values:
        # The network's parts alone: what this process did in between (imports at the first look) is not the service's.
        phases = ("dns", "connect", "tls", "first_byte")
        values["service_seconds"] = sum(values.get(f"service_{part}_seconds", 0.0) for part in phases)
    if ends := times.certificate.get("notAfter"):
        values["certificate_left_seconds"] = ssl.cert_time_to_seconds(str(ends)) - now
        evidence["certificate_ends"] = str(ends)
    return Reading(check=CHECK, target=ident, values=values, finding=finding, evidence=evidence)
