"""Escalation as it is written in the plan (升级通知): chains of steps, and peak hours in which they go faster."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from alerting.plan.value_types import Clock, Count, Seconds


class PeakHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Meeting peak hours (会议高峰): the technical group must be on duty, and escalation is faster by the factor."""

    start: Clock
    end: Clock
    days: Literal["working", "all"] = "working"
    factor: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.5

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"peak hours end at {self.end} and begin at {self.start}: the end must be later")


class ChainStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tell these groups or contacts when nobody took the incident this long after the first was told.

    deputies: also the deputies of all told so far. action: "tell", or "backup" to start the backup plan (启用备用方案).
    """

    after: Seconds
    tell: tuple[str, ...] = ()
    name: str = ""
    deputies: bool = False
    action: Literal["tell", "backup"] = "tell"


class Chain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The way up (升级通知). repeat_every: after the last step it is told again; 0 repeats never."""

    steps: tuple[ChainStep, ...]
    repeat_every: Seconds = 900.0
    repeat_times: Count = 12
