"""What a situation of this lab is: how it is set, and the right answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Setting = Callable[[Any], Iterator[None] | None]
"""Makes the situation. Where it yields, it is looked at: what comes afterwards happens under the probe's eyes."""


@dataclass(frozen=True)
class ProgramSituation:
    """faults: what must be told, and nothing else. says: what the fault's cause must name."""

    setting: Setting
    faults: frozenset[str]
    says: str = ""

    @property
    def name(self) -> str:
        return self.setting.__name__.replace("_", " ").strip()

    @property
    def healthy(self) -> bool:
        return not self.faults

    @property
    def from_the_start(self) -> bool:
        return not inspect.isgeneratorfunction(self.setting)


@dataclass(frozen=True)
class MeetingSituation:
    """running: whether a meeting runs. hands_off: whether devices and programs may be touched (False), as told."""

    setting: Setting
    running: bool
    hands_off: bool | None

    @property
    def name(self) -> str:
        return self.setting.__name__.replace("_", " ").strip()

    @property
    def healthy(self) -> bool:
        """Nobody may say that a meeting runs."""
        return not self.running


PROGRAMS: list[ProgramSituation] = []
MEETINGS: list[MeetingSituation] = []


def healthy(setting: Setting) -> Setting:
    PROGRAMS.append(ProgramSituation(setting, frozenset()))
    return setting


def broken(*faults: str, says: str = "") -> Callable[[Setting], Setting]:
    def keep(setting: Setting) -> Setting:
        PROGRAMS.append(ProgramSituation(setting, frozenset(faults), says))
        return setting

    return keep


def a_meeting(setting: Setting) -> Setting:
    MEETINGS.append(MeetingSituation(setting, True, True))
    return setting


def no_meeting(setting: Setting) -> Setting:
    """Nobody is at a device either."""
    MEETINGS.append(MeetingSituation(setting, False, False))
    return setting


def occupied(setting: Setting) -> Setting:
    """No meeting, but somebody uses a device: nothing is touched."""
    MEETINGS.append(MeetingSituation(setting, False, None))
    return setting
