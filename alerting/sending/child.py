"""The one door to Apprise, in a process of its own: one JSON message a line in, one JSON result a line out.

Addresses come in over the pipe and never go out: every detail is redacted. Ends with its parent or its pipe.
"""

from __future__ import annotations

import ctypes
import dataclasses
import json
import logging
import os
import resource
import signal
import sys
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TextIO

from alerting.sending.gateway_request import SCHEME, secrets_of, send_by_gateway
from alerting.sending.limits import CONNECT_SECONDS, PARALLEL, READ_SECONDS, SHORT_FORM_LENGTH, TOTAL_SECONDS
from alerting.sending.redaction import redact
from alerting.sending.verdict import SENT, Verdict, of_log

PR_SET_PDEATHSIG = 1

logger = logging.getLogger("apprise")


def with_limits(url: str) -> str:
    """The address with our time limits, unless the admin wrote his own (cto, rto).

    A Matrix room's id goes as it stands: Apprise else adds the server's name to it, and since room version 12 an id
    has none, so that the server finds no such room.
    """
    query = url.partition("?")[2]
    missing = [
        f"{name}={value:g}"
        for name, value in (("cto", CONNECT_SECONDS), ("rto", READ_SECONDS))
        if f"{name}=" not in query
    ]
    if url.lower().startswith(("matrix://", "matrixs://")) and "hsreq=" not in query:
        missing.append("hsreq=no")
    return url if not missing else url + ("&" if "?" in url else "?") + "&".join(missing)


def deliver(message: dict[str, Any]) -> Verdict:
    """One message to one address through Apprise. Never raises; the detail is redacted."""
    url = str(message["url"])
    try:
        verdict = send_by_gateway(message) if url.startswith(SCHEME) else _deliver(message, url)
    except Exception as error:  # a plug-in may raise anything; one message must not end the others
        verdict = Verdict(outcome="temporary", detail=f"{type(error).__name__}: {error}")
    return Verdict(
        outcome=verdict.outcome,
        detail=redact(verdict.detail, [url, *secrets_of(message)]),
        retry_after=verdict.retry_after,
    )


def _deliver(message: dict[str, Any], url: str) -> Verdict:
    import apprise

    service = apprise.Apprise.instantiate(with_limits(url), suppress_exceptions=True)
    if service is None:
        reason = "Apprise does not understand this address: check its scheme and its parts"
        return Verdict(outcome="permanent", detail=reason)
    target = apprise.Apprise()
    target.add(service)
    title, body = str(message.get("title", "")), str(message.get("body", ""))
    short = str(message.get("short", ""))
    if short and service.body_maxlen <= SHORT_FORM_LENGTH:
        title, body = "", short
    result = target.notify(
        title=title,
        body=body or title,
        body_format="text",
        notify_type=str(message.get("type", "warning")),
        attach=[str(path) for path in message.get("attachments", ())] or None,
        timeout=TOTAL_SECONDS,
        log_level=logging.DEBUG,
    )
    own = getattr(service, "verdict", None)
    if isinstance(own, Verdict):
        return own
    if bool(result):
        return SENT
    if result.status == apprise.AppriseResultStatus.TIMEOUT:
        return Verdict(outcome="temporary", detail=f"no answer within {TOTAL_SECONDS:g} s")
    entries = [entry for one in result.results for entry in one.logs()]
    telling = [e.message for e in entries if e.level != "DEBUG" or e.message.startswith("Socket Exception")]
    return of_log(telling, smtp=url.lower().startswith("mailto"))


class Lanes:
    """Keeps the order of each address and lets different addresses go at once.

    When one message of an address fails, those behind it are given back untried, so that they stay in order.
    """

    def __init__(self, pool: ThreadPoolExecutor, answer: TextIO) -> None:
        self._pool = pool
        self._answer = answer
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[dict[str, Any]]] = {}

    def put(self, message: dict[str, Any]) -> None:
        lane = str(message["url"])
        with self._lock:
            if lane in self._waiting:
                self._waiting[lane].append(message)
                return
            self._waiting[lane] = deque([message])
        self._pool.submit(self._run, lane)

    def _run(self, lane: str) -> None:
        while True:
            with self._lock:
                if not self._waiting[lane]:
                    del self._waiting[lane]
                    return
                message = self._waiting[lane].popleft()
            verdict = deliver(message)
            answered = [message]
            if verdict.outcome in ("temporary", "throttled"):
                with self._lock:
                    answered += self._waiting[lane]
                    self._waiting[lane].clear()
            for one in answered:
                self.say({"key": str(one["key"]), **dataclasses.asdict(verdict)})

    def say(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._answer.write(json.dumps(line) + "\n")


def bind_to_parent(parent: int) -> None:
    """Die with the daemon, also where it ended before this line was reached. Leave no core file: it holds addresses."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def keep_quiet() -> None:
    """Let Apprise's log reach its results only: neither a stream nor a traceback may print an address."""
    logging.raiseExceptions = False
    logging.lastResort = None
    logger.setLevel(logging.DEBUG)
    sys.excepthook = lambda kind, error, trace: None
    threading.excepthook = lambda args: None


def main(parent: int) -> None:
    """Read until the pipe closes."""
    bind_to_parent(parent)
    answer = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    silence = os.open(Path(os.devnull), os.O_WRONLY)
    os.dup2(silence, 1)
    keep_quiet()
    import apprise

    from alerting.sending.bots import register

    apprise.Apprise.instantiate("json://localhost")  # loads the plug-ins before they are needed
    register()
    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        lanes = Lanes(pool, answer)
        lanes.say({"ready": True})
        for line in sys.stdin:
            lanes.put(json.loads(line))
        os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
