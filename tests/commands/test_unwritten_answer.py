"""A full disk below standard output: one sentence, a code of its own, and no token that nobody has seen."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerting.journal import open_journal
from alerting.service.answer import CommandAnswer, CommandRequest
from monitor.web.server import Server

FULL = "roomwatch: the answer could not be written: No space left on device. "
STANDS = FULL + "What the command has done stands: look before you repeat it.\n"
DECLARED = {"number": 7, "joined": False}
TOKEN = {"name": "wall", "scopes": ["read"], "token": "secret"}


class Room:
    """A daemon's local socket, and what was asked there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, object]] = []
        (folder / "roomwatch.toml").write_text(f'state = "{folder}"\n[room]\nlanguage = "en"\n')
        (folder / "plan.toml").write_text("")
        open_journal(folder).close()

    async def command(self, request: CommandRequest) -> CommandAnswer:
        self.asked.append((request.verb, request.arguments.get("name")))
        document = {"report": DECLARED, "token_make": TOKEN}.get(request.verb, {"name": "wall"})
        return CommandAnswer(verb=request.verb, by="Li", document=document)

    async def roomwatch(self, words: str, out: int | None = None) -> tuple[int, str]:
        """Exit code and standard error. out: where its standard output leads, None for a full disk."""
        command = [sys.executable, "-m", "monitor.cli", *words.split()]
        full = os.open("/dev/full", os.O_WRONLY)
        try:
            done = await asyncio.to_thread(
                subprocess.run,
                command,
                stdout=full if out is None else out,
                stderr=subprocess.PIPE,
                text=True,
                timeout=60,
            )
        finally:
            os.close(full)
        return done.returncode, str(done.stderr)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path)
    server = Server(
        metrics=lambda accept, encodings: (b"", {}), status=dict, healthy=str, ready=str, command=made.command
    )
    await server.listen_local(tmp_path / "control.sock")
    yield made
    await server.close()


@pytest.mark.parametrize("words", ["--help", "version", "declare --help", "report list --config {folder}"])
async def test_a_full_disk_is_one_sentence(room: Room, words: str) -> None:
    assert await room.roomwatch(words.format(folder=room.folder)) == (74, STANDS)


async def test_what_was_asked_is_done_and_not_said_to_have_failed(room: Room) -> None:
    assert await room.roomwatch(f"declare dark --config {room.folder}") == (74, STANDS)
    assert room.asked == [("report", None)]


async def test_a_token_that_nobody_saw_is_revoked(room: Room) -> None:
    make = f"token make wall --scope read --config {room.folder}"
    assert await room.roomwatch(make) == (74, FULL + "The token is revoked again.\n")
    assert room.asked == [("token_make", "wall"), ("token_revoke", "wall")]
    reading, writing = os.pipe()
    os.close(reading)
    code, said = await room.roomwatch(make, writing)
    os.close(writing)
    assert (code, "Broken pipe. The token is revoked again.\n" in said) == (74, True)
    assert room.asked[2:] == [("token_make", "wall"), ("token_revoke", "wall")]


async def test_a_token_that_was_shown_stays(room: Room, tmp_path: Path) -> None:
    out = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT)
    code, _ = await room.roomwatch(f"token make wall --scope read --config {room.folder}", out)
    os.close(out)
    assert code == 0
    assert (tmp_path / "out").read_text().endswith("secret\n")
    assert room.asked == [("token_make", "wall")]


async def test_a_reader_who_has_read_enough_hears_nothing(room: Room) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    assert await room.roomwatch("--help", writing) == (1, "")
    os.close(writing)
