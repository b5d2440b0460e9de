"""What people write back, and what they do not mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.inbound.reply_text import ReplyWords, Verb, read, read_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("接单 12", ("take", 12)),
        ("接单１２。", ("take", 12)),
        ("接单12", ("take", 12)),
        ("接单", ("take", 0)),
        ("\u200b接\u200d单\ufeff", ("take", 0)),
        ("TAKE #7", ("take", 7)),
        ("ack 7.", ("take", 7)),
        ("Take it, thanks!", ("take", 0)),
        ("I take it", ("take", 0)),
        ("好的，接单", ("take", 0)),
        ("确认 3", ("confirm", 3)),
        ("take RW-12-0123456789ABCD", ("take", 0)),
        ("不接单", None),
        ("don't take 12", None),
        ("do not take 12", None),
        ("take 12 or leave it", None),
        ("take 12 13", None),
        ("take it or not", None),
        ("12", None),
        ("", None),
        ("take " * 100, None),
        ("take 1234567890", None),
    ],
)
def test_only_a_whole_command_is_one(text: str, expected: tuple[Verb, int] | None) -> None:
    assert read_line(text) == expected


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("\n> 接单：直接回复\n", ""),
        ("On Tue, room wrote:\n> x\ntake 1", "take"),
        ("On Tue, room wrote:\n\nRoom 3F: no sound\ntake 1", ""),
        ("On Tue, the room of the third floor <room@\nexample.org> wrote:\n> x\n\ntake 1", "take"),
        ("\n接单\n\n在 2026年11月24日 room 写道：\n> 接单请回复", "take"),
        ("----- Original Message -----\ntake 1", ""),
        ("------------------ 原始邮件 ------------------\n接单", ""),
        ("接单\n\n------------------ 原始邮件 ------------------\n不是", "take"),
        ("From: room@example.org\nSent: Tuesday\nTo: li\n\ntake 1", ""),
        ("发件人: room\n日期: 今天\n\n接单", ""),
        ("CAUTION: this mail is from outside.\n\ntake 1", "take"),
        ("[EXTERNAL] Do not click links.\ntake 1", "take"),
        ("【注意】外部邮件，请勿点击链接\n接单", "take"),
        ("Hi all,\ntake 1", "take"),
        ("各位好：\n接单", "take"),
        ("take 1\n\n-- \nLi Wei", "take"),
        ("take 1\nSent from my phone", "take"),
        ("thank you\n-- \ntake", ""),
        ("I am on the train, can somebody else please\ntake 12\nand tell me?", ""),
        ("收到\n\n我在休假，请找别人", ""),
        ("take 1\n\nSorry, I am away, somebody else", ""),
        ("收到你们的消息，明天再说", ""),
        ("\n \n\n", ""),
    ],
)
def test_only_the_writers_own_words_count_wherever_they_stand(text: str, verb: str) -> None:
    assert read(text).verb == verb


def test_codes_are_found_wherever_they_stand() -> None:
    words = read("take\n\n> 301 [RW-12-0123456789abcd]\n> [RW-13-0123456789ABCD] xRW-14-0123456789ABCD")
    assert words == ReplyWords(verb="take", codes=((12, "0123456789ABCD"), (13, "0123456789ABCD")), about=12)
    assert read("take [RW-5]").about == 5
    assert len(read(" ".join(f"RW-{n}-0123456789ABCD" for n in range(50))).codes) == 4


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert read(text).verb in ("", "take", "confirm")


@given(st.text(alphabet="-> \nOnwrote:写道在|#接单take12RW[]\u0300", max_size=400))
def test_any_text_made_of_what_matters_is_read_without_an_error(text: str) -> None:
    read(text)
