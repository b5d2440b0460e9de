"""One rung of the network ladder as one line of a terminal: mark, name, time, facts."""

from __future__ import annotations

import unicodedata
import urllib.parse

import click

from alerting.messages.why_not_measured import reason_in, why
from alerting.words import Words
from monitor.diagnosis.network import Rung

COLOURS = {"ok": "green", "degraded": "yellow", "failed": "red", "note": "cyan"}
MARKS = {"ok": "✓", "degraded": "!", "failed": "✗", "unknown": "?", "note": "→"}
NAME_COLUMNS = 26
SILENT = "no_dns_answer"
"""A target that did not answer is named alone."""


def line(one: Rung, words: Words) -> str:
    """The rung as a line; "" for a rung that does not exist here and says nothing to anybody."""
    if one.status == "absent" and one.check != "network.proxy":
        return ""
    name = words.text(f"check.{one.check}")
    colour = COLOURS.get(one.status, "bright_black")
    took = f"{one.seconds * 1000:.1f} ms" if one.seconds is not None else ""
    text = click.style(f"{MARKS.get(one.status, '–')} {padded(name)}", fg=colour) + f"{took:>10}  "
    if one.fault:
        text += click.style(words.text(f"fault.{one.fault}.title"), fg=colour, bold=True) + "  "
    return (text + click.style(facts(one, words), fg="bright_black")).rstrip()


def padded(name: str) -> str:
    wide = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in name)
    return name + " " * max(1, NAME_COLUMNS - wide)


def facts(one: Rung, words: Words) -> str:
    """What was seen, in numbers, addresses and names, which need no translation."""
    if one.status == "absent":
        return words.text("diagnose.no_proxy")
    if one.status == "unknown" and not one.evidence:
        return why(one.note, words)
    if one.fault and (detail := words.detail(one.fault, one.evidence)):
        return detail
    shown = _SHOWN.get(one.check, _any)(one, words)
    return "  ".join(part for part in shown if part)


def _any(one: Rung, words: Words) -> list[str]:
    return [one.target]


def _said(one: Rung, *names: str) -> list[str]:
    return [str(one.evidence[name]) for name in names if one.evidence.get(name)]


def _link(one: Rung, words: Words) -> list[str]:
    speed = f"{one.evidence['speed_mbit']} Mbit/s" if "speed_mbit" in one.evidence else ""
    signal = f"{one.values['wifi_signal_dbm']:.0f} dBm" if "wifi_signal_dbm" in one.values else ""
    place = " / ".join(_said(one, "switch", "switch_port"))
    vlan = f"VLAN {one.evidence['vlan']}" if one.evidence.get("vlan") else ""
    return [one.target, speed, *_said(one, "network"), signal, place and f"→ {place}", vlan]


def _internet(one: Rung, words: Words) -> list[str]:
    return [
        target if said.code == SILENT else words.text("event.pair", name=target, value=why(said, words))
        for target, fact in one.evidence.items()
        if target != "reason" and (said := reason_in(fact)) is not None
    ]


def _dns(one: Rung, words: Words) -> list[str]:
    return _said(one, "resolver", "name")


def _service(one: Rung, words: Words) -> list[str]:
    parts = (("DNS", "dns"), ("TCP", "connect"), ("TLS", "tls"), ("TTFB", "first_byte"))
    times = [
        f"{name} {one.values[key] * 1000:.0f}"
        for name, part in parts
        if (key := f"service_{part}_seconds") in one.values
    ]
    left = one.values.get("certificate_left_seconds")
    days = words.text("diagnose.certificate", days=int(left // 86400)) if left is not None else ""
    answer = " ".join(_said(one, "http", "status"))
    box = words.text("diagnose.opened_by", who=one.evidence["opened_by"]) if "opened_by" in one.evidence else ""
    return [*_said(one, "service"), answer, f"({', '.join(times)} ms)" if times else "", days, box]


def _portal(one: Rung, words: Words) -> list[str]:
    return [urllib.parse.urlsplit(str(one.evidence.get("url", ""))).hostname or ""]


def _media(one: Rung, words: Words) -> list[str]:
    return [
        words.text("event.pair", name=server, value=why(said, words))
        for server, fact in one.evidence.items()
        if ":" in server and (said := reason_in(fact)) is not None
    ]


def _stream(one: Rung, words: Words) -> list[str]:
    values = one.values
    if "media_mos" not in values:
        return [one.target]
    return [
        one.target,
        words.text(
            "diagnose.stream",
            loss=f"{values['media_loss_ratio']:.1%}",
            jitter=f"{values['media_jitter_seconds'] * 1000:.1f} ms",
            r=f"{values['media_r_factor']:.0f}",
            mos=f"{values['media_mos']:.1f}",
        ),
    ]


def _path(one: Rung, words: Words) -> list[str]:
    hops = sum(1 for name in one.evidence if name.startswith("hop "))
    return [one.target, words.text("diagnose.hops", hops=hops), *_said(one, "transport")]


def _lease(one: Rung, words: Words) -> list[str]:
    return _said(one, "server", "address")


_SHOWN = {
    "network.link": _link,
    "network.address": lambda one, words: _said(one, "ipv4", "ipv6"),
    "network.gateway": lambda one, words: _said(one, "gateway", "method"),
    "network.gateway6": lambda one, words: _said(one, "gateway"),
    "network.dns": _dns,
    "network.internet": _internet,
    "network.internet6": _internet,
    "network.portal": _portal,
    "network.proxy": lambda one, words: _said(one, "proxy"),
    "network.service": _service,
    "network.media": _media,
    "network.stream": _stream,
    "network.path": _path,
    "network.lease": _lease,
}
