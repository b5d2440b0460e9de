"""No text from outside breaks its parser: what once did is tried for ever, and some noise each time."""

from __future__ import annotations

import pytest

from tests.fuzz.fuzzing import broke, feed
from tests.fuzz.targets import TARGETS, seeds_of


@pytest.mark.parametrize("name", TARGETS)
def test_what_once_broke_a_parser_does_so_no_more(name: str) -> None:
    for seed in (b"", *seeds_of(name)):
        feed(TARGETS[name], seed)


@pytest.mark.parametrize("name", TARGETS)
def test_noise_and_spoiled_texts_break_no_parser(name: str) -> None:
    assert broke(name, TARGETS[name], 1.5, examples=60) is None


def test_a_parser_that_breaks_is_noticed() -> None:
    from tests.fuzz.target import Target

    def fragile(data: bytes) -> None:
        assert b"\0" not in data

    assert broke("reply", Target(fragile), 60.0) == b"\0"
    with pytest.raises(AssertionError, match="more than"):
        feed(Target(lambda data: sum(1 for _ in iter(int, 1))), b"")
