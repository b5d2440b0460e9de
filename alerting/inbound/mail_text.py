"""Reads one raw mail: who sent it, when, by a machine or not, and what it says. Pure; runs in the inbound child alone.

What a library would read in more than linear time is cut or not read: headers and parts have limits here.
"""

from __future__ import annotations

import codecs
import email
import email.header
import email.policy
import email.utils
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import Literal

from alerting.inbound.automatic_mail import Header, by_machine
from alerting.inbound.html_text import html_text
from alerting.inbound.reply_text import ReplyWords, codes_in, mentioned, read

LONGEST_MAIL = 131_072
"""Bytes that are read of a mail: a reply's text stands before its pictures."""

LONGEST_HEADER = 4_000
"""Characters of one header: DKIM signatures take 1,500, long lists of receivers more, and those nobody reads here."""

MOST_HEADERS = 400
MOST_PARTS = 30
"""Parts that one mail may announce: a reply with a signature's pictures has ten."""

Mark = Literal["", "machine", "sender", "unauthentic", "unreadable"]

_PLAIN_CODECS = (
    "utf",
    "iso8859",
    "cp",
    "koi8",
    "gb",
    "big5",
    "hz",
    "shift_jis",
    "euc",
    "ascii",
    "latin",
    "mac",
    "iso2022",
)
"""Beginnings of the names of charsets. Others of Python's are not (zip), or take quadratic time (punycode)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """sender: one address in lower case, "" where it is not exactly one. sent_at: Unix seconds, 0.0 where unknown.

    mark: "machine" for an automatic mail; "sender" where From is none, many or contradictory; "unauthentic" where the
    receiving server says that it is not from there; "unreadable" for one that is malformed beyond reading.
    """

    sender: str = ""
    sent_at: float = 0.0
    mark: Mark = ""
    words: ReplyWords = field(default_factory=ReplyWords)


def read_mail(raw: bytes, *, own_servers: Collection[str] = ()) -> Mail:
    """own_servers: names under which the receiving servers write Authentication-Results, in lower case; where it is
    empty, the topmost such header is believed, and only its "fail"."""
    raw = raw[:LONGEST_MAIL].replace(b"\r\n", b"\n")
    head, _, _ = raw.partition(b"\n\n")
    headers = _headers(head)
    if len(headers) > MOST_HEADERS:
        return Mail(mark="sender")  # what stands below may be a second From, or say that a machine wrote it
    sender = _sender(headers)
    sent_at = _date(_first(headers, "date"))
    subject = _decoded(_first(headers, "subject"))
    if by_machine(headers, subject, sender):
        return Mail(sender=sender, sent_at=sent_at, mark="machine")
    if not sender:
        return Mail(sent_at=sent_at, mark="sender")
    if _refused(headers, own_servers):
        return Mail(sender=sender, sent_at=sent_at, mark="unauthentic")
    texts = _texts(raw)
    if texts is None:
        return Mail(sender=sender, sent_at=sent_at, mark="unreadable", words=ReplyWords(about=mentioned(subject)))
    codes = dict.fromkeys(codes_in(subject))
    about = mentioned(subject)
    found = ReplyWords()
    for text in texts:
        words = read(text)
        codes |= dict.fromkeys(words.codes)
        about = about or words.about
        if words.verb and not found.verb:
            found = words
    said = ReplyWords(verb=found.verb, number=found.number, codes=tuple(codes), about=about)
    return Mail(sender=sender, sent_at=sent_at, words=said)


def _headers(head: bytes) -> list[Header]:
    """Unfolded and cut; one more than MOST_HEADERS where there are too many."""
    found: list[list[str]] = []
    for line in head.decode("utf-8", "replace").split("\n"):
        if line[:1] in (" ", "\t"):
            if found and len(found[-1][1]) < LONGEST_HEADER:
                found[-1][1] += " " + line.strip()[:LONGEST_HEADER]
            continue
        name, colon, value = line.partition(":")
        if colon and len(name) <= 100:
            found.append([name.strip().lower(), value.strip()[:LONGEST_HEADER]])
        if len(found) > MOST_HEADERS:
            break
    return [(name, value) for name, value in found]


def _first(headers: list[Header], name: str) -> str:
    return next((value for one, value in headers if one == name), "")


def _sender(headers: list[Header]) -> str:
    """The one address of From; "" where there are several, or it can be read in two ways."""
    values = [value for name, value in headers if name == "from"]
    if len(values) != 1 or len(values[0]) > 1000:
        return ""
    bare = "".join(values[0].split('"')[::2])  # without quoted names: one may hold a sign of any kind
    before, angle, rest = bare.partition("<")
    address, closed, after = rest.partition(">")
    if not angle:
        address, before, after, closed = bare, "", "", ">"
    address = address.strip().lower()
    local, at, host = address.rpartition("@")
    if not (local and at and host and closed) or "@" in local or any(one in address for one in " ,;<>()\t"):
        return ""
    written = before.strip().lower()
    if ("@" in written and written != address) or after.strip() or "," in written.strip(","):
        return ""
    return address


def _date(value: str) -> float:
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value[:100]).timestamp())
    except (TypeError, ValueError, OverflowError, OSError, IndexError):
        return 0.0


def _decoded(value: str) -> str:
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (LookupError, ValueError, email.header.HeaderParseError):  # type: ignore[attr-defined]
        return value


def _refused(headers: list[Header], own_servers: Collection[str]) -> bool:
    """Whether the server that received it found it forged: dmarc=fail; without a word on DMARC, neither a signature
    nor a sending machine that the domain knows."""
    results = [_bare(value.lower()) for name, value in headers if name == "authentication-results"]
    if own_servers:
        results = [one for one in results if _words(one.partition(";")[0])[:1] and _words(one)[0] in own_servers]
    else:
        results = results[:1]
    said = {"=".join(_words(part.replace("=", " "))[:2]) for one in results for part in one.split(";")[1:]}
    if any(one.startswith("dmarc=") for one in said):
        return "dmarc=fail" in said
    return bool(said & {"spf=fail", "dkim=fail"}) and not said & {"spf=pass", "dkim=pass"}


def _bare(text: str) -> str:
    """Without comments, which may stand between any two words (RFC 5322, 3.2.2), and quoted texts: the sender writes
    some of both."""
    kept, depth = [], 0
    for one in "".join(text.split('"')[::2]):
        depth += one == "("
        if not depth:
            kept.append(one)
        depth -= one == ")" and depth > 0
    return "".join(kept)


def _words(text: str) -> list[str]:
    return text.replace(";", " ").split()


def _texts(raw: bytes) -> list[str] | None:
    """The texts to read, plain ones first. None where the mail is built so that reading it would take too long."""
    if raw.lower().count(b"boundary") > MOST_PARTS or _has_long_header(raw):
        return None
    plain: list[str] = []
    pages: list[str] = []
    try:
        for part in _parts(email.message_from_bytes(raw, policy=email.policy.compat32)):
            kind = part.get_content_type()
            if part.get_content_disposition() == "attachment" or kind not in ("text/plain", "text/html"):
                continue
            body = part.get_payload(decode=True)
            if not isinstance(body, bytes):
                continue
            text = decoded(body, str(part.get_content_charset() or ""))
            (plain if kind == "text/plain" else pages).append(text)
    except (ValueError, LookupError, AttributeError, IndexError, TypeError, RecursionError):
        return None  # what the library raises for some broken headers
    return plain + [html_text(page) for page in pages]


def _parts(mail: Message) -> Iterator[Message]:
    """Leaves, but not those of a mail that came along as an attachment."""
    waiting = [mail]
    seen = 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting += [one for one in inner if isinstance(one, Message)]
        elif part.get_content_maintype() != "message":
            yield part


def _has_long_header(raw: bytes) -> bool:
    """Whether a header that says how a part is built is longer than anybody writes one."""
    length = -1
    for line in raw.split(b"\n"):
        if line[:1] in (b" ", b"\t") and length >= 0:
            length += len(line)
        else:
            length = len(line) if line[:8].lower() == b"content-" else -1
        if length > LONGEST_HEADER:
            return True
    return False


def decoded(body: bytes, charset: str) -> str:
    """In its charset; in the likeliest where Python does not know it, or it is no charset at all."""
    names = ["gb18030" if charset in ("gb2312", "gbk", "gb_2312-80") else charset, "utf-8"]
    for name in names:
        try:
            if codecs.lookup(name).name.replace("-", "").replace("_", "").startswith(_PLAIN_CODECS):
                return body.decode(name, "replace" if name == charset else "strict")
        except (LookupError, ValueError):
            continue
    return body.decode("gb18030", "replace")
