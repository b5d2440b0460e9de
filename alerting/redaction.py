"""Takes secrets out of text: the address a message went to, in every spelling a library may print. Pure."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote, unquote_plus

HIDDEN = "***"

DETAIL_LENGTH = 300
"""One line of the journal and of a table on a page; a service's longer answer adds nothing."""

LONGEST_TEXT = 4000
"""Characters of a text that are looked at: its first line is shown."""

SHORTEST_SECRET = 3
"""Shorter pieces ("t", "to") are in every sentence; hiding them would make the line unreadable and hide nothing."""

_HOST_IS_HOST = frozenset(
    (
        "apprise",
        "apprises",
        "form",
        "forms",
        "gotify",
        "gotifys",
        "json",
        "jsons",
        "mailto",
        "mailtos",
        "matrix",
        "matrixs",
        "mmost",
        "mmosts",
        "mqtt",
        "mqtts",
        "ntfy",
        "ntfys",
        "rocket",
        "rockets",
        "rsyslog",
        "xml",
        "xmls",
        "http",
        "https",
        "rtsp",
        "rtsps",
    )
)
"""Schemes whose host part is a host name, worth reading in an error. In others (wecombot://KEY) it is the key."""

_ORDINARY = frozenset(("http", "https", "localhost", "yes", "true", "false", "text", "markdown", "html"))

_LOOKS_SECRET = re.compile(r"(?<![A-Za-z0-9_\-])(?=[A-Za-z0-9_\-]*\d)[A-Za-z0-9_\-]{24,}(?![A-Za-z0-9_\-])")
_CODED = re.compile(r"[A-Za-z0-9+/_=-]{8,}")
"""A run that may be a secret written in base 64 or in hexadecimal digits: a server may send back what it was sent."""

_WORD = re.compile(r"\S+")
_KEY_NAMES = frozenset(("key", "token", "access_token", "secret", "password", "pass", "apikey", "api_key", "sign"))
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{8,}")

HALF = "replace"
"""What becomes of half a sign (a lone surrogate), which no text that was read as UTF-8 holds."""

SHORTEST_CODED = 4
"""Bytes of a secret that are looked for within what such a run decodes to: shorter ones are in any."""

_CREDENTIALS = re.compile(r"(?<=://)[^/\s]+@")
_ADDRESS = re.compile(r"(?<![A-Za-z0-9+.-])([A-Za-z0-9+.-]+)://(\S*[^\s\"'()\]>,.;:])")
_HOST = re.compile(r"(\[[\w:.%]+\]|[\w.…-]*)(:\d*)?")
_AUTHORISATION = re.compile(r"(?i)\b(basic|bearer)\s+[A-Za-z0-9+/=._~-]{6,}")


def secret_pieces(url: str) -> tuple[str, ...]:
    """Every piece of an address that may open a door, longest first, in raw, decoded and encoded spelling."""
    scheme, _, rest = url.partition("://") if "://" in url else ("", "", url)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user, _, host = authority.rpartition("@")
    host_name = re.sub(r":\d+$", "", host).lower()
    pieces = {url, rest, user, unquote(user), *re.split(r"[/?&=:@#,]+", rest)}
    pieces |= {piece for value in re.split(r"[/?&=@#]+", rest) for piece in (value, unquote(value))}
    if scheme.lower() in _HOST_IS_HOST:
        pieces -= {host, host_name, *host.split(":")}
    if user:
        pieces.add(base64.b64encode(unquote(user).encode(errors=HALF)).decode())
    spelled: set[str] = set()
    for piece in pieces:
        spelled |= {
            piece,
            unquote(piece),
            unquote_plus(piece),
            quote(piece, safe="", errors=HALF),
            quote_plus(piece, errors=HALF),
        }
    kept = {one for one in spelled if len(one) >= SHORTEST_SECRET and one.lower() not in _ORDINARY | {scheme.lower()}}
    return tuple(sorted(kept, key=lambda one: (-len(one), one)))


def holds_secret(url: str) -> bool:
    """Whether an address carries a key of its own: a password, a token in its place or in a query."""
    scheme, _, rest = url.partition("://")
    if not rest or scheme.lower() == "gateway":
        return False
    if scheme.lower() not in _HOST_IS_HOST:
        return True
    query = rest.partition("?")[2]
    user = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[0]
    names = {name.lower().lstrip("+-:") for name, _, value in (one.partition("=") for one in query.split("&")) if value}
    return ":" in user or bool(names & _KEY_NAMES) or _LOOKS_SECRET.search(rest) is not None


def without_ways(text: str) -> str:
    """``text`` with the addresses in it cut to their hosts, or to their schemes where the host is a key."""
    return _ADDRESS.sub(_host_alone, text)


def _host_alone(found: re.Match[str]) -> str:
    scheme, rest = found[1], found[2]
    if scheme.lower() not in _HOST_IS_HOST:
        return f"{scheme}://{HIDDEN}"
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    login, _, host = authority.rpartition("@")
    if _HOST.fullmatch(host) is None:
        return f"{scheme}://{HIDDEN}"
    way = rest[len(authority) :]
    return f"{scheme}://{HIDDEN + '@' if login else ''}{host}{'/' + HIDDEN if way.strip('/') else way}"


def redact(text: str, urls: Iterable[str] = ()) -> str:
    """``text`` as one short line without any piece of the addresses, nor anything that looks like a credential."""
    text = text[:LONGEST_TEXT]
    secrets: dict[str, None] = {}
    for url in urls:
        secrets |= dict.fromkeys(secret_pieces(url))
    for piece in sorted(secrets, key=lambda one: (-len(one), one)):
        for written in (piece, html.escape(piece), json.dumps(piece)[1:-1], piece.replace("/", "\\/")):
            text = text.replace(written, HIDDEN)
    coded = tuple(as_bytes for one in secrets if len(as_bytes := one.encode(errors=HALF)) >= SHORTEST_CODED)
    text = _WORD.sub(lambda word: HIDDEN if _unquotes_to(word[0], secrets) else word[0], text)
    text = _CODED.sub(lambda run: HIDDEN if _decodes_to(run[0], coded) else run[0], text)
    text = _CREDENTIALS.sub(f"{HIDDEN}@", text)
    text = _AUTHORISATION.sub(rf"\1 {HIDDEN}", text)
    text = _LOOKS_SECRET.sub(HIDDEN, text)
    return " ".join(text.split())[:DETAIL_LENGTH]


def _unquotes_to(word: str, secrets: Iterable[str]) -> bool:
    """Whether a word with percent signs holds a secret, quoted once or twice, in capitals or not."""
    if "%" not in word:
        return False
    plain = (unquote_plus(word), unquote(unquote(word)))
    return any(secret in one for secret in secrets for one in plain)


def _decodes_to(run: str, secrets: tuple[bytes, ...]) -> bool:
    """Whether a run of signs holds a secret in base 64, wherever it begins in it, or in hexadecimal digits."""
    plain = run.replace("-", "+").replace("_", "/").replace("=", "")
    readings = []
    for start in range(4):
        part = plain[start:]
        readings.append(base64.b64decode(part[: len(part) // 4 * 4]))
        readings.append(base64.b64decode(part + "A" * (-len(part) % 4)))
    for digits in _HEXADECIMAL.findall(run):
        readings += [bytes.fromhex(digits[start:][: (len(digits) - start) // 2 * 2]) for start in range(2)]
    return any(secret in reading for secret in secrets for reading in readings)
