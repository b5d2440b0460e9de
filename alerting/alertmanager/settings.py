"""Where Alertmanager is, and whether it tells people in the room's place."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from alerting.alertmanager.alerts import OWN_LABELS
from alerting.configuration import Secret

LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
"""Prometheus' rule for the name of a label."""


class AlertmanagerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[alertmanager]: faults are posted to every member of its cluster. urls: of all members; empty posts nothing.

    respond: who tells people of an incident: the room by its plan, or Alertmanager; then the room takes over where no
    member accepts its alerts for take_over_seconds. silences: those that match the room are maintenance.
    headers: of every request. labels: beside the room's own, for the routes.
    """

    urls: tuple[str, ...] = ()
    respond: Literal["room", "alertmanager"] = "room"
    take_over_seconds: Annotated[float, msgspec.Meta(ge=10, le=600)] = 30.0
    # Members that restart one after the other are not missed for so long. Longer leaves people untold for as long.
    silences: bool = True
    headers: dict[str, Secret] = {}
    labels: dict[str, str] = {}

    def __post_init__(self) -> None:
        for number, url in enumerate(self.urls):
            if problem := _problem(url):
                raise ValueError(f"urls[{number}] {problem}")
            if url.rstrip("/") in [one.rstrip("/") for one in self.urls[:number]]:
                raise ValueError(f"urls[{number}] is written twice: name each member once")
        if self.respond == "alertmanager" and not self.urls:
            raise ValueError('respond is "alertmanager" and urls is empty: write the addresses of its members')
        for name in self.labels:
            if not LABEL.fullmatch(name):
                raise ValueError(f"labels.{name} is no name of a label: use letters, digits and underscores")
            if name in OWN_LABELS:
                raise ValueError(f"labels.{name} is set by the room itself: choose another name")


def _problem(url: str) -> str:
    """Why no member can be reached by this address and what to write, "" where one may."""
    try:
        parts = urlsplit(url)
        found = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        found = False
    if not found:
        return "is no address: write one such as http://alerts-1:9093"
    if parts.username is not None or parts.password is not None:
        return "holds a login: write it as headers.Authorization"
    return "has a ? or #: leave away what begins there" if parts.query or parts.fragment else ""
