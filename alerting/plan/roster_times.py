"""Reads the times that people and spreadsheet programs write into a roster. Pure."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata

EARLIEST, LATEST = dt.datetime(2000, 1, 1), dt.datetime(2099, 12, 31)
"""A time outside is a mistyped one, or a number that is no date."""

_EPOCH = dt.datetime(1899, 12, 30)
_DATE = re.compile(r"(\d{4})[-/.年 ]{1,3}(\d{1,2})[-/.月 ]{1,3}(\d{1,2})(?: ?[日号]|(?![\d:]))")
_TIME = re.compile(r"(\d{1,2})[:点时](\d{1,2})?(?:[:分](\d{1,2}))?(?:\.\d{1,6})?[分秒]?")
_DAYS_ALONE = re.compile(
    r"(?:周|星期|礼拜)[一二三四五六日天]|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
)


def moment(cell: object, day: dt.datetime | None = None) -> dt.datetime:
    """The time in a cell: a text, or a spreadsheet's number of days. day: where the cell says only a time of day.

    Raises ValueError with what would be one.
    """
    if isinstance(cell, float | int):
        return _of_number(float(cell), day)
    text = unicodedata.normalize("NFKC", str(cell or ""))[:60].strip().lower()
    plain = _DAYS_ALONE.sub(" ", text).replace("t", " ").replace("z", " ")
    plain = " ".join(plain.replace("(", " ").replace(")", " ").replace(",", " ").split())
    try:
        return _inside(_of_text(plain, day))
    except (ValueError, OverflowError):
        raise ValueError(f'"{text}" is not a time such as 2026-01-05 09:00') from None


def _of_number(number: float, day: dt.datetime | None) -> dt.datetime:
    if not math.isfinite(number):
        raise ValueError(f'"{number}" is not a time')
    if day is not None and 0.0 <= number <= 1.0:
        return day + dt.timedelta(minutes=round(number * 1440))
    if not 36526 <= number <= 73050:
        raise ValueError(f'"{number:g}" is not a time such as 2026-01-05 09:00')
    return _inside(_EPOCH + dt.timedelta(minutes=round(number * 1440)))


def _of_text(text: str, day: dt.datetime | None) -> dt.datetime:
    date = _DATE.match(text)
    rest = text
    if date is not None:
        day = dt.datetime(int(date[1]), int(date[2]), int(date[3]))
        rest = text[date.end() :].strip()
    elif text.isascii() and text.isdecimal() and len(text) == 8:
        return dt.datetime(int(text[:4]), int(text[4:6]), int(text[6:]))
    if day is None:
        raise ValueError
    if not rest:
        return day
    half = next((mark for mark in ("am", "pm", "上午", "下午", "晚上", "早上", "中午") if mark in rest), "")
    clock = _TIME.fullmatch(rest.replace(half, "").strip() if half else rest)
    if clock is None:
        raise ValueError
    hour = int(clock[1])
    if half in ("pm", "下午", "晚上") and hour < 12:
        hour += 12
    if half == "am" and hour == 12:
        hour = 0
    if hour > 24 or int(clock[2] or 0) > 59:
        raise ValueError
    return day + dt.timedelta(hours=hour, minutes=int(clock[2] or 0))


def _inside(found: dt.datetime) -> dt.datetime:
    if not EARLIEST <= found <= LATEST:
        raise ValueError
    return found
