"""Debian's Alertmanager takes what the room posts, and mutes what the room takes for silenced."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from alerting.alertmanager import member
from alerting.alertmanager.alerts import Alert, Labels, alerts_of, fault_labels
from alerting.alertmanager.cluster import Cluster
from alerting.alertmanager.settings import AlertmanagerSettings
from alerting.alertmanager.silences import holding, read_silences
from alerting.configuration import Secret
from alerting.model.incident import FaultRecord
from alerting.model.room import Room
from scripts.fleet_demo import free_ports
from tests.alertmanager.stage import Alertmanagers
from tests.alertmanager.test_alerts import incident

WAIT_SECONDS = 20.0


@asynccontextmanager
async def posting(settings: AlertmanagerSettings) -> AsyncIterator[Cluster]:
    async def nothing(numbers: set[int]) -> None: ...

    cluster = Cluster(lambda: settings, acting=lambda: True, steady=time.monotonic, on_accepted=nothing)
    task = asyncio.create_task(cluster.loop())
    try:
        yield cluster
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], Any]) -> None:
    for _ in range(round(WAIT_SECONDS / 0.05)):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come true")


def standing(*numbers: int) -> dict[Labels, Alert]:
    faults = (FaultRecord(code="camera_missing", target='会"议\n🎥', since=time.time() - 60),)
    room = Room(id="3-12", name="湖畔", site='hq "1"', floor="3")
    return alerts_of([incident(one, faults=faults) for one in numbers], {"3-12": room}, labels={"team": "av"})


async def test_every_member_shows_what_stands_and_its_end(tmp_path: Path) -> None:
    async with Alertmanagers(tmp_path) as there, posting(AlertmanagerSettings(urls=there.urls)) as cluster:
        cluster.show(standing(1, 2))
        await until(lambda: cluster.accepted(1) and cluster.accepted(2))
        for url in there.urls:
            for _ in range(100):
                found = await there.ask("/api/v2/alerts", url)
                if len(found) == 2:
                    break
                await asyncio.sleep(0.05)
            assert {one["labels"]["incident"] for one in found} == {"1", "2"}
            assert {one["labels"]["target"] for one in found} == {'会"议\n🎥'}
            assert {one["labels"]["site"] for one in found} == {'hq "1"'}
        cluster.show(standing(2))
        for url in there.urls:
            for _ in range(100):
                found = await there.ask("/api/v2/alerts", url)
                if len(found) == 1:
                    break
                await asyncio.sleep(0.05)
            assert [one["labels"]["incident"] for one in found] == ["2"]


async def test_half_a_cluster_is_enough_and_none_is_told(tmp_path: Path) -> None:
    async with Alertmanagers(tmp_path) as there, posting(AlertmanagerSettings(urls=there.urls)) as cluster:
        there.kill(there.urls[0])
        cluster.show(standing(1))
        await until(lambda: cluster.accepted(1))
        await until(lambda: [bool(one["problem"]) for one in cluster.state()] == [True, False])
        assert cluster.answers
        there.kill(there.urls[1])
        cluster.show(standing(1, 2))
        await until(lambda: not cluster.answers)
        assert cluster.state()[1]["problem"].code == "no_connection"
        silent = cluster.silent_for(2)
        assert not cluster.accepted(2) and silent is not None and silent > 0


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ("slow", "no_answer_within"),
        ("refuses", "http_said"),
        ("login page", "http_said"),
        ("web page", "answer_web_page"),
    ],
)
async def test_a_member_that_misbehaves_delays_no_other(
    tmp_path: Path, bad: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(member, "TIMEOUT_SECONDS", 1.0)

    async def answer(request: web.Request) -> web.Response:
        if bad == "slow":
            await asyncio.sleep(60)
        if bad == "refuses":
            return web.Response(status=400, text=json.dumps({"code": 602, "message": "labels.0 is required"}))
        return web.Response(status=200 if bad == "web page" else 302, text="<html>sign in</html>")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    (port,) = free_ports(1)
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with Alertmanagers(tmp_path, count=1) as there:
        settings = AlertmanagerSettings(urls=(f"http://127.0.0.1:{port}", *there.urls))
        async with posting(settings) as cluster:
            cluster.show(standing(1))
            await until(lambda: cluster.accepted(1) and cluster.state()[0]["problem"])
            assert cluster.state()[0]["problem"].code == problem
    await runner.cleanup()


async def test_what_a_member_refuses_keeps_nothing_else_back() -> None:
    """It refuses every request that holds the alert of incident 1, as Alertmanager does for one that is not valid."""
    taken: set[str] = set()

    async def post(request: web.Request) -> web.Response:
        numbers = {one["labels"]["incident"] for one in await request.json()}
        if "1" in numbers:
            return web.Response(status=400)
        taken.update(numbers)
        return web.Response()

    app = web.Application()
    app.router.add_post("/prefix/api/v2/alerts", post)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    (port,) = free_ports(1)
    await web.TCPSite(runner, "127.0.0.1", port).start()
    settings = AlertmanagerSettings(urls=(f"http://127.0.0.1:{port}/prefix/",), silences=False)
    async with posting(settings) as cluster:
        cluster.show(standing(1, 2, 3))
        await until(lambda: cluster.accepted(2) and cluster.accepted(3))
        assert not cluster.accepted(1) and taken == {"2", "3"}
    await runner.cleanup()


async def test_headers_are_sent_and_a_missing_secret_is_a_problem_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(member, "RETRY_SECONDS", 0.1)
    seen: list[str] = []

    async def post(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return web.Response()

    app = web.Application()
    app.router.add_post("/api/v2/alerts", post)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    (port,) = free_ports(1)
    await web.TCPSite(runner, "127.0.0.1", port).start()
    secret = tmp_path / "secret"
    headers = {"Authorization": Secret("file", str(secret))}
    settings = AlertmanagerSettings(urls=(f"http://127.0.0.1:{port}",), silences=False, headers=headers)
    async with posting(settings) as cluster:
        cluster.show(standing(1))
        await until(lambda: cluster.state() and cluster.state()[0]["problem"].code == "secret_unreadable")
        secret.write_text("Bearer one")
        await until(lambda: cluster.accepted(1))
        assert seen == ["Bearer one"]
    await runner.cleanup()


SILENCES: list[list[dict[str, Any]]] = [
    [{"name": "room", "value": "101"}],
    [{"name": "room", "value": "10"}],
    [{"name": "room", "value": "10.", "isRegex": True}],
    [{"name": "room", "value": "10", "isRegex": True}],
    [{"name": "site", "value": "hq|lab", "isRegex": True}],
    [{"name": "site", "value": "hq"}, {"name": "code", "value": "camera_.*", "isRegex": True}],
    [{"name": "site", "value": "hq"}, {"name": "room", "value": "101", "isEqual": False}],
    [{"name": "room", "value": "1.*", "isRegex": True, "isEqual": False}, {"name": "site", "value": "上海"}],
    [{"name": "team", "value": "", "isEqual": True}, {"name": "room", "value": "202"}],
    [{"name": "team", "value": ".+", "isRegex": True}, {"name": "site", "value": "lab"}],
    [{"name": "alertname", "value": "RoomSilent"}],
    [{"name": "alertname", "value": "RoomwatchFault"}, {"name": "target", "value": "cam\n1"}],
    [{"name": "room", "value": "(?i)HALL-[a-c]", "isRegex": True}],
    [{"name": "code", "value": "display_missing|speaker_muted", "isRegex": True}],
    [{"name": "floor", "value": "3"}, {"name": "fault_class", "value": "network"}],
]
FAULTS = [
    ("hq", "101", "3", "camera_missing", "cam\n1"),
    ("hq", "102", "3", "dns_dead", ""),
    ("lab", "101", "1", "camera_black", "cam0"),
    ("上海", "202", "", "display_missing", ""),
    ("", "hall-b", "3", "dns_dead", "1.1.1.1"),
    ("lab", "10", "3", "speaker_muted", "x"),
]


async def test_the_room_takes_for_silenced_what_alertmanager_mutes(tmp_path: Path) -> None:
    """Each silence against each fault: Alertmanager's own verdict is the truth."""
    labels = [
        fault_labels(Room(id=room, site=site, floor=floor), code, target, {"team": "av"} if site == "lab" else {})
        for site, room, floor, code, target in FAULTS
    ]
    keys = [tuple(sorted(one.items())) for one in labels]
    made = [Alert(incident=1, labels=one, annotations={}, starts_at=time.time()) for one in keys]
    async with Alertmanagers(tmp_path, count=1) as there, posting(AlertmanagerSettings(urls=there.urls)) as cluster:
        cluster.show({one.labels: one for one in made})
        await until(lambda: cluster.accepted(1))
        numbers = {await there.silence(*matchers): number for number, matchers in enumerate(SILENCES)}
        await asyncio.sleep(0.2)
        theirs = {
            (one["labels"]["room"], one["labels"].get("site", ""), numbers[silence])
            for one in await there.ask("/api/v2/alerts?silenced=true")
            for silence in one["status"]["silencedBy"]
        }
        body = json.dumps(await there.ask("/api/v2/silences")).encode()
    silences, left = read_silences(body)
    now = time.time()
    ours = {
        (one["room"], one.get("site", ""), numbers[silence.id])
        for one in labels
        for silence in silences
        if holding([silence], one, now) is not None
    }
    assert left == {} and ours == theirs
    assert len(theirs) > 12, "each kind of matcher has to mute something"


@pytest.mark.parametrize(
    "value", ["(a+)+", "(a|b)*c", "a.*b.*c.*d.*", "[[:alpha:]]x", "\\pLx", "(?P<x", "(a|a)(a|a)(a|a)(a|a)"]
)
async def test_a_pattern_that_python_reads_otherwise_or_too_slowly_is_left_to_alertmanager(value: str) -> None:
    silence = {
        "id": "1",
        "status": {"state": "active"},
        "startsAt": "2020-01-01T00:00:00.123456789Z",
        "endsAt": "2099-01-01T00:00:00Z",
        "matchers": [{"name": "room", "value": value, "isRegex": True, "isEqual": True}],
    }
    silences, left = read_silences(json.dumps([silence]).encode())
    assert silences == () and set(left) == {"1"}


def test_a_silence_by_severity_is_left_to_alertmanager() -> None:
    silence = {
        "id": "1", "status": {"state": "pending"}, "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z",
        "matchers": [{"name": "severity", "value": "warning", "isRegex": False}]}  # fmt: skip
    silences, left = read_silences(json.dumps([silence, silence | {"status": {"state": "expired"}}]).encode())
    assert silences == () and set(left) == {"1"}
