"""The one door to Apprise, in a process of its own: one JSON message a line in, one JSON result a line out.

Secrets come in over the pipe and never go out: every detail is redacted before it is written.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import re
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

CONNECT_SECONDS = 4.0
READ_SECONDS = 6.0
TOTAL_SECONDS = 15.0
"""One message may take this long in all; a messenger that answers later is tried again with the same key."""

PARALLEL = 8
"""Different addresses go at once, so that one that hangs does not hold the others up."""

REFUSED = re.compile(r"error=(4(?!08|25|29)\d\d)|unauthorized|forbidden|bad request|authentication", re.IGNORECASE)
THROTTLED = re.compile(r"error=429|too many requests|rate.?limit", re.IGNORECASE)


def redact(text: str, url: str) -> str:
    """Take out the address, each of its parts that may be a key, and anything that looks like a token."""
    for part in sorted({url, *re.split(r"[/?&=:@#]+", url)}, key=len, reverse=True):
        if len(part) >= 4 and part.lower() not in ("http", "https", "json", "jsons", "mailto", "mailtos", "localhost"):
            text = text.replace(part, "***")
    return re.sub(r"[A-Za-z0-9_\-]{24,}", "***", text)[:300]


def classify(succeeded: bool, details: str) -> str:
    """Apprise's answer as an outcome: what can be tried again, and what cannot."""
    if succeeded:
        return "sent"
    if THROTTLED.search(details):
        return "throttled"
    if REFUSED.search(details):
        return "permanent"
    return "temporary"


def send_one(message: dict[str, Any]) -> dict[str, str]:
    """One message to one address through Apprise."""
    import apprise

    key, url = str(message["key"]), str(message["url"])
    target = apprise.Apprise()
    separator = "&" if "?" in url else "?"
    limited = url if "://" not in url else f"{url}{separator}cto={CONNECT_SECONDS}&rto={READ_SECONDS}"
    if not target.add(limited):
        return {"key": key, "outcome": "permanent", "detail": "Apprise does not understand this address"}
    try:
        result = target.notify(body=str(message["body"]), title=str(message["title"]), body_format="text")
        details = "; ".join(_lines(result))
        succeeded = bool(result)
    except Exception as error:  # a plug-in may raise anything; one message must not end the others
        return {"key": key, "outcome": "temporary", "detail": redact(f"{type(error).__name__}: {error}", url)}
    return {"key": key, "outcome": classify(succeeded, details), "detail": "" if succeeded else redact(details, url)}


def _lines(result: Any) -> list[str]:
    """What Apprise logged about this call."""
    logs = getattr(result, "logs", None)
    return [str(getattr(entry, "message", entry)) for entry in logs()] if callable(logs) else []


def main() -> None:
    """Read until the pipe closes."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: a sender never outlives its daemon
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answer = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    import apprise

    apprise.Apprise().add("json://localhost")  # loads the plug-ins: a quarter of a second, before it is needed
    lock = threading.Lock()
    answer.write('{"ready": true}\n')

    def work(message: dict[str, Any]) -> None:
        result = send_one(message)
        with lock:
            answer.write(json.dumps(result) + "\n")

    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        for line in sys.stdin:
            pool.submit(work, json.loads(line))


if __name__ == "__main__":
    main()
