"""No text makes a regular expression of the product work more than in proportion to its length."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from tests.patterns.collect import Found, hard_texts, patterns

SHORT, LONG = 5_000, 40_000
LIMIT = 1.0
"""CPU seconds after which a text is hard enough: in proportion, the longest take some milliseconds."""

WORTH_COMPARING = 0.1
"""CPU seconds below which growth cannot be told from noise; what grows with the square takes ten times as long."""

MADE_WHEN_IT_RUNS = {
    "alerting/journal/anonymise.py": "alternatives between look-arounds, of names that are escaped",
    "probes/software/program_events_linux.py": "alternatives of escaped bytes: the beginnings of watched names",
    "probes/software/profiles.py": "the patterns of a profile, only to see whether they are regular expressions",
    "probes/software/title_patterns.py": "the same patterns, on the first 400 characters of a title or a line of a log",
    "probes/calendar/__init__.py": "the room admin's own rules, only to see whether they are regular expressions",
    "probes/calendar/child.py": "the same rules on titles, in a child that is ended after half a second",
}

FOUND = list(patterns())


class TooLong(BaseException):
    pass


@contextmanager
def limited() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def took(pattern: re.Pattern[Any], text: str | bytes, searched: bool) -> float:
    """CPU seconds; LIMIT where it was ended."""
    begun = time.process_time()
    try:
        with limited():
            if searched:
                for _ in pattern.finditer(text):
                    pass
            pattern.fullmatch(text)
    except TooLong:
        return LIMIT
    return time.process_time() - begun


def grows(pattern: re.Pattern[Any], searched: bool = True) -> str:
    """The beginning of a text on which it takes more than in proportion; "" where there is none."""
    for short, long in zip(hard_texts(pattern, SHORT), hard_texts(pattern, LONG), strict=True):
        needed = took(pattern, long, searched)
        if needed >= LIMIT or needed > max(WORTH_COMPARING, 3 * (LONG / SHORT) * took(pattern, short, searched)):
            return repr(long[:60])
    return ""


def test_the_source_has_patterns_and_each_that_is_made_when_it_runs_is_known() -> None:
    assert len(FOUND) > 40
    made = {one.where.partition(":")[0] for one in FOUND if one.pattern is None}
    assert made <= set(MADE_WHEN_IT_RUNS)


@pytest.mark.parametrize(
    "found", [one for one in FOUND if one.pattern is not None], ids=lambda one: f"{one.where} {one.source[:40]}"
)
def test_no_text_takes_more_than_in_proportion_to_its_length(found: Found) -> None:
    assert found.pattern is not None
    assert grows(found.pattern, found.searched) == ""


@pytest.mark.parametrize(
    "bad",
    [r"^\s*-{2,}\s*\S.*-{2,}$", r"(a+)+b", r"[\w.+-]+@[\w-]+", r"\d+[DW]", r"[a-z][a-z0-9+.-]*://", r"(?:x|xx)*y"],
)
def test_the_texts_are_hard_for_patterns_that_are_known_to_be_bad(bad: str) -> None:
    assert grows(re.compile(bad)) != ""
