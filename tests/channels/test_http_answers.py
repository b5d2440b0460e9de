"""What counts as accepted by a service that is spoken to over HTTP: its own answer, and nothing behind a redirect."""

from __future__ import annotations

import email
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from alerting.sending.acceptance import refusal
from alerting.sending.client import ChildSender
from alerting.sending.delivery_verdict import LONGEST_WAIT, of_log, retry_seconds
from tests.channels.conftest import Mailbox


class Service:
    def __init__(self) -> None:
        self.answer: tuple[int, str, dict[str, str]] = (200, "ok", {})
        self.asked: list[tuple[str, str]] = []
        self.port = 0

    async def take(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path))
        status, text, headers = self.answer
        return web.Response(status=status, text=text, headers=headers)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    made = Service()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


@pytest.fixture
async def sender() -> AsyncIterator[ChildSender]:
    child = ChildSender()
    yield child
    await child.close()


async def post(sender: ChildSender, url: str) -> SendResult:
    (result,) = await sender.send(
        [OutgoingMessage(key="k", contact="li", channel="a", url=url, title="301: no sound", body="b")]
    )
    return result


@pytest.mark.parametrize("scheme", ["json", "xml", "form", "ntfy", "gotify"])
async def test_no_redirect_is_followed_and_none_is_acceptance(
    sender: ChildSender, service: Service, scheme: str
) -> None:
    for status in (301, 302, 303, 307, 308):
        service.answer = (status, "", {"Location": f"http://127.0.0.1:{service.port}/login"})
        result = await post(sender, f"{scheme}://127.0.0.1:{service.port}/tokenTOKEN123456?redirect=yes")
        assert result.outcome is Outcome.TEMPORARY, result
        assert result.detail.code == "http_redirected"
    assert {method for method, _ in service.asked} <= {"POST", "PUT"}
    assert all("login" not in path for _, path in service.asked)


@pytest.mark.parametrize(
    "answer",
    [
        (200, "<!DOCTYPE html><title>Log in</title>", {}),
        (200, "\ufeff\n<HTML><body>Please accept</body>", {}),
        (200, '{"ok": false, "error": "x"}', {}),
        (200, '{"success": false}', {}),
        (200, '{"errcode": 40001}', {}),
        (200, '{"status": "error"}', {}),
    ],
)
async def test_a_success_that_is_none_is_tried_again(
    sender: ChildSender, service: Service, answer: tuple[int, str, dict[str, str]]
) -> None:
    service.answer = answer
    assert (await post(sender, f"json://127.0.0.1:{service.port}/x")).outcome is Outcome.TEMPORARY


@pytest.mark.parametrize("body", ["", "ok", "{}", '{"ok": true}', '{"error": null}', "[1]", "<response/>", "{" * 3000])
async def test_what_a_web_hook_answers_otherwise_is_acceptance(
    sender: ChildSender, service: Service, body: str
) -> None:
    service.answer = (200, body, {})
    assert (await post(sender, f"json://127.0.0.1:{service.port}/x")).outcome is Outcome.SENT


async def test_what_a_service_asks_us_to_wait_is_heard_from_every_kind(sender: ChildSender, service: Service) -> None:
    service.answer = (429, "slow down", {"Retry-After": "42"})
    for scheme in ("json", "form", "ntfy"):
        result = await post(sender, f"{scheme}://127.0.0.1:{service.port}/topic")
        assert (result.outcome, result.retry_after) == (Outcome.THROTTLED, 42.0)
    service.answer = (503, "", {"Retry-After": "999999"})
    result = await post(sender, f"json://127.0.0.1:{service.port}/x")
    assert (result.outcome, result.retry_after) == (Outcome.TEMPORARY, LONGEST_WAIT)


def test_a_time_to_wait_is_a_number_or_a_date_and_bounded() -> None:
    assert retry_seconds("Sat, 28 Nov 2026 17:01:00 GMT", now=1795885200.0) == 60.0
    assert retry_seconds("Sat, 28 Nov 2026 16:00:00 GMT", now=1795885200.0) == 0.0
    assert retry_seconds("120") == 120.0
    assert [retry_seconds(odd) for odd in ("", "-1", "1.5", "²", "x" * 999, "99:99")] == [None] * 6


@pytest.mark.parametrize(
    "url",
    [
        "json://nosuch.invalid/x",
        "ntfy://nosuch.invalid/topic",
        "form://invalid.example/x",
        "mqtt://nosuch.invalid/topic",
        "mailto://u:pw@nosuch.invalid?from=a@b.cd&to=c@d.ef&mode=insecure&smtp=nosuch.invalid",
    ],
)
async def test_a_name_that_does_not_resolve_is_no_lost_message(sender: ChildSender, url: str) -> None:
    assert (await post(sender, url)).outcome is Outcome.TEMPORARY


def test_an_address_that_is_mistyped_is_told_from_a_network_that_is_down() -> None:
    assert of_log(["An invalid Telegram Bot Token (x) was specified."], smtp=False).outcome == "permanent"
    assert of_log(["A Connection error occurred sending to host.invalid."], smtp=False).outcome == "temporary"


def test_services_of_which_it_is_documented_must_say_it() -> None:
    assert not refusal("slack", "ok")
    assert refusal("slack", "welcome").code == "answer_foreign"
    assert not refusal("tgram", '{"ok": true}')
    assert refusal("tgram", "{}").code == "answer_foreign"


async def test_our_mails_say_that_a_machine_sent_them(sender: ChildSender, mailbox: Mailbox) -> None:
    assert (await post(sender, mailbox.url)).outcome is Outcome.SENT
    sent = email.message_from_bytes(mailbox.mails[0])
    assert (sent["Auto-Submitted"], sent["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
