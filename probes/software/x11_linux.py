"""Asks a program's X11 windows whether they answer: _NET_WM_PING, as any window manager does (EWMH 1.5).

Speaks the few requests of the X protocol (X11R7.7, chapter 9) itself on asyncio: no library stays resident and a
dead server cannot block. Refuses to read titles or contents, to move or to close anything.
"""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

SOCKETS = Path("/tmp/.X11-unix")
SUBSTRUCTURE_NOTIFY = 0x00080000
SUBSTRUCTURE = 0x00180000
MOST_WINDOWS = 400
ATOM, CARDINAL = 4, 6


class NoDisplay(Exception):
    """No X server can be asked: none runs, Wayland, or its access is refused. The text says which."""


async def ping_windows(pids: frozenset[int], proc: Path, seconds: float) -> tuple[int, int]:
    """How many windows of these processes take part in _NET_WM_PING, and how many answered in time."""
    display, authority = display_of(pids, proc)
    try:
        async with asyncio.timeout(seconds + 3):
            connection = await Connection.open(display, authority)
            try:
                return await connection.ping(pids, seconds)
            finally:
                await connection.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, struct.error) as error:
        raise NoDisplay(f"the X server {display} does not answer: {error or type(error).__name__}") from error


def display_of(pids: frozenset[int], proc: Path) -> tuple[str, str]:
    """The programs' own DISPLAY and XAUTHORITY; where their environment is hidden, the only server there is."""
    for pid in sorted(pids):
        with suppress(OSError):
            pairs = (one.partition(b"=") for one in (proc / str(pid) / "environ").read_bytes().split(b"\0"))
            facts = {os.fsdecode(key): os.fsdecode(value) for key, _, value in pairs}
            if "DISPLAY" in facts:
                return facts["DISPLAY"], facts.get("XAUTHORITY", "")
            raise NoDisplay("the program has no X display (Wayland windows cannot be asked)")
    with suppress(OSError):
        servers = sorted(one.name for one in SOCKETS.iterdir() if one.name.startswith("X"))
        if len(servers) == 1:
            return f":{servers[0][1:]}", os.environ.get("XAUTHORITY", "")
    raise NoDisplay("the program's display is not known")


def cookies(file: Path, number: str) -> Iterator[tuple[bytes, bytes]]:
    """(name, data) entries of an Xauthority file for this display; any of them may be for this machine."""
    try:
        raw = file.read_bytes()
    except OSError:
        return
    at = 0
    while at + 2 <= len(raw):
        at += 2
        parts: list[bytes] = []
        for _ in range(4):
            if at + 2 > len(raw):
                return
            (size,) = struct.unpack_from(">H", raw, at)
            parts.append(raw[at + 2 : at + 2 + size])
            at += 2 + size
        if parts[1].decode(errors="replace") in ("", number):
            yield parts[2], parts[3]


class Connection:
    """One connection to one server, little-endian on the wire whatever the machine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, root: int) -> None:
        self.reader = reader
        self.writer = writer
        self.root = root
        self.events: list[bytes] = []
        self.sequence = 0

    @classmethod
    async def open(cls, display: str, authority: str) -> Connection:
        """Raises NoDisplay where the display is remote, or the server refuses us."""
        host, _, rest = display.rpartition(":")
        number = rest.partition(".")[0]
        if host not in ("", "unix") or not number.isdigit():
            raise NoDisplay(f"the display {display} is not on this machine")
        entries = list(cookies(Path(authority), number)) if authority else []
        name, data = next((one for one in entries if one[0] == b"MIT-MAGIC-COOKIE-1"), (b"", b""))
        try:
            reader, writer = await asyncio.open_unix_connection(str(SOCKETS / f"X{number}"))
        except OSError as error:
            raise NoDisplay(f"no X server at {display}: {error.strerror}") from error
        writer.write(struct.pack("<BxHHHHxx", 0x6C, 11, 0, len(name), len(data)) + _padded(name) + _padded(data))
        head = await reader.readexactly(8)
        body = await reader.readexactly(struct.unpack_from("<H", head, 6)[0] * 4)
        if head[0] != 1:
            writer.close()
            said = body[: head[1]].decode(errors="replace").strip()
            raise NoDisplay(f"the X server {display} refuses us: {said}")
        vendor, formats = struct.unpack_from("<H", body, 16)[0], body[21]
        (root,) = struct.unpack_from("<I", body, 32 + vendor + -vendor % 4 + 8 * formats)
        return cls(reader, writer, root)

    async def close(self) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()

    def send(self, opcode: int, detail: int, body: bytes) -> None:
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.writer.write(struct.pack("<BBH", opcode, detail, 1 + len(body) // 4) + body)

    async def next(self) -> bytes:
        """The next reply, error or event, whole."""
        head = await self.reader.readexactly(32)
        if head[0] == 1:
            head += await self.reader.readexactly(struct.unpack_from("<I", head, 4)[0] * 4)
        return head

    async def answer(self) -> bytes:
        """The reply to what was sent last; b"" for an error (a window that has just gone)."""
        while True:
            message = await self.next()
            if message[0] in (0, 1) and struct.unpack_from("<H", message, 2)[0] == self.sequence:
                return message if message[0] == 1 else b""
            if message[0] > 1:
                self.events.append(message)

    async def atom(self, name: bytes) -> int:
        self.send(16, 0, struct.pack("<Hxx", len(name)) + _padded(name))
        reply = await self.answer()
        return int(struct.unpack_from("<I", reply, 8)[0])

    async def numbers(self, window: int, name: int, kind: int) -> tuple[int, ...]:
        """A property of 32-bit items, () where it is absent."""
        self.send(20, 0, struct.pack("<IIIII", window, name, kind, 0, 1024))
        reply = await self.answer()
        if not reply or reply[1] != 32:
            return ()
        (count,) = struct.unpack_from("<I", reply, 16)
        return struct.unpack_from(f"<{count}I", reply, 32)

    async def children(self, window: int) -> tuple[int, ...]:
        self.send(15, 0, struct.pack("<I", window))
        reply = await self.answer()
        if not reply:
            return ()
        (count,) = struct.unpack_from("<H", reply, 16)
        return struct.unpack_from(f"<{count}I", reply, 32)

    async def ping(self, pids: frozenset[int], seconds: float) -> tuple[int, int]:
        """Ask every taking-part window of these processes; stop waiting once all have answered."""
        protocols, ping = await self.atom(b"WM_PROTOCOLS"), await self.atom(b"_NET_WM_PING")
        owner = await self.atom(b"_NET_WM_PID")
        # SubstructureNotify on the root: EWMH sends the answer there. Any client may select it.
        self.send(2, 0, struct.pack("<III", self.root, 0x0800, SUBSTRUCTURE_NOTIFY))
        waiting: set[int] = set()
        for window in await self._windows():
            pid = await self.numbers(window, owner, CARDINAL)
            if pid and pid[0] in pids and ping in await self.numbers(window, protocols, ATOM):
                waiting.add(window)
        asked = len(waiting)
        for window in waiting:
            event = struct.pack("<BBHIIIIIII", 33, 32, 0, window, protocols, ping, 0, window, 0, 0)
            self.send(25, 0, struct.pack("<II", window, 0) + event)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while waiting:
                    message = await self.next()
                    if message[0] & 0x7F == 33 and struct.unpack_from("<II", message, 8) == (protocols, ping):
                        waiting.discard(struct.unpack_from("<I", message, 20)[0])
        return asked, asked - len(waiting)

    async def _windows(self) -> list[int]:
        """Top-level windows; a window manager puts them one or two levels below its frames."""
        found: list[int] = []
        level = [self.root]
        for _ in range(3):
            below: list[int] = []
            for window in level:
                below += await self.children(window)
                if len(found) + len(below) > MOST_WINDOWS:
                    break
            found += below
            level = below
        return found[:MOST_WINDOWS]


def _padded(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) % 4)
