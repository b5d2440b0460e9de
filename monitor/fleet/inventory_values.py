"""What may stand in the cells of an inventory. Pure; every judge raises BadCell."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from alerting.words import LANGUAGES
from monitor.fleet.inventory_rows import BadCell
from probes.software.profiles import shipped

LONGEST_TEXT = 200
"""Signs of a text: a name is read on a lock screen, and Prometheus keeps each label with each series."""
LONGEST_SITE = 60
"""Signs of a site: it names a folder, and 60 Chinese ones are 180 of the 255 bytes that a folder's name may have."""

EXPECTED = ("always", "hours", "meeting", "seen")
"""When a program has to run, as in [probes.software.applications.NAME] expected."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LOGIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}")
"""Names of a directory too, such as ann@example.org."""
_WEB = re.compile(r"https?://[^\s/?#]+[^\s?#]*")

_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_UNSEEN = frozenset("\u200b\ufeff\ufffd")
"""No width, and what a program writes for signs that it could not read. A sign of emoji, U+200D, is not among them."""


def tidy(text: str) -> str:
    """The text in one line without spaces around it, composed as Unicode's form C, so that what looks the same is."""
    made = unicodedata.normalize("NFC", " ".join(text.split()))
    strange = next((sign for sign in made if _is_strange(sign)), "")
    if strange:
        raise BadCell(f"holds the sign U+{ord(strange):04X}", "Delete that sign.")
    if len(made) > LONGEST_TEXT:
        raise BadCell(f"is longer than {LONGEST_TEXT} signs")
    return made


def _is_strange(sign: str) -> bool:
    """Signs that steer a terminal or turn the direction of reading, that nobody sees, and that are none."""
    number = ord(sign)
    if sign in _TURNING or sign in _UNSEEN or unicodedata.category(sign) in ("Cc", "Cs"):
        return True
    return number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF


def judge_id(text: str) -> None:
    if not text:
        raise BadCell("is missing", "Each room has an id, such as 3-12.")
    if not _ID.fullmatch(text):
        raise BadCell(
            "is no id",
            "Write up to 64 letters (a to z), digits, dots, dashes and underscores; the name may be anything.",
        )


def judge_site(text: str) -> None:
    if len(text) > LONGEST_SITE:
        raise BadCell(f"is longer than {LONGEST_SITE} signs")


def judge_user(text: str) -> None:
    if text and not _LOGIN.fullmatch(text):
        raise BadCell("is no login name", "Write it as `id -un` prints it.")


def judge_language(text: str) -> None:
    if text and text not in LANGUAGES:
        raise BadCell("is none of the languages", f"Write one of {', '.join(LANGUAGES)}.")


@functools.cache
def judge_timezone(text: str) -> None:
    if text:
        try:
            ZoneInfo(text)
        except (KeyError, ValueError, OSError):
            raise BadCell("is no time zone", 'Write one such as "Asia/Shanghai".') from None


def judge_web_address(text: str) -> None:
    if text and not _WEB.fullmatch(text):
        raise BadCell("is no web address", 'Write one such as "https://rooms.example.org".')


TEXTS: Mapping[str, Callable[[str], None]] = {
    "id": judge_id,
    "name": lambda text: None,
    "site": judge_site,
    "floor": lambda text: None,
    "class": lambda text: None,
    "model": lambda text: None,
    "user": judge_user,
    "microphone": lambda text: None,
    "language": judge_language,
    "timezone": judge_timezone,
    "public_url": judge_web_address,
}
"""The columns that hold one text each, with what judges it beside tidy."""


def program(text: str) -> tuple[str, str]:
    """NAME or NAME=EXPECTED: a profile of applications.toml, and when it has to run."""
    name, equals, expected = text.partition("=")
    if name not in _programs():
        near = difflib.get_close_matches(name.lower(), _programs(), n=1)
        remedy = f'Did you mean "{near[0]}"?' if near else f"There are {', '.join(_programs())}."
        raise BadCell("is no program of applications.toml", remedy)
    if equals and expected not in EXPECTED:
        raise BadCell("says not when it has to run", f"Write {name}={EXPECTED[0]}, or {', '.join(EXPECTED[1:])}.")
    return name, expected or "hours"


@functools.cache
def _programs() -> tuple[str, ...]:
    return tuple(sorted(shipped()))
