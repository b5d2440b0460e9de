"""Courses and duties beside the chain: asked in time, alone in their failures, their errands run after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerting.engine.commands import Refused, Verb
from alerting.engine.transaction import Turn
from alerting.engine.workflow import Command
from alerting.model.fault import Fault
from alerting.model.incident import Incident
from tests.alerting.stage import RUNNING, START, Stage

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)


class Broken:
    name = "broken"
    verbs: Mapping[str, Verb] = {}

    def consider(self, incident: Incident, turn: Turn) -> float:
        raise RuntimeError("a mistake in a course")


class Restart:
    """Does one thing in the world for each incident and writes down how it went."""

    name = "restart"
    verbs: Mapping[str, Verb] = {}

    def __init__(self, fails: bool = False) -> None:
        self.fails, self.seen_on_disk = fails, False
        self.stage: Stage | None = None

    def consider(self, incident: Incident, turn: Turn) -> float:
        if not incident.helpers:
            turn.record(msgspec.structs.replace(incident, helpers=("restart",)), "begun")
            turn.afterwards(self._work, lambda result, later: self._then(incident.id, result, later))
        return float("inf")

    async def _work(self) -> str:
        assert self.stage is not None
        self.seen_on_disk = any(event.verb == "begun" for event in self.stage.journal.reader.events())
        if self.fails:
            raise OSError("no such unit")
        return "restarted"

    def _then(self, number: int, result: Any, turn: Turn) -> None:
        turn.event("done" if result == "restarted" else "failed", incident=number, why=str(result))


class Weekly:
    """A duty that comes again, and one command."""

    name = "weekly"

    def __init__(self) -> None:
        self.commands: Mapping[str, Command] = {"weekly_done": self._done}

    def perform(self, turn: Turn) -> float:
        last = float(turn.recall("weekly.last") or 0.0)
        if turn.now >= last + 7 * 86400:
            turn.remember("weekly.last", str(turn.now))
            turn.event("weekly")
            last = turn.now
        return last + 7 * 86400

    def _done(self, turn: Turn, by: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if not arguments.get("text"):
            raise Refused("text is missing")
        turn.event("weekly_done", by=by, why=str(arguments["text"]))
        return {"by": by}


async def test_a_course_that_breaks_costs_itself_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path, courses=[Broken()])
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(16 * 60)
    assert (15, "chen", "escalated") in stage.story()
    await stage.close()


@pytest.mark.parametrize("fails", [False, True])
async def test_an_errand_runs_once_its_decision_is_on_the_disk_and_its_result_is_written(
    tmp_path: Path, fails: bool
) -> None:
    course = Restart(fails)
    course.stage = stage = Stage(tmp_path, courses=[course])
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(5)
    assert course.seen_on_disk
    told = [(event.verb, event.why) for event in stage.journal.reader.events(1) if event.verb in ("done", "failed")]
    assert told == [("failed", "no such unit") if fails else ("done", "restarted")]
    await stage.close()


async def test_a_duty_comes_in_its_time_and_not_again_after_a_restart(tmp_path: Path) -> None:
    stage = Stage(tmp_path, duties=[Weekly()])
    await stage.until(86400)
    await stage.close()
    stage.open()
    await stage.until(8 * 86400)
    assert [event.at - START for event in stage.journal.reader.events() if event.verb == "weekly"] == [0, 7 * 86400]
    assert await stage.engine.duty_command("weekly_done", by="wang", text="all well") == {"by": "wang"}
    with pytest.raises(Refused, match="text is missing"):
        await stage.engine.duty_command("weekly_done", by="wang")
    with pytest.raises(Refused, match="there are weekly_done"):
        await stage.engine.duty_command("monthly_done", by="wang")
    await stage.close()
