"""Rung 6, captive portal: does somebody on the way put a page of his own in the place of others, and ask for a login.

One changed page is no portal: web filters block the well-known test pages. A portal offers a login or catches other
names too. Follows one redirect and keeps no cookie.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass

from probes.guard import reason_of
from probes.network import connect_race as eyeballs
from probes.network import exchange
from probes.network.system_names import NameLookup, literal
from probes.reading import CannotMeasure, Fact, Outcome, Reading
from probes.why import because

CHECK = "network.portal"
_LOGIN = re.compile(
    rb"type\s*=\s*[\"']?password|WISPAccessGatewayParam|captive|hotspot|voucher|log[ -]?in|sign[ -]?in|"
    + "登录|登錄|认证|上网".encode(),
    re.IGNORECASE,
)
_BLOCKED = re.compile(
    rb"block|denied|deny|forbid|filter|restrict|not allowed|violat|" + "禁止|拦截|阻断|屏蔽|不允许".encode(),
    re.IGNORECASE,
)
_PASSWORD = re.compile(rb"type\s*=\s*[\"']?password|WISPAccessGatewayParam", re.IGNORECASE)
_LOGIN_URL = re.compile(r"login|logon|portal|captive|hotspot|guest|auth|wifi|wlan|welcome|splash", re.IGNORECASE)
NETWORK_LOGIN = 511
"""RFC 6585: "Network Authentication Required"."""


@dataclass(frozen=True, slots=True)
class PortalPage:
    """What came back for one plain http page. elsewhere: the host of a redirect to another site. login: a login is
    offered there."""

    status: int
    body: bytes
    elsewhere: str
    login: bool

    def like(self, other: PortalPage) -> bool:
        """The same hand gave both: to the same other site, or the very same page."""
        if self.elsewhere or other.elsewhere:
            return self.elsewhere == other.elsewhere
        return self.status == other.status and bool(self.body) and self.body == other.body


async def read(names: NameLookup, url: str, expect: str, others: Sequence[str], wait: float) -> Outcome:
    """finding: captive_portal, where a login is offered or other names are caught too. others: hosts to try then.

    evidence "login" says that a login is offered, "catches" which other name is caught. Silence is no portal:
    CannotMeasure.
    """
    host = urllib.parse.urlsplit(url).hostname or ""
    try:
        seen = await _see(names, url, wait)
    except OSError as error:
        return CannotMeasure(check=CHECK, reason=because("page_silent", name=host, why=reason_of(error)))
    if seen.status == 204 if not expect else seen.status == 200 and expect.encode() in seen.body:
        return Reading(check=CHECK, values={"portal_clear": 1.0}, evidence={"url": url})
    caught = "" if seen.login else await _caught(names, seen, others, wait)
    evidence = _evidence(url, seen, caught)
    if seen.login or caught:
        evidence["reason"] = because("another_page")
        return Reading(check=CHECK, finding="captive_portal", evidence=evidence)
    evidence["filtered"] = because("web_filter")
    return Reading(check=CHECK, evidence=evidence)


async def behind_the_test(names: NameLookup, hosts: Sequence[str], address: str, wait: float) -> Reading | None:
    """A portal that lets the test page pass: it shows at other pages. None where it does not show.

    hosts: whose plain page is asked for. address: one on the internet, asked for a name that nobody has; "" for none.
    """
    asked = [f"http://{one}/" for one in hosts]
    seen = await asyncio.gather(*(_see(names, url, wait) for url in asked), return_exceptions=True)
    found = [(url, one) for url, one in zip(asked, seen, strict=True) if isinstance(one, PortalPage)]
    suspects = [(url, one) for url, one in found if one.login or one.elsewhere]
    for url, one in suspects:
        caught = await _caught(names, one, [], wait, address)
        if one.login or caught:
            evidence = _evidence(url, one, caught)
            evidence["reason"] = because("login_behind_test")
            return Reading(check=CHECK, finding="captive_portal", evidence=evidence)
    return None


def _evidence(url: str, seen: PortalPage, caught: str) -> dict[str, Fact]:
    evidence: dict[str, Fact] = {"url": url, "status": seen.status, "login": seen.login}
    if seen.elsewhere:  # the host only: a portal's query holds the guest's hardware address
        evidence["redirect_to"] = seen.elsewhere
    if caught:
        evidence["catches"] = caught
    return evidence


async def _caught(names: NameLookup, seen: PortalPage, others: Sequence[str], wait: float, address: str = "") -> str:
    """Which other name is answered by the same hand; "" for none."""
    asked = [(one, "") for one in others]
    if address:
        asked.append((f"roomwatch-{secrets.token_hex(6)}.example", address))
    looks = (_see(names, f"http://{one}/", wait, at) for one, at in asked)
    answers = await asyncio.gather(*looks, return_exceptions=True)
    for (one, _), answer in zip(asked, answers, strict=True):
        if isinstance(answer, PortalPage) and answer.like(seen):
            return one
    return ""


async def _see(names: NameLookup, url: str, wait: float, address: str = "") -> PortalPage:
    """One page, and where it sends to another site, a look at that. Raises OSError for silence."""
    page = await fetch(names, url, wait, address)
    away = _elsewhere(url, page)
    if not away:
        login = page.status == NETWORK_LOGIN or offers_login(page.body)
        return PortalPage(page.status, page.body, "", login)
    target = urllib.parse.urlsplit(away)
    login = bool(_LOGIN_URL.search(f"{target.hostname}{target.path}")) and not _BLOCKED.search(away.encode())
    if target.scheme == "http":
        with contextlib.suppress(OSError):  # its address alone has to tell then
            body = (await fetch(names, away, wait)).body
            login = offers_login(body) or (login and not blocked(body))
    return PortalPage(page.status, page.body, target.hostname or "", login)


async def fetch(names: NameLookup, url: str, wait: float, address: str = "") -> exchange.Page:
    """One plain page within ``wait`` seconds. address: where to ask; "" asks for the name. Raises OSError."""
    parts = urllib.parse.urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        async with asyncio.timeout(wait):
            found = (address,) if address else (await names.find(parts.hostname or "", wait)).addresses
            if not found:
                raise OSError(because("name_without_address"))
            stream = await exchange.over(await eyeballs.connect(found, parts.port or 80, wait))
            try:
                return await exchange.request(stream, parts.netloc, target, body=True)
            finally:
                stream.close()
    except TimeoutError:
        raise OSError(because("late")) from None


def _elsewhere(url: str, page: exchange.Page) -> str:
    """The address of a redirect to another site than the page's own; "" for none."""
    location = page.headers.get("location", "")
    if not 300 <= page.status < 400 or not location:
        return ""
    try:
        target = urllib.parse.urljoin(url, location.strip())
        here, there = urllib.parse.urlsplit(url).hostname or "", urllib.parse.urlsplit(target).hostname or ""
    except ValueError:
        return ""
    if not there or site(here) == site(there):
        return ""
    return target


def host_of(url: str) -> str:
    return urllib.parse.urlsplit(url).hostname or ""


def blocked(body: bytes) -> bool:
    """True for a page that speaks of a block."""
    return bool(_BLOCKED.search(body))


def site(host: str) -> str:
    """The last two labels of a name: near enough to "whose it is" to tell a service's own redirect from a portal's."""
    return host if literal(host) else ".".join(host.lower().rstrip(".").split(".")[-2:])


def offers_login(body: bytes) -> bool:
    """True for a page that asks for a password, or speaks of a login and not of a block."""
    if _PASSWORD.search(body):
        return True
    return bool(_LOGIN.search(body)) and not _BLOCKED.search(body)
