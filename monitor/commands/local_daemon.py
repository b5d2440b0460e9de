"""Speaks to the running daemon over its local socket. Does not guess: without a daemon it says so."""

from __future__ import annotations

import contextlib
import http.client
import json
import shlex
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alerting.folders import typed_option
from monitor.commands.options import config_given
from monitor.daemon.shown_commands import typed
from monitor.daemon.state_folder import places
from monitor.settings import Configuration


class NoDaemon(Exception):
    """Nothing answers at the socket; the text says what to do."""


class CommandFailed(Exception):
    """The daemon refused; the text is its reason."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self.path, self._seconds = path, seconds

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self._seconds)
        self.sock.connect(str(self.path))


def ask(
    configuration: Configuration, method: str, path: str, body: dict[str, Any] | None = None, *, seconds: float = 15.0
) -> dict[str, Any]:
    """One request, one JSON answer within ``seconds``. Raises NoDaemon or CommandFailed."""
    with _connected(configuration.settings.state, seconds) as connection:
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, ValueError, http.client.HTTPException):
            raise NoDaemon(_nobody(connection.path)) from None
    if response.status >= 400:
        raise CommandFailed(str(answer.get("error", response.reason)))
    assert isinstance(answer, dict)
    return answer


@contextlib.contextmanager
def _connected(configured: str, seconds: float) -> Iterator[_Connection]:
    """To the first daemon that answers: this user's own, else the system's. Raises NoDaemon."""
    barred: Path | None = None
    first: Path | None = None
    for place in places(configured):
        connection = _Connection(place / "control.sock", seconds)
        first = first or connection.path
        try:
            connection.connect()
        except PermissionError:
            barred = connection.path
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
