"""Speaks to the running daemon over its local socket. Does not guess: without a daemon it says so."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any

from monitor.daemon.state_folder import choose
from monitor.settings import Configuration


class NoDaemon(Exception):
    """Nothing answers at the socket; the text says what to do."""


class CommandFailed(Exception):
    """The daemon refused; the text is its reason."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path, self._seconds = path, seconds

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self._seconds)
        self.sock.connect(str(self._path))


def ask(
    configuration: Configuration, method: str, path: str, body: dict[str, Any] | None = None, *, seconds: float = 15.0
) -> dict[str, Any]:
    """One request, one JSON answer within ``seconds``. Raises NoDaemon or CommandFailed."""
    place = choose(configuration.settings.state) / "control.sock"
    connection = _Connection(place, seconds)
    try:
        connection.request(method, path, None if body is None else json.dumps(body))
        response = connection.getresponse()
        answer = json.loads(response.read())
    except PermissionError:
        raise NoDaemon(f"may not open {place}. Join its group (roomwatch), or use sudo.") from None
    except (OSError, ValueError, http.client.HTTPException):
        raise NoDaemon(
            f"no roomwatch answers at {place}. Start it: `systemctl start roomwatch`, or `roomwatch run`."
        ) from None
    finally:
        connection.close()
    if response.status >= 400:
        raise CommandFailed(str(answer.get("error", response.reason)))
    assert isinstance(answer, dict)
    return answer
