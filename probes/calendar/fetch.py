"""Where a calendar's bytes come from: a file or a server, in pieces, unpacked and bounded. Runs in the child alone.

A part never passes for the whole: what was announced and did not come is named.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probes.child.secret_place import reveal
from probes.trusted_servers import as_browsers
from probes.why import Why, because

PIECE = 65536

PACKED = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Encodings that are unpacked, whether they were asked for or not, with zlib's window bits for each."""


class FetchTrouble(Exception):
    """state: "unreachable" or "unreadable"; the reason quotes nothing of the calendar."""

    def __init__(self, state: str, reason: Why) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Source:
    """pieces: of the text, unpacked; reading them raises Trouble. mark: ETag or the file's. modified: Last-Modified."""

    pieces: Iterator[bytes]
    mark: str = ""
    modified: str = ""


@contextlib.contextmanager
def opened(argument: Mapping[str, Any], hashed: str) -> Iterator[Source | None]:
    """The calendar's source; None where a server says that nothing changed. hashed: beginning of the marks that are
    our own, which no server knows."""
    most = int(argument["max_bytes"])
    if argument.get("file"):
        try:
            with Path(argument["file"]).open("rb") as file:
                yield Source(_bounded(_of_file(file, argument["file"]), most), str(argument.get("mark", "")))
        except OSError as error:
            raise FetchTrouble("unreadable", _unreadable(argument["file"], error)) from None
        return
    with _answer(argument, hashed) as answer:
        if answer is None:
            yield None
            return
        until = time.monotonic() + float(argument["timeout"])
        pieces = _unpacked(_of_server(answer, until), answer.headers.get("Content-Encoding", ""))
        yield Source(_bounded(pieces, most), answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))


def _bounded(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise FetchTrouble("unreadable", because("larger_than", mib=most >> 20))
        yield piece


def _of_file(file: Any, name: str) -> Iterator[bytes]:
    try:
        while piece := file.read(PIECE):
            yield piece
    except OSError as error:
        raise FetchTrouble("unreadable", _unreadable(name, error)) from None


def _of_server(answer: Any, until: float) -> Iterator[bytes]:
    """Raises Trouble after the monotonic time: each read has its time-out, a trickle has not."""
    size = 0
    try:
        while piece := answer.read1(PIECE):
            size += len(piece)
            if time.monotonic() > until:
                raise FetchTrouble("unreachable", because("came_late"))
            yield piece
    except http.client.IncompleteRead:
        raise FetchTrouble("unreachable", because("cut_off_after", bytes=size)) from None
    except OSError as error:
        raise FetchTrouble("unreachable", because("cut_off_after_why", bytes=size, why=plain(error))) from None
    if answer.length:
        raise FetchTrouble("unreachable", because("part_came", bytes=size, of=size + answer.length))


def _unpacked(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """By Content-Encoding, the last one that was applied first."""
    names = [one.strip().lower() for one in encoding.split(",") if one.strip().lower() not in ("", "identity")]
    if len(names) > 2 or any(one not in PACKED for one in names):
        raise FetchTrouble("unreadable", because("packed_oddly", detail=", ".join(names)[:40]))
    for name in reversed(names):
        pieces = _inflated(pieces, PACKED[name])
    return pieces


def _inflated(pieces: Iterator[bytes], bits: int) -> Iterator[bytes]:
    machine, fresh = zlib.decompressobj(bits), True
    for piece in pieces:
        rest = piece
        while rest:
            if machine.eof:  # a gzip file may be several, one after the other
                if not rest.strip(b"\0"):
                    break
                machine, fresh = zlib.decompressobj(bits), True
            try:
                text = machine.decompress(rest, PIECE)
            except zlib.error:
                if not (fresh and bits == PACKED["deflate"]):
                    raise FetchTrouble("unreadable", because("packing_broken")) from None
                bits = -bits  # some servers send deflate without its head
                machine, fresh = zlib.decompressobj(bits), False
                continue
            fresh = False
            rest = machine.unused_data if machine.eof else machine.unconsumed_tail
            if text:
                yield text
    if not machine.eof and not fresh:
        yield machine.flush()
        if not machine.eof:
            raise FetchTrouble("unreachable", because("packing_cut_off"))


class _SameOrigin(urllib.request.HTTPRedirectHandler):
    """Follows redirects, to webcal addresses too; the login goes along only to the server that it is for."""

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        for name in ("location", "uri"):
            if str(headers.get(name, "")).lower().startswith("webcal"):
                address = web_address(headers[name])
                del headers[name]
                headers[name] = address
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urllib.parse.urlsplit(newurl).scheme not in ("http", "https"):
            raise urllib.error.HTTPError(newurl, code, "no web address", headers, fp)
        fresh = super().redirect_request(req, fp, code, msg, headers, newurl)
        if fresh is not None and urllib.parse.urlsplit(newurl)[:2] != urllib.parse.urlsplit(req.full_url)[:2]:
            fresh.remove_header("Authorization")
        return fresh


def web_address(address: str) -> str:
    """webcal is how calendar programs write http, webcals https."""
    scheme, mark, rest = address.partition("://")
    return {"webcal": "http", "webcals": "https"}.get(scheme.lower(), scheme) + mark + rest


@contextlib.contextmanager
def _answer(argument: Mapping[str, Any], hashed: str) -> Iterator[Any]:
    """The server's answer; None when it says that nothing changed."""
    try:
        address = web_address(str(argument.get("url") or reveal(argument.get("url_from") or {})))
        password = reveal(argument.get("password") or {})
    except LookupError as error:
        raise FetchTrouble("unreadable", error.args[0]) from None
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchTrouble("unreadable", because("no_web_address"))
    request = urllib.request.Request(address, headers={"Accept": "text/calendar", "User-Agent": "roomwatch"})
    if argument.get("user"):
        login = base64.b64encode(f"{argument['user']}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
    if argument.get("mark") and not str(argument["mark"]).startswith(hashed):
        request.add_header("If-None-Match", str(argument["mark"]))
    if argument.get("modified"):
        request.add_header("If-Modified-Since", str(argument["modified"]))
    context = as_browsers(ssl.create_default_context(cafile=argument.get("ca_file") or None))
    opener = urllib.request.build_opener(_SameOrigin, urllib.request.HTTPSHandler(context=context))
    host = parts.hostname
    try:
        answer = opener.open(request, timeout=float(argument["timeout"]))
    except urllib.error.HTTPError as error:
        if error.code == 304:
            yield None
            return
        if error.code in (301, 302, 303, 307, 308):
            raise FetchTrouble("unreadable", because("sent_on_badly", name=host)) from None
        state = "unreachable" if error.code >= 500 or error.code in (408, 429) else "unreadable"
        raise FetchTrouble(state, because("answered_status", name=host, status=error.code)) from None
    except urllib.error.URLError as error:
        raise FetchTrouble("unreachable", because("page_silent", name=host, why=plain(error.reason))) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise FetchTrouble("unreachable", because("page_silent", name=host, why=plain(error))) from None
    with answer:
        yield answer


def plain(error: object) -> Why:
    """What may be told of an error; never its text, which may quote."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return because("certificate_untrusted", detail=error.verify_message)
    if isinstance(error, socket.gaierror):
        return because("name_without_address")
    if isinstance(error, TimeoutError):
        return because("late")
    said = getattr(error, "strerror", None)
    return because("system_error", detail=str(said)) if said else because("read_failed", kind=type(error).__name__)


def _unreadable(file: str, error: OSError) -> Why:
    return because("file_unreadable", file=file, detail=error.strerror or type(error).__name__)
