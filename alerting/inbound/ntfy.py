"""Listens for answers on ntfy topics: one HTTP stream of JSON lines, opened from here. Runs in the child.

What was missed is asked for: after a break from the last message on, after a start from a few minutes before it.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from typing import Any
from urllib.parse import quote, urlsplit

from alerting.child.confinement import begin_item
from alerting.child.trusted_servers import as_browsers
from alerting.inbound.child import Parent, ReadingPace, shown
from alerting.inbound.child_protocol import Job, ReadItem, State
from alerting.inbound.reply_text import read

SILENCE_SECONDS = 120.0
"""An ntfy server sends a keepalive every 45 s by default: after two and a half of them the stream is dead."""

CONNECT_SECONDS = 10.0

MISSED = "10m"
"""Asked for at the start: a daemon that restarts or reloads is away for seconds, a machine for minutes. What was done
before is known by its code, and is not done again."""

LONGEST_EVENT = 16_384
"""Bytes of one line: a message has at most 4,096 by default, and ten fields beside it."""

RECONNECT_SECONDS = (1.0, 5.0, 15.0, 60.0)


class _Stream:
    def __init__(self, job: Job, parent: Parent) -> None:
        self.job, self.parent = job, parent
        self.pace = ReadingPace(job.topics)
        self.since = MISSED
        self.listening = False

    def listen(self) -> None:
        """Until the stream ends. Raises OSError and http.client.HTTPException."""
        parts = urlsplit(self.job.url)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            secured = as_browsers(ssl.create_default_context())
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=CONNECT_SECONDS, context=secured
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
        topics = ",".join(quote(one, safe="") for one in self.job.topics)
        headers = {"Authorization": f"Bearer {self.job.secret}"} if self.job.secret else {}
        try:
            connection.request("GET", f"{parts.path.rstrip('/')}/{topics}/json?since={self.since}", headers=headers)
            answer = connection.getresponse()
            if answer.status != 200:
                said = shown(answer.read(500), (self.job.secret,))
                raise http.client.HTTPException(f"it answers {answer.status} {said}")
            if connection.sock is not None:
                connection.sock.settimeout(SILENCE_SECONDS)
            self._take_all(answer)
        finally:
            connection.close()

    def _take_all(self, answer: http.client.HTTPResponse) -> None:
        whole = True
        while line := answer.readline(LONGEST_EVENT):
            begin_item()
            ended = line.endswith(b"\n")
            if whole and ended:
                self._take(line)
            whole = ended  # the rest of a line that is too long is no line of its own

    def _take(self, line: bytes) -> None:
        try:
            event: Any = json.loads(line)
        except (ValueError, RecursionError):
            self.parent.say(State(listening=self.listening, dropped=self.pace.dropped))
            return
        if not isinstance(event, dict):
            return
        kind = event.get("event")
        if kind in ("open", "keepalive"):
            self.listening = True
            self.parent.say(State(listening=True, dropped=self.pace.dropped))
        if kind != "message" or not isinstance(event.get("message"), str):
            return
        item = str(event.get("id", ""))[:40]
        if item.isalnum():
            self.since = item
        words = read(event["message"])
        if not words.verb or not self.pace.allows(str(event.get("topic", ""))):
            return
        at = event.get("time")
        self.parent.say(
            ReadItem(
                item=item,
                sender=str(event.get("topic", ""))[:320],
                verb=words.verb,
                number=words.number,
                codes=words.codes,
                about=words.about,
                sent_at=float(at) if isinstance(at, int) and 0 < at < 1 << 40 else 0.0,
            )
        )


def listen(job: Job, parent: Parent) -> None:
    """Listen for ever; a stream that breaks is opened again."""
    stream = _Stream(job, parent)
    host = urlsplit(job.url).hostname or job.url
    failures = 0
    while True:
        problem = f"ntfy {host}: the stream ended"
        begin_item()
        try:
            stream.listen()
        except TimeoutError:
            problem = f"ntfy {host}: it does not answer in time"
        except (OSError, http.client.HTTPException, ValueError) as error:
            problem = f"ntfy {host}: {shown(error, (job.secret,)) or type(error).__name__}"
        failures = 0 if stream.listening else failures + 1
        stream.listening = False
        parent.say(State(problem=problem[:400], dropped=stream.pace.dropped))
        time.sleep(RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS) - 1)])
