"""Speaks to the running daemon over its local socket. Does not guess: without a daemon it says so."""

from __future__ import annotations

import contextlib
import http.client
import json
import shlex
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alerting.encodable import encodable
from alerting.folders import typed_option
from alerting.service.answer import LONGEST_REQUEST
from monitor.commands.options import config_given
from monitor.daemon.shown_commands import typed
from monitor.daemon.state_folder import places
from monitor.settings import Configuration
from monitor.settings.usable_names import SOCKET


class NoDaemon(Exception):
    """Nothing answers at the socket; the text says what to do."""


class NotAnswering(NoDaemon):
    """A daemon is there, but stands still or is broken; the text says what to do."""


class CommandFailed(Exception):
    """The daemon refused; the text is its reason."""


READ_SECONDS = 5.0
"""For what the daemon has in memory: it answers within milliseconds, under full load within a second."""
COMMAND_SECONDS = 15.0
"""For what it has to write down first: a slow disk may take ten."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self.path, self._seconds = path, seconds

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self._seconds)
        self.sock.connect(str(self.path))


def ask(
    configuration: Configuration,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    *,
    seconds: float | None = None,
) -> dict[str, Any]:
    """One request, one JSON answer within ``seconds``. Raises NoDaemon or CommandFailed."""
    sent = None if body is None else _encoded(body)
    if seconds is None:
        seconds = READ_SECONDS if body is None else COMMAND_SECONDS
    with _connected(configuration.settings.state, seconds) as connection:
        try:
            connection.request(method, path, sent)
            response = connection.getresponse()
            text = response.read()
        except TimeoutError:
            raise _still(connection, seconds, asked_to_act=body is not None) from None
        except (OSError, http.client.HTTPException) as error:  # it was there a moment ago, and ends or breaks
            raise NotAnswering(
                f"the daemon at {connection.path} ended the connection without an answer ({type(error).__name__}). "
                f"{_restart()}"
            ) from None
    try:
        answer = json.loads(text)
    except ValueError:
        raise NotAnswering(
            f"the roomwatch at {connection.path} is broken: it answered {response.status} {response.reason}. "
            f"{_restart()}"
        ) from None
    if response.status >= 400:
        raise CommandFailed(str(answer.get("error", response.reason)))
    assert isinstance(answer, dict)
    return answer


def _encoded(body: dict[str, Any]) -> bytes:
    """As letters, not as escapes: Chinese text would be twice as long. Raises CommandFailed for what is too long."""
    sent = json.dumps(encodable(body), ensure_ascii=False).encode()
    if len(sent) > LONGEST_REQUEST:
        raise CommandFailed(f"this is too long: {len(sent):,} bytes; the daemon takes {LONGEST_REQUEST:,} at most.")
    return sent


@contextlib.contextmanager
def _connected(configured: str, seconds: float) -> Iterator[_Connection]:
    """To the first daemon that answers: this user's own, else the system's. Raises NoDaemon."""
    barred: Path | None = None
    first: Path | None = None
    for place in places(configured):
        connection = _Connection(place / SOCKET, seconds)
        first = first or connection.path
        try:
            connection.connect()
        except PermissionError:
            barred = connection.path
        except (BlockingIOError, TimeoutError):  # so many wait for it already that the kernel takes no more
            still = _still(connection, seconds, asked_to_act=False)
            connection.close()
            raise still from None
        except OSError:
            pass
        else:
            try:
                yield connection
            finally:
                connection.close()
            return
        connection.close()
    if barred is not None:
        raise NoDaemon(f"may not open {barred}. Join its group (roomwatch), or use sudo.")
    raise NoDaemon(_nobody(first))


def _still(connection: _Connection, seconds: float, *, asked_to_act: bool) -> NotAnswering:
    """Somebody listens, so that a second daemon would only be refused."""
    pid = 0
    with contextlib.suppress(OSError):
        found = connection.sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid = struct.unpack("3i", found)[0]
    called = f"the daemon (pid {pid})" if pid else "the daemon"
    later = " It may still do what you asked, once it goes on." if asked_to_act else ""
    return NotAnswering(
        f"{called} runs, but has not answered at {connection.path} for {seconds:.0f} s.{later} {_restart()}"
    )


def _restart() -> str:
    config = config_given()
    if typed_option(config):
        return f"See what it last said where it runs; end it, and start it anew: `{typed('run', config)}`."
    return "See `journalctl -u roomwatch`; start it anew: `systemctl restart roomwatch`."


def _nobody(place: Path | None) -> str:
    config = config_given()
    service = "" if typed_option(config) else "`systemctl start roomwatch`, or "
    return f"no roomwatch answers at {place}. Start it: {service}`{typed('run', config)}`."


def another_configuration(configuration: Configuration) -> str:
    """The --config of the daemon that answers; "" where it has none, or none answers. Who leaves --config out then
    reads its journal with the shipped plan: other people, another language."""
    try:
        words = shlex.split(ask(configuration, "GET", "/api/status", seconds=3.0)["commands"]["run"])
    except (NoDaemon, CommandFailed, KeyError, TypeError, ValueError):
        return ""
    return words[words.index("--config") + 1] if "--config" in words[:-1] else ""


def say_another_configuration(configuration: Configuration, config: Path | None, wanted: str) -> None:
    """On standard error, where the daemon that runs was given another configuration than this command. wanted: what the
    command would know by that one."""
    named = another_configuration(configuration)
    if not named or (config is not None and config.absolute() == Path(named)):
        return
    add = "Add it" if config is None else "Name that one"
    print(f"roomwatch: the daemon that runs has --config {named}. {add}, for {wanted}.", file=sys.stderr)
