"""Swaps of duty: one asks, the other agrees, and from then on the other is told in the first one's place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from alerting.engine.commands import Refused
from alerting.engine.transaction import Transaction
from alerting.engine.workflow import TaskCommand
from alerting.plan.duty import on_duty
from alerting.plan.organisation import Roster
from alerting.plan.swaps import SWAPS, Swap, duty_day, read_swaps, swapped
from alerting.workflows.scheduled.reminder import remind, wall

KEPT_DAYS = 62
"""Days for which a swap that is over is kept: the audit looks back that far at the most."""
AHEAD_DAYS = 62
"""Days ahead that may be swapped: later ones are a matter for the roster itself."""


class DutySwaps:
    name = "duty_swaps"

    def __init__(self) -> None:
        self.commands: Mapping[str, TaskCommand] = {"duty_ask": _ask, "duty_agree": _agree, "duty_withdraw": _withdraw}

    def perform(self, transaction: Transaction) -> float:
        return float("inf")


def _ask(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    name, day, taker = (str(arguments.get(key) or "") for key in ("roster", "day", "taker"))
    data, today = transaction.plan.data, wall(transaction.plan, transaction.now)
    roster, known = data.rosters.get(name), _known(transaction)
    try:
        date = dt.date.fromisoformat(day)
    except ValueError:
        raise Refused("missing", field="day") from None
    if roster is None or not 0 <= (date - today.date()).days <= AHEAD_DAYS:
        raise Refused("duty_not_there", given=day)
    if by not in turn(name, roster, date, known):
        raise Refused("duty_not_yours", given=day)
    if taker not in data.contacts or data.contacts[taker].left or taker == by:
        raise Refused("duty_nobody_asked", given=taker)
    if taker in turn(name, roster, date, known):
        raise Refused("duty_both", given=day, people=(taker,))
    if any((one.roster, one.day, one.giver, one.agreed) == (name, day, by, "") for one in known):
        raise Refused("duty_asked_before", given=day)
    number = int(transaction.recall("duty_swaps.made") or 0) + 1
    transaction.remember("duty_swaps.made", str(number))
    made = Swap(key=str(number), roster=name, day=day, giver=by, taker=taker, asked_at=transaction.now)
    _keep(transaction, (*known, made))
    transaction.event("duty_asked", by=by, data={"roster": name, "day": day, "to": [taker]})
    remind(transaction, f"swap.{number}.asked", (taker,), "swap_asked", {"name": _name(transaction, by), "day": day})
    return {"key": made.key}


def _agree(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    found = _find(transaction, arguments)
    if by != found.taker:
        raise Refused("duty_not_asked", given=found.day, people=(found.taker,))
    if found.agreed:
        raise Refused("duty_agreed_before", given=found.day)
    here, roster = wall(transaction.plan, transaction.now), transaction.plan.data.rosters.get(found.roster)
    others = tuple(one for one in _known(transaction) if one.key != found.key)
    if roster is None or found.day < duty_day(here, roster.handover):
        raise Refused("duty_not_there", given=found.day)
    if found.giver not in turn(found.roster, roster, dt.date.fromisoformat(found.day), others):
        raise Refused("duty_changed", given=found.day)
    _keep(transaction, (*others, msgspec.structs.replace(found, agreed=here.isoformat(timespec="seconds"))))
    transaction.event("duty_swapped", by=by, data={"roster": found.roster, "day": found.day, "to": [by]})
    values = {"name": _name(transaction, by), "day": found.day}
    remind(transaction, f"swap.{found.key}.agreed", (found.giver,), "swap_agreed", values)
    return {"key": found.key}


def _withdraw(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Take a swap back: either of the two may, as long as it is not agreed."""
    found = _find(transaction, arguments)
    if by not in (found.giver, found.taker):
        raise Refused("duty_not_asked", given=found.day, people=(found.giver, found.taker))
    if found.agreed:
        raise Refused("duty_agreed_before", given=found.day)
    _keep(transaction, tuple(one for one in _known(transaction) if one.key != found.key))
    transaction.event("duty_withdrawn", by=by, data={"roster": found.roster, "day": found.day})
    other = found.taker if by == found.giver else found.giver
    values = {"name": _name(transaction, by), "day": found.day}
    remind(transaction, f"swap.{found.key}.withdrawn", (other,), "swap_withdrawn", values)
    return {"key": found.key}


def turn(name: str, roster: Roster, day: dt.date, swaps: tuple[Swap, ...]) -> tuple[str, ...]:
    """Who is on duty in the turn that begins that day, as it stands at its end."""
    start = dt.datetime.combine(day, dt.time.fromisoformat(roster.handover))
    last = start + dt.timedelta(hours=23, minutes=59)
    return swapped(on_duty(roster, start), name, last, roster.handover, swaps)


def _find(transaction: Transaction, arguments: Mapping[str, Any]) -> Swap:
    wanted = str(arguments.get("key") or "")
    found = next((one for one in _known(transaction) if one.key == wanted), None)
    if found is None:
        raise Refused("duty_gone")
    return found


def _known(transaction: Transaction) -> tuple[Swap, ...]:
    return read_swaps(transaction.recall(SWAPS) or "")


def _keep(transaction: Transaction, swaps: tuple[Swap, ...]) -> None:
    first = (wall(transaction.plan, transaction.now).date() - dt.timedelta(days=KEPT_DAYS)).isoformat()
    kept = [one for one in swaps if one.day >= first]
    transaction.remember(SWAPS, msgspec.json.encode(kept).decode())


def _name(transaction: Transaction, contact: str) -> str:
    found = transaction.plan.data.contacts.get(contact)
    return found.name if found is not None else contact
