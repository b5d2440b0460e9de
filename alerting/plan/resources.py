"""Resources (资源配置): backups, and what the material list holds; what the plan knows of a room."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from alerting.plan.value_types import Count, Days


class Backup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way to go on with the meeting (备用方案). order: lower is tried first. join: link. room: its name.
    application: the profile whose program opens the link on the room's machine, "" for whatever opens such links.

    rooms: only for these rooms' meetings; for all when empty. start: "propose" asks people to start it, "start" opens
    the application on the room's machine (or calls people to the room) without asking. test_every_days: how often
    the link is opened, or a person looks at the room.
    """

    name: str
    kind: Literal["application", "room", "offline"] = "application"
    order: Count = 1
    join: str = ""
    application: str = ""
    room: str = ""
    rooms: tuple[str, ...] = ()
    test_every_days: Days = 30
    start: Literal["propose", "start"] = "propose"

    def __post_init__(self) -> None:
        if self.kind == "application" and not self.join:
            raise ValueError("a backup application needs join, the link that participants open")
        if self.kind == "room" and not self.room:
            raise ValueError("a backup room needs room, its name")


class Material(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the material list (物资清单). covers: the catalogue's spare keys that it serves."""

    name: str
    quantity: Count = 0
    minimum: Count = 1
    place: str = ""
    covers: tuple[str, ...] = ()
    checked: dt.date | None = None
    check_every_days: Days = 90


class PlanRoom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the plan knows of one room. participants: who is told where its meeting goes on (its own IM group),
    instead of the group participants."""

    participants: tuple[str, ...] = ()
