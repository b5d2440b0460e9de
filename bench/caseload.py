"""Measures the plan's engine on a journal of 10,000 incidents: start-up, and a tick when nothing is due.

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
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from alerting.course.report import PostIncidentReport
from alerting.engine import Engine
from alerting.fault import FaultClass, Severity
from alerting.incident import Incident, Phase, ReportState
from alerting.journal import Event, Journal, Notification, NotificationState
from alerting.journal.rows import Batch
from bench.crash_engine import BenchPlan, DirectSender, render

START = 1_800_000_000.0


def fill(file: Path, count: int) -> None:
    """Closed incidents, each with ten events and four notifications; the last ten are open and taken, and the
    hundred before them still owe their reports."""
    journal = Journal(file)
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
                Event(incident=number, at=at + n, verb="note", why="a line as long as most") for n in range(10)
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
        starts = []
        for _ in range(5):
            begin = time.perf_counter()
            journal = Journal(file)
            engine = Engine(
                journal=journal,
                plan=BenchPlan("json://127.0.0.1:1"),
                now=lambda: START + 2 * count,
                outbound=DirectSender(1),
                render=render,
                courses=[PostIncidentReport()],
            )
            await engine.tick()
            starts.append(time.perf_counter() - begin)
            ticks = []
            for _ in range(200):
                begin = time.perf_counter()
                await engine.tick()
                ticks.append((time.perf_counter() - begin) * 1000)
            await engine.close()
            journal.close()
        return {"start_up_s": statistics.median(starts), "idle_tick_ms": statistics.median(ticks)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=10_000)
    options = parser.parse_args()
    for metric, value in asyncio.run(measure(options.incidents)).items():
        name, _, unit = metric.rpartition("_")
        case = f"{options.incidents} incidents"
        print(json.dumps({"bench": "caseload", "case": case, "metric": name, "value": round(value, 4), "unit": unit}))


if __name__ == "__main__":
    main()
