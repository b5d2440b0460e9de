"""Asks a program's X11 windows whether they answer: _NET_WM_PING, as any window manager does (EWMH 1.5).

Speaks the few requests of the X protocol (X11R7.7, chapter 9) itself on asyncio: no library stays resident and a
dead server cannot block. Does not read contents, and moves or closes nothing; a title is compared here, and kept
nowhere.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from probes.why import Why, because

SOCKETS = Path("/tmp/.X11-unix")
SUBSTRUCTURE_NOTIFY = 0x00080000
MOST_WINDOWS = 400
ATOM, CARDINAL, WINDOW = 4, 6, 33
WORDS_SECONDS = 2.0
"""A healthy server answers all in 10 ms; a look at programs has no more to give away."""


class NoDisplay(Exception):
    """No X server can be asked: none runs, Wayland, or its access is refused. reason: which."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason)
        self.reason = reason


def silent(error: Exception) -> Why:
    """The X server took the connection and gave no answer that can be read."""
    detail = getattr(error, "strerror", None) or type(error).__name__
    return because("x_server_silent", detail=str(detail))


async def ping_windows(pids: frozenset[int], proc: Path, seconds: float) -> tuple[int, int]:
    """How many windows of these processes take part in _NET_WM_PING, and how many answered in time."""
    display, authority = display_of(pids, proc)
    try:
        async with asyncio.timeout(seconds + 3):
            connection = await Connection.open(display, authority)
            try:
                return await connection.ping(pids, seconds)
            finally:
                connection.close()
    except (OSError, TimeoutError, struct.error, IndexError) as error:
        raise NoDisplay(silent(error)) from error


def display_of(pids: frozenset[int], proc: Path) -> tuple[str, str]:
    """The programs' own DISPLAY and XAUTHORITY; where their environment is hidden, the only server there is."""
    for pid in sorted(pids):
        with suppress(OSError):
            pairs = (one.partition(b"=") for one in (proc / str(pid) / "environ").read_bytes().split(b"\0"))
            facts = {os.fsdecode(key): os.fsdecode(value) for key, _, value in pairs}
            if "DISPLAY" in facts:
                return facts["DISPLAY"], facts.get("XAUTHORITY", "")
            raise NoDisplay(because("no_x_display"))
    with suppress(OSError):
        servers = sorted(one.name for one in SOCKETS.iterdir() if one.name.startswith("X"))
        if len(servers) == 1:
            return f":{servers[0][1:]}", os.environ.get("XAUTHORITY", "")
    raise NoDisplay(because("display_unknown"))


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


@dataclass(frozen=True, slots=True)
class WindowWords:
    """title: what people read on it. kind: WM_CLASS, two names that the program gives itself, with zeros."""

    title: str
    kind: str


async def window_words(pids: frozenset[int], proc: Path) -> list[WindowWords]:
    """The words of all windows of these processes. Raises NoDisplay."""
    display, authority = display_of(pids, proc)
    try:
        async with asyncio.timeout(WORDS_SECONDS):
            connection = await Connection.open(display, authority)
            try:
                return await connection.words(pids | _inner(pids, proc))
            finally:
                connection.close()
    except (OSError, TimeoutError, struct.error, IndexError) as error:
        raise NoDisplay(silent(error)) from error


def _inner(pids: frozenset[int], proc: Path) -> frozenset[int]:
    """The numbers that programs in a container (Flatpak) write on their windows."""
    found: set[int] = set()
    for pid in pids:
        with suppress(OSError, ValueError, StopIteration):
            lines = (proc / str(pid) / "status").read_text(errors="replace").splitlines()
            found.add(int(next(one for one in lines if one.startswith("NSpid:")).split()[-1]))
    return frozenset(found)


class Connection:
    """One connection to one server, little-endian on the wire whatever the machine. Closes with its last reference."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.root = 0
        self.events: list[bytes] = []
        self.sequence = 0
        self.incoming = bytearray()
        self.outgoing = bytearray()
        self.atoms: dict[bytes, int] = {}
        self.close = weakref.finalize(self, link.close)

    @classmethod
    async def open(cls, display: str, authority: str) -> Connection:
        """Raises NoDisplay where the display is remote, or the server refuses us."""
        host, _, rest = display.rpartition(":")
        number = rest.partition(".")[0]
        if host not in ("", "unix") or not number.isdecimal():
            raise NoDisplay(because("display_elsewhere", name=display))
        entries = list(cookies(Path(authority), number)) if authority else []
        name, data = next((one for one in entries if one[0] == b"MIT-MAGIC-COOKIE-1"), (b"", b""))
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        connection = cls(link)
        try:
            await asyncio.get_running_loop().sock_connect(link, str(SOCKETS / f"X{number}"))
        except OSError as error:
            raise NoDisplay(because("no_x_server", name=display, detail=error.strerror or "?")) from error
        connection.outgoing += struct.pack("<BxHHHHxx", 0x6C, 11, 0, len(name), len(data))
        connection.outgoing += _padded(name) + _padded(data)
        head = await connection.exactly(8)
        body = await connection.exactly(struct.unpack_from("<H", head, 6)[0] * 4)
        if head[0] != 1:
            said = body[: head[1]].decode(errors="replace").strip()
            raise NoDisplay(because("x_server_refuses", name=display, detail=said))
        vendor, formats = struct.unpack_from("<H", body, 16)[0], body[21]
        (connection.root,) = struct.unpack_from("<I", body, 32 + vendor + -vendor % 4 + 8 * formats)
        # SubstructureNotify on the root: EWMH sends the answer there. Any client may select it.
        connection.send(2, 0, struct.pack("<III", connection.root, 0x0800, SUBSTRUCTURE_NOTIFY))
        return connection

    async def exactly(self, size: int) -> bytes:
        """So many bytes, after what waits has been sent. Cancelling loses nothing that was received."""
        await self._have(size)
        taken = bytes(self.incoming[:size])
        del self.incoming[:size]
        return taken

    async def flush(self) -> None:
        if self.outgoing:
            waiting, self.outgoing = bytes(self.outgoing), bytearray()
            await asyncio.get_running_loop().sock_sendall(self.link, waiting)

    async def _have(self, size: int) -> None:
        await self.flush()
        while len(self.incoming) < size:
            await self._readable()
            with suppress(BlockingIOError):
                chunk = self.link.recv(65536)
                if not chunk:
                    raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
                self.incoming += chunk

    async def _readable(self) -> None:
        """Not loop.sock_recv: where a busy machine lets bytes and a deadline fall together, it drops the bytes."""
        loop, readable = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.link, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(self.link)

    def send(self, opcode: int, detail: int, body: bytes) -> None:
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.outgoing += struct.pack("<BBH", opcode, detail, 1 + len(body) // 4) + body

    async def next(self) -> bytes:
        """The next reply, error or event, whole."""
        await self._have(32)
        more = struct.unpack_from("<I", self.incoming, 4)[0] * 4 if self.incoming[0] == 1 else 0
        return await self.exactly(32 + more)

    async def answer(self) -> bytes:
        """The reply to what was sent last; b"" for an error (a window that has just gone)."""
        while True:
            message = await self.next()
            if message[0] in (0, 1) and struct.unpack_from("<H", message, 2)[0] == self.sequence:
                return message if message[0] == 1 else b""
            if message[0] > 1:
                self.events.append(message)

    async def atom(self, name: bytes) -> int:
        if name not in self.atoms:
            self.send(16, 0, struct.pack("<Hxx", len(name)) + _padded(name))
            self.atoms[name] = int(struct.unpack_from("<I", await self.answer(), 8)[0])
        return self.atoms[name]

    async def numbers(self, window: int, name: int, kind: int) -> tuple[int, ...]:
        """A property of 32-bit items, () where it is absent."""
        self.send(20, 0, struct.pack("<IIIII", window, name, kind, 0, 1024))
        reply = await self.answer()
        if not reply or reply[1] != 32:
            return ()
        (count,) = struct.unpack_from("<I", reply, 16)
        return struct.unpack_from(f"<{count}I", reply, 32)

    async def text(self, window: int, name: bytes) -> str:
        """A property of bytes, of whatever type; "" where it is absent."""
        self.send(20, 0, struct.pack("<IIIII", window, await self.atom(name), 0, 0, 256))
        reply = await self.answer()
        if not reply or reply[1] != 8:
            return ""
        (size,) = struct.unpack_from("<I", reply, 16)
        return reply[32 : 32 + size].decode(errors="replace")

    async def words(self, pids: frozenset[int]) -> list[WindowWords]:
        """What the windows of these processes say of themselves."""
        owner = await self.atom(b"_NET_WM_PID")
        found = []
        for window in await self._windows():
            if not pids & set(await self.numbers(window, owner, CARDINAL)):
                continue
            title = await self.text(window, b"_NET_WM_NAME") or await self.text(window, b"WM_NAME")
            found.append(WindowWords(title, await self.text(window, b"WM_CLASS")))
        return found

    async def children(self, window: int) -> tuple[int, ...]:
        self.send(15, 0, struct.pack("<I", window))
        reply = await self.answer()
        if not reply:
            return ()
        (count,) = struct.unpack_from("<H", reply, 16)
        return struct.unpack_from(f"<{count}I", reply, 32)

    async def taking_part(self, pids: frozenset[int]) -> dict[int, int]:
        """The windows of these processes that promise to answer _NET_WM_PING, each with its process."""
        protocols, ping = await self.atom(b"WM_PROTOCOLS"), await self.atom(b"_NET_WM_PING")
        owner = await self.atom(b"_NET_WM_PID")
        found: dict[int, int] = {}
        for window in await self._windows():
            pid = await self.numbers(window, owner, CARDINAL)
            if pid and pid[0] in pids and ping in await self.numbers(window, protocols, ATOM):
                found[window] = pid[0]
        return found

    async def ask(self, window: int) -> None:
        protocols, ping = await self.atom(b"WM_PROTOCOLS"), await self.atom(b"_NET_WM_PING")
        event = struct.pack("<BBHIIIIIII", 33, 32, 0, window, protocols, ping, 0, window, 0, 0)
        self.send(25, 0, struct.pack("<II", window, 0) + event)

    async def answered(self) -> int:
        """The window whose answer comes next; other events are dropped."""
        protocols, ping = await self.atom(b"WM_PROTOCOLS"), await self.atom(b"_NET_WM_PING")
        while True:
            message = self.events.pop(0) if self.events else await self.next()
            if message[0] & 0x7F == 33 and struct.unpack_from("<II", message, 8) == (protocols, ping):
                return int(struct.unpack_from("<I", message, 20)[0])

    async def ping(self, pids: frozenset[int], seconds: float) -> tuple[int, int]:
        """Ask every taking-part window of these processes; stop waiting once all have answered."""
        waiting = set(await self.taking_part(pids))
        asked = len(waiting)
        for window in waiting:
            await self.ask(window)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while waiting:
                    waiting.discard(await self.answered())
        return asked, asked - len(waiting)

    async def _windows(self) -> list[int]:
        """A window manager's own list; without one the top-level windows, one or two levels below its frames."""
        listed = await self.numbers(self.root, await self.atom(b"_NET_CLIENT_LIST"), WINDOW)
        if listed:
            return list(listed[:MOST_WINDOWS])
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
