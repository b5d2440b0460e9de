"""Signed links: what was signed comes back, anything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.inbound.link_signing import Grant, LinkRefusedError, Refusal, sign, verify
from alerting.words import LANGUAGES, load_words

KEY = b"0123456789abcdef0123456789abcdef"
GRANT = Grant(purpose="take", incident=12, contact="李工", expires_at=2000)


def refusal(token: str, *, key: bytes = KEY, purpose: str = "take", now: float = 1000.0) -> Refusal:
    with pytest.raises(LinkRefusedError) as refused:
        verify(token, key, purpose=purpose, now=now)
    return refused.value.refusal


def test_a_link_is_accepted_until_it_expires_and_for_its_purpose_only() -> None:
    token = sign(GRANT, KEY)
    assert verify(token, KEY, purpose="take", now=1999.9) == GRANT
    assert refusal(token, now=2000.0) is Refusal.EXPIRED
    assert refusal(token, purpose="confirm") is Refusal.OTHER_PURPOSE
    assert refusal(token, key=b"x" * 32) is Refusal.WRONG_SIGNATURE


def test_a_short_key_and_a_name_with_a_line_break_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        sign(GRANT, b"short")
    with pytest.raises(ValueError, match="single lines"):
        sign(Grant(purpose="take", incident=1, contact="a\nb", expires_at=1), KEY)


@given(
    st.integers(0, 10**9),
    st.text(alphabet=st.characters(exclude_characters="\n", exclude_categories=("Cs",)), max_size=60),
)
def test_every_grant_survives_the_way(incident: int, contact: str) -> None:
    grant = Grant(purpose="take", incident=incident, contact=contact, expires_at=5)
    assert verify(sign(grant, KEY), KEY, purpose="take", now=0) == grant


@given(st.data())
def test_a_changed_character_is_refused(data: st.DataObject) -> None:
    token = sign(GRANT, KEY)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("abcXYZ019-_."))
    changed = token[:place] + other + token[place + 1 :]
    if changed != token:
        assert refusal(changed) in (Refusal.WRONG_SIGNATURE, Refusal.MALFORMED)


@given(st.text())
def test_any_text_is_refused_and_never_an_error(token: str) -> None:
    assert refusal(token) in (Refusal.MALFORMED, Refusal.WRONG_SIGNATURE)


def test_every_refusal_has_words_in_every_language() -> None:
    for language in LANGUAGES:
        assert all(load_words(language).has(f"message.link.{refusal}") for refusal in Refusal)


def test_a_token_that_is_no_base_64_is_malformed_and_no_error() -> None:
    assert refusal("--000AAAA.AAAAAAAAAAAAAAAAAAAAAA") is Refusal.MALFORMED
