"""Starts drills on order and by the plan's calendar, ends them, and files their scores. Does not disturb a meeting.

The monitor injects the fault and detects it like a real one; from there the plan's own chain runs.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from alerting.engine.commands import IncidentCommand, Refused
from alerting.engine.transaction import MACHINE, Transaction
from alerting.engine.workflow import TaskCommand
from alerting.model.catalogue import KINDS
from alerting.model.incident import Incident, Phase
from alerting.model.reason import Reason, because
from alerting.plan.recurring_dates import RecurringDate
from alerting.workflows.drill.drill_under_way import LIMIT, RUNNING, DrillOrder, Inject, Withdraw
from alerting.workflows.drill.score import filed
from alerting.workflows.scheduled.inspections import latest, upcoming
from alerting.workflows.scheduled.reminder import next_morning, remind, unix, wall

replace = msgspec.structs.replace

BEFORE_A_MEETING = 3600.0
"""Seconds before a meeting in which no drill begins: it lasts about as long, and people get the room ready."""
TRY_AGAIN = 900.0
"""Seconds until a scheduled drill that a meeting holds up is tried again."""
STILL_THAT_DAY = 8 * 3600.0
"""Seconds after its time for which a scheduled drill is still tried; then it waits for the next time."""


class Held(Refused):
    """A drill that may not begin now."""


class Drills:
    """A scheduled task that starts drills and a workflow that sees them through, in all watched rooms.

    ``rooms``: the ids of those that are watched now. ``inject``, ``withdraw``: the part of the room's monitor."""

    name = "drills"
    incident_commands: Mapping[str, IncidentCommand] = {}

    def __init__(self, rooms: Callable[[], Sequence[str]], inject: Inject, withdraw: Withdraw) -> None:
        self._rooms, self._inject, self._withdraw = rooms, inject, withdraw
        self._known = False
        self.commands: Mapping[str, TaskCommand] = {
            "drill": self._start,
            "drill_stop": self._stop,
            "drills": self._list,
        }

    # By the calendar

    def perform(self, transaction: Transaction) -> float:
        orders = _running(transaction)
        if not self._known:
            self._known = True
            for order in orders:  # a restart in mid-drill: the monitor must see the fault again
                transaction.afterwards(lambda order=order: self._inject(order), _nothing)  # type: ignore[misc]
        at = math.inf
        for order in orders:
            if order.ending:
                continue
            if transaction.now >= order.until:
                self._end(order, because("drill_time_over"), transaction)
            else:
                at = min(at, order.until)
        return min(at, self._scheduled(transaction))

    def _scheduled(self, transaction: Transaction) -> float:
        plan, at = transaction.plan, math.inf
        here = wall(plan, transaction.now)
        for name, schedule in plan.data.drills.items():
            if not schedule.fault:
                continue
            following = upcoming(schedule, plan.data.working_days, here)
            if following is not None:
                at = min(at, unix(plan, following), self._announce(name, schedule, following, transaction))
            day = latest(schedule, plan.data.working_days, here)
            if day is not None:
                for room in (schedule.room,) if schedule.room else self._rooms():
                    at = min(at, self._due(name, schedule, room, day, transaction))
        return at

    def _due(self, name: str, schedule: RecurringDate, room: str, day: dt.datetime, transaction: Transaction) -> float:
        """Begin it in one room, or write down that it could not begin on its day; when to try again."""
        date, due = f"{day:%Y-%m-%d}", unix(transaction.plan, day)
        if self._recall(transaction, "on", name, room) == date:
            return math.inf
        if transaction.now > due + STILL_THAT_DAY:
            transaction.remember(f"drill_on.{room}/{name}", date)
            held_on, _, kept = (self._recall(transaction, "held", name, room) or "").partition(" ")
            why = msgspec.json.decode(kept, type=Reason) if held_on == date else because("drill_unwatched")
            data = {"drill": name, "fault": schedule.fault, "room": room, "due": due}
            transaction.event("drill_skipped", why=why, data=data)
            return math.inf
        try:
            self._check(transaction, schedule.fault, room, in_meeting=False)
        except Held as refused:
            said = f"{date} {msgspec.json.encode(refused.reason).decode()}"
            if transaction.recall(f"drill_held.{room}/{name}") != said:
                transaction.remember(f"drill_held.{room}/{name}", said)
            return transaction.now + TRY_AGAIN
        transaction.remember(f"drill_on.{room}/{name}", date)
        self._begin(transaction, schedule.fault, room, schedule.target, MACHINE, name)
        return math.inf

    def _announce(self, name: str, schedule: RecurringDate, day: dt.datetime, transaction: Transaction) -> float:
        """Announced drills are told in the morning of their day; when to look again."""
        if not schedule.announced:
            return math.inf
        morning = unix(transaction.plan, dt.datetime.combine(day.date(), dt.time(8, 30)))
        if transaction.now < morning:
            return max(morning, next_morning(transaction.plan, transaction.now))
        values = {"drill": schedule.name, "time": f"{day:%H:%M}", "fault": schedule.fault}
        remind(transaction, f"drill.{name}.{day:%Y-%m-%d}", schedule.who, "drill_announced", values)
        return math.inf

    def _recall(self, transaction: Transaction, what: str, name: str, room: str) -> str | None:
        """What is remembered of a schedule in a room. An older journal knows one room alone, and names it nowhere."""
        kept = transaction.recall(f"drill_{what}.{room}/{name}")
        if kept is None and len(self._rooms()) == 1:
            kept = transaction.recall(f"drill.{name}.held" if what == "held" else f"drill.{name}")
        return kept

    # By people

    def _start(self, transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        fault, room = str(arguments.get("fault") or ""), str(arguments.get("room") or "")
        if not room and len(self._rooms()) != 1:
            raise Refused("which_room", known=tuple(self._rooms()))
        room = room or self._rooms()[0]
        limit = arguments.get("limit") or LIMIT
        if not isinstance(limit, (int, float)) or not 60 <= limit <= 8 * 3600:
            raise Refused("drill_limit")
        in_meeting = bool(arguments.get("in_meeting"))
        try:
            self._check(transaction, fault, room, in_meeting=in_meeting)
        except Held as held:
            raise Refused("drill_not_now", detail=held.reason) from None
        target = str(arguments.get("target") or "")
        order = self._begin(transaction, fault, room, target, by, "", limit=float(limit), in_meeting=in_meeting)
        return {"drill": order.id, "fault": fault, "room": room, "until": order.until}

    def _stop(self, transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        wanted = str(arguments.get("drill") or "")
        running = [one for one in _running(transaction) if not one.ending]
        found = [one for one in running if wanted in ("", one.id, str(one.incident))]
        if not running:
            raise Refused("no_drill_runs")
        if not found:
            raise Refused("no_such_drill", given=wanted, known=tuple(one.id for one in running))
        if not wanted and len({one.room for one in found}) > 1:
            raise Refused("several_drills", known=tuple(f"{one.id} ({one.room})" for one in found))
        for order in found:
            self._end(order, because("drill_ended", people=(by,)), transaction)
        return {"drill": ", ".join(one.id for one in found)}

    def _list(self, transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {"drills": [msgspec.to_builtins(order) for order in _running(transaction)]}

    def _check(self, transaction: Transaction, fault: str, room: str, *, in_meeting: bool) -> None:
        """Raises Held where the drill may not begin now."""
        kind = KINDS.get(fault)
        if kind is None or not kind.check:
            raise Held("drill_unable", fault=fault)
        if room not in self._rooms():
            raise Held("drill_elsewhere", room=room)
        if any(one.room == room for one in _running(transaction)):
            raise Held("drill_runs")
        # One room alone may have had another id when somebody reported a fault in it. Of several, nobody can say whose
        # an unknown id was: it may be that of a room without a monitor.
        asked = room if len(self._rooms()) > 1 else None
        real = [one for one in transaction.shared.incidents.live(asked) if not one.drill]
        if any(one.room == room for one in real):
            raise Held("drill_fault_open")
        if real:
            raise Held("drill_incident_elsewhere", number=real[0].id, room=real[0].room)
        meeting = transaction.meeting(room)
        if in_meeting:
            return
        if meeting.running or meeting.occupied:
            raise Held("drill_room_in_use")
        if meeting.starts_in is not None and meeting.starts_in <= BEFORE_A_MEETING:
            raise Held("drill_meeting_near")

    def _begin(
        self,
        transaction: Transaction,
        fault: str,
        room: str,
        target: str,
        by: str,
        schedule: str,
        *,
        limit: float = LIMIT,
        in_meeting: bool = False,
    ) -> DrillOrder:
        stamp = f"{wall(transaction.plan, transaction.now):%Y%m%d-%H%M%S}"
        order = DrillOrder(
            id=f"{stamp}-{room}" if any(one.id == stamp for one in _running(transaction)) else stamp,
            fault=fault,
            room=room,
            target=target,
            by=by,
            at=transaction.now,
            until=transaction.now + limit,
            schedule=schedule,
            in_meeting=in_meeting,
        )
        _keep(transaction, order)
        transaction.event("drill_started", by=by, data=msgspec.to_builtins(order))
        transaction.afterwards(lambda: self._inject(order), lambda result, later: self._injected(order, result, later))
        return order

    def _injected(self, order: DrillOrder, result: Any, transaction: Transaction) -> None:
        why = result if isinstance(result, Reason) else because("broke", detail=str(result))
        if not why:
            return
        _forget(transaction, order)
        transaction.event("drill_failed", why=why, data={"drill": order.id, "fault": order.fault, "room": order.room})

    def _end(self, order: DrillOrder, why: Reason, transaction: Transaction) -> None:
        ended = replace(order, ending=why)
        transaction.event("drill_ending", incident=order.incident, why=why, data={"drill": order.id})
        transaction.afterwards(lambda: self._withdraw(ended), _nothing)
        if order.incident:
            _keep(transaction, ended)
        else:  # it was never detected: nobody was told, and that is its score
            _forget(transaction, order)
            transaction.event("drill_undetected", why=why, data=msgspec.to_builtins(ended))

    # As a workflow

    def consider(self, incident: Incident, transaction: Transaction) -> float:
        if not incident.drill:
            return math.inf
        order = next((one for one in _running(transaction) if _belongs(one, incident)), None)
        if order is None:
            return math.inf
        if not order.incident:
            order = replace(order, incident=incident.id)
            _keep(transaction, order)
        if incident.phase in (Phase.RESOLVED, Phase.CLOSED):
            if not order.ending:  # aborted: the monitor still sees it
                transaction.afterwards(lambda order=order: self._withdraw(order), _nothing)  # type: ignore[misc]
            _forget(transaction, order)
            transaction.event("drill_scored", incident=incident.id, data={"drill": order.id, **filed(order, incident)})
            return math.inf
        why = _finished(order, incident, transaction)
        if why and not order.ending:
            self._end(order, why, transaction)
        return math.inf


def _belongs(order: DrillOrder, incident: Incident) -> bool:
    if order.incident:
        return order.incident == incident.id
    return incident.room == order.room and incident.code == order.fault and incident.opened_at >= order.at


def _finished(order: DrillOrder, incident: Incident, transaction: Transaction) -> Reason:
    """Why the drill is through, none while it goes on."""
    if incident.done:
        return because("drill_done")
    if incident.phase is Phase.MITIGATED:
        return because("drill_backup")
    if incident.unanswered_at is not None:
        return because("drill_unanswered")
    if transaction.meeting(incident.room).running and not order.in_meeting:
        return because("drill_meeting")
    return Reason()


def _running(transaction: Transaction) -> list[DrillOrder]:
    kept = (value for name, value in transaction.shared.memory.items() if name.startswith(RUNNING) and value)
    return [msgspec.json.decode(value, type=DrillOrder) for value in kept]


def _keep(transaction: Transaction, order: DrillOrder) -> None:
    transaction.remember(RUNNING + order.id, msgspec.json.encode(order).decode())


def _forget(transaction: Transaction, order: DrillOrder) -> None:
    transaction.remember(RUNNING + order.id, "")


def _nothing(result: Any, transaction: Transaction) -> None:
    """For work after a commit whose result changes nothing."""
