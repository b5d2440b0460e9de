"""Which texts a small fact of the journal may have, by the beginning of its name. Pure.

Whoever reads a fact takes it at its word: one of another form is damage, and is set aside before anybody reads it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import msgspec

from alerting.journal.damage import Damage
from alerting.model.stock import Stock
from alerting.plan.swaps import Swap

LATEST = 1e11
"""Unix seconds: the year 5138. A later time is none."""

LONGEST = 1 << 20
"""Characters: a thousand open actions."""

_HEX = re.compile(r"[0-9a-f]{1,64}")
_COUNT = re.compile(r"\d{1,15}", re.ASCII)
_TIME = re.compile(r"\d{1,15}(?:\.\d{1,12})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class _Inspected(msgspec.Struct):
    at: float
    by: str


class _Tested(msgspec.Struct):
    at: float
    ok: bool
    failing_since: float = 0.0


class _Drill(msgspec.Struct):
    id: str
    fault: str
    room: str
    by: str
    at: float
    until: float


class _Token(msgspec.Struct):
    scopes: list[str]
    digest: str
    made_at: float


def _time(text: str) -> None:
    if not _TIME.fullmatch(text) or float(text) > LATEST:
        raise ValueError("no time")


def _times(text: str) -> None:
    for one in text.split():
        _time(one)


def _count(text: str) -> None:
    if not _COUNT.fullmatch(text):
        raise ValueError("no number")


def _day(text: str) -> None:
    if not _DAY.fullmatch(text):
        raise ValueError("no day")
    dt.date.fromisoformat(text)


def _installation(text: str) -> None:
    if not _HEX.fullmatch(text):
        raise ValueError("no installation")


def _swaps(text: str) -> None:
    for one in msgspec.json.decode(text, type=list[Swap]):
        _day(one.day)
        if one.agreed:
            dt.datetime.fromisoformat(one.agreed)


def _json(kind: type[object]) -> Callable[[str], object]:
    return lambda text: msgspec.json.decode(text, type=kind)


def _or_none(form: Callable[[str], object]) -> Callable[[str], object]:
    return lambda text: form(text) if text else None


FORMS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("installation", _installation),
    ("watch.alive", _time),
    ("journal.damage_told_at", _or_none(_time)),
    ("journal.damage", _or_none(_json(Damage))),
    ("reminded.", _time),
    ("reply.", _time),
    ("reply_help.", _times),
    ("page_press.", _time),
    ("page_link.", lambda text: _time(text.partition(" ")[0])),
    ("anonymised.", _time),
    ("duty_swaps.made", _count),
    ("duty_swaps", _or_none(_swaps)),
    ("improvements.added", _count),
    ("improvements.open", _json(dict[str, dict[str, str]])),
    ("roster.", _day),
    ("stock.", _json(Stock)),
    ("inspection.", _json(_Inspected)),
    ("backup_test.", _json(_Tested)),
    ("drill.running.", _or_none(_json(_Drill))),
    ("remedy.", _json(list[float])),
    ("api_tokens", _json(dict[str, _Token])),
    ("people.forget", _json(list[list[str]])),
)
"""Beginning of a name → raises where a text is none of that form. The first that fits counts; others are any text."""


def is_fact(name: object, text: object) -> bool:
    """True where it can be what somebody wrote under that name."""
    if not (isinstance(name, str) and isinstance(text, str)) or len(text) > LONGEST:
        return False
    form = next((form for beginning, form in FORMS if name.startswith(beginning)), None)
    try:
        (name + text).encode()
        if form is not None:
            form(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return "\0" not in name
