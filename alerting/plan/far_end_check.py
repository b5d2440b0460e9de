"""Asks, on request only, whether the far end of each contact's address accepts a connection. Sends no message."""

from __future__ import annotations

import socket
from urllib.parse import parse_qs, urlsplit

from alerting.plan.check import PlanFinding
from alerting.plan.model import Plan

_SERVICES = {
    "wecombot": ("qyapi.weixin.qq.com", 443),
    "dingtalk": ("oapi.dingtalk.com", 443),
    "feishu": ("open.feishu.cn", 443),
    "lark": ("open.larksuite.com", 443),
}
"""Services whose address in Apprise holds no host; hosts from their own bot documentation."""

_PORTS = {
    "json": 80,
    "form": 80,
    "xml": 80,
    "http": 80,
    "ntfy": 80,
    "matrix": 80,
    "mqtt": 1883,
    "mailto": 25,
    "jsons": 443,
    "forms": 443,
    "xmls": 443,
    "https": 443,
    "ntfys": 443,
    "matrixs": 443,
    "mqtts": 8883,
    "mailtos": 587,
    "syslog": 514,
}


def far_end(url: str) -> tuple[str, int] | None:
    """(host, port) that an Apprise address connects to; None where it cannot be told. ValueError if malformed."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme in _SERVICES:
        return _SERVICES[scheme]
    port = parts.port or _PORTS.get(scheme)
    host = parse_qs(parts.query).get("smtp", [""])[0] or parts.hostname
    return (host, port) if host and port else None


def check_reach(plan: Plan, timeout: float = 3.0) -> tuple[PlanFinding, ...]:
    """One finding for each address that accepts no TCP connection, or cannot be asked."""
    found: list[PlanFinding] = []
    for name, contact in plan.contacts.items():
        for channel in () if contact.left else contact.channels:
            where = f"contacts.{name}"
            try:
                place = far_end(channel.reveal())
            except LookupError:
                continue
            except ValueError:
                place = None
            if place is None:
                found.append(PlanFinding(code="reach_unknown", where=where, error=False, values={"name": contact.name}))
                continue
            try:
                socket.create_connection(place, timeout).close()
            except OSError as error:
                values: dict[str, object] = {"name": contact.name, "host": place[0], "port": place[1]}
                values["detail"] = error.strerror or str(error) or type(error).__name__
                found.append(PlanFinding(code="unreachable", where=where, values=values))
    return (*found, *_backups(plan, timeout))


def _backups(plan: Plan, timeout: float) -> list[PlanFinding]:
    """Join links whose server accepts no connection; `roomwatch backup test` opens the page itself."""
    found = []
    for name, backup in plan.backups.items():
        parts = urlsplit(backup.join)
        port = {"https": 443, "http": 80}.get(parts.scheme)
        try:
            place = (parts.hostname, parts.port or port)
        except ValueError:
            place = (None, None)
        if backup.kind != "application" or port is None or place[0] is None or place[1] is None:
            continue
        try:
            socket.create_connection((place[0], place[1]), timeout).close()
        except OSError as error:
            detail = error.strerror or str(error) or type(error).__name__
            values: dict[str, object] = {"name": backup.name, "host": place[0], "port": place[1], "detail": detail}
            found.append(PlanFinding(code="unreachable", where=f"backups.{name}", values=values))
    return found
