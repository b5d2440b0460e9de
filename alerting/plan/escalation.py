"""How to respond (应急处置流程): severity rules, quiet and peak hours, chains."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from alerting.plan.value_types import Clock, Count, Seconds, SeverityWord


class FaultRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The severity of one fault code by meeting state, exactly; what is left out follows the general rule."""

    meeting_running: SeverityWord | None = None
    meeting_soon: SeverityWord | None = None
    no_meeting: SeverityWord | None = None
    meeting_unknown: SeverityWord | None = None


class SeverityRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most that a fault weighs by the state of the meeting; an important meeting raises it one step."""

    meeting_running: SeverityWord = "critical"
    meeting_soon: SeverityWord = "warning"
    no_meeting: SeverityWord = "notice"
    meeting_unknown: SeverityWord = "warning"
    soon: Seconds = 1800.0
    important_raises: bool = True
    faults: dict[str, FaultRule] = {}


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages up to this severity wait from start to end (over midnight where end is earlier).

    declared: they hold back also what a person reports; as shipped that goes out at once."""

    severity: SeverityWord = "notice"
    declared: bool = False
    start: Clock = "20:00"
    end: Clock = "07:30"


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


class PathLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of way out. schemes: of Apprise addresses. path: what fails together. per_minute: 0 for no limit."""

    schemes: tuple[str, ...]
    per_minute: Annotated[float, msgspec.Meta(ge=0, le=6000)] = 0.0
