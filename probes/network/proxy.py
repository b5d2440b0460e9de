"""Rung 6, the proxy: which one applies, and does it take connections. PAC scripts are out of scope."""

from __future__ import annotations

import urllib.parse
import urllib.request

from probes.network import connect_race as eyeballs
from probes.network.names import NameLookup
from probes.reading import NothingToMeasure, Outcome, Reading

CHECK = "network.proxy"
SPOKEN = ("http", "https")


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


def unusable(proxy: str) -> str:
    """Why this proxy cannot be asked, without its secret; "" where it can."""
    try:
        parts = urllib.parse.urlsplit(proxy)
        known = parts.scheme in SPOKEN and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return "its address cannot be read"
    return "" if known or not proxy else f"a proxy of kind {parts.scheme!r} is not spoken"


async def read(names: NameLookup, proxy: str, wait: float) -> Outcome:
    """finding: proxy_unreachable. The proxy's user and password never reach the evidence."""
    if not proxy or unusable(proxy):
        return NothingToMeasure(check=CHECK, reason="no proxy is configured (PAC scripts are not read)")
    parts = urllib.parse.urlsplit(proxy)
    host, port = parts.hostname or "", parts.port or 8080
    evidence: dict[str, str | float | int | bool] = {"proxy": f"{host}:{port}"}
    found = await names.find(host, wait)
    if not found.addresses:
        evidence["reason"] = f"its name does not resolve: {found.trouble}"
        return Reading(check=CHECK, finding="proxy_unreachable", evidence=evidence)
    try:
        way = await eyeballs.connect(found.addresses, port, wait)
    except eyeballs.Unreachable as error:
        evidence["reason"] = str(error)
        return Reading(check=CHECK, finding="proxy_unreachable", evidence=evidence)
    way.socket.close()
    return Reading(check=CHECK, values={"proxy_connect_seconds": way.seconds}, evidence=evidence)
