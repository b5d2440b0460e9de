"""Mails as people and machines send them: who, what, and what must never take anything."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.inbound.html_text import html_text
from alerting.inbound.mail_text import Mail, read_mail

CODE = "RW-12-0123456789ABCD"


def mail(text: str | bytes = "接单", kind: str = "text/plain; charset=utf-8", **headers: str) -> bytes:
    """A reply to our message as raw bytes. Header names are written with underlines."""
    own = {
        "From": "李工 <Li@Example.org>",
        "Subject": f"Re: 301: no sound [{CODE}]",
        "Date": "Sat, 28 Nov 2026 17:00:00 +0000",
        "Content_Type": kind,
        **headers,
    }
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in own.items() if value)
    return head.encode() + b"\r\n" + (text.encode() if isinstance(text, str) else text)


def test_a_reply_names_its_writer_its_time_and_its_code() -> None:
    found = read_mail(mail())
    assert (found.sender, found.sent_at, found.mark) == ("li@example.org", 1795885200.0, "")
    assert (found.words.verb, found.words.codes) == ("take", ((12, "0123456789ABCD"),))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('<html><body><div dir="ltr">take 1</div><br><blockquote>On Sat wrote:<br>x</blockquote>', "text/html"),
        (
            "<style>p{}</style><!-- <p>x --><table><tr><td>CAUTION: from outside</td></tr></table><p>take&nbsp;1</p>",
            "text/html",
        ),
        ("<p>Hi,</p><div>take 1<br>Li</div><hr><b>From:</b> room<br><b>Sent:</b> now", "text/html; charset=utf-8"),
        ("<blockquote>Room 3F</blockquote><p>take 1</p>", "text/html"),
        (b"take 1", 'text/plain; charset="iso-8859-8-i"'),
        (b"take 1", "text/plain; charset=zip"),
        (b"take 1", "text/plain; charset=punycode"),
        ("接单".encode("gbk"), "text/plain; charset=gb2312"),
        ("接單".encode("big5"), "text/plain; charset=big5"),
        ("接单".encode("gb18030"), "text/plain"),
        ("接单".encode("utf-16"), "text/plain; charset=utf-16"),
        ("CAUTION: This email originated from outside of the organisation.\r\n\r\ntake 1", "text/plain"),
        ("On Sat, 28 Nov 2026 roomwatch <rw@room.test> wrote:\r\n> Room 3F: no sound\r\n\r\ntake 1", "text/plain"),
    ],
)
def test_what_a_person_wrote_is_taken(text: str | bytes, kind: str) -> None:
    assert read_mail(mail(text, kind)).words.verb == "take"


def test_the_text_is_found_beside_a_page_a_signature_and_a_picture() -> None:
    made = EmailMessage()
    made["From"], made["Subject"] = "li@example.org", f"Re: {CODE}"
    made.set_content(" \n")
    made.add_alternative("<p>接单</p>", subtype="html")
    made.add_attachment(b"x" * 300_000, maintype="image", subtype="png", filename="logo.png")
    assert read_mail(made.as_bytes()).words.verb == "take"
    forwarded = EmailMessage()
    forwarded["From"], forwarded["Subject"] = "li@example.org", "Fwd: x"
    forwarded.set_content("look at this")
    inner = EmailMessage()
    inner.set_content("take 1")
    forwarded.add_attachment(inner)
    assert read_mail(forwarded.as_bytes()).words.verb == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; x=y"},
        {"Precedence": "junk"},
        {"Precedence": "Bulk"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "[RW-1]"},
        {"X_Autoreply_From": "one@room.test"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_MS_Exchange_Inbox_Rules_Loop": "li@example.org"},
        {"Return_Path": "<>"},
        {"List_Id": "<all.example.org>"},
        {"Subject": f"自动回复: [{CODE}]"},
        {"Subject": f"=?utf-8?b?6Ieq5Yqo5Zue5aSN?= [{CODE}]"},
        {"Subject": f"Automatic reply: {CODE}"},
        {"Subject": f"Re: Out of Office {CODE}"},
        {"Subject": f"Auto: [{CODE}]"},
        {"Subject": f"Undeliverable: {CODE}"},
        {"From": "MAILER-DAEMON@example.org"},
        {"From": "No Reply <no-reply@example.org>"},
        {"Content_Type": "multipart/report; report-type=delivery-status; boundary=x"},
    ],
)
def test_a_machine_never_takes(headers: dict[str, str]) -> None:
    found = read_mail(mail("收到", **headers))
    assert found.mark == "machine"
    assert found.words.verb == ""


@pytest.mark.parametrize(
    "sender",
    [
        "li@example.org, mallory@example.org",
        "<li@example.org> <mallory@example.org>",
        "li@example.org <mallory@example.org>",
        "li@example.org\r\nFrom: mallory@example.org",
        "li@@example.org",
        "li",
        "<>",
        "a b@example.org",
        "(li@example.org) mallory@example.org",
        "li@example.org\r\n ,mallory@example.org",
    ],
)
def test_a_sender_that_can_be_read_in_two_ways_is_none(sender: str) -> None:
    assert read_mail(mail(From=sender)).mark == "sender"


@pytest.mark.parametrize("sender", ["Li <li@example.org>", '"li@example.org" <LI@example.org>', "li@example.org"])
def test_a_sender_that_is_one_is_one(sender: str) -> None:
    assert read_mail(mail(From=sender)).sender == "li@example.org"


@pytest.mark.parametrize(
    ("results", "own", "mark"),
    [
        ("mx.room.test; dmarc=fail (p=none) header.from=example.org", (), "unauthentic"),
        ("mx.room.test; dmarc=fail(x) header.from=example.org", ("mx.room.test",), "unauthentic"),
        ("mx.room.test 1; spf=fail smtp.mailfrom=x; dkim=none", ("mx.room.test",), "unauthentic"),
        ("mx.room.test; spf=fail smtp.mailfrom=x; dkim=pass header.d=example.org", ("mx.room.test",), ""),
        ("mx.room.test; dmarc=pass; spf=fail", ("mx.room.test",), ""),
        ("mx.else.test; dmarc=fail", ("mx.room.test",), ""),
        (
            "mx.else.test; dmarc=pass\r\nAuthentication-Results: mx.room.test; dmarc=fail",
            ("mx.room.test",),
            "unauthentic",
        ),
        (
            "mx.room.test; dmarc=pass\r\nAuthentication-Results: mx.room.test; dmarc=fail",
            ("mx.room.test",),
            "unauthentic",
        ),
        ("mx.room.test; dmarc = fail header.from=example.org", (), "unauthentic"),
        ("mx.room.test; (on DMARC) dmarc (x) = (y) fail", ("mx.room.test",), "unauthentic"),
        ("(a (b) c) mx.room.test (x); dmarc=fail", ("mx.room.test",), "unauthentic"),
        ("mx.room.test; spf=fail (dkim=pass; dkim=pass)", (), "unauthentic"),
        ('mx.room.test; spf=fail smtp.mailfrom="x; dkim=pass "@mallory.test', (), "unauthentic"),
        ('mx.room.test; spf=fail reason="; dmarc=pass ;"', (), "unauthentic"),
        ("", ("mx.room.test",), ""),
    ],
)
def test_what_the_own_server_calls_forged_is_marked(results: str, own: tuple[str, ...], mark: str) -> None:
    assert read_mail(mail(Authentication_Results=results), own_servers=own).mark == mark


@pytest.mark.parametrize("last", ["From: mallory@example.org", "Auto-Submitted: auto-replied", "X-Last: 1"])
def test_a_mail_of_so_many_headers_that_the_last_are_not_read_takes_nothing(last: str) -> None:
    flood = "\r\n".join(f"X-{n}: y" for n in range(500))
    assert read_mail(mail(X_First=f"1\r\n{flood}\r\n{last}")).mark in ("sender", "machine")


def test_what_is_malformed_beyond_reading_is_known_as_ours_by_its_subject() -> None:
    long = "text/plain; " + "x=y; " * 3000
    found = read_mail(mail(kind=long))
    assert (found.mark, found.words.about) == ("unreadable", 12)


def test_a_page_gives_its_paragraphs() -> None:
    assert html_text("a<br>b<p>c &amp; d</p><!-- e --><script>f</script>g").split("\n") == [
        "a", "b", "", "c & d", "", "g"
    ]  # fmt: skip
    assert html_text("<blockquote>x<br>y</blockquote>z").split("\n") == ["", "", "> x", "> y", "", "z"]


@given(st.binary(max_size=600))
def test_any_bytes_are_read_as_a_mail_without_an_error(raw: bytes) -> None:
    assert isinstance(read_mail(b"From: a@b.cd\n" + raw), Mail)


@given(st.text(alphabet="<>!-/&#;bplockquteai \n\"'=x", max_size=300))
def test_any_page_is_read_without_an_error(page: str) -> None:
    html_text(page)
