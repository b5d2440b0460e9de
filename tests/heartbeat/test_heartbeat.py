"""Beats to a real HTTP server, as a dead-man's switch would be: only while the room is watched, and a clean goodbye."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from alerting.configuration import Secret
from monitor.heartbeat import Heartbeats
from monitor.settings import Heartbeat


class Switch:
    """Notes every request; answers what ``status`` says."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str]] = []
        self.status = 200
        self.answer = "OK"
        self.token = ""
        self.port = 0

    async def take(self, request: web.Request) -> web.Response:
        self.seen.append((request.method, request.path_qs, await request.text()))
        self.token = request.headers.get("Authorization", "")
        return web.Response(
            status=self.status, text=self.answer, headers={"Location": "/elsewhere"} if self.status == 302 else {}
        )

    def settings(self, path: str = "/ping/abc", **rest: object) -> Heartbeat:
        return Heartbeat(url=Secret("literal", f"http://127.0.0.1:{self.port}{path}"), **rest)  # type: ignore[arg-type]


@pytest.fixture
async def switch() -> AsyncIterator[Switch]:
    made = Switch()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


async def until(condition: object, seconds: float = 30.0) -> None:
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def test_it_beats_while_the_room_is_watched_and_holds_back_while_it_is_not(switch: Switch) -> None:
    why = ["the journal cannot be written"]
    beats = Heartbeats(lambda: {"hc": switch.settings(interval=1.0)}, lambda: why[0])
    loop = asyncio.create_task(beats.loop())
    await asyncio.sleep(1.5)
    assert switch.seen == []
    why[0] = ""
    await until(lambda: len(switch.seen) >= 2)
    assert switch.seen[0] == ("GET", "/ping/abc", "")
    assert beats.figures["hc"].sent >= 1
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)


async def test_trouble_and_an_orderly_end_go_by_the_switch_s_own_convention(switch: Switch) -> None:
    tables = {
        "healthchecks": switch.settings("/ping/abc", method="POST", on_failure="/fail", on_shutdown="/log"),
        "kuma": switch.settings("/api/push/abc?status=up", on_failure="?status=down", on_shutdown="?status=up&msg=off"),
        "plain": switch.settings("/plain"),
    }
    beats = Heartbeats(lambda: tables, lambda: "")
    await beats.fail("a step was missed")
    assert sorted(switch.seen) == [
        ("GET", "/api/push/abc?status=down", ""),
        ("POST", "/ping/abc/fail", "a step was missed"),
    ]
    switch.seen.clear()
    await beats.shut_down("stopped")
    assert sorted(switch.seen) == [("GET", "/api/push/abc?status=up&msg=off", ""), ("POST", "/ping/abc/log", "stopped")]


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_an_answer_that_is_no_acceptance_counts_as_failed(switch: Switch, status: int) -> None:
    switch.status = status
    beats = Heartbeats(dict, lambda: "")
    assert not await beats.beat("hc", switch.settings(headers={"Authorization": Secret("literal", "Bearer x")}))
    assert (beats.figures["hc"].failed, beats.figures["hc"].problem) == (1, f"the switch answers {status}")
    assert switch.token == "Bearer x"
    assert len(switch.seen) == 1  # no redirect was followed


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        ('{"ok": true}', True),
        ("OK", True),
        ("", True),
        ("[" * 3000, True),
        ('{"ok": false, "msg": "Monitor not found"}', False),
        ('{"error": "unknown"}', False),
        ("<!DOCTYPE html><title>Log in</title>", False),
    ],
)
async def test_a_success_that_says_otherwise_is_none(switch: Switch, answer: str, accepted: bool) -> None:
    switch.answer = answer
    beats = Heartbeats(dict, lambda: "")
    assert await beats.beat("kuma", switch.settings()) is accepted


async def test_a_switch_that_is_not_there_and_a_secret_that_is_missing_are_said() -> None:
    beats = Heartbeats(dict, lambda: "")
    assert not await beats.beat("dead", Heartbeat(url=Secret("literal", "http://127.0.0.1:9/")))
    assert "no answer" in beats.figures["dead"].problem
    assert not await beats.beat("secret", Heartbeat(url=Secret("file", "/nowhere/heartbeat")))
    assert "/nowhere/heartbeat" in beats.figures["secret"].problem
