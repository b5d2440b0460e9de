"""Silences of Alertmanager as the room sees them: which of its faults each would mute, and until when. Pure.

A matcher is judged as Alertmanager judges it: the whole value must match, and a label that is not there is empty.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

NOT_KNOWN = frozenset({"severity"})
"""Labels of an alert that a fault has only once it is an incident: a silence by them is left to Alertmanager."""
OF_ONE_FAULT = frozenset({"code", "target", "fault_class"})
"""Labels that tell the faults of one room apart."""
MOST_CHOICES = 3
"""Groups and repeats of a pattern. Python tries their ways one after the other: three over a value of 64 characters are
a quarter of a million, some milliseconds. More of them, or a group that is repeated, could hold the daemon."""
_CHOICE = re.compile(r"\(\??|[*+?{]")
_REPEATED_GROUP = re.compile(r"\)[*+?{]")


class _Matcher(msgspec.Struct):
    name: str
    value: str
    isRegex: bool = False
    isEqual: bool = True


class _Status(msgspec.Struct):
    state: str


class _Silence(msgspec.Struct):
    """As the API answers it; what is not read is left out."""

    id: str
    status: _Status
    startsAt: dt.datetime
    endsAt: dt.datetime
    matchers: list[_Matcher]


@dataclass(frozen=True, slots=True)
class Matcher:
    """name is ``value`` or, where equal is False, it is not. pattern: instead of the value."""

    name: str
    value: str
    equal: bool = True
    pattern: re.Pattern[str] | None = None

    def matches(self, labels: Mapping[str, str]) -> bool:
        found = labels.get(self.name, "")
        same = bool(self.pattern.fullmatch(found)) if self.pattern is not None else found == self.value
        return same is self.equal


@dataclass(frozen=True, slots=True)
class AlertSilence:
    """starts_at, ends_at: Unix seconds."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: float
    ends_at: float

    def holds(self, labels: Mapping[str, str], now: float) -> bool:
        """Whether it mutes an alert of these labels now."""
        return self.starts_at <= now < self.ends_at and all(one.matches(labels) for one in self.matchers)

    def of_whole_room(self) -> bool:
        """Whether it asks for no single fault."""
        return not any(one.name in OF_ONE_FAULT for one in self.matchers)


def read_silences(body: bytes) -> tuple[tuple[AlertSilence, ...], dict[str, str]]:
    """An answer to GET /api/v2/silences: those that are not over, and by id why the room cannot judge the others.
    Raises ValueError for an answer that is none of Alertmanager's."""
    try:
        found = msgspec.json.decode(body, type=list[_Silence])
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
    found = [one for one in found if one.status.state != "expired"]
    left = {one.id: why for one in found if (why := next(filter(None, map(_why_not, one.matchers)), ""))}
    return tuple(_silence(one) for one in found if one.id not in left), left


def holding(silences: Iterable[AlertSilence], labels: Mapping[str, str], now: float) -> AlertSilence | None:
    """The silence that mutes an alert of these labels, of several the one that ends last."""
    return max((one for one in silences if one.holds(labels, now)), key=lambda one: one.ends_at, default=None)


def _why_not(matcher: _Matcher) -> str:
    """Why the room cannot judge it, "" where it can."""
    if matcher.name in NOT_KNOWN:
        return f"{matcher.name} is not known before a fault is told"
    if not matcher.isRegex:
        return ""
    text = matcher.value
    if len(_CHOICE.findall(text)) > MOST_CHOICES or _REPEATED_GROUP.search(text):
        return f"its pattern for {matcher.name} has too many groups and repeats"
    if "[[" in text or "\\p" in text.lower():
        return f"its pattern for {matcher.name} has a class of letters that only Alertmanager knows"
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return f"its pattern for {matcher.name} is written as only Alertmanager reads it"
    return ""


def _silence(one: _Silence) -> AlertSilence:
    return AlertSilence(one.id, tuple(map(_matcher, one.matchers)), one.startsAt.timestamp(), one.endsAt.timestamp())


def _matcher(one: _Matcher) -> Matcher:
    return Matcher(one.name, one.value, one.isEqual, re.compile(one.value) if one.isRegex else None)
