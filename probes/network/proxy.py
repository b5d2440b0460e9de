"""Rung 6, the proxy: which one applies, and does it take connections. PAC scripts are out of scope."""

from __future__ import annotations

import asyncio
import urllib.parse
import urllib.request

from probes.reading import NothingToMeasure, Outcome, Reading

CHECK = "network.proxy"


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


def without_secret(text: str, proxy: str) -> str:
    """The text without the user and password that the proxy's URL may hold."""
    parts = urllib.parse.urlsplit(proxy)
    for secret in filter(None, (parts.netloc.rpartition("@")[0], parts.password, parts.username)):
        text = text.replace(secret, "…")
    return text


async def read(proxy: str, timeout: float) -> Outcome:
    """finding: proxy_unreachable. The proxy's user and password never reach the evidence."""
    if not proxy:
        return NothingToMeasure(check=CHECK, reason="no proxy is configured (PAC scripts are not read)")
    parts = urllib.parse.urlsplit(proxy)
    host, port = parts.hostname or "", parts.port or 8080
    evidence: dict[str, str | float | int | bool] = {"proxy": f"{host}:{port}"}
    started = asyncio.get_running_loop().time()
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), timeout)
    except (OSError, TimeoutError, UnicodeError) as error:
        evidence["reason"] = getattr(error, "strerror", "") or "no answer"
        return Reading(check=CHECK, finding="proxy_unreachable", evidence=evidence)
    took = asyncio.get_running_loop().time() - started
    writer.close()
    return Reading(check=CHECK, values={"proxy_connect_seconds": took}, evidence=evidence)
