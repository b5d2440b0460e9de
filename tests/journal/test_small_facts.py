"""A small fact of another form than its name has is damage; each that the product writes has its form."""

from __future__ import annotations

import pytest

from alerting.journal.small_facts import FORMS, is_fact

SWAP = '[{"key": "1", "roster": "duty", "day": "2026-12-01", "giver": "li", "taker": "wang", "asked_at": 1.0%s}]'
GOOD: dict[str, tuple[str, ...]] = {
    "installation": ("09b5b2af",),
    "watch.alive": ("1800000000.25", "1800000000"),
    "journal.damage_told_at": ("", "1800000000.5"),
    "journal.damage": ("", '{"lost": 3, "files": ["a"]}'),
    "reminded.x": ("1800000000",),
    "reply.0a1b": ("1800000000",),
    "reply_help.0a1b": ("", "1800000000 1800000001"),
    "page_press.x": ("1800000000",),
    "page_link.x": ("1800000000 Firefox",),
    "anonymised.callers": ("1800000000.0",),
    "duty_swaps.made": ("3",),
    "duty_swaps": ("", "[]", SWAP % "", SWAP % ', "agreed": "2026-11-30T12:00:00"'),
    "improvements.added": ("12",),
    "improvements.open": ('{"a": {"text": "x", "owner": "li", "due": "2026-12-01"}}',),
    "roster.duty.confirmed": ("2026-12-01",),
    "stock.cable": ('{"declared": 3, "here": 2}',),
    "inspection.week": ('{"at": 1800000000.0, "by": "li"}',),
    "backup_test.second": ('{"at": 1800000000.0, "ok": true}',),
    "drill.running.7": ("", '{"id": "7", "fault": "x", "room": "R1", "by": "li", "at": 1.0, "until": 2.0}'),
    "remedy.R1.restart.zoom": ("[]", "[1800000000.5]"),
    "api_tokens": ("{}", '{"a": {"scopes": ["read"], "digest": "0", "made_at": 1.0}}'),
    "people.forget": ("[]", '[["li"]]'),
}
FOREIGN = (
    '{"a": 1}', "[7]", "null", "true", "{", "-1", "nan", "1e999", "x", "\u00b2", "\ud800", "[" * 100_000,
    '{"data": {"to": [[[[]]]]}}', SWAP % ', "agreed": "soon"', "1" * 5000,
)  # fmt: skip

AS_GOOD = {
    ("remedy.R1.restart.zoom", "[7]"),
    ("journal.damage", '{"a": 1}'),
    ("journal.damage", '{"data": {"to": [[[[]]]]}}'),
    ("installation", "1e999"),
}
"""Of the form, or read as if nothing stood there."""


@pytest.mark.parametrize("name", GOOD)
def test_what_is_written_under_a_name_has_its_form(name: str) -> None:
    assert [text for text in GOOD[name] if not is_fact(name, text)] == []


def test_each_form_is_tried() -> None:
    first = [next(beginning for beginning, _ in FORMS if name.startswith(beginning)) for name in GOOD]
    assert first == [beginning for beginning, _ in FORMS]


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("text", FOREIGN, ids=range(len(FOREIGN)))
def test_another_form_is_none(name: str, text: str) -> None:
    assert is_fact(name, text) is ((name, text) in AS_GOOD)


@pytest.mark.parametrize("fact", [("x", 1), (None, "x"), ("x", b"y"), ("a\0", "b"), ("x", "y" * 2_000_000)])
def test_a_fact_is_two_texts_of_bounded_length(fact: tuple[object, object]) -> None:
    assert not is_fact(*fact)


def test_a_name_that_is_not_known_may_hold_any_text() -> None:
    assert is_fact("evaluation.first", "2026-12")
