"""Programs that always listen: a voice assistant, a meter, a client that never lets the microphone go.

Learned from looks and kept over restarts, so that no such program keeps the room occupied for ever. Only its microphone
is excused, and a window that looks like a call's: camera, call helpers and a call's packets count as ever.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from monitor.meeting.verdict import Use

FILE = "always-listening.json"

IDLE_SECONDS = 600.0
"""A client that holds the microphone so long without one packet of a call is in none. People wait for shorter in a
lobby, and a lobby exchanges packets."""

ALWAYS_SECONDS = 4 * 3600.0
"""No lecture is recorded for so long without a break."""

LET_GO_SECONDS = 600.0
"""What runs for so long without the microphone does not always listen. One that starts again takes seconds."""


@dataclass(slots=True)
class Listeners:
    """names: those learned. ``take`` gets each whole look's uses."""

    folder: Path | None = None
    names: frozenset[str] = frozenset()
    _since: dict[str, float] = field(default_factory=dict)
    _without: dict[str, float] = field(default_factory=dict)

    @classmethod
    def restored(cls, folder: Path | None) -> Listeners:
        """A missing or broken file knows none."""
        names: frozenset[str] = frozenset()
        if folder is not None:
            with suppress(OSError, ValueError, TypeError):
                names = frozenset(str(one) for one in json.loads((folder / FILE).read_text())["programs"])
        return cls(folder, names)

    def take(self, uses: Iterable[Use], alive: frozenset[str], now: float, *, counted: bool) -> tuple[Use, ...]:
        """The uses with what is known of them. counted: a call's packets were counted for each program by itself."""
        uses = tuple(uses)
        holding = {one.name: one for one in uses if _holds(one)}
        before = self.names
        for name, one in holding.items():
            quiet = not (one.camera or one.helpers or one.sockets or one.streams or one.sockets_of_user or one.says)
            if not quiet or (one.sort != "other" and not counted):
                self._since.pop(name, None)
                continue
            began = self._since.setdefault(name, now)
            if now - began >= ALWAYS_SECONDS or (one.service and one.sort == "other"):
                self.names |= {name}
        for name in [name for name in self._since if name not in holding]:
            del self._since[name]
        self._forget(holding, alive, now)
        if self.names != before:
            self._keep()
        return tuple(self._marked(one, now) for one in uses)

    def _marked(self, use: Use, now: float) -> Use:
        if use.name in self.names and _holds(use):
            return replace(use, microphone=False, microphone_held=False, call_window=False, always_listens=True)
        began = self._since.get(use.name)
        return replace(use, idle=True) if began is not None and now - began >= IDLE_SECONDS else use

    def _forget(self, holding: Mapping[str, Use], alive: frozenset[str], now: float) -> None:
        for name in self.names:
            if name in holding or name not in alive:
                self._without.pop(name, None)
            elif now - self._without.setdefault(name, now) >= LET_GO_SECONDS:
                self.names -= {name}
                del self._without[name]

    def _keep(self) -> None:
        if self.folder is None:
            return
        with suppress(OSError):  # a folder that refuses costs only the memory of it
            fresh = self.folder / f"{FILE}.new"
            fresh.write_text(json.dumps({"programs": sorted(self.names)}))
            fresh.replace(self.folder / FILE)


def _holds(use: Use) -> bool:
    return use.microphone or use.microphone_held or use.call_window
