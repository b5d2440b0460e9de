"""The store (物资清单): spares go out and come back, checks are recorded, what is short or overdue is reminded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from alerting.engine.commands import Refused, spoken
from alerting.engine.transaction import Transaction
from alerting.engine.workflow import TaskCommand
from alerting.model.stock import Stock, TakenPiece, name_of, stock_of
from alerting.plan.resources import Material
from alerting.workflows.scheduled.reminder import day_open, next_morning, remind, wall

OUT_TOO_LONG = 7 * 86400.0
"""Seconds after which a piece that is still out is asked for: a repair by the maker is agreed upon within a week."""
replace = msgspec.structs.replace


class Stores:
    name = "stores"

    def __init__(self) -> None:
        self.commands: Mapping[str, TaskCommand] = {
            "spare_take": _take,
            "spare_return": _return,
            "spare_checked": _checked,
            "spares": _list,
        }

    def perform(self, transaction: Transaction) -> float:
        plan = transaction.plan
        if not plan.data.materials or not day_open(plan, transaction.now):
            return next_morning(plan, transaction.now)
        today = wall(plan, transaction.now).date()
        for name, material in plan.data.materials.items():
            stock = stock_of(transaction.recall, name, material.quantity)
            values = {"material": material.name, "place": material.place or "—", "here": stock.here, "id": name}
            if stock.here < material.minimum:
                occasion = f"short.{name}.{stock.here}.{stock.changed_at:.0f}"
                remind(transaction, occasion, ("logistics",), "short", {**values, "minimum": material.minimum})
            due = _check_due(material, stock)
            if due is None or due <= today:
                when = due.isoformat() if due else "never"
                last = (due - dt.timedelta(days=material.check_every_days)).isoformat() if due else "—"
                remind(transaction, f"check.{name}.{when}", ("logistics",), "material_check", {**values, "last": last})
            for piece in stock.out:
                if piece.at + OUT_TOO_LONG <= transaction.now:
                    since = wall(plan, piece.at).date().isoformat()
                    told = {**values, "by": _person(transaction, piece.by), "since": since}
                    remind(transaction, f"out.{name}.{piece.at:.0f}", (piece.by, "logistics"), "spare_out", told)
        return next_morning(plan, transaction.now)


def last_check(material: Material, stock: Stock) -> dt.date | None:
    """The later of what the plan says and what was recorded by command."""
    recorded = dt.date.fromisoformat(stock.checked) if stock.checked else None
    return max((day for day in (material.checked, recorded) if day is not None), default=None)


def _check_due(material: Material, stock: Stock) -> dt.date | None:
    last = last_check(material, stock)
    return None if last is None else last + dt.timedelta(days=material.check_every_days)


def _person(transaction: Transaction, by: str) -> str:
    contact = transaction.plan.data.contacts.get(by)
    return contact.name if contact is not None else by


def _find(transaction: Transaction, arguments: Mapping[str, Any]) -> tuple[str, Material]:
    """The material by its id or its name."""
    wanted = str(arguments.get("name") or "")
    for name, material in transaction.plan.data.materials.items():
        if wanted in (name, material.name):
            return name, material
    known = tuple(f"{name} ({one.name})" for name, one in transaction.plan.data.materials.items())
    raise Refused("no_such_material", given=wanted, known=known)


def _incident(transaction: Transaction, arguments: Mapping[str, Any]) -> int:
    number = arguments.get("incident") or 0
    if not isinstance(number, int) or (number and transaction.incident(number) is None):
        raise Refused("no_open_incident", number=number, known=_open(transaction))
    return number


def _open(transaction: Transaction) -> tuple[str, ...]:
    return tuple(str(one.id) for one in transaction.shared.incidents.live())


def _take(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A piece leaves the store. An incident whose logistics were asked for it knows that it is on its way."""
    name, material = _find(transaction, arguments)
    number = _incident(transaction, arguments)
    stock = stock_of(transaction.recall, name, material.quantity)
    if stock.here == 0:
        out = tuple(f"{_person(transaction, one.by)} ({wall(transaction.plan, one.at):%m-%d})" for one in stock.out)
        raise Refused("none_left", entry=material.name, place=material.place or "—", known=out)
    taken = TakenPiece(by=by, at=transaction.now, incident=number)
    left = replace(stock, here=stock.here - 1, out=(*stock.out, taken), changed_at=transaction.now)
    _keep(transaction, name, left)
    transaction.event("spare_taken", incident=number, by=by, data={"material": name, "left": left.here})
    incident = transaction.incident(number)
    if incident is not None:
        mine = next((n for n, one in enumerate(incident.spares) if one.material == name and not one.taken_by), None)
        if mine is not None:
            known = replace(incident.spares[mine], taken_by=by)
            spares = (*incident.spares[:mine], known, *incident.spares[mine + 1 :])
            transaction.record(replace(incident, spares=spares), "spare_on_its_way", by=by, data={"material": name})
    return {"material": material.name, "place": material.place, "left": left.here}


def _return(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A piece is back: the one that this person took, else the one that has been out longest."""
    name, material = _find(transaction, arguments)
    stock = stock_of(transaction.recall, name, material.quantity)
    if not stock.out:
        raise Refused("none_out", entry=material.name)
    back = next((one for one in stock.out if one.by == by), stock.out[0])
    out = tuple(one for one in stock.out if one is not back)
    fuller = replace(stock, here=stock.here + 1, out=out, changed_at=transaction.now)
    _keep(transaction, name, fuller)
    transaction.event("spare_returned", by=by, data={"material": name, "left": fuller.here, "taken_by": back.by})
    return {"material": material.name, "place": material.place, "left": fuller.here}


def _checked(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    name, material = _find(transaction, arguments)
    stock = stock_of(transaction.recall, name, material.quantity)
    today = wall(transaction.plan, transaction.now).date()
    _keep(transaction, name, replace(stock, checked=today.isoformat()))
    transaction.event("material_checked", by=by, why=spoken(arguments), data={"material": name})
    return {"material": material.name, "next": (today + dt.timedelta(days=material.check_every_days)).isoformat()}


def _list(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    rows, today = [], wall(transaction.plan, transaction.now).date()
    for name, material in transaction.plan.data.materials.items():
        stock = stock_of(transaction.recall, name, material.quantity)
        checked, due = last_check(material, stock), _check_due(material, stock)
        out = [{"by": _person(transaction, one.by), "at": one.at, "incident": one.incident} for one in stock.out]
        rows.append(
            {
                "id": name,
                "name": material.name,
                "place": material.place,
                "here": stock.here,
                "minimum": material.minimum,
                "checked": checked.isoformat() if checked else "",
                "next": due.isoformat() if due else "",
                "due": due is None or due <= today,
                "out": out,
            }
        )
    return {"spares": rows}


def _keep(transaction: Transaction, name: str, stock: Stock) -> None:
    transaction.remember(name_of(name), msgspec.json.encode(stock).decode())
