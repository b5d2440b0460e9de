"""Programs that hold microphone or camera for ever: a voice assistant, a meter, one that counts people, a client.

Learned from looks and kept over restarts, so that no such program keeps the room occupied for ever. Only what it always
holds is excused, and a window that looks like a call's: call helpers and a call's packets count as ever.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from monitor.meeting.is_meeting_running import Use

FILE = "always-listening.json"

IDLE_SECONDS = 600.0
"""A client that holds the microphone so long without one packet of a call is in none. People wait for shorter in a
lobby, and a lobby exchanges packets."""

ALWAYS_SECONDS = 4 * 3600.0
"""No lecture is recorded for so long without a break."""

LET_GO_SECONDS = 600.0
"""What runs for so long without the device does not always hold it. One that starts again takes seconds."""


@dataclass(slots=True)
class Holding:
    """Who holds one kind of device for ever. names: those learned."""

    names: frozenset[str] = frozenset()
    since: dict[str, float] = field(default_factory=dict)
    _without: dict[str, float] = field(default_factory=dict)

    def take(self, holding: Mapping[str, Use], alive: frozenset[str], now: float, *, counted: bool) -> None:
        for name, one in holding.items():
            quiet = not (one.helpers or one.sockets or one.streams or one.sockets_of_user or one.says)
            if not quiet or (one.sort != "other" and not counted):
                self.since.pop(name, None)
                continue
            began = self.since.setdefault(name, now)
            if now - began >= ALWAYS_SECONDS or (one.service and one.sort == "other"):
                self.names |= {name}
        for name in [name for name in self.since if name not in holding]:
            del self.since[name]
        self._forget(holding, alive, now)

    def _forget(self, holding: Mapping[str, Use], alive: frozenset[str], now: float) -> None:
        for name in self.names:
            if name in holding or name not in alive:
                self._without.pop(name, None)
            elif now - self._without.setdefault(name, now) >= LET_GO_SECONDS:
                self.names -= {name}
                del self._without[name]


@dataclass(slots=True)
class Listeners:
    """``take`` gets each whole look's uses."""

    folder: Path | None = None
    microphone: Holding = field(default_factory=Holding)
    camera: Holding = field(default_factory=Holding)

    @classmethod
    def restored(cls, folder: Path | None) -> Listeners:
        """A missing or broken file knows none."""
        listeners = cls(folder)
        if folder is not None:
            with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
                kept = json.loads((folder / FILE).read_text())
                listeners.microphone.names = frozenset(str(one) for one in kept["programs"])
                listeners.camera.names = frozenset(str(one) for one in kept["cameras"])
        return listeners

    def take(self, uses: Iterable[Use], alive: frozenset[str], now: float, *, counted: bool) -> tuple[Use, ...]:
        """The uses with what is known of them. counted: a call's packets were counted for each program by itself."""
        uses = tuple(uses)
        before = self._known()
        self.microphone.take({one.name: one for one in uses if _listens(one)}, alive, now, counted=counted)
        self.camera.take({one.name: one for one in uses if one.camera}, alive, now, counted=counted)
        if self._known() != before:
            self._keep()
        return tuple(self._marked(one, now) for one in uses)

    def _known(self) -> dict[str, list[str]]:
        return {"programs": sorted(self.microphone.names), "cameras": sorted(self.camera.names)}

    def _marked(self, use: Use, now: float) -> Use:
        marked = use
        if use.name in self.microphone.names and _listens(use):
            marked = replace(marked, microphone=False, microphone_held=False, call_window=False, always_listens=True)
        elif (began := self.microphone.since.get(use.name)) is not None and now - began >= IDLE_SECONDS:
            marked = replace(marked, idle=True)
        if use.name in self.camera.names and use.camera:
            marked = replace(marked, camera=False, always_listens=True)
        return marked

    def _keep(self) -> None:
        if self.folder is None:
            return
        with suppress(OSError):  # a folder that refuses costs only the memory of it
            fresh = self.folder / f"{FILE}.new"
            fresh.write_text(json.dumps(self._known()))
            fresh.replace(self.folder / FILE)


def _listens(use: Use) -> bool:
    return use.microphone or use.microphone_held or use.call_window
