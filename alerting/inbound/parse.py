"""Reads what a person wrote back: "接单 12", "take #12", a mail's reply. Pure; believes nothing about who wrote it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Literal

Verb = Literal["take", "confirm"]

VERBS: Mapping[str, Verb] = {
    "接单": "take",
    "我来": "take",
    "收到": "take",
    "take": "take",
    "ack": "take",
    "确认": "confirm",
    "故障确认": "confirm",
    "confirm": "confirm",
}
"""Whole first words only: "don't take it" must take nothing."""

LONGEST = 4000
"""Characters looked at: a command stands at the beginning, the rest is a quotation."""

_COMMAND = re.compile(r"(?P<verb>[^\W\d_]+)[\s:,.!。，！：]*(?:#?\s*(?P<number>\d{1,9}))?[\s.!。！]*", re.UNICODE)
_QUOTED = re.compile(r"^\s*(>|-{2,}\s*\S.*-{2,}$|On .{5,200}wrote:|在 ?.{5,200}写道|发件人[:：]|From:)")
_IN_SUBJECT = re.compile(r"\[RW-(\d{1,9})\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A verb for an incident. number: 0 where the text does not say one."""

    verb: Verb
    number: int = 0


def parse_line(text: str) -> Command | None:
    """The command of one line, in whatever width or case it was typed; None where it is not exactly a command."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).strip().lower()
    found = _COMMAND.fullmatch(plain)
    if found is None or found["verb"] not in VERBS:
        return None
    return Command(verb=VERBS[found["verb"]], number=int(found["number"] or 0))


def parse_text(text: str) -> Command | None:
    """The command of a message: its first line that says anything and is not quoted."""
    for line in text[:LONGEST].splitlines():
        if _QUOTED.match(line):
            return None
        if line.strip():
            return parse_line(line)
    return None


def parse_mail(mail: EmailMessage) -> tuple[str, Command] | None:
    """(sender's address in lower case, command) of a reply; None where it says none, or was sent by a machine.

    The incident's number comes from the text, else from "[RW-12]" in the subject. An automatic answer (RFC 3834),
    such as "I am on holiday", must never take an incident.
    """
    automatic = str(mail.get("Auto-Submitted", "no")).strip().lower()
    if (
        automatic != "no"
        or mail.get("X-Autoreply")
        or str(mail.get("Precedence", "")).lower() in ("bulk", "auto_reply")
    ):
        return None
    sender = parseaddr(str(mail.get("From", "")))[1].lower()
    part = mail.get_body(preferencelist=("plain",))
    if not sender or part is None:
        return None
    try:
        command = parse_text(str(part.get_content()))
    except (LookupError, ValueError, KeyError):
        return None
    if command is None:
        return None
    in_subject = _IN_SUBJECT.search(str(mail.get("Subject", "")))
    number = command.number or (int(in_subject[1]) if in_subject else 0)
    return sender, Command(verb=command.verb, number=number)
