"""Resources and evaluation (资源配置与评估机制): backups, material, checks, drills, reports, targets."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec

from alerting.plan.value_types import Clock, Count, Days, Seconds


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


class RecurringDate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An inspection or a drill that comes again. every_days from start, at a clock time; who: groups or contacts.

    overdue_days: an inspection without a record this long after its day is reminded again, the office included.
    fault, room, target: what a drill injects, and where. announced: those under who hear of it that morning.
    """

    name: str
    every_days: Days
    start: dt.date
    at: Clock = "10:00"
    who: tuple[str, ...] = ("technical",)
    fault: str = ""
    room: str = ""
    target: str = ""
    announced: bool = False
    working_days_only: bool = True
    overdue_days: Days = 3


class ReportRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The post-incident report (事后报告): due after the end of the incident, reminders before, who signs."""

    due: Seconds = 48 * 3600.0
    remind_before: tuple[Seconds, ...] = (24 * 3600.0, 4 * 3600.0)
    owner: str = "office"
    reviewers: tuple[str, ...] = ("technical",)
    signers: tuple[str, ...] = ("leadership",)
    escalate_to: tuple[str, ...] = ("leadership",)
    send_to: tuple[str, ...] = ("management",)
    circulate_to: tuple[str, ...] = ("leadership", "office", "technical", "logistics")
    severity_from: Literal["notice", "warning", "critical"] = "warning"

    def __post_init__(self) -> None:
        late = [f"{one:g}" for one in self.remind_before if one >= self.due]
        if late:
            raise ValueError(
                f"a reminder {late[0]} s before the deadline lies before its clock of {self.due:g} s starts"
            )


class PlanRoom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the plan knows of one room. participants: who is told where its meeting goes on (its own IM group),
    instead of the group participants."""

    participants: tuple[str, ...] = ()


class Evaluation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The periodic evaluation (定期评估) over all incidents and drills. every_days: 0 for never. days: how far it looks
    back. to: groups or contacts who receive it."""

    every_days: Annotated[int, msgspec.Meta(ge=0, le=3660)] = 0
    start: dt.date | None = None
    at: Clock = "09:00"
    days: Days = 90
    to: tuple[str, ...] = ("leadership", "office")

    def __post_init__(self) -> None:
        if self.every_days and self.start is None:
            raise ValueError("a periodic evaluation needs the day of its first time: write start = 2026-01-05")


class Targets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times to measure against, in seconds from the start of the fault."""

    detect: Seconds = 30.0
    acknowledge: Seconds = 300.0
    mitigate: Seconds = 1200.0
    restore: Seconds = 3600.0


class WorkingDays(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Working days. calendar: country code ("CN" with its make-up days 调休), "" for Monday to Friday.

    override_file: TOML with days_off and days_on, beside the plan; the two lists here outrank the calendar too.
    """

    calendar: str = "CN"
    override_file: str = ""
    days_off: tuple[dt.date, ...] = ()
    days_on: tuple[dt.date, ...] = ()


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signature under a version of the plan (拟稿, 审核, 签发)."""

    step: Literal["draft", "review", "signed"]
    by: str
    on: dt.date
    version: str


class Revision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of the revision history (修订记录)."""

    version: str
    on: dt.date
    by: str = ""
    what: str = ""


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long people's data is kept before it is anonymised, in days."""

    contacts_days: Days = 180
    reporters_days: Days = 180
