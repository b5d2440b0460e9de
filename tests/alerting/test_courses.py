"""Courses and duties beside the chain: asked in time, alone in their failures, their errands run after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerting.engine.commands import IncidentCommand, Refused
from alerting.engine.transaction import Transaction
from alerting.engine.workflow import TaskCommand
from alerting.model.fault import Fault
from alerting.model.incident import Incident
from alerting.model.reason import said, text_of
from tests.alerting.stage import RUNNING, START, Stage

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)


class Broken:
    name = "broken"
    incident_commands: Mapping[str, IncidentCommand] = {}

    def consider(self, incident: Incident, transaction: Transaction) -> float:
        raise RuntimeError("a mistake in a course")


class Restart:
    """Does one thing in the world for each incident and writes down how it went."""

    name = "restart"
    incident_commands: Mapping[str, IncidentCommand] = {}

    def __init__(self, fails: bool = False) -> None:
        self.fails, self.seen_on_disk = fails, False
        self.stage: Stage | None = None

    def consider(self, incident: Incident, transaction: Transaction) -> float:
        if not incident.helpers:
            transaction.record(msgspec.structs.replace(incident, helpers=("restart",)), "begun")
            transaction.afterwards(self._work, lambda result, later: self._then(incident.id, result, later))
        return float("inf")

    async def _work(self) -> str:
        assert self.stage is not None
        self.seen_on_disk = any(event.verb == "begun" for event in self.stage.journal.reader.events())
        if self.fails:
            raise OSError("no such unit")
        return "restarted"

    def _then(self, number: int, result: Any, transaction: Transaction) -> None:
        transaction.event("done" if result == "restarted" else "failed", incident=number, why=said(str(result)))


class Weekly:
    """A duty that comes again, and one command."""

    name = "weekly"

    def __init__(self) -> None:
        self.commands: Mapping[str, TaskCommand] = {"weekly_done": self._done}

    def perform(self, transaction: Transaction) -> float:
        last = float(transaction.recall("weekly.last") or 0.0)
        if transaction.now >= last + 7 * 86400:
            transaction.remember("weekly.last", str(transaction.now))
            transaction.event("weekly")
            last = transaction.now
        return last + 7 * 86400

    def _done(self, transaction: Transaction, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if not arguments.get("text"):
            raise Refused("missing.*field=text")
        transaction.event("weekly_done", by=by, why=said(str(arguments["text"])))
        return {"by": by}


async def test_a_course_that_breaks_costs_itself_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path, workflows=[Broken()])
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(16 * 60)
    assert (15, "chen", "escalated") in stage.story()
    await stage.close()


@pytest.mark.parametrize("fails", [False, True])
async def test_an_errand_runs_once_its_decision_is_on_the_disk_and_its_result_is_written(
    tmp_path: Path, fails: bool
) -> None:
    course = Restart(fails)
    course.stage = stage = Stage(tmp_path, workflows=[course])
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(5)
    assert course.seen_on_disk
    told = [
        (event.verb, text_of(event.why)) for event in stage.journal.reader.events(1) if event.verb in ("done", "failed")
    ]
    assert told == [("failed", "no such unit") if fails else ("done", "restarted")]
    await stage.close()


async def test_a_duty_comes_in_its_time_and_not_again_after_a_restart(tmp_path: Path) -> None:
    stage = Stage(tmp_path, tasks=[Weekly()])
    await stage.until(86400)
    await stage.close()
    stage.open()
    await stage.until(8 * 86400)
    assert [event.at - START for event in stage.journal.reader.events() if event.verb == "weekly"] == [0, 7 * 86400]
    assert await stage.engine.task_command("weekly_done", by="wang", text="all well") == {"by": "wang"}
    with pytest.raises(Refused, match=r"missing.*field=text"):
        await stage.engine.task_command("weekly_done", by="wang")
    with pytest.raises(Refused, match=r"no_such_command.*known=weekly_done"):
        await stage.engine.task_command("monthly_done", by="wang")
    await stage.close()
