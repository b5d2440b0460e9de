"""The local socket: long texts arrive or are refused with their size; a daemon that stands still is not called none."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from alerting.model.reason import Reason
from alerting.service.answer import LONGEST_REQUEST, CommandAnswer, CommandRequest
from alerting.workflows.report_approval import TEXT_LIMIT
from monitor.cli import main
from monitor.commands import local_daemon
from monitor.commands.local_daemon import CommandFailed, NoDaemon, NotAnswering, ask
from monitor.settings import Configuration, load
from monitor.web.server import Server


@pytest.fixture
def room(tmp_path: Path) -> Configuration:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}"\n')
    return load(tmp_path)


@contextmanager
def listening(folder: Path) -> Iterator[socket.socket]:
    """A daemon's socket, at which nobody answers."""
    with closing(socket.socket(socket.AF_UNIX)) as one:
        one.bind(str(folder / "control.sock"))
        one.listen()
        yield one


async def told(folder: Path, room: Configuration, text: str) -> str:
    """What a real server takes in of the text."""

    async def command(request: CommandRequest) -> CommandAnswer:
        return CommandAnswer(verb=request.verb, document={"text": request.arguments["text"]})

    server = Server(
        metrics=lambda accept, encodings: (b"", {}),
        status=dict,
        healthy=str,
        ready=str,
        command=command,
    )
    await server.listen_local(folder / "control.sock")
    try:
        found = await asyncio.to_thread(ask, room, "POST", "/api/command/note", {"text": text})
    finally:
        await server.close()
    return str(found["text"])


@pytest.mark.parametrize("sign", ["字", "𠮷", '"', "\x01"])
async def test_a_chapter_of_the_longest_kind_arrives(sign: str, tmp_path: Path, room: Configuration) -> None:
    assert await told(tmp_path, room, sign * TEXT_LIMIT) == sign * TEXT_LIMIT


async def test_a_letter_that_is_none_arrives_spelled_out(tmp_path: Path, room: Configuration) -> None:
    assert await told(tmp_path, room, "caf\udce9") == r"caf\udce9"


def test_what_is_too_long_is_refused_with_its_size_before_it_is_sent(tmp_path: Path, room: Configuration) -> None:
    with listening(tmp_path), pytest.raises(CommandFailed) as caught:
        ask(room, "POST", "/api/command/note", {"text": "字" * LONGEST_REQUEST})
    assert f"{3 * LONGEST_REQUEST + len(json.dumps({'text': ''})):,} bytes" in str(caught.value)
    assert f"{LONGEST_REQUEST:,} at most" in str(caught.value)


async def test_the_server_refuses_it_in_words_too(tmp_path: Path) -> None:
    import aiohttp

    def said(reason: Reason, language: str) -> str:
        return f"{reason.code} {reason.values['most']}"

    async def command(request: CommandRequest) -> CommandAnswer:
        raise AssertionError("it was carried out")

    server = Server(
        metrics=lambda accept, encodings: (b"", {}), status=dict, healthy=str, ready=str, command=command, said=said
    )
    await server.listen_local(tmp_path / "control.sock")
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(tmp_path / "control.sock"))) as session,
        session.post("http://x/api/command/note", json={"text": "x" * LONGEST_REQUEST}) as answer,
    ):
        assert answer.status == 413
        assert (await answer.json())["error"] == f"request_too_long {LONGEST_REQUEST}"
    await server.close()


@pytest.mark.parametrize("command", [["status"], ["incidents"], ["take", "1"], ["spare", "list"]])
def test_a_daemon_that_stands_still_is_not_called_none(
    command: list[str], tmp_path: Path, room: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_daemon, "READ_SECONDS", 0.05)
    monkeypatch.setattr(local_daemon, "COMMAND_SECONDS", 0.05)
    with listening(tmp_path):
        done = CliRunner().invoke(main, [*command, "--config", str(tmp_path)])
    assert done.exit_code == 3
    assert f"the daemon (pid {os.getpid()}) runs, but has not answered at {tmp_path}/control.sock" in done.stderr
    assert f"start it anew: `{local_daemon.typed('run', tmp_path)}`" in done.stderr
    assert ("may still do" in done.stderr) == (command[0] in ("take", "spare"))


def test_the_service_that_stands_still_is_started_anew_by_systemd(tmp_path: Path, room: Configuration) -> None:
    with listening(tmp_path), pytest.raises(NotAnswering) as caught:
        ask(room, "GET", "/api/status", seconds=0.05)
    assert "`journalctl -u roomwatch`; start it anew: `systemctl restart roomwatch`" in str(caught.value)


def test_a_daemon_for_which_too_many_wait_is_there_as_well(tmp_path: Path, room: Configuration) -> None:
    with listening(tmp_path) as daemon:
        daemon.listen(0)
        waiting = [socket.socket(socket.AF_UNIX) for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(str(tmp_path / "control.sock"))
        with pytest.raises(NotAnswering, match="has not answered"):
            ask(room, "GET", "/api/status", seconds=0.05)
        for one in waiting:
            one.close()


def test_an_answer_that_nobody_can_read_names_its_status(tmp_path: Path, room: Configuration) -> None:
    with listening(tmp_path) as daemon:

        def answer() -> None:
            with closing(daemon.accept()[0]) as asked:
                asked.recv(65536)
                asked.sendall(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NotAnswering, match="it answered 500 Internal Server Error"):
            ask(room, "GET", "/api/status")
        thread.join()


def test_where_nobody_listens_none_is_said_to_run(tmp_path: Path, room: Configuration) -> None:
    with listening(tmp_path):
        pass
    with pytest.raises(NoDaemon, match="no roomwatch answers") as caught:
        ask(room, "GET", "/api/status")
    assert not isinstance(caught.value, NotAnswering)


def test_a_daemon_that_hangs_up_is_not_called_none(tmp_path: Path, room: Configuration) -> None:
    with listening(tmp_path) as daemon:

        def hang_up() -> None:
            with closing(daemon.accept()[0]) as asked:
                asked.recv(65536)

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(NotAnswering, match="ended the connection without an answer"):
            ask(room, "GET", "/api/status")
        thread.join()
