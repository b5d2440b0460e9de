"""The HTTP server over real sockets: health, metrics, pages, commands only from the local one."""

import asyncio
import json
import os
import pwd
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from alerting.messages.reasons import say_reason
from alerting.model.reason import Reason, because
from alerting.service.answer import CommandAnswer, CommandRequest
from alerting.words import load_words
from monitor.web.server import Server, listen_remedy

STATUS: dict[str, Any] = {
    "room": "r12",
    "name": "<b>Room</b> 12",
    "language": "en",
    "mode": "act",
    "ready": True,
    "now": 0.0,
    "timezone": "Asia/Shanghai",
    "nobody_reachable": False,
    "meeting": {
        "running": True,
        "occupied": True,
        "starts_in": 5400.0,
        "ends_in": 600.0,
        "important": True,
        "reasons": [{"code": "microphone", "who": "<zoom>"}],
    },
    "premeeting": {"go": False, "at": 0.0, "starts_at": 900.0, "minutes": 15},
    "faults": [
        {"code": "camera_black", "room": "r12", "target": "<script>", "since": 0.0, "symptoms": [], "class": "device"}
    ],
    "checks": [
        {
            "check": "camera",
            "target": "<script>",
            "state": "failed",
            "values": {"fps": 0.0},
            "note": "<i>",
            "fault": "",
            "limit": None,
        }
    ],
    "incidents": [],
    "inbound": [],
    "refused": [],
    "set_up": True,
    "commands": {"setup": "roomwatch setup", "test": "roomwatch notify-test", "check": "roomwatch check"},
}


async def command(request: CommandRequest) -> CommandAnswer:
    if request.verb != "take":
        refused = because("no_such_command", given=request.verb, known=("take",))
        return CommandAnswer(verb=request.verb, refused=refused)
    document = {"incident": request.incident, **request.arguments}
    return CommandAnswer(verb=request.verb, by=request.in_name_of or request.actor.name, document=document)


def said(reason: Reason, language: str) -> str:
    return say_reason(reason, load_words(language or "en"))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(
        metrics=lambda accept, encodings: (b"roomwatch_build_info 1\n", {"Content-Type": "text/plain"}),
        status=lambda: STATUS,
        healthy=lambda: "",
        ready=lambda: "not yet run: camera",
        command=command,
        said=said,
    )
    await server.listen("127.0.0.1", 0)
    await server.listen_local(tmp_path / "control.sock")
    yield server
    await server.close()


async def get(server: Server, path: str, method: str = "GET") -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"http://127.0.0.1:{server.port}{path}") as answer,
    ):
        return answer.status, await answer.text()


async def test_health_and_readiness_speak_by_status_code(server: Server) -> None:
    assert await get(server, "/healthz") == (200, "ok\n")
    assert await get(server, "/readyz") == (503, "not yet run: camera\n")


async def test_metrics_are_served(server: Server) -> None:
    assert await get(server, "/metrics") == (200, "roomwatch_build_info 1\n")


async def test_what_is_no_http_is_answered_and_fills_no_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    for said in (
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(said)
        assert (await reader.read()).startswith((b"HTTP/1.0 400", b"HTTP/1.1 400")), said[:20]
        writer.close()
    assert not caplog.records


async def test_what_is_wrong_with_a_file_is_told_at_the_local_socket_alone(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["plan.toml: contacts.wang.phone = 5: expected a text.", "plan.toml: timezne: unknown key."]
    monkeypatch.setitem(STATUS, "refused", lines)
    monkeypatch.setitem(STATUS, "configuration", {"problems": lines, "differs": True})
    connector = aiohttp.UnixConnector(str(tmp_path / "control.sock"))
    async with aiohttp.ClientSession(connector=connector) as session, session.get("http://x/api/status") as answer:
        told = await answer.json()
    assert (told["refused"], told["configuration"]) == (lines, {"problems": lines, "differs": True})
    status, text = await get(server, "/api/status")
    assert (status, "wang" in text, "timezne" in text) == (200, False, False)
    told = json.loads(text)
    (line,) = told["refused"]
    assert told["configuration"] == {"problems": [line], "differs": True}
    assert "2 problem(s)" in line
    assert line.endswith("roomwatch check")


async def test_an_unknown_path_is_refused(server: Server) -> None:
    assert (await get(server, "/etc/passwd"))[0] == 404


async def test_commands_are_not_taken_over_the_network(server: Server) -> None:
    assert (await get(server, "/api/command/take", "POST"))[0] in (404, 405)


async def test_commands_over_the_local_socket_carry_the_callers_name(server: Server, tmp_path: Path) -> None:
    connector = aiohttp.UnixConnector(str(tmp_path / "control.sock"))
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.post("http://x/api/command/take", json={"incident": 3}) as answer:
            told = await answer.json()
            assert told["incident"] == 3
            assert told["by"] == pwd.getpwuid(os.getuid()).pw_name
        for language, words in (("en", "no command fly; there are: take"), ("zh-CN", "没有命令")):
            async with session.post("http://x/api/command/fly", json={"language": language}) as answer:
                assert answer.status == 409
                told = await answer.json()
                assert words in told["error"]
                assert told["reason"] == {"code": "no_such_command", "values": {"given": "fly", "known": ["take"]}}
        for nonsense in (b"{", b"[]", b"5", b"null", b"[" * 50_000):
            async with session.post("http://x/api/command/take", data=nonsense) as answer:
                assert answer.status == 400
        async with session.post("http://x/api/command/take", data=b'{"text": "caf\\udce9"}') as answer:
            assert (await answer.json())["text"] == r"caf\udce9"


async def test_a_command_that_breaks_is_answered_so(tmp_path: Path) -> None:
    async def breaks(request: CommandRequest) -> CommandAnswer:
        raise RuntimeError("in the middle")

    server = Server(
        metrics=lambda accept, encodings: (b"", {}),
        status=lambda: STATUS,
        healthy=lambda: "",
        ready=lambda: "",
        command=breaks,
        said=said,
    )
    await server.listen_local(tmp_path / "control.sock")
    connector = aiohttp.UnixConnector(str(tmp_path / "control.sock"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post("http://x/api/command/take", json={}) as answer,
    ):
        assert answer.status == 500
        assert "RuntimeError" in (await answer.json())["error"]
    await server.close()


async def test_a_taken_port_is_an_error_of_the_system(server: Server) -> None:
    other = Server(
        metrics=lambda accept, encodings: (b"", {}),
        status=lambda: STATUS,
        healthy=lambda: "",
        ready=lambda: "",
        command=command,
        said=said,
    )
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            await other.listen("127.0.0.1", taken.getsockname()[1])
    await other.close()


@pytest.mark.parametrize(("listen", "remedy"), [("127.0.0.1", "Free the port"), ("192.0.2.1", "Set web.listen")])
async def test_who_may_not_listen_is_told_what_to_set(server: Server, listen: str, remedy: str) -> None:
    with pytest.raises(OSError) as caught:
        await server.listen(listen, server.port)
    assert listen_remedy(caught.value).startswith(remedy)
