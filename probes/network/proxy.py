"""Rung 6, the proxy: which one applies, and does it take connections. PAC scripts: proxy_choice.py."""

from __future__ import annotations

import urllib.parse
import urllib.request

from probes.guard import reason_of
from probes.network import connect_race as eyeballs
from probes.network.system_names import NameLookup
from probes.reading import Fact, NothingToMeasure, Outcome, Reading
from probes.why import Why, because

CHECK = "network.proxy"
SPOKEN = ("http", "https")
PORT = 8080
"""Port of a proxy that is named without one."""


def proxy_for(configured: str, url: str) -> str:
    """The proxy's URL for a page, "" for none. configured: "" asks the environment (http_proxy, no_proxy)."""
    if configured:
        return "" if configured == "none" else configured
    parts = urllib.parse.urlsplit(url)
    found = urllib.request.getproxies_environment()
    proxy = found.get(parts.scheme) or found.get("all") or ""
    if not proxy or urllib.request.proxy_bypass(parts.hostname or ""):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def unusable(proxy: str) -> Why | None:
    """Why this proxy cannot be asked, without its secret; None where it can."""
    try:
        parts = urllib.parse.urlsplit(proxy)
        known = parts.scheme in SPOKEN and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return because("proxy_unreadable")
    return None if known or not proxy else because("proxy_kind", kind=parts.scheme)


async def read(names: NameLookup, proxy: str, wait: float) -> Outcome:
    """finding: proxy_unreachable. The proxy's user and password never reach the evidence."""
    if not proxy or unusable(proxy):
        return NothingToMeasure(check=CHECK, reason=because("no_proxy"))
    parts = urllib.parse.urlsplit(proxy)
    host, port = parts.hostname or "", parts.port or PORT
    evidence: dict[str, Fact] = {"proxy": f"{host}:{port}"}
    found = await names.find(host, wait)
    if not found.addresses:
        evidence["reason"] = because("name_unresolved", name=host, why=found.why)
        return Reading(check=CHECK, finding="proxy_unreachable", evidence=evidence)
    try:
        way = await eyeballs.connect(found.addresses, port, wait)
    except eyeballs.Unreachable as error:
        evidence["reason"] = reason_of(error)
        return Reading(check=CHECK, finding="proxy_unreachable", evidence=evidence)
    way.socket.close()
    return Reading(check=CHECK, values={"proxy_connect_seconds": way.seconds}, evidence=evidence)
