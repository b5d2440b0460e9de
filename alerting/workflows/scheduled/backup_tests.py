"""Tests backups on schedule: the machine opens links, a person looks at rooms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from alerting.engine.commands import Refused, spoken
from alerting.engine.transaction import MACHINE, Transaction
from alerting.engine.workflow import TaskCommand
from alerting.model.fault import FaultClass
from alerting.model.reason import Reason, because
from alerting.plan.resources import Backup
from alerting.workflows.scheduled.link_check import LinkOutcome, can_check
from alerting.workflows.scheduled.reminder import day_open, next_morning, remind, wall

CheckLink = Callable[[str], Awaitable[LinkOutcome]]
DAY = 86400.0
AGAIN = 1.0
"""Days until a way that failed is tested again: a link that was renewed is trusted again the next day."""


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """The last test of one backup. failing_since: Unix seconds, 0 while it is good."""

    __test__ = False

    at: float
    ok: bool
    detail: Reason = Reason()
    by: str = MACHINE
    failing_since: float = 0.0


class BackupTests:
    """``check_link`` opens a join link somewhere where a hanging server harms nobody."""

    name = "backup tests"

    def __init__(self, check_link: CheckLink) -> None:
        self._check_link = check_link
        self._running: set[str] = set()
        self.commands: Mapping[str, TaskCommand] = {
            "backup_tested": self._by_hand,
            "backups": _list,
            "backup_test": self._now,
        }

    def perform(self, transaction: Transaction) -> float:
        plan = transaction.plan
        at = next_morning(plan, transaction.now)
        if not day_open(plan, transaction.now):
            return at
        offline = _network_is_down(transaction)
        for name, backup in plan.data.backups.items():
            last = last_test(transaction, name)
            due = _due(backup, last)
            if due > transaction.now:
                at = min(at, due) if due > transaction.now else at
            elif can_check(backup.join) and backup.kind == "application":
                if offline:
                    at = min(at, transaction.now + 3600.0)
                else:
                    self._start(name, backup, transaction)
            elif backup.kind != "offline" or backup.room:
                values = {"backup": backup.name, "place": backup.room or backup.join, "id": name}
                day = wall(plan, due if last is not None else transaction.now).date()
                occasion = f"backup.{name}.{day if last is not None else 'first'}"
                remind(transaction, occasion, ("logistics", "technical"), "backup_room", values)
        return at

    def _start(self, name: str, backup: Backup, transaction: Transaction) -> None:
        if name in self._running:
            return
        self._running.add(name)

        def tested(result: Any, later: Transaction) -> None:
            self._running.discard(name)
            outcome = result if isinstance(result, LinkOutcome) else _broken(result)
            self._write(name, outcome.ok, outcome.detail, MACHINE, later)

        transaction.afterwards(lambda: self._check_link(backup.join), tested)

    def _write(self, name: str, good: bool, detail: Reason, by: str, transaction: Transaction) -> None:
        """Write it down. The technical group hears of a way that fails, once a week while it fails."""
        before = last_test(transaction, name)
        since = 0.0 if good else (before.failing_since if before is not None else 0.0) or transaction.now
        test = Test(at=transaction.now, ok=good, detail=detail, by=by, failing_since=since)
        transaction.remember(f"backup_test.{name}", msgspec.json.encode(test).decode())
        transaction.remember(f"backup_failed.{name}", "" if good else "failed")
        transaction.event("backup_tested", by=by, why=detail, data={"backup": name, "ok": good})
        backup = transaction.plan.data.backups.get(name)
        if backup is None:
            return
        values = {
            "backup": backup.name,
            "place": backup.join or backup.room,
            "detail": detail or because("said", text="—"),
            "id": name,
        }
        if not good:
            week = int((transaction.now - since) // (7 * DAY))
            remind(transaction, f"backup.{name}.{since:.0f}.{week}", ("technical",), "backup_failed", values)
        elif before is not None and not before.ok:
            remind(transaction, f"backup.{name}.{before.failing_since:.0f}.good", ("technical",), "backup_good", values)

    def _by_hand(self, transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """A person looked at a room, or joined by a link."""
        name, backup = _find(transaction, arguments)
        good = arguments.get("ok")
        if not isinstance(good, bool):
            raise Refused("good_or_not")
        self._write(name, good, spoken(arguments), by, transaction)
        return {"backup": backup.name, "ok": good, "next": _next_day(backup, transaction)}

    def _now(self, transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Open a link now instead of on its day; the result comes into the journal and to who asked for lists."""
        name, backup = _find(transaction, arguments)
        if backup.kind != "application" or not can_check(backup.join):
            raise Refused("not_testable", entry=backup.name, name=name)
        self._start(name, backup, transaction)
        return {"backup": backup.name}


def _broken(error: object) -> LinkOutcome:
    return LinkOutcome(ok=False, detail=because("broke", detail=type(error).__name__))


def last_test(transaction: Transaction, name: str) -> Test | None:
    text = transaction.recall(f"backup_test.{name}")
    return None if text is None else msgspec.json.decode(text, type=Test)


def _due(backup: Backup, last: Test | None) -> float:
    if last is None:
        return 0.0
    return last.at + (backup.test_every_days if last.ok else AGAIN) * DAY


def _network_is_down(transaction: Transaction) -> bool:
    """True while this place has no network: an opened link then says nothing."""
    here = transaction.shared.incidents.live(transaction.shared.room)
    return any(case.fault_class is FaultClass.NETWORK and not case.drill for case in here)


def _find(transaction: Transaction, arguments: Mapping[str, Any]) -> tuple[str, Backup]:
    wanted = str(arguments.get("name") or "")
    for name, backup in transaction.plan.data.backups.items():
        if wanted in (name, backup.name):
            return name, backup
    known = tuple(f"{name} ({one.name})" for name, one in transaction.plan.data.backups.items())
    raise Refused("no_such_backup", given=wanted, known=known)


def _next_day(backup: Backup, transaction: Transaction) -> str:
    return (wall(transaction.plan, transaction.now).date() + dt.timedelta(days=backup.test_every_days)).isoformat()


def _list(transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    rows = []
    for name, backup in sorted(transaction.plan.data.backups.items(), key=lambda pair: pair[1].order):
        test = last_test(transaction, name)
        rows.append(
            {
                "id": name,
                "name": backup.name,
                "kind": backup.kind,
                "place": backup.join or backup.room,
                "start": backup.start,
                "tested": test.at if test else None,
                "ok": test.ok if test else None,
                "detail": msgspec.to_builtins(test.detail) if test else {},
            }
        )
    return {"backups": rows}
