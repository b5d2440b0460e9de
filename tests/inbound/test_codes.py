"""The code that proves who answers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.inbound.child_protocol import ReadItem
from alerting.inbound.reply_codes import ALPHABET, LIFE_MINUTES, code, expires_at, issued_at, token
from alerting.inbound.reply_proof import reply_of
from alerting.inbound.reply_text import codes_in
from alerting.inbound.signing_key import answer_key
from alerting.model.reply import Reply, Wrong

KEY = b"0123456789abcdef0123456789abcdef"
NOW = 1_800_000_000.0


@given(
    st.integers(0, 999_999_999), st.text(max_size=40), st.floats(1.6e9, 4e9), st.floats(0, LIFE_MINUTES * 60.0 - 60.0)
)
def test_every_code_serves_its_contact_until_it_expires(incident: int, contact: str, at: float, later: float) -> None:
    written = code(KEY, incident, contact, now=at)
    ((number, proof),) = codes_in(f"[{written.lower()}]")
    expires = expires_at(KEY, proof, number, contact, now=at + later)
    assert number == incident
    assert expires is not None
    assert at + later < expires
    assert issued_at(expires) <= at < issued_at(expires) + 60.0


def test_it_serves_nobody_else_and_nothing_else() -> None:
    proof = token(KEY, 12, "li", now=NOW)
    assert expires_at(KEY, proof, 12, "li", now=NOW) is not None
    assert expires_at(KEY, proof, 13, "li", now=NOW) is None
    assert expires_at(KEY, proof, 12, "wang", now=NOW) is None
    assert expires_at(b"x" * 32, proof, 12, "li", now=NOW) is None
    assert expires_at(KEY, proof, 12, "li", now=NOW, space="feedback") is None
    late = expires_at(KEY, proof, 12, "li", now=NOW + 300 * 86400)
    assert late is not None
    assert late < NOW + 300 * 86400


@given(st.data())
def test_a_changed_character_proves_nothing(data: st.DataObject) -> None:
    proof = token(KEY, 12, "li", now=NOW)
    place, other = data.draw(st.integers(0, 13)), data.draw(st.sampled_from(ALPHABET))
    changed = proof[:place] + other + proof[place + 1 :]
    assert (expires_at(KEY, changed, 12, "li", now=NOW) is None) == (changed != proof)


@given(st.text(max_size=20))
def test_any_text_is_no_error(text: str) -> None:
    expires_at(KEY, text, 12, "li", now=NOW)


def heard(verb: str = "take", *, mark: str = "", number: int = 0, sent_at: float = NOW, **more: object) -> ReadItem:
    codes = more.get("codes", ((12, token(KEY, 12, "li", now=NOW - 600)),))
    return ReadItem(item="7.1", sender="li@x", verb=verb, number=number, codes=codes, sent_at=sent_at, mark=mark)  # type: ignore[arg-type]


def judged(what: ReadItem, way: str = "mail") -> Reply | None:
    return reply_of(what, way, "mail.office", "li", KEY, NOW)  # type: ignore[arg-type]


def test_a_proved_answer_is_one() -> None:
    found = judged(heard())
    assert found is not None
    assert (found.contact, found.verb, found.incident, found.wrong) == ("li", "take", 12, None)


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        (heard(codes=()), Wrong.NO_CODE),
        (heard(number=13), Wrong.NO_CODE),
        (heard(codes=((12, "0" * 14),)), Wrong.WRONG_CODE),
        (heard(codes=((12, token(KEY, 12, "wang", now=NOW)),)), Wrong.WRONG_CODE),
        (heard(codes=((12, token(KEY, 12, "li", now=NOW - 2 * 86400)),)), Wrong.EXPIRED),
        (heard(sent_at=NOW - 3600), Wrong.TOO_OLD),
        (heard(mark="unauthentic"), Wrong.UNAUTHENTIC),
        (heard(""), Wrong.UNCLEAR),
        (heard(mark="unreadable"), Wrong.UNCLEAR),
    ],
)
def test_what_is_not_proved_takes_nothing_and_says_why(what: ReadItem, wrong: Wrong) -> None:
    found = judged(what)
    assert found is not None
    assert (found.wrong, found.verb) == (wrong, "")


def test_machines_strangers_words_and_other_conversations_want_nothing() -> None:
    assert judged(heard(mark="machine")) is None
    assert judged(heard(mark="sender")) is None
    assert judged(heard("", codes=())) is None
    assert judged(heard(""), "mqtt") is None


def test_the_key_is_on_the_disk_before_a_link_goes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PC that lost its power within seconds found an empty file, and no link of its messages held any more."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(os.fstat(number).st_size))
    key = answer_key(tmp_path)
    assert synced == [len(key)]
    assert answer_key(tmp_path) == key
    (tmp_path / "link.key").write_bytes(b"")
    assert len(answer_key(tmp_path)) == len(key)
