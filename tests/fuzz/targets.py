"""Each parser of text from outside, as a function of bytes that either returns or raises what the parser promises."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alerting.configuration import ConfigurationError
from alerting.inbound import html_text, mail_text, ntfy, reply_codes, reply_text
from alerting.inbound import link_signing as links
from alerting.inbound.child import shown
from alerting.inbound.child_protocol import Job, ReadItem
from alerting.inbound.reply_proof import reply_of
from alerting.plan.model import Plan
from alerting.plan.organisation import Contact
from alerting.plan.roster_import import _heads_at, _Table
from alerting.plan.roster_times import moment
from alerting.plan.spreadsheet_child import RosterFileProblem, rows_of
from alerting.redaction import redact
from alerting.sending import acceptance, gateway_request
from alerting.sending import delivery_verdict as verdict
from alerting.sending.messengers import bot_verdict, dingtalk, feishu, wecom
from monitor import heartbeat
from probes.calendar import child as calendar_child
from probes.calendar import fetch
from probes.calendar import text_lines as lines
from probes.child.isolated import table_of
from probes.linux.pactl_answer import understood
from probes.linux.sound_devices import SoundServerError
from tests.fuzz import room_targets
from tests.fuzz.target import KEY, Target, text_of

SEEDS = Path(__file__).parent / "seeds"

PLAN = Plan(contacts={"wang": Contact(name="王强"), "li": Contact(name="Li Na")})


def _mail(data: bytes) -> None:
    found = mail_text.read_mail(data, own_servers=("mx.room.test",))
    item = ReadItem(
        sender=found.sender[:320],
        verb=found.words.verb,
        number=found.words.number,
        codes=found.words.codes,
        about=found.words.about,
        sent_at=found.sent_at,
        mark=found.mark,
    )
    reply_of(item, "mail", "mail.a", "li", KEY, 1.8e9)


class _Sink:
    """What a child says to its parent."""

    def say(self, what: object) -> None:
        assert len(repr(what)) < 4096


def _ntfy(data: bytes) -> None:
    ntfy._Stream(Job(way="ntfy", topics=("a",)), _Sink())._take(data)  # type: ignore[arg-type]


def _published(data: bytes) -> None:
    words = reply_text.read(text_of(data))
    for number, token in words.codes:
        reply_codes.expires_at(KEY, token, number, "li", now=time.time())


def _calendar(data: bytes) -> None:
    """The whole way of a file: lines, sieve, library, expansion. A state is always returned."""
    file = Path("/tmp") / f"roomwatch-fuzz-{id(data)}.ics"
    try:
        file.write_bytes(data)
        answer = calendar_child.read(
            {
                "file": str(file),
                "now": 1795824000.0,
                "seconds": 172800.0,
                "max_bytes": 1 << 20,
                "zone": "Asia/Shanghai",
                "address": "room@example.org",
                "titles": ["merger"],
            }
        )
    finally:
        file.unlink(missing_ok=True)
    assert answer["state"] in ("ok", "unreadable")
    assert "read_failed" not in str(answer.get("reason", "")), answer["reason"]
    assert len(json.dumps(answer, default=table_of)) <= 4096


def _packed(data: bytes) -> None:
    size = sum(len(piece) for piece in fetch._bounded(fetch._unpacked(_pieces(data), "gzip, deflate"), 1 << 20))
    assert size <= 1 << 20


def _pieces(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), 37):
        yield data[at : at + 37]


def _lines(data: bytes) -> None:
    assert sum(map(len, lines.unfolded(lines.lines(lines.as_utf8(_pieces(data)))))) <= 4 * len(data) + 4
    lines.kind_of(data)


def _table(data: bytes) -> None:
    for rows in rows_of(data):
        at = _heads_at(rows)
        if at is not None:
            found = _Table(Path("duty.csv"), rows, at, PLAN).read()
            assert len(found.turns) + found.empty == found.rows


def _time(data: bytes) -> None:
    moment(text_of(data))


def _bot(data: bytes) -> None:
    status, _, text = text_of(data).partition(" ")
    for codes_of in (wecom.CODES, dingtalk.CODES, feishu.CODES):
        bot_verdict.judge(
            int(status[:3]) if status[:3].isascii() and status[:3].isdigit() else 200, text, codes_of, text
        )


def _web_answer(data: bytes) -> None:
    text = text_of(data)
    for scheme in ("json", "slack", "tgram", "pover"):
        acceptance.refusal(scheme, text)
    verdict.of_http_status(429, text)
    verdict.of_log(text.splitlines(), smtp=True)
    heartbeat._denied(data)
    gateway: dict[str, Any] = {"answer_field": "a.0.b", "sent": ["0"], "throttled": ["1"], "permanent": ["2"]}
    gateway_request.judge(gateway, 200, text, text)


def _redacted(data: bytes) -> None:
    text, _, secret = text_of(data).partition("\n")
    assert len(redact(text, [secret, f"json://bob:{secret[:50]}@host/x"])) <= 300
    assert len(shown(data, (secret,))) <= 200


def _link(data: bytes) -> None:
    links.verify(text_of(data), KEY, purpose="take", now=1.8e9)


def _sound(data: bytes) -> None:
    info, _, lists = data.partition(b"\n")
    understood(info, lists)


MAIL = (
    b"From: Li <li@example.org>\r\nDate: Sat, 28 Nov 2026 17:00:00 +0000\r\nSubject: Re: [RW-12-0123456789ABCD]\r\n"
    b'Content-Type: multipart/alternative; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain; charset=gb2312\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\ntake=20it\r\n--x\r\nContent-Type: text/html\r\n\r\n"
    b"<p>take</p><blockquote>On Sat wrote:<br>x</blockquote>\r\n--x--\r\n"
)
CALENDAR = (
    b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
    b"TZOFFSETFROM:+0800\r\nTZOFFSETTO:+0800\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:a\r\nSEQUENCE:2\r\n"
    b"DTSTART;TZID=X:20261127T100000\r\nDTEND;TZID=X:20261127T110000\r\nRRULE:FREQ=DAILY;COUNT=9\r\n"
    b"EXDATE:20261128T020000Z\r\nORGANIZER:mailto:a@b.cd\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
TABLE = "日期;开始时间;结束时间;值班人\n2026-12-01;09:00;18:00;王强、Li Na\n2026/12/2;9:00;;li\n".encode()
INFO = b'{"default_source_name": "mic", "default_sink_name": "out", "server_name": "x"}\n'
LISTS = (
    b'{"sources": [{"index": 1, "name": "mic", "description": "x", "mute": false, "state": "RUNNING", "volume": '
    b'{"mono": {"value": 65536, "value_percent": "100%", "db": "0.00 dB"}}, "sample_specification": "s16le 2ch 48000Hz"'
    b', "properties": {"device.bus": "usb"}}], "sinks": [], "source_outputs": []}'
)

TARGETS: dict[str, Target] = {
    "mail": Target(
        _mail,
        words=(
            b"From: ",
            b"Content-Type: ",
            b"boundary=",
            b"=?utf-8?b?",
            b"\r\n\r\n",
            b"Authentication-Results: ",
            b"--x",
        ),
        seeds=(MAIL,),
    ),
    "reply": Target(
        _published, words=(b"take", "接单".encode(), b"RW-1-", b"> ", b"On x wrote:", b"-----"), seeds=(b"take 12",)
    ),
    "page": Target(
        lambda data: html_text.html_text(text_of(data)),
        words=(b"<p>", b"</", b"<!--", b"&#x", b"<style>"),
        seeds=(b"<p>x",),
    ),
    "ntfy": Target(
        _ntfy,
        words=(b'"event":', b'"message"', b"[", b"{"),
        seeds=(b'{"event":"message","id":"a","message":"take 1"}',),
    ),
    "calendar": Target(
        _calendar,
        words=(b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"RRULE:FREQ=", b"RECURRENCE-ID:", b"DTSTART:"),
        seeds=(CALENDAR,),
    ),
    "calendar lines": Target(_lines, words=(b"\r\n ", b"\xff\xfe", b"\r"), seeds=(CALENDAR,)),
    "calendar packed": Target(
        _packed, known=(fetch.FetchTrouble,), seeds=(base64.b64decode("H4sIAAAAAAAAA0tMSgYAwkEkNQMAAAA="),)
    ),
    "roster": Target(
        _table, known=(RosterFileProblem, ConfigurationError), words=(b";", b"\t", b'"', b"\xff\xfe"), seeds=(TABLE,)
    ),
    "roster time": Target(
        _time, known=(ValueError,), words=(b"2026-12-01", "下午".encode(), b":"), seeds=(b"2026-12-01 09:00",)
    ),
    "bot answer": Target(
        _bot, words=(b'"errcode":', b'"code":', b"[", b"429 "), seeds=(b'200 {"errcode": 0, "errmsg": "ok"}',)
    ),
    "web answer": Target(
        _web_answer, words=(b'"ok":', b"false", b"<html", b"SMTP error 550", b"error=404"), seeds=(b'{"ok": false}',)
    ),
    "redaction": Target(
        _redacted, words=(b"://", b"Basic ", b"@", b"aHVudGVyMnBhc3M="), seeds=(b"x aHVudGVyMnBhc3M=\nhunter2pass",)
    ),
    "link": Target(_link, known=(links.LinkRefusedError,), seeds=(b"dGFrZQoxCjEKYQ.AAAAAAAAAAAAAAAAAAAAAA",)),
    "sound server": Target(_sound, known=(SoundServerError,), seeds=(INFO + LISTS,)),
    **room_targets.TARGETS,
}
"""By name. A new parser of text from outside has a line here."""


def seeds_of(name: str) -> list[bytes]:
    """What is written here, and what a run found and kept."""
    folder = SEEDS / name.replace(" ", "-")
    return [*TARGETS[name].seeds, *(file.read_bytes() for file in sorted(folder.glob("*")))]
