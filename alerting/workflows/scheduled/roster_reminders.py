"""Duty rosters (值班表): confirmed by their owner each month; a gap, peak hours first, is told before it happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from alerting.engine.commands import Refused
from alerting.engine.transaction import Transaction
from alerting.engine.workflow import TaskCommand
from alerting.plan.check import roster_gaps
from alerting.plan.contract import ResponsePlan
from alerting.plan.organisation import Roster
from alerting.plan.working_days import covers
from alerting.workflows.scheduled.reminder import day_open, next_morning, remind, wall

Gap = tuple[dt.datetime, dt.datetime]

AHEAD = 7
"""Days before a gap at which it is first told: time to ask somebody who plans their week."""
NEAR = dt.timedelta(days=1)
"""Days before a gap at which it is told again, to more people."""
BEHIND = 14
"""Days back from which a gap that lasts is followed, so that it keeps the name of its start."""
SPAN = BEHIND + 5 * AHEAD
"""Days looked over in all, so that a gap that begins soon is told with its end."""
LATE = 7
"""Days after which a confirmation that did not come is told to the office too."""
YEAR_ENDS = ((12, 1), (12, 15))
"""Days of December on which a next year without holidays is told: the calendar library follows China's
announcement of early November within weeks."""


class Rosters:
    name = "rosters"

    def __init__(self) -> None:
        self.commands: Mapping[str, TaskCommand] = {"roster_confirm": _confirm}

    def perform(self, transaction: Transaction) -> float:
        plan = transaction.plan
        if day_open(plan, transaction.now):
            here = wall(plan, transaction.now)
            for name, roster in plan.data.rosters.items():
                _confirmation(transaction, name, roster, here.date())
                for gap in gaps_ahead(plan, name, here):
                    _gap(transaction, name, roster, gap, here)
            _next_year(transaction, here.date())
        return next_morning(plan, transaction.now)


def confirmed(transaction: Transaction, name: str, roster: Roster) -> dt.date | None:
    """The later of what the plan says and what the owner said by command."""
    text = transaction.recall(f"roster.{name}.confirmed")
    days = (roster.confirmed, dt.date.fromisoformat(text) if text else None)
    return max((day for day in days if day is not None), default=None)


def gaps_ahead(plan: ResponsePlan, name: str, here: dt.datetime) -> Iterator[Gap]:
    """Gaps that last or begin within the days ahead, each with the start that it has for good."""
    roster = plan.data.rosters[name]
    start = dt.datetime.combine(here.date() - dt.timedelta(days=BEHIND), dt.time())
    found = roster_gaps(plan.data, roster, start, SPAN)
    technical = plan.data.groups.get("technical")
    if roster.covers == "working_days" and technical is not None and technical.roster == name:
        peak = msgspec.structs.replace(roster, covers="peak")
        found += [gap for gap in roster_gaps(plan.data, peak, start, SPAN) if gap not in found]
    for gap in found:
        if gap[1] > here and gap[0].date() <= here.date() + dt.timedelta(days=AHEAD):
            yield gap


def _audience(plan: ResponsePlan, name: str, roster: Roster) -> tuple[str, ...]:
    """The owner, and the heads of the groups that use the roster."""
    heads = [group.members[0] for group in plan.data.groups.values() if group.roster == name and group.members]
    return tuple(one for one in dict.fromkeys((roster.owner, *heads)) if one) or ("technical",)


def _title(plan: ResponsePlan, name: str) -> str:
    """A roster is known by the group that uses it."""
    return next((group.name for group in plan.data.groups.values() if group.roster == name), name)


def _confirmation(transaction: Transaction, name: str, roster: Roster, today: dt.date) -> None:
    last = confirmed(transaction, name, roster)
    due = today if last is None else last + dt.timedelta(days=roster.confirm_every_days)
    if due > today:
        return
    occasion = f"roster.{name}.{due if last else 'first'}"
    values = {"roster": _title(transaction.plan, name), "last": last.isoformat() if last else "—", "id": name}
    if last is not None and today >= due + dt.timedelta(days=LATE):
        transaction.remember(f"reminded.{occasion}", f"{transaction.now:.0f}")
        remind(
            transaction,
            f"{occasion}.late",
            (*_audience(transaction.plan, name, roster), "office"),
            "roster_late",
            values,
        )
    else:
        owner = (
            (roster.owner,) if transaction.plan.addresses(roster.owner) else _audience(transaction.plan, name, roster)
        )
        remind(transaction, occasion, owner, "roster_confirm", values)


def _gap(transaction: Transaction, name: str, roster: Roster, gap: Gap, here: dt.datetime) -> None:
    start, end = gap
    oldest = dt.datetime.combine(here.date() - dt.timedelta(days=BEHIND), dt.time())
    # A gap without a start in sight is told once a week, one with a start once when it is seen and once when near.
    occasion = f"gap.{name}.{start:%Y-%m-%dT%H:%M}" if start > oldest else f"gap.{name}.{here:%G-W%V}"
    audience = _audience(transaction.plan, name, roster)
    values = {
        "roster": _title(transaction.plan, name),
        "start": f"{max(start, here):%m-%d %H:%M}",
        "end": f"{end:%m-%d %H:%M}",
        "id": name,
    }
    near = start.date() <= (here + NEAR).date()
    if near:
        transaction.remember(f"reminded.{occasion}", f"{transaction.now:.0f}")
        occasion, audience = f"{occasion}.near", (*audience, "technical", "office")
    remind(transaction, occasion, audience, "roster_gap", values)


def _next_year(transaction: Transaction, today: dt.date) -> None:
    rules = transaction.plan.data.working_days
    year = today.year + 1
    listed = any(day.year == year for day in (*rules.days_off, *rules.days_on))
    for number, (month, day) in enumerate(YEAR_ENDS):
        if today >= dt.date(today.year, month, day) and not listed and not covers(rules.calendar, year):
            last = number == len(YEAR_ENDS) - 1 or today < dt.date(today.year, *YEAR_ENDS[number + 1])
            if last:
                remind(
                    transaction,
                    f"calendar.{year}.{number}",
                    ("office", "technical"),
                    "year_not_covered",
                    {"year": year},
                )


def _confirm(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The owner has read the roster and it holds. Somebody else may say so, and is named."""
    name = str(arguments.get("name") or "")
    rosters = transaction.plan.data.rosters
    if not name and len(rosters) == 1:
        name = next(iter(rosters))
    if name not in rosters:
        raise Refused("no_such_roster", given=name, known=tuple(rosters))
    today = wall(transaction.plan, transaction.now).date()
    transaction.remember(f"roster.{name}.confirmed", today.isoformat())
    transaction.event("roster_confirmed", by=by, data={"roster": name, "owner": rosters[name].owner})
    due = today + dt.timedelta(days=rosters[name].confirm_every_days)
    return {"roster": name, "next": due.isoformat()}
