"""The sending child: one JSON message a line in, one JSON result a line out. The one door to Apprise, which it loads
only for an address that none of our own ways serves.

Addresses come in over the pipe and never go out: every detail is redacted. Ends with its parent or its pipe.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
from collections import deque
from pathlib import Path
from typing import Any, TextIO

from alerting.child.confinement import bind_to_parent
from alerting.child.last_words import say_last
from alerting.child.spare import memory_left
from alerting.redaction import redact
from alerting.sending.delivery_verdict import SENT, SendVerdict, of_log
from alerting.sending.detail import because
from alerting.sending.gateway_request import SCHEME as GATEWAY
from alerting.sending.gateway_request import secrets_of, send_by_gateway
from alerting.sending.limits import CONNECT_SECONDS, PARALLEL, READ_SECONDS, SHORT_FORM_LENGTH, TOTAL_SECONDS
from alerting.sending.messengers import bot_of
from alerting.sending.webhook import SCHEMES as WEB_HOOKS
from alerting.sending.webhook import send_by_webhook

BY_A_MACHINE = (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"))
"""Headers of our mails (RFC 3834): no answer from holidays comes back to them."""

LOAD_SECONDS = 0.5
"""Apprise takes the interpreter for so long. What can go without it goes first, and what needs it soon finds it."""


def with_limits(url: str) -> str:
    """The address with our time limits, unless the admin wrote his own (cto, rto). Mails get what marks a machine's.

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
    if url.lower().startswith(("mailto://", "mailtos://")):
        missing += [f"+{name}={value}" for name, value in BY_A_MACHINE if f"+{name.lower()}=" not in query.lower()]
    return url if not missing else url + ("&" if "?" in url else "?") + "&".join(missing)


def deliver(message: dict[str, Any]) -> SendVerdict:
    """One message to one address. Never raises. The detail is not yet redacted."""
    url = str(message["url"])
    try:
        verdict = _deliver(message, url)
    except Exception as error:  # a plug-in may raise anything; one message must not end the others
        broke = because("broke", detail=f"{type(error).__name__}: {error}")
        verdict = SendVerdict(outcome="temporary", detail=broke, perhaps_arrived=True)
    return verdict


def _deliver(message: dict[str, Any], url: str) -> SendVerdict:
    """Send by our own code, which is loaded at once, else by Apprise."""
    if url.startswith(GATEWAY):
        return send_by_gateway(message)
    if url.lower().startswith(WEB_HOOKS):
        return send_by_webhook(message)
    try:
        bot = bot_of(url)
    except ValueError:
        return SendVerdict(outcome="permanent", detail=because("bot_token_wrong"))
    if bot is not None:
        return bot.send(str(message.get("title", "")), str(message.get("body", "")), str(message.get("type", "")))
    return _deliver_by_apprise(message, url)


def _deliver_by_apprise(message: dict[str, Any], url: str) -> SendVerdict:
    load_apprise()
    import logging

    import apprise

    from alerting.sending import apprise_exchanges

    apprise_exchanges.watch_requests()
    exchanges = apprise_exchanges.begin()
    service = apprise.Apprise.instantiate(with_limits(url), suppress_exceptions=True)
    if service is None:
        return SendVerdict(outcome="permanent", detail=because("address_not_understood"))
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
        notify_type=str(message.get("type") or "warning"),
        attach=[str(path) for path in message.get("attachments", ())] or None,
        timeout=TOTAL_SECONDS,
        log_level=logging.DEBUG,
    )
    by_answer = apprise_exchanges.judge(url.partition("://")[0].lower(), exchanges.answers, bool(result))
    if by_answer is not None:
        return by_answer
    if bool(result):
        return SENT
    if result.status == apprise.AppriseResultStatus.TIMEOUT:
        late = because("no_answer_within", span=TOTAL_SECONDS)
        return SendVerdict(outcome="temporary", detail=late, perhaps_arrived=True)
    entries = [entry for one in result.results for entry in one.logs()]
    telling = [e.message for e in entries if e.level != "DEBUG" or e.message.startswith("Socket Exception")]
    verdict = of_log(telling, smtp=url.lower().startswith("mailto"))
    return verdict if not exchanges.tried else verdict._replace(perhaps_arrived=exchanges.cut)


class Lanes:
    """Keeps the order of each address and lets different addresses go at once.

    When one message of an address fails, those behind it are given back untried, so that they stay in order.
    """

    def __init__(self, answer: TextIO) -> None:
        self._free = threading.Semaphore(PARALLEL)
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
        threading.Thread(target=self._run, args=(lane,), daemon=True).start()

    def _run(self, lane: str) -> None:
        with self._free:
            self._empty(lane)

    def _empty(self, lane: str) -> None:
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
                self.say(_line(one, verdict if one is message else verdict._replace(perhaps_arrived=False)))

    def say(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._answer.write(json.dumps(line) + "\n")


def _line(message: dict[str, Any], verdict: SendVerdict) -> dict[str, Any]:
    """The result as it goes out, without anything secret."""
    secrets = [str(message["url"]), *secrets_of(message)]
    detail = verdict.detail.plain(lambda text: redact(text, secrets))
    return {
        "key": str(message["key"]),
        "outcome": verdict.outcome,
        "detail": detail,
        "retry_after": verdict.retry_after,
        "perhaps_arrived": verdict.perhaps_arrived,
    }


def keep_quiet() -> None:
    """No traceback may print an address, and no library: what this process ends with goes out without its words."""
    words = os.dup(2)
    silence = os.open(Path(os.devnull), os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)
    sys.excepthook = lambda kind, error, trace: say_last(error, trace, words)
    threading.excepthook = lambda args: None


def load_apprise() -> None:
    """Load it with all its plug-ins before it is needed. Its log goes into its results alone: no stream may print an
    address."""
    import logging

    logging.raiseExceptions = False
    logging.lastResort = None
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    import apprise

    apprise.Apprise.instantiate("json://localhost")


def main() -> None:
    """Read until the pipe closes. argv: the parent's process id."""
    bind_to_parent(int(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold addresses
    answer = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    keep_quiet()
    ahead = threading.Timer(LOAD_SECONDS, load_apprise)
    ahead.daemon = True
    ahead.start()
    lanes = Lanes(answer)
    lanes.say({"ready": True})
    for line in sys.stdin:
        if not memory_left():  # a thread that gets none while it starts would be waited for without an end
            os._exit(os.EX_OSERR)
        lanes.put(json.loads(line))
    os._exit(0)
