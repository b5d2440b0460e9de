"""Rung 7, the conferencing service as a program reaches it: name, connection, TLS and first byte, each timed."""

from __future__ import annotations

import asyncio
import ssl
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field

from probes.guard import reason_of
from probes.network import authorities, exchange, proxy
from probes.network import connect_race as eyeballs
from probes.network.profiles import Profile
from probes.network.system_names import NameLookup
from probes.reading import Fact, Reading
from probes.trusted_servers import as_browsers
from probes.why import Why, all_of, because

CHECK = "network.service"
PROXY_ALIVE_SECONDS = 1.0
"""A proxy answers a question to itself without asking anybody: milliseconds on the local network."""
_GATEWAY_ERRORS = (502, 503, 504)
"""What a proxy says that cannot reach the other side (RFC 9110, section 15.6)."""

# OpenSSL's X509_V_ERR numbers (x509_vfy.h).
NOT_YET_VALID, EXPIRED, OTHER_NAME = 9, 10, 62
_CERTIFICATE = {
    NOT_YET_VALID: (
        "service_certificate_expired",
        because("certificate_not_yet"),
    ),
    EXPIRED: ("service_certificate_expired", because("certificate_expired")),
    OTHER_NAME: ("service_certificate_wrong", because("certificate_other_name")),
}


def tls_context(ca_file: str) -> ssl.SSLContext:
    """The system's authorities, plus the given file's. Raises OSError naming the file."""
    context = as_browsers(ssl.create_default_context())
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except ssl.SSLError as error:
            raise OSError(because("no_pem", file=ca_file, detail=str(error.reason))) from None
    return context


@dataclass
class ServiceLook:
    """One look at one service. through: the proxy's URL, "" for none. segment: as in eyeballs.connect.
    own_authorities: trusted here and not in public; evidence "opened_by" names one that signed the certificate.

    After ``run``: finding with its reason, values, evidence. stage: how far it came ("name", "proxy", "connect", "tls",
    "answer"). stalled: it waited there until the time was up. verify_code: OpenSSL's, 0 where it did not complain.
    date: the answer's own. lasted: seconds that it waited in vain.
    """

    names: NameLookup
    context: ssl.SSLContext
    profile: Profile
    now: float
    through: str = ""
    segment: int = 0
    own_authorities: frozenset[str] = frozenset()
    finding: str = ""
    stage: str = "name"
    stalled: bool = False
    verify_code: int = 0
    addresses: tuple[str, ...] = ()
    date: str = ""
    lasted: float = 0.0
    values: dict[str, float] = field(default_factory=dict)
    evidence: dict[str, Fact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.profile.url)
        self.secure = parts.scheme == "https"
        self.host, self.port = parts.hostname or "", parts.port or (443 if self.secure else 80)
        self.authority = parts.netloc
        self.target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.evidence |= {"service": self.profile.name, "url": self.profile.url}

    async def run(self, wait: float) -> None:
        """Never raises for anything that the network does."""
        begun = time.perf_counter()
        stream: exchange.Stream | None = None
        try:
            async with asyncio.timeout(wait):
                stream = await self._connected(wait)
                page = await self._asked(stream)
                self._judge(page)
        except TimeoutError:
            self.stalled = True
            self._fail("service_unreachable", because("no_answer_within", seconds=wait))
        except eyeballs.Unreachable as error:
            self.evidence["tried"] = _tried(error.tried)
            self.stalled = not error.refused
            self._fail("service_unreachable", because("connection_refused") if error.refused else reason_of(error))
        except ssl.SSLCertVerificationError as error:
            self.verify_code = error.verify_code
            self.evidence.setdefault("issuer", "?")
            usual = ("service_certificate_wrong", because("certificate_untrusted", detail=error.verify_message))
            self._fail(*_CERTIFICATE.get(error.verify_code, usual))
        except ssl.SSLError as error:
            self._fail("service_unreachable", because("tls_failed", detail=str(error.reason or error)))
        except _Refused as error:
            self._fail("proxy_failing", reason_of(error))
        except OSError as error:
            cut = isinstance(error, ConnectionResetError)
            self._fail("service_unreachable", because("cut_off") if cut else reason_of(error))
        finally:
            if stream is not None:
                stream.close()
        self.lasted = time.perf_counter() - begun if self.finding == "service_unreachable" else 0.0
        if self.stage == "proxy" and self.stalled:
            await self._who_is_silent()
        self._sum_up()

    def _fail(self, finding: str, reason: Why) -> None:
        self.finding = finding
        self.evidence |= {"reason": reason, "stage": self.stage}

    async def _connected(self, wait: float) -> exchange.Stream:
        found = await self._resolved(
            urllib.parse.urlsplit(self.through).hostname or "" if self.through else self.host, wait
        )
        self.stage = "proxy" if self.through else "connect"
        port = (urllib.parse.urlsplit(self.through).port or proxy.PORT) if self.through else self.port
        way = await eyeballs.connect(found, port, wait, segment=self.segment)
        self.values["service_connect_seconds"] = way.seconds
        self.evidence["address"] = way.address
        if way.tried:
            self.evidence["tried"] = _tried(way.tried)
        stream = await exchange.over(way)
        try:
            if self.through:
                await self._tunnel(stream)
            if self.secure:
                self.stage, begun = "tls", time.perf_counter()
                await stream.secure(self.context, self.host)
                self.values["service_tls_seconds"] = time.perf_counter() - begun
        except BaseException:
            stream.close()
            raise
        self.stage = "answer"
        return stream

    async def _resolved(self, host: str, wait: float) -> tuple[str, ...]:
        found = await self.names.find(host, wait)
        self.values["service_dns_seconds"] = found.seconds
        if found.late:
            self.evidence["name_by"] = found.asked
        self.addresses = found.addresses
        if not found.addresses:
            self.stalled = found.late
            raise exchange.NoHttp(because("name_unresolved", name=host, why=found.why))
        return found.addresses

    async def _tunnel(self, stream: exchange.Stream) -> None:
        if urllib.parse.urlsplit(self.through).scheme == "https":
            await stream.secure(self.context, urllib.parse.urlsplit(self.through).hostname or "")
        if not self.secure:
            return
        authority = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        more = exchange.login(self.through)
        page = await exchange.request(stream, authority, authority, method="CONNECT", more=more, body=False)
        if page.status in _GATEWAY_ERRORS:
            raise exchange.NoHttp(because("proxy_cannot_reach", status=page.status))
        if not 200 <= page.status < 300:
            self.evidence["status"] = page.status
            login = page.status == 407
            raise _Refused(because("proxy_login") if login else because("proxy_refuses", status=page.status))

    async def _asked(self, stream: exchange.Stream) -> exchange.Page:
        target, more = self.target, {}
        if self.through and not self.secure:
            target, more = self.profile.url, exchange.login(self.through)
        if (tls := stream.tls) is not None:
            self._certificate(tls)
        return await exchange.request(stream, self.authority, target, more=more, body=True)

    def _certificate(self, tls: ssl.SSLObject) -> None:
        shown = tls.getpeercert() or {}
        if ends := shown.get("notAfter"):
            self.values["certificate_left_seconds"] = ssl.cert_time_to_seconds(str(ends)) - self.now
            self.evidence["certificate_ends"] = str(ends)
        if name := authorities.named(shown.get("issuer", ())):
            self.evidence["issuer"] = name
            if name in self.own_authorities:
                self.evidence["opened_by"] = name

    def _judge(self, page: exchange.Page) -> None:
        self.values["service_first_byte_seconds"] = page.seconds
        self.evidence |= {"status": page.status, "http": page.version}
        self.date = page.headers.get("date", "")
        profile = self.profile
        if page.status == 407:
            self._fail("proxy_failing", because("proxy_login"))
        elif page.status not in profile.status:
            self._fail("service_refuses", because("answers_status", status=page.status))
        elif profile.content and profile.content.encode() not in page.body:
            self._fail("service_wrong_content", because("words_lacking"))

    async def _who_is_silent(self) -> None:
        """A proxy that answers a question to itself is alive: then the silence is the service's."""
        parts = urllib.parse.urlsplit(self.through)
        try:
            async with asyncio.timeout(PROXY_ALIVE_SECONDS):
                way = await eyeballs.connect(self.addresses, parts.port or proxy.PORT, PROXY_ALIVE_SECONDS)
                stream = await exchange.over(way)
                try:
                    await exchange.request(stream, parts.netloc.rpartition("@")[2], "/", body=False)
                finally:
                    stream.close()
        except eyeballs.Unreachable:
            return
        except (TimeoutError, OSError):
            if "service_connect_seconds" in self.values:
                self._fail("proxy_failing", because("proxy_silent"))

    def _sum_up(self) -> None:
        if "service_first_byte_seconds" in self.values:
            # The name apart: it has a check of its own, and what this process did in between is not the service's.
            parts = (self.values.get(f"service_{part}_seconds", 0.0) for part in ("connect", "tls", "first_byte"))
            self.values["service_seconds"] = sum(parts)

    def reading(self, ident: str) -> Reading:
        """finding: service_unreachable, _refuses, _wrong_content, _certificate_expired or _wrong; proxy_failing."""
        return Reading(
            check=CHECK,
            target=ident,
            values=self.values,
            finding=self.finding,
            evidence=self.evidence,
            lasted=self.lasted,
        )


class _Refused(OSError):
    """The proxy's own refusal."""


def _tried(tried: Mapping[str, Why]) -> Why:
    """What each address that took no connection said."""
    return all_of([because("page_silent", name=address, why=why) for address, why in tried.items()])
