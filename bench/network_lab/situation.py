"""What a situation of the lab is: how it is set, and the right answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.network_lab.world import World

Setting = Callable[[World], Iterator[None] | None]
"""Makes the situation. Where it yields, the daemon starts and looks: what comes afterwards happens under its eyes."""
INTERVAL, FULL, MEDIA = 20.0, 75.0, 60.0
"""Seconds within which a fault must be told: seen at the 15 s interval, only by a full look, on the media path."""
PATIENT = 50.0
"""The same for what has a patience of half a minute by design, so that a cable put aside for a moment calls nobody."""


@dataclass(frozen=True)
class Situation:
    """faults: what must be told. may: what may be told besides. within: seconds from the setting to the last fault."""

    setting: Setting
    healthy: bool
    faults: frozenset[str]
    may: frozenset[str]
    within: float

    @property
    def name(self) -> str:
        return self.setting.__name__.replace("_", " ").strip()

    @property
    def from_the_start(self) -> bool:
        """It is so before the daemon starts."""
        return not inspect.isgeneratorfunction(self.setting)


SITUATIONS: list[Situation] = []


def healthy(*notices: str, may: tuple[str, ...] = (), within: float = FULL) -> Callable[[Setting], Setting]:
    """A network in which meetings work. notices: what must be told all the same, as a notice."""

    def keep(setting: Setting) -> Setting:
        SITUATIONS.append(Situation(setting, True, frozenset(notices), frozenset(may), within))
        return setting

    return keep


def broken(*faults: str, may: tuple[str, ...] = (), within: float = INTERVAL) -> Callable[[Setting], Setting]:
    """A network in which something is wrong, and what."""

    def keep(setting: Setting) -> Setting:
        SITUATIONS.append(Situation(setting, False, frozenset(faults), frozenset(may), within))
        return setting

    return keep
