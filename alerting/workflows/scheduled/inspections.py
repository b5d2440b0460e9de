"""Regular checks (定期检查): reminded on their day, recorded by a person, reminded again when overdue."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

from alerting.engine.commands import Refused
from alerting.engine.transaction import Transaction
from alerting.engine.workflow import TaskCommand
from alerting.model.reason import said
from alerting.plan.contract import ResponsePlan
from alerting.plan.recurring_dates import RecurringDate, WorkingDays
from alerting.plan.working_days import is_working_day
from alerting.workflows.scheduled.reminder import day_open, next_morning, remind, unix, wall

Recall = Callable[[str], str | None]
"""A small fact that was remembered, by its name."""

EARLY = dt.timedelta(days=7)
"""A check made this long before its day counts for that day, if it is not nearer to the one before."""
SEARCH = 31
"""Days within which a working day is looked for: no country has a month without."""


class Inspections:
    name = "inspections"

    def __init__(self) -> None:
        self.commands: Mapping[str, TaskCommand] = {"inspection_done": _done, "inspections": _list}

    def perform(self, transaction: Transaction) -> float:
        plan = transaction.plan
        at = next_morning(plan, transaction.now)
        if not day_open(plan, transaction.now):
            return at
        here = wall(plan, transaction.now)
        for name, schedule in plan.data.inspections.items():
            day = latest(schedule, plan.data.working_days, here)
            following = upcoming(schedule, plan.data.working_days, here)
            at = min(at, unix(plan, following)) if following is not None else at
            if day is None or _is_done(transaction.plan, transaction.recall, name, schedule, day):
                continue
            late = day + dt.timedelta(days=schedule.overdue_days)
            values = {"inspection": schedule.name, "day": f"{day:%Y-%m-%d}", "id": name}
            mark = f"inspection.{name}.{day:%Y-%m-%d}"
            if here >= late:
                transaction.remember(f"reminded.{mark}", f"{transaction.now:.0f}")
                remind(transaction, f"{mark}.overdue", (*schedule.who, "office"), "inspection_overdue", values)
            else:
                at = min(at, unix(plan, late))
                remind(transaction, mark, schedule.who, "inspection", values)
        return at


def occasion(schedule: RecurringDate, rules: WorkingDays, number: int) -> dt.datetime:
    """The wall time of the n-th time, moved to the next working day where the schedule wants one."""
    day = schedule.start + dt.timedelta(days=number * schedule.every_days)
    if schedule.working_days_only:
        days = (day + dt.timedelta(days=n) for n in range(SEARCH))
        day = next((one for one in days if is_working_day(one, rules)), day)
    return dt.datetime.combine(day, dt.time(int(schedule.at[:2]), int(schedule.at[3:])))


def latest(schedule: RecurringDate, rules: WorkingDays, here: dt.datetime) -> dt.datetime | None:
    """The last time that is not ahead; None before the first."""
    number = (here.date() - schedule.start).days // schedule.every_days
    found = [occasion(schedule, rules, n) for n in range(max(0, number - 1), number + 1)]
    return max((one for one in found if one <= here), default=None)


def upcoming(schedule: RecurringDate, rules: WorkingDays, here: dt.datetime) -> dt.datetime | None:
    """The next time that lies ahead."""
    number = (here.date() - schedule.start).days // schedule.every_days
    found = [occasion(schedule, rules, n) for n in range(max(0, number - 1), max(0, number) + 2)]
    return min((one for one in found if one > here), default=None)


def overdue(plan: ResponsePlan, recall: Recall, now: float) -> list[str]:
    """Ids of those whose day passed so long ago that they are reminded of as overdue, and that nobody made since."""
    here, late = wall(plan, now), []
    for name, schedule in plan.data.inspections.items():
        day = latest(schedule, plan.data.working_days, here)
        passed = day is not None and here >= day + dt.timedelta(days=schedule.overdue_days)
        if day is not None and passed and not _is_done(plan, recall, name, schedule, day):
            late.append(name)
    return late


def _is_done(plan: ResponsePlan, recall: Recall, name: str, schedule: RecurringDate, day: dt.datetime) -> bool:
    known = recall(f"inspection.{name}")
    if known is None:
        return False
    made = wall(plan, float(json.loads(known)["at"]))
    return made >= day - min(EARLY, dt.timedelta(days=schedule.every_days / 2))


def _find(plan: ResponsePlan, wanted: str) -> tuple[str, RecurringDate]:
    for name, schedule in plan.data.inspections.items():
        if wanted in (name, schedule.name):
            return name, schedule
    known = tuple(f"{name} ({one.name})" for name, one in plan.data.inspections.items())
    raise Refused("no_such_inspection", given=wanted, known=known)


def _done(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    name, schedule = _find(transaction.plan, str(arguments.get("name") or ""))
    text = str(arguments.get("text") or "").strip()
    if not text:
        raise Refused("inspection_without_record")
    transaction.remember(f"inspection.{name}", json.dumps({"at": transaction.now, "by": by}))
    transaction.event("inspection_done", by=by, why=said(text), data={"inspection": name})
    following = upcoming(schedule, transaction.plan.data.working_days, wall(transaction.plan, transaction.now))
    return {"inspection": schedule.name, "next": f"{following:%Y-%m-%d}" if following else ""}


def _list(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    rows = []
    here = wall(transaction.plan, transaction.now)
    for name, schedule in transaction.plan.data.inspections.items():
        day = latest(schedule, transaction.plan.data.working_days, here)
        following = upcoming(schedule, transaction.plan.data.working_days, here)
        known = json.loads(transaction.recall(f"inspection.{name}") or "{}")
        open_now = day is not None and not _is_done(transaction.plan, transaction.recall, name, schedule, day)
        rows.append(
            {
                "id": name,
                "name": schedule.name,
                "last": known.get("at"),
                "by": known.get("by", ""),
                "due": f"{day:%Y-%m-%d}" if open_now else "",
                "next": f"{following:%Y-%m-%d}" if following else "",
            }
        )
    return {"inspections": rows}
