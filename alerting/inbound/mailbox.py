"""Reads replies out of a mailbox over IMAP. Marks what was dealt with as seen; deletes nothing. Runs in the child.

Only recent unread mail is looked at: a code serves for a day, and what is older stays as it is.
"""

from __future__ import annotations

import base64
import contextlib
import imaplib
import itertools
import os
import signal
import ssl
import time
from collections import Counter
from collections.abc import Iterator
from types import FrameType
from typing import Any, NoReturn

from alerting.child.confinement import begin_item, end_item
from alerting.child.trusted_servers import as_browsers
from alerting.inbound.child import BROKEN, Parent, shown
from alerting.inbound.child_protocol import ALIVE_SECONDS, Job, Opening, ReadItem, State
from alerting.inbound.mail_text import LONGEST_MAIL, read_mail

TIMEOUT_SECONDS = 10.0
"""Seconds for one answer of the server."""

ROUND_SECONDS = 60.0
"""Seconds for connecting and searching, and again for each mail: a slow server must not hold the replies up for
ever."""

DONE_SECONDS = 60.0
"""Seconds that the daemon has for carrying out one reply, repeated tries included."""

RECENT_DAYS = 3
"""IMAP knows days only, without a zone: two days around the day for which a code serves."""

TRIES = 3
"""Times that reading one mail may fail before it, and not the connection, is taken for the reason."""

LONGEST_ANSWER = 1 << 18
"""Bytes of one line of the server's: the numbers of 30,000 unread mails."""

imaplib.Commands.setdefault("ID", ("NONAUTH", "AUTH", "SELECTED"))
IDENTITY = '("name" "roomwatch" "vendor" "roomwatch" "version" "1")'
"""RFC 2971. Some providers (163, 126, yeah.net) refuse SELECT to a program that has not said who it is."""


class TooLong(Exception):
    """The server sends more than was asked for."""


class _Bounded(imaplib.IMAP4):
    def read(self, size: int) -> Any:
        if size > LONGEST_MAIL + 1024:
            raise TooLong
        return super().read(size)

    def readline(self) -> bytes:
        line: bytes = self.file.readline(LONGEST_ANSWER + 1)  # type: ignore[assignment]
        if len(line) > LONGEST_ANSWER:
            raise TooLong
        return line


class _BoundedTls(_Bounded, imaplib.IMAP4_SSL):
    pass


def listen(job: Job, parent: Parent) -> NoReturn:
    """Look for mail for ever. A failure is said with the server's words, and tried again at the next look."""
    aside, troubles = set(job.aside), Counter[str]()
    while True:
        problem = ""
        try:
            with _no_longer_than(ROUND_SECONDS):
                connection = _connected(job)
            with contextlib.closing(_Session(connection)):
                _read_new(connection, parent, job, aside, troubles)
        except TooLong:
            problem = f"{job.host}: it sends more than was asked for"
        except imaplib.IMAP4.error as error:
            problem = f"{job.host}: {shown(error.args[0] if error.args else error, (job.secret,))}"
        except TimeoutError:
            problem = f"{job.host}: it does not answer in time"
        except OSError as error:
            problem = f"{job.host}: {shown(error.strerror or error)} ({type(error).__name__})"
        parent.say(State(listening=not problem, problem=problem and f"replies cannot be read from {problem}"))
        _sleep(job.poll_seconds, parent, State(listening=not problem, problem=problem))


def _sleep(seconds: float, parent: Parent, state: State) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        parent.wait_for("", min(left, ALIVE_SECONDS))
        if until - time.monotonic() > 0:
            parent.say(state)


def _connected(job: Job) -> imaplib.IMAP4:
    """Logged in, with the folder open. Raises imaplib's errors with the server's words."""
    secured = as_browsers(ssl.create_default_context()) if job.security != "none" else None
    connection: imaplib.IMAP4
    if job.security == "tls":
        connection = _BoundedTls(job.host, job.port, ssl_context=secured, timeout=TIMEOUT_SECONDS)
    else:
        connection = _Bounded(job.host, job.port, timeout=TIMEOUT_SECONDS)
        if job.security == "starttls":
            connection.starttls(secured)
    connection.login(job.user, job.secret)
    named = "ID" in connection.capabilities
    if named:
        connection._simple_command("ID", IDENTITY)
    folder = _quoted(job.folder)
    status, detail = connection.select(folder)
    if status != "OK" and not named:  # a server may want it and not say so
        connection._simple_command("ID", IDENTITY)
        status, detail = connection.select(folder)
    if status != "OK":
        raise imaplib.IMAP4.error(detail[0] if detail else "the folder cannot be opened")
    return connection


def _quoted(folder: str) -> str:
    """As IMAP wants a folder's name: modified UTF-7 (RFC 3501, 5.1.3), in quotation marks."""
    written = ""
    for strange, run in itertools.groupby(folder, key=lambda one: not " " <= one <= "~"):
        text = "".join(run)
        if strange:
            coded = base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
            written += f"&{coded}-"
        else:
            written += text.replace("&", "&-")
    return '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _read_new(connection: imaplib.IMAP4, parent: Parent, job: Job, aside: set[str], troubles: Counter[str]) -> None:
    validity = (connection.response("UIDVALIDITY")[1] or [b"0"])[0] or b"0"
    since = time.strftime("%d-%b-%Y", time.gmtime(time.time() - RECENT_DAYS * 86400))
    with _no_longer_than(ROUND_SECONDS):
        _, (numbers,) = connection.uid("SEARCH", "UNSEEN", "SINCE", since)
    for number in (numbers or b"").split():
        item = f"{validity.decode(errors='replace')[:20]}.{number.decode(errors='replace')[:20]}"
        if item in aside:
            continue
        parent.say(Opening(item))
        try:
            with _no_longer_than(ROUND_SECONDS):
                begin_item()
                heard = _read_one(connection, number.decode(), item, job)
                end_item()
        except TooLong:
            os._exit(BROKEN)
        except (imaplib.IMAP4.error, OSError):
            troubles[item] += 1
            if troubles[item] == TRIES:
                os._exit(BROKEN)
            raise
        parent.say(heard)
        if not parent.wait_for(item, DONE_SECONDS):
            return
        with _no_longer_than(ROUND_SECONDS):
            connection.uid("STORE", number.decode(), "+FLAGS", "(\\Seen)")


def _read_one(connection: imaplib.IMAP4, number: str, item: str, job: Job) -> ReadItem:
    _, parts = connection.uid("FETCH", number, f"(INTERNALDATE BODY.PEEK[]<0.{LONGEST_MAIL}>)")
    raw, arrived = b"", 0.0
    for part in parts:
        if isinstance(part, tuple):
            raw = part[1]
            when = imaplib.Internaldate2tuple(part[0])
            arrived = time.mktime(when) if when is not None else 0.0
    mail = read_mail(raw, own_servers=job.own_servers)
    return ReadItem(
        item=item,
        sender=mail.sender[:320],
        verb=mail.words.verb,
        number=mail.words.number,
        codes=mail.words.codes,
        about=mail.words.about,
        sent_at=min(filter(None, (mail.sent_at, arrived)), default=0.0),  # none was sent after it came
        mark=mail.mark,
    )


@contextlib.contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """Raises TimeoutError within the block after so long: each answer has its time-out, a trickle of them has not."""

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class _Session:
    """Ends an IMAP session without an error where the server is gone."""

    def __init__(self, connection: imaplib.IMAP4) -> None:
        self._connection = connection

    def close(self) -> None:
        with contextlib.suppress(OSError, imaplib.IMAP4.error, TooLong), _no_longer_than(TIMEOUT_SECONDS):
            self._connection.logout()
