"""What people write back, and what they do not mean."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.inbound.parse import Command, parse_line, parse_mail, parse_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("接单 12", Command(verb="take", number=12)),
        ("接单１２。", Command(verb="take", number=12)),
        ("接单", Command(verb="take")),
        ("TAKE #7", Command(verb="take", number=7)),
        ("ack 7.", Command(verb="take", number=7)),
        ("确认 3", Command(verb="confirm", number=3)),
        ("不接单", None),
        ("do not take 12", None),
        ("take 12 or leave it", None),
        ("12", None),
        ("", None),
    ],
)
def test_only_a_whole_command_is_one(text: str, expected: Command | None) -> None:
    assert parse_line(text) == expected


def test_a_quoted_message_takes_nothing_by_itself() -> None:
    assert parse_text("\n> 接单：直接回复\n") is None
    assert parse_text("On Tue, room wrote:\n> x\ntake 1") is None
    assert parse_text("\n接单\n\n在 2026年11月24日 room 写道：\n> 接单请回复") == Command(verb="take")


def reply(**headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "李工 <Li@Example.org>"
    mail["Subject"] = "回复：[RW-12] 301会议室：无声音"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("接单\n\n> 原文")
    return mail


def test_a_reply_takes_the_incident_of_its_subject() -> None:
    assert parse_mail(reply()) == ("li@example.org", Command(verb="take", number=12))


def test_an_automatic_answer_takes_nothing() -> None:
    assert parse_mail(reply(Auto_Submitted="auto-replied")) is None
    assert parse_mail(reply(Precedence="auto_reply")) is None


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert parse_text(text) is None or parse_text(text) is not None


@given(st.binary(max_size=400))
def test_any_bytes_are_read_as_a_mail_without_an_error(raw: bytes) -> None:
    mail = email.message_from_bytes(b"From: a@b.cd\n" + raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    parse_mail(mail)
