"""No secret of an address ever reaches a result, a log or an exception."""

from __future__ import annotations

import logging
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.delivery.contract import OutgoingMessage
from alerting.sending.client import ChildSender
from alerting.sending.redaction import redact, secret_pieces
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
