"""Reports and evaluations (事后报告, 评估机制): when they are due, who signs, which targets they measure against."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec

from alerting.plan.value_types import Clock, Days, Seconds


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
