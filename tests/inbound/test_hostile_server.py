"""An IMAP server that means harm: what it sends breaks a child at most, is set aside, and ends within a second."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from alerting.inbound.child_protocol import Job
from tests.inbound.listening import listening

GOOD = b"From: li@example.org\r\nSubject: x\r\n\r\ntake 5\r\n"


@dataclass
class Server:
    """mails: by number; a tuple is (length that is announced, bytes). drip: seconds between two bytes of a mail."""

    mails: dict[int, bytes | tuple[int, bytes]]
    drip: float = 0.0
    port: int = 0
    fetched: list[int] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    wants_id: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        identified = False
        writer.write(b"* OK [CAPABILITY IMAP4rev1 ID] ready\r\n")
        while line := await reader.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            self.said.append(rest)
            answer, done = b"", b"OK done"
            if rest.startswith("CAPABILITY"):
                answer = b"* CAPABILITY IMAP4rev1 ID\r\n"
            elif rest.startswith("ID "):
                identified, answer = True, b"* ID NIL\r\n"
            elif rest.startswith("SELECT"):
                answer = b"* OK [UIDVALIDITY 7] x\r\n"
                if self.wants_id and not identified:
                    answer, done = b"", b"NO SELECT Unsafe Login. Please contact kefu@188.com for help"
            elif rest.startswith("UID SEARCH"):
                answer = ("* SEARCH " + " ".join(str(n) for n in self.mails if n not in self.seen) + "\r\n").encode()
            elif rest.startswith("UID FETCH"):
                number = int(rest.split()[2])
                self.fetched.append(number)
                mail = self.mails[number]
                length, raw = mail if isinstance(mail, tuple) else (len(mail), mail)
                writer.write(f"* {number} FETCH (UID {number} BODY[]<0> {{{length}}}\r\n".encode())
                for at in range(0, len(raw), 1 if self.drip else len(raw)):
                    writer.write(raw[at : at + 1] if self.drip else raw)
                    await asyncio.sleep(self.drip)
                answer = b")\r\n"
            elif found := re.match(r"UID STORE (\d+)", rest):
                self.seen.add(int(found[1]))
            writer.write(answer + tag.encode() + b" " + done + b"\r\n")


@contextlib.asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Server]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await server.serve(reader, writer)
        writer.close()

    real = await asyncio.start_server(serve, "127.0.0.1", 0)
    server.port = real.sockets[0].getsockname()[1]
    yield server
    real.close()


def job(server: Server) -> Job:
    return Job(
        way="mail", host="127.0.0.1", port=server.port, user="u", secret="pass word", security="none", poll_seconds=0.2
    )


async def test_a_literal_of_four_gigabytes_breaks_one_child_once(tmp_path: Path) -> None:
    async with serving(Server({1: (1 << 32, b"x" * 100), 2: GOOD})) as server:
        async with listening(tmp_path, job(server)) as (listener, got):
            assert (await got()).number == 5
            assert listener.set_aside == ("7.1",)
        async with listening(tmp_path, job(server)) as (listener, _):  # a restart
            await asyncio.wait_for(listener.listening.wait(), 30)
            assert listener.set_aside == ("7.1",)
    assert server.fetched.count(1) == 1
    assert 1 not in server.seen


async def test_many_mails_that_break_a_child_do_not_hold_up_what_stands_behind_them_for_long(tmp_path: Path) -> None:
    mails: dict[int, bytes | tuple[int, bytes]] = dict.fromkeys(range(1, 9), (1 << 32, b"x"))
    async with serving(Server({**mails, 9: GOOD})) as server, listening(tmp_path, job(server)) as (listener, got):
        assert (await got()).number == 5  # with the waits between failures it would come after minutes
        assert listener.problem == ""
    assert server.fetched == [*mails, 9]


@pytest.mark.parametrize(
    "mail",
    [
        b"From: li@example.org\r\n\r\n" + b"-" * 3990 + b"\r\ntake 1\r\n",
        b"From: li@example.org\r\nContent-Type: text/plain; " + b'a="\\";' * 20_000 + b"\r\n\r\ntake 1\r\n",
        b"From: li@example.org\r\n" + b"X: y\r\n" * 20_000 + b"\r\ntake 1\r\n",
        b"From: " + b"<" * 100_000 + b"\r\n\r\ntake 1\r\n",
        b"From: li@example.org\r\nContent-Type: text/html\r\n\r\n" + b"<" * 120_000,
        b"From: li@example.org\r\nContent-Type: text/html\r\n\r\n" + b"<!--" * 30_000,
        b"From: li@example.org\r\nContent-Type: text/html\r\n\r\n&#" + b"9" * 120_000 + b";",
        b"From: li@example.org\r\n\r\na" + b"\xcc\x80\xcc\x96" * 30_000,
        b"From: li@example.org\r\nContent-Type: text/plain; charset=punycode\r\n\r\n" + b"a" * 120_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000)),
        b"Subject: " + b"=?" * 60_000 + b"\r\nFrom: li@example.org\r\n\r\ntake 1",
    ],
)
async def test_a_mail_built_to_take_long_holds_up_nothing(tmp_path: Path, mail: bytes) -> None:
    async with serving(Server({1: mail, 2: GOOD})) as server, listening(tmp_path, job(server)) as (listener, got):
        while (await got()).number != 5:
            pass
        assert listener.restarts == 0
    assert server.fetched == [1, 2]


async def test_a_child_that_works_too_long_on_a_mail_is_ended_by_the_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import alerting.inbound.mail_text as m, alerting.inbound.reply_text\n"
        "real = m.read\n"
        "def read(text):\n"
        "    if 'hostile' in text:\n"
        "        sum(1 for _ in iter(int, 1))\n"
        "    return real(text)\n"
        "m.read = read\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parents[2]}:{tmp_path}")
    hostile = Server({1: GOOD.replace(b"take 5", b"hostile"), 2: GOOD})
    async with serving(hostile) as server, listening(tmp_path, job(server)) as (listener, got):
        assert (await got()).number == 5
        assert listener.set_aside == ("7.1",)
    assert server.fetched == [1, 2]


async def test_a_server_that_drips_does_not_outlive_the_end(tmp_path: Path) -> None:
    async with serving(Server({1: GOOD}, drip=0.5)) as server, listening(tmp_path, job(server)) as (listener, _):
        await listener.has(lambda: server.fetched == [1])
        pid = listener.pid
        assert pid is not None
        await asyncio.wait_for(listener.close(), 10)
        assert not Path(f"/proc/{pid}").exists()


async def test_a_server_that_wants_to_know_who_we_are_is_told(tmp_path: Path) -> None:
    async with serving(Server({2: GOOD}, wants_id=True)) as server, listening(tmp_path, job(server)) as (_, got):
        assert (await got()).number == 5
    assert any("roomwatch" in one for one in server.said if one.startswith("ID"))
