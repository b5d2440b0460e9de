"""Measures the plan's engine on a journal of 10,000 incidents: start-up, a tick when nothing is due, and an audit;
and 1,000 faults within a second: the first message, and the digests a contact gets.

Needs no network; takes about half a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from alerting.audit.auditor import audit
from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from alerting.engine.engine import Engine
from alerting.journal import Event, Notification, NotificationState, open_journal
from alerting.journal.rows import Batch
from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import Fault, FaultClass, Severity
from alerting.model.incident import Incident, Phase, ReportState
from alerting.model.reason import said
from alerting.workflows.report import PostIncidentReport
from alerting.workflows.workflow_order import in_order
from bench.crash_engine import BenchPlan, DirectSender, render

START = 1_800_000_000.0


def fill(file: Path, count: int) -> None:
    """Closed incidents, each with ten events and four notifications; the last ten are open and taken, and the
    hundred before them still owe their reports."""
    journal = open_journal(file.parent)
    for first in range(1, count + 1, 500):
        batch = Batch()
        for number in range(first, min(first + 500, count + 1)):
            live = number > count - 10
            owes = not live and number > count - 110
            at = START + number
            batch.incidents[number] = Incident(
                id=number,
                room=f"R{number % 500}",
                code="app_not_running",
                fault_class=FaultClass.SOFTWARE,
                severity=Severity.CRITICAL,
                phase=Phase.OPEN if live else Phase.CLOSED,
                opened_at=at,
                closed_at=None if live else at + 60,
                resolved_at=None if live else at + 50,
                taken_at=at if live else None,
                report=ReportState.DRAFT if owes else ReportState.NONE,
                report_due=at + 3 * count if owes else None,
                report_told=("86400", "14400") if owes else (),
            )
            batch.events += [
                Event(incident=number, at=at + n, verb="note", why=said("a line as long as most")) for n in range(10)
            ]
            for n in range(4):
                key = f"k-{number}-{n}"
                batch.notifications[key] = Notification(
                    key=key,
                    incident=number,
                    kind="opened",
                    contact="wang",
                    channel="http",
                    state=NotificationState.SENT,
                    decided_at=at,
                    expires_at=at + 60,
                    body="x" * 400,
                )
        journal.write(batch)
    journal.close()


async def measure(count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "journal.db"
        fill(file, count)
        starts, audits = [], []
        for _ in range(5):
            begin = time.perf_counter()
            journal = open_journal(file.parent)
            engine = Engine(
                journal=journal,
                plan=BenchPlan("json://127.0.0.1:1"),
                now=lambda: START + 2 * count,
                outbound=DirectSender(1),
                render=render,
                workflows=in_order(PostIncidentReport()),
            )
            await engine.tick()
            starts.append(time.perf_counter() - begin)
            ticks = []
            for _ in range(200):
                begin = time.perf_counter()
                await engine.tick()
                ticks.append((time.perf_counter() - begin) * 1000)
            await engine.close()
            begin = time.perf_counter()
            for _ in audit(journal.reader, now=START + 2 * count, since=START + 2 * count - 60, thorough=False):
                pass
            audits.append((time.perf_counter() - begin) * 1000)
            journal.close()
        return {
            "audit_ms": statistics.median(audits),
            "start_up_s": statistics.median(starts),
            "idle_tick_ms": statistics.median(ticks),
        }


class Noting:
    """Accepts everything at once and notes when."""

    def __init__(self) -> None:
        self.arrived: list[tuple[float, str, str]] = []

    async def send(self, rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]:
        self.arrived += [(time.perf_counter(), row.contact, row.title.partition(" ")[0]) for row in rows]
        return [SendResult(key=row.key, outcome=Outcome.SENT) for row in rows]

    async def warm(self) -> None: ...

    async def close(self) -> None: ...


class OneTeam(BenchPlan):
    """Everybody is told in one step, so that the storm meets the same people."""

    def chain(self, fault_class: FaultClass, severity: Severity, at: float) -> tuple[EscalationStep, ...]:
        return (EscalationStep(name="all", audience=("wang", "li", "chen")),)

    def members(self, audience: str, at: float) -> tuple[str, ...]:
        return (audience,)


async def storm(count: int, watch_seconds: float) -> dict[str, float]:
    """``count`` faults of as many rooms, handed over at a second's pace as far as the engine takes them."""
    with tempfile.TemporaryDirectory() as name:
        journal = open_journal(Path(name))
        noting = Noting()
        engine = Engine(
            journal=journal,
            plan=OneTeam("json://127.0.0.1:1"),
            now=time.time,
            outbound=noting,
            render=render,
            workflows=in_order(),
        )
        begin = time.perf_counter()

        async def fault(number: int) -> None:
            await asyncio.sleep(number / count)
            await engine.fault_opened(Fault(room=f"R{number}", code="app_not_running", since=time.time()))

        await asyncio.gather(*(fault(number) for number in range(count)))
        handed_over = time.perf_counter() - begin
        while time.perf_counter() - begin < watch_seconds:
            await engine.tick()
            await asyncio.sleep(0.2)
        await engine.close()
        journal.close()
    digests = [(at, who) for at, who, kind in noting.arrived if kind == "digest"]
    most = max(
        (sum(other == who and at <= later < at + 60 for later, other in digests) for at, who in digests), default=0
    )
    return {
        "storm_first_message_s": noting.arrived[0][0] - begin,
        "storm_handed_over_s": handed_over,
        "storm_messages_to_a_contact_1": len(noting.arrived) / 3,
        "storm_most_digests_to_a_contact_in_a_minute_1": most,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=10_000)
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--storm-seconds", type=float, default=75.0, help="how long the storm is watched")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.incidents))
    figures |= asyncio.run(storm(options.faults, options.storm_seconds))
    for metric, value in figures.items():
        name, _, unit = metric.rpartition("_")
        case = f"{options.incidents} incidents"
        print(json.dumps({"bench": "caseload", "case": case, "metric": name, "value": round(value, 4), "unit": unit}))


if __name__ == "__main__":
    main()
