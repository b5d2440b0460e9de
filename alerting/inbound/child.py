"""An inbound child: reads one way in (a mailbox, a broker, a stream) under limits, and hands over typed lines.

Text from outside is parsed here and nowhere else. What breaks on it, breaks this process; the daemon starts another.
"""

from __future__ import annotations

import importlib
import os
import select
import sys
import time
from collections.abc import Collection
from typing import NoReturn

import msgspec

from alerting.child.confinement import bind_to_parent, confine
from alerting.child.last_words import say_last
from alerting.inbound.child_protocol import LONGEST_LINE, Done, FromChild, Job
from alerting.redaction import redact

BROKEN = 3
"""Exit code of a child that the item it was reading broke."""

PER_SECOND = 0.5
AT_ONCE = 10.0
"""Answers that are taken of one topic, at once and in each second. Nobody publishes faster by hand, and a flood must
not reach the daemon."""


class Parent:
    """The daemon's end of the pipes."""

    def __init__(self, to: int, source: int) -> None:
        self._to, self._source = to, source
        self._read = b""

    def say(self, what: FromChild) -> None:
        line = msgspec.json.encode(what)
        if len(line) >= LONGEST_LINE:
            raise ValueError("a line is too long for the pipe")
        os.write(self._to, line + b"\n")

    def wait_for(self, item: str, seconds: float) -> bool:
        """True when the daemon has dealt with the item in that time. Ends the process when the daemon is gone."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            line = self._line(left)
            if line is not None and msgspec.json.decode(line, type=Done).item == item:
                return True
        return False

    def job(self) -> Job:
        while True:
            line = self._line(60.0)
            if line is not None:
                return msgspec.json.decode(line, type=Job)

    def _line(self, seconds: float) -> bytes | None:
        if b"\n" not in self._read:
            if not select.select([self._source], [], [], seconds)[0]:
                return None
            piece = os.read(self._source, 1 << 16)
            if not piece:
                os._exit(0)
            self._read += piece
        line, end, rest = self._read.partition(b"\n")
        if not end:
            return None
        self._read = rest
        return line


class ReadingPace:
    """Lets a few answers of each topic through at once and then PER_SECOND; counts what it holds back. A flood on one
    topic holds up no other."""

    def __init__(self, topics: Collection[str]) -> None:
        now = time.monotonic()
        self._left = dict.fromkeys(topics, (AT_ONCE, now))
        self.dropped = 0

    def allows(self, topic: str) -> bool:
        """False for a topic that nobody listens to."""
        now = time.monotonic()
        left, at = self._left.get(topic, (0.0, now))
        left = min(AT_ONCE, left + (now - at) * PER_SECOND)
        allowed = left >= 1.0
        if topic in self._left:
            self._left[topic] = (left - allowed, now)
        self.dropped += not allowed
        return allowed


def shown(words: object, secrets: tuple[str, ...] = ()) -> str:
    """A server's own words as one short line, without what it must not repeat, in whatever spelling."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    plain = "".join(one if one.isprintable() else " " for one in text[:1000])
    return redact(plain, filter(None, secrets))[:200]


def main() -> NoReturn:
    """argv: the parent's process id. The job comes as the first line; from then on only typed lines go out."""
    bind_to_parent(int(sys.argv[1]))
    out = os.dup(1)
    os.dup2(2, 1)  # libraries may print
    parent = Parent(out, 0)
    job = parent.job()
    reader = {"mail": "mailbox", "mqtt": "mqtt", "ntfy": "ntfy"}[job.way]
    listen = importlib.import_module(f"alerting.inbound.{reader}").listen
    confine()
    try:
        listen(job, parent)
    except BrokenPipeError:
        os._exit(0)
    except BaseException as error:  # whatever text from outside led to: its words are for no log
        say_last(error, error.__traceback__)
        os._exit(BROKEN)
    os._exit(0)


if __name__ == "__main__":
    main()
