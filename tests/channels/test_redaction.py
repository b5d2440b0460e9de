"""No secret of an address ever reaches a result, a log or an exception."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.delivery.contract import OutgoingMessage
from alerting.redaction import holds_secret, redact, secret_pieces
from alerting.sending.client import ChildSender
from tests.channels.conftest import Endpoint, Mailbox, free_port

SECRETS = ("hunter2pass", "T0ken-abcdef", "s3cr3tpath", "p@ss/word")
WORDS = st.text(alphabet="abcdefghijkmnopqrstuvwxyzABCDEFGHKLMN23456789-_", min_size=6, max_size=40)


async def test_no_way_of_failing_shows_a_secret(
    sender: ChildSender, endpoint: Endpoint, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    user, token, path, odd = SECRETS
    mailbox.reply = f"550 5.7.1 {user} is not welcome"
    endpoint.status = 403
    urls = [
        f"json://bob:{user}@127.0.0.1:{free_port()}/{path}?+X-Token={token}",
        f"json://bob:{user}@127.0.0.1:{endpoint.port}/{path}?+X-Token={token}",
        f"json://bob:{quote(odd, safe='')}@127.0.0.1:{endpoint.port}/{path}",
        f"jsons://bob:{user}@127.0.0.1:{endpoint.port}/{path}",
        f"mailto://bob:{user}@127.0.0.1:{mailbox.port}?from={token}@example.org&to=x@example.org&mode=insecure",
        f"wecombot://{token}?via=http://127.0.0.1:{free_port()}/{path}",
        f"feishu://{user}@{token}?via=http://127.0.0.1:{endpoint.port}/{path}",
        f"slack://{token}/{path}",
        f"nosuch://{user}@{token}/{path}",
        f"{token} {user}",
    ]
    results = await sender.send(
        [
            OutgoingMessage(key=str(number), contact="c", channel="a", url=url, title="t", body="b")
            for number, url in enumerate(urls)
        ]
    )
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("alerting", "asyncio"))]
    seen = repr(results) + repr(ours)
    assert all(result.outcome != "sent" and result.detail for result in results)
    for secret in (*SECRETS, quote(odd, safe="")):
        assert secret not in seen, secret


def test_a_host_stays_readable_where_it_is_a_host_and_is_hidden_where_it_is_the_key() -> None:
    assert redact("no route to mail.example.org", ["mailto://bob:pw12@mail.example.org?to=a@b.cd"]).endswith(
        "mail.example.org"
    )
    assert "KEY-abc" not in redact("POST /send?key=KEY-abc", ["wecombot://KEY-abc"])


@given(WORDS, WORDS, WORDS, st.text(max_size=30))
def test_a_secret_is_hidden_in_every_spelling(user: str, password: str, token: str, around: str) -> None:
    url = f"json://{user}:{password}@host.example/{token}"
    text = f"{around} {password} {quote(password)} /{token}/ {user}:{password} {url}"
    hidden = redact(text, [url])
    for secret in (password, token):
        assert secret not in hidden or secret in "***"


@given(st.text())
def test_any_text_may_be_an_address(url: str) -> None:
    assert all(secret_pieces(url)) or not secret_pieces(url)
    assert len(redact(url, [url])) <= 300


def test_a_bare_secret_is_hidden_too() -> None:
    assert redact("the answer repeated hunter2pass", ["hunter2pass"]) == "the answer repeated ***"


CODED = {
    "whole": lambda secret: base64.b64encode(secret).decode(),
    "as a login": lambda secret: "Basic " + base64.b64encode(b"bob:" + secret).decode(),
    "within JSON": lambda secret: base64.b64encode(b'{"password": "' + secret + b'"}').decode(),
    "for addresses": lambda secret: base64.urlsafe_b64encode(b"\xff\xfe" + secret).decode().rstrip("="),
    "after a path": lambda secret: "/api/v1/" + base64.b64encode(secret).decode(),
    "in hexadecimal digits": lambda secret: secret.hex(),
    "after a digit": lambda secret: "x=a" + secret.hex().upper(),
}


@pytest.mark.parametrize("how", CODED)
@pytest.mark.parametrize("before", range(4))
def test_a_secret_that_a_server_sends_back_coded_is_hidden(how: str, before: int) -> None:
    url = "json://bob:hunter2pass@host.example/T0ken-abcdef"
    for secret in (b"hunter2pass", b"T0ken-abcdef"):
        coded = CODED[how](b"z" * before + secret)
        hidden = redact(f"the server says {coded} there", [url])
        assert coded.split()[-1].strip("/") not in hidden
        assert hidden.startswith("the server says")


def test_what_is_coded_and_no_secret_stays_readable() -> None:
    text = "HTTP 403: request 6f1d2c3b of aGVsbG8gd29ybGQ= was refused by mail.example.org"
    assert redact(text, ["json://bob:hunter2pass@host.example/T0ken-abcdef"]) == text


@given(st.text(max_size=200), st.text(min_size=4, max_size=20))
def test_any_text_is_redacted_without_an_error(text: str, secret: str) -> None:
    assert len(redact(text, [secret])) <= 300


@pytest.mark.parametrize("spell", [lambda s: quote(s, safe="").lower(), lambda s: quote(quote(s, safe=""), safe="")])
def test_a_secret_that_comes_back_quoted_in_another_way_is_hidden(spell: Callable[[str], str]) -> None:
    secret = "p@ss/word+Ünd"
    said = spell(secret)
    assert said not in redact(f"no such key: {said} here", [f"json://bob:{quote(secret, safe='')}@h/x"])


@pytest.mark.parametrize(
    ("url", "holds"),
    [
        ("mailto://bob:hunter2@mail.example.org?to=x@example.org", True),
        ("mailto://mail.example.org?to=x@example.org", False),
        ("wecombot://KEY-abc", True),
        ("gateway://sms/13800000000", False),
        ("json://hook.example.org/room?+X-Token=abc", False),
        ("json://hook.example.org/room?+token=abc", True),
        ("ntfy://ntfy.example.org/topic", False),
        ("https://example.org/hook/0a1b2c3d4e5f60718293a4b5c6d7", True),
        ("no address", False),
    ],
)
def test_an_address_with_a_key_of_its_own_is_told_from_one_without(url: str, holds: bool) -> None:
    assert holds_secret(url) is holds
