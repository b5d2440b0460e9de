"""How a drill went: times to detect, to take and to finish, against the plan's targets, and each group's part. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from alerting.journal.rows import Event, Notification
from alerting.model.incident import Incident
from alerting.model.reason import Reason
from alerting.plan.contract import ResponsePlan
from alerting.plan.report_rules import Targets
from alerting.workflows.drill.drill_under_way import DrillOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """One measured time in seconds from the injection; None where it never came. target: what the plan wants."""

    name: str
    seconds: float | None
    target: float

    @property
    def met(self) -> bool:
        return self.seconds is not None and self.seconds <= self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """One group's part: when it was told and reached first, when somebody of it took the incident; seconds."""

    group: str
    told: float | None
    reached: float | None
    took: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSheet:
    """aborted: a real fault arrived. why: how it ended."""

    times: tuple[ScoreLine, ...]
    groups: tuple[GroupLine, ...]
    aborted: bool
    why: Reason

    @property
    def passed(self) -> bool:
        return not self.aborted and all(line.met for line in self.times)


def score(
    incident: Incident, events: Sequence[Event], rows: Sequence[Notification], targets: Targets, plan: ResponsePlan
) -> ScoreSheet:
    """The sheet of one drill's incident."""
    began = min(fault.since for fault in incident.faults)
    taken = next((event for event in events if event.verb == "taken"), None)
    finish = next((e for e in events if e.verb in ("done", "mitigated")), None)
    resolved = next((event for event in events if event.verb == "resolved"), None)
    aborted = resolved is not None and resolved.why.code == "drill_aborted"
    ending = next((event for event in events if event.verb == "drill_ending"), None)
    times = (
        ScoreLine(name="detect", seconds=incident.opened_at - began, target=targets.detect),
        ScoreLine(name="acknowledge", seconds=taken.at - began if taken else None, target=targets.acknowledge),
        ScoreLine(name="finish", seconds=finish.at - began if finish else None, target=targets.restore),
    )
    why = resolved.why if aborted and resolved is not None else ending.why if ending is not None else Reason()
    return ScoreSheet(times=times, groups=tuple(_groups(events, rows, plan, began)), aborted=aborted, why=why)


def _groups(events: Sequence[Event], rows: Sequence[Notification], plan: ResponsePlan, began: float) -> list[GroupLine]:
    found = []
    for group in plan.data.groups:
        mine = [row for row in rows if row.step >= 0 and group in plan.groups(row.contact)]
        reached = [row.accepted_at for row in mine if row.accepted_at is not None]
        took = [e.at for e in events if e.verb == "taken" and group in plan.groups(e.by)]
        if mine:
            found.append(
                GroupLine(
                    group=group,
                    told=min(row.decided_at for row in mine) - began,
                    reached=min(reached) - began if reached else None,
                    took=min(took) - began if took else None,
                )
            )
    return found


def filed(order: DrillOrder, incident: Incident) -> dict[str, object]:
    """What the journal holds beside the events from which the whole sheet is made."""
    return {
        "fault": order.fault,
        "schedule": order.schedule,
        "by": order.by,
        "injected_at": order.at,
        "detected_after": incident.opened_at - order.at,
        "ending": msgspec.to_builtins(order.ending),
    }
