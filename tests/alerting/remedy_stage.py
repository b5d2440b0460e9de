"""A room whose machine notes which remedies it was asked for, and answers what the test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import because
from alerting.model.remedy_outcome import CarryOut, RemedyOutcome
from alerting.plan.model import Plan
from alerting.plan.remedy_format import PlannedRemedy
from alerting.workflows.remedies import Remedies
from tests.alerting.stage import START, Organisation, Stage

EMPTY = MeetingState(running=False)


SOUND = Fault(room="R1", code="sound_server_down", since=START)


RESTART = PlannedRemedy(
    kind="restart_sound_server", faults=("sound_server_down",), automatic=True, notice=60, verify=120
)


class Machine:
    """Does nothing but note what it was asked, and answer what the test says."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bool]] = []
        self.answer: RemedyOutcome | Exception = RemedyOutcome(
            ok=True, detail=because("sound_active"), command="systemctl restart"
        )
        self.ready = RemedyOutcome(ok=True, detail=because("sound_ready"))
        """What a dry run before the announcement says."""
        self.trials: list[tuple[str, str]] = []
        self.runs: Callable[[], bool] = lambda: False
        """Whether a remedy runs: then a dry run is a drill's, and not the look before the announcement."""
        self.others: dict[str, OtherMachine] = {}

    def of(self, room: str) -> CarryOut | None:
        """R1 has a machine; in stories of several rooms each of them has one, which answers as that of R1."""
        if room == "R1":
            return self
        return self.others.setdefault(room, OtherMachine(self)) if room in Stage.twins else None

    async def __call__(self, kind: str, target: str, dry: bool) -> RemedyOutcome:
        if dry and not self.runs():
            self.trials.append((kind, target))
            return self.ready
        self.asked.append((kind, target, dry))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class OtherMachine(Machine):
    def __init__(self, first: Machine) -> None:
        super().__init__()
        self.first = first

    async def __call__(self, kind: str, target: str, dry: bool) -> RemedyOutcome:
        self.answer, self.ready, self.runs = self.first.answer, self.first.ready, self.first.runs
        return await super().__call__(kind, target, dry)


class RemedyStage(Stage):
    def __init__(self, folder: Path, *remedies: PlannedRemedy) -> None:
        self.machine = Machine()
        self.remedies = remedies or (RESTART,)
        once = (EscalationStep(name="technical", audience=("technical",)),)
        organisation = Organisation(
            steps=once, data=Plan(remedies={f"r{n}": one for n, one in enumerate(self.remedies)})
        )
        super().__init__(folder, organisation, workflows=(Remedies(self.machine.of),))
        self.machine.runs = lambda: "running" in self.states()

    def reopen(self) -> None:
        self.workflows = (Remedies(self.machine.of),)
        self.open()

    def states(self) -> list[str]:
        return [run.state.value for incident in self.engine.incidents() for run in incident.remedies]

    def commands(self) -> list[str]:
        return [event.verb for event in self.events() if event.verb.startswith("remedy")]

    def told(self) -> list[tuple[float, str, str]]:
        return [one for one in self.story() if one[2].startswith("remedy")]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[RemedyStage]:
    made = RemedyStage(tmp_path)
    yield made
    await made.close()
