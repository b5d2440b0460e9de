"""Rung 6, captive portal: a plain http page with known content, read raw. Follows no redirect, keeps no cookie."""

from __future__ import annotations

import asyncio
import contextlib
import urllib.parse

from probes.reading import CannotMeasure, Outcome, Reading

CHECK = "network.portal"
MOST_BYTES = 8192


async def read(url: str, expect: str, timeout: float) -> Outcome:
    """finding: captive_portal when anything but the expected answer comes. Silence is no portal: CannotMeasure."""
    parts = urllib.parse.urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    request = f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\nAccept: */*\r\n\r\n"
    data = b""
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request.encode("ascii", errors="replace"))
                while len(data) < MOST_BYTES and (chunk := await reader.read(4096)):
                    data += chunk
            finally:
                writer.close()
    except (OSError, TimeoutError, UnicodeError) as error:
        if not data:
            return CannotMeasure(check=CHECK, reason=f"{host}: {error or 'no answer'}")
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").splitlines()
    status = lines[0].split(" ")[1] if lines and lines[0].startswith("HTTP/") and " " in lines[0] else ""
    good = status == "204" if not expect else status == "200" and expect.encode() in body
    if good:
        return Reading(check=CHECK, values={"portal_clear": 1.0}, evidence={"url": url})
    evidence: dict[str, str | float | int | bool] = {"url": url, "status": status or "no HTTP"}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "location":
            with contextlib.suppress(ValueError):  # host only: a portal's query holds the guest's MAC
                evidence["redirect_to"] = urllib.parse.urlsplit(value.strip()).hostname or ""
    evidence["reason"] = "another page than the expected one came back: somebody asks for a login"
    return Reading(check=CHECK, finding="captive_portal", evidence=evidence)
