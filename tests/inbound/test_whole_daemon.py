"""A real daemon, a real broker, a real gateway: its messages say how to take it, and each way that they name works."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.channels.conftest import free_port
from tests.inbound.test_mqtt import broker, publish
from tests.pages.phone import Phone

__all__ = ["broker"]

PROBES = ("network", "software", "camera", "microphone", "speaker", "display", "host", "power")


class Phones:
    """A messenger and an SMS gateway in one HTTP server."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.port = 0

    async def take(self, request: web.Request) -> web.Response:
        self.posts.append((request.path, await request.json()))
        return web.json_response({"code": 0})

    def texts(self, path: str) -> list[str]:
        return [str(body.get("message") or body.get("text")) for where, body in self.posts if where == path]


@pytest.fixture
async def phones() -> AsyncIterator[Phones]:
    made = Phones()
    app = web.Application()
    app.router.add_post("/{tail:.*}", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


class Room:
    def __init__(self, folder: Path, phones: int, mqtt: int) -> None:
        self.folder, self.port = folder, free_port()
        off = "\n".join(f"[schedule.{name}]\nenabled = false" for name in PROBES)
        (folder / "roomwatch.toml").write_text(f"""
state = "{folder}/state"
[room]
id = "R1"
name = "Lakeside"
[web]
port = {self.port}
public_url = "http://127.0.0.1:{self.port}"
[inbound.mqtt.broker]
host = "127.0.0.1"
port = {mqtt}
{off}
""")
        (folder / "plan.toml").write_text(f"""
timezone = "UTC"
quiet = []
[groups.technical]
name = "technical"
members = ["wang", "li"]
[contacts.wang]
name = "Wang"
language = "en"
topic = "roomwatch/wang"
channels = ["json://127.0.0.1:{phones}/wang"]
[contacts.li]
name = "Li"
language = "zh-CN"
channels = ["gateway://sms/13800000000"]
[gateways.sms]
url = "http://127.0.0.1:{phones}/sms"
headers = {{ Content-Type = "application/json" }}
body = '{{"to": {{{{ to|tojson }}}}, "text": {{{{ text|tojson }}}}}}'
answer_field = "code"
sent = ["0"]
[chains.default]
steps = [{{ after = 0, tell = ["technical"] }}]
[chains.notice]
steps = [{{ after = 0, tell = ["technical"] }}]
""")

    async def __aenter__(self) -> Room:
        command = [sys.executable, "-m", "monitor.cli", "run", "--config", str(self.folder / "roomwatch.toml")]
        self.log = (self.folder / "log").open("w+")
        self.process = await asyncio.create_subprocess_exec(*command, stdout=self.log, stderr=self.log)
        return self

    async def __aexit__(self, *rest: object) -> None:
        self.process.terminate()
        await self.process.wait()
        self.log.close()

    async def until_logged(self, text: str) -> None:
        await until(lambda: text in (self.folder / "log").read_text())

    async def say(self, verb: str, **arguments: object) -> dict[str, Any]:
        connector = aiohttp.UnixConnector(str(self.folder / "state" / "control.sock"))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.post(f"http://daemon/api/command/{verb}", json=arguments) as answer,
        ):
            return dict(await answer.json())

    async def status(self) -> dict[str, Any]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.port}/api/status") as answer,
        ):
            return dict(json.loads(await answer.text()))

    async def until_heard(self) -> None:
        """Until each way in is heard: a message names no other."""
        async with asyncio.timeout(60):
            while not ((ways := (await self.status())["inbound"]) and all(one["listening"] for one in ways)):
                await asyncio.sleep(0.05)

    async def taken_by(self, number: int) -> str:
        found = (await self.status())["incidents"]
        return next((str(one["taken_by"]) for one in found if one["number"] == number), "")


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_every_way_that_a_message_names_takes_the_incident(tmp_path: Path, phones: Phones, broker: int) -> None:
    async with Room(tmp_path, phones.port, broker) as room:
        await room.until_logged("messages carry links")
        await room.until_heard()
        first = (await room.say("declare", by="guest", room="R1", **{"class": "device"}))["number"]
        await until(lambda: bool(phones.texts("/wang")) and bool(phones.texts("/sms")))
        text, sms = phones.texts("/wang")[0], phones.texts("/sms")[0]
        assert re.search(rf'publish "take RW-{first}-\w{{14}}" to roomwatch/wang', text)
        link = re.search(r"http://\S+/i/\S+", text)
        assert link is not None
        own = re.search(r"http://\S+/i/\S+", sms)  # Li's own link, in his name, in a text of SMS length
        assert own is not None
        assert own[0] != link[0]
        phone = Phone(f"http://127.0.0.1:{room.port}")
        await phone.open(link[0])  # as a mail scanner does: looking takes nothing
        assert "Take it" in phone.page
        assert await room.taken_by(first) == ""
        await phone.open(own[0])
        await phone.press("take")
        assert "您已接单" in phone.note()
        await phone.close()
        assert await room.taken_by(first) == "Li"
        await room.say("take", by="wang", incident=first)
        assert await room.taken_by(first) == "Wang"
        second = (await room.say("declare", by="guest", room="R2", **{"class": "network"}))["number"]
        await publish(broker, "roomwatch/wang", f"take {second}")  # without its code: explained, and not carried out
        await until(lambda: any("carried no code" in text for text in phones.texts("/wang")))
        assert await room.taken_by(second) == ""
        said = next(text for text in phones.texts("/wang") if "carried no code" in text)
        code = re.search(rf"RW-{second}-\w{{14}}", said)
        assert code is not None
        await publish(broker, "roomwatch/wang", f"take {code[0]}")
        async with asyncio.timeout(60):
            while await room.taken_by(second) != "Wang":
                await asyncio.sleep(0.1)
