"""Reads replies out of a mailbox over IMAP, in a thread. Marks what it read as seen; deletes nothing.

Only mail from configured contacts is believed. Refuses to trust the mailbox with more: the engine decides.
"""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import imaplib
import logging
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

from alerting.configuration import Secret
from alerting.inbound.answer import Answer, Senders
from alerting.inbound.parse import Command, parse_mail

log = logging.getLogger(__name__)

POLL_SECONDS = 15.0
"""How much later than by IDLE an acknowledgement may come; every server can be polled, not every one idles."""

TIMEOUT_SECONDS = 10.0
LONGEST_MAIL = 262_144
"""Bytes: a reply that quotes a message stays far below; pictures in signatures may exceed it and are not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where replies arrive. security: "tls" (port 993), "starttls" or "none" (tests and loopback relays only)."""

    host: str
    port: int = 993
    user: str
    password: Secret
    folder: str = "INBOX"
    security: Literal["tls", "starttls", "none"] = "tls"


class MailboxReader:
    """Polls while it runs. ``problem`` is "" or one line that says why nothing can be read."""

    def __init__(self, mailbox: Mailbox, senders: Senders, received: Callable[[Answer], None]) -> None:
        self._mailbox = mailbox
        self._senders = senders
        self._received = received
        self._task: asyncio.Task[None] | None = None
        self.problem = ""

    async def start(self, poll_seconds: float = POLL_SECONDS) -> None:
        self._task = asyncio.create_task(self._run(poll_seconds))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, poll_seconds: float) -> None:
        while True:
            await self.read_once()
            await asyncio.sleep(poll_seconds)

    async def read_once(self) -> int:
        """Read what is new; the number of acknowledgements. A failure stands in ``problem``."""
        answers: list[Answer] = []
        problem = ""
        try:
            await asyncio.to_thread(lambda: answers.extend(self._read()))
        except Exception as error:  # a server may answer anything; whatever it is, it is asked again
            reason = "the server refuses us" if isinstance(error, imaplib.IMAP4.error) else type(error).__name__
            problem = f"replies cannot be read from {self._mailbox.host}: {reason}"
            if problem != self.problem:
                log.error("%s", problem)
        self.problem = problem
        for answer in answers:  # those read before it broke too: they are marked as seen
            self._received(answer)
        return len(answers)

    def _connect(self) -> imaplib.IMAP4:
        box = self._mailbox
        if box.security == "tls":
            context = ssl.create_default_context()
            return imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=TIMEOUT_SECONDS)
        connection = imaplib.IMAP4(box.host, box.port, timeout=TIMEOUT_SECONDS)
        if box.security == "starttls":
            connection.starttls(ssl.create_default_context())
        return connection

    def _read(self) -> Iterator[Answer]:
        connection = self._connect()
        with contextlib.closing(_Session(connection)):
            connection.login(self._mailbox.user, self._mailbox.password.reveal())
            status, detail = connection.select(f'"{self._mailbox.folder}"')
            if status != "OK":
                raise imaplib.IMAP4.error(repr(detail))
            _, (numbers,) = connection.uid("SEARCH", "UNSEEN", "SMALLER", str(LONGEST_MAIL))
            for number in (numbers or b"").split():
                _, parts = connection.uid("FETCH", number.decode(), "(BODY.PEEK[])")
                raw = next((part[1] for part in parts if isinstance(part, tuple)), b"")
                found = _command_of(raw)
                answer = self._senders.by_mail(*found) if found is not None else None
                if answer is not None:
                    yield answer
                elif found is not None:
                    log.warning("a reply from an address that no contact has was not believed")
                connection.uid("STORE", number.decode(), "+FLAGS", "(\\Seen)")


def _command_of(raw: bytes) -> tuple[str, Command] | None:
    """As parse_mail. Anybody may write to the mailbox: a mail that breaks the parser must not hold up the others."""
    try:
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        return parse_mail(mail)
    except Exception as error:  # the library raises IndexError and AttributeError for some broken headers
        log.warning("a malformed mail was not understood (%s)", type(error).__name__)
        return None


class _Session:
    """Ends an IMAP session without an error where the server is gone."""

    def __init__(self, connection: imaplib.IMAP4) -> None:
        self._connection = connection

    def close(self) -> None:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            self._connection.logout()
