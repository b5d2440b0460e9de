"""A person corrects the class: the chain of that class takes over, and tells nobody the same step twice."""

from __future__ import annotations

from pathlib import Path

from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import Fault, FaultClass, Severity
from tests.alerting.stage import RUNNING, START, Organisation, Stage

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)
FIRST = EscalationStep(name="technical", audience=("technical",))
LEAD = EscalationStep(name="leadership", after=900, audience=("leadership",))


class ByClass(Organisation):
    def chain(self, fault_class: FaultClass, severity: Severity, at: float) -> tuple[EscalationStep, ...]:
        match fault_class:
            case FaultClass.NETWORK:
                return (EscalationStep(name="carrier", audience=("logistics",)), LEAD)
            case FaultClass.SOFTWARE:
                return (FIRST, EscalationStep(name="vendor", after=600, audience=("logistics",)), LEAD)
            case FaultClass.OPERATOR:
                return (FIRST,)
            case _:
                return (FIRST, LEAD)


async def corrected(folder: Path, fault_class: str, version: str = "1") -> Stage:
    stage = Stage(folder, ByClass())
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(120)
    if version != "1":
        await stage.engine.change_plan(ByClass(version=version))
    await stage.engine.command("class", number, by="wang", fault_class=fault_class)
    await stage.until(1000)
    return stage


def steps(stage: Stage) -> list[tuple[float, str]]:
    return [(at, who) for at, who, kind in stage.story() if kind in ("opened", "escalated")]


async def chain_of(stage: Stage) -> object:
    event = next(one for one in stage.journal.reader.events(1) if one.verb == "class")
    await stage.close()
    return event.data.get("chain")


async def test_other_people_are_told_at_once(tmp_path: Path) -> None:
    stage = await corrected(tmp_path, "network")
    assert steps(stage) == [(0, "wang"), (2, "zhao")]
    await stage.until(120 + 900)
    assert steps(stage)[2:] == [(17, "chen")]
    assert await chain_of(stage) == "new"


async def test_a_step_that_was_told_is_not_told_again_and_the_next_comes_at_its_time(tmp_path: Path) -> None:
    stage = await corrected(tmp_path, "software")
    assert steps(stage) == [(0, "wang"), (10, "zhao"), (15, "chen")]
    assert await chain_of(stage) == "new"


async def test_a_class_that_tells_nobody_new_keeps_the_chain_and_says_so(tmp_path: Path) -> None:
    stage = await corrected(tmp_path, "operator")
    assert steps(stage) == [(0, "wang"), (15, "chen")]
    assert stage.engine.incidents()[0].fault_class is FaultClass.OPERATOR
    assert await chain_of(stage) == "kept"


async def test_an_incident_of_an_older_plan_keeps_its_chain(tmp_path: Path) -> None:
    stage = await corrected(tmp_path, "network", version="2")
    assert steps(stage) == [(0, "wang"), (15, "chen")]
    assert stage.engine.incidents()[0].plan_version == "1"
    assert await chain_of(stage) == "kept"
