"""A room with the real engine whose journal is audited as it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alerting.audit.auditor import audit
from alerting.audit.finding import AuditFinding
from alerting.engine.workflow import Workflow
from alerting.journal import open_reader
from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from alerting.workflows.scheduled.uptime_record import WatchTrace
from tests.alerting.stage import START, Organisation, Stage

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)
EMPTY = MeetingState(running=False)
HOUR = 3600.0


class Room(Stage):
    """A stage whose journal is audited wherever the story pauses; ``findings`` collects what was said."""

    def __init__(
        self, folder: Path, plan: Organisation | None = None, before_the_chain: Sequence[Workflow] = ()
    ) -> None:
        self.findings: list[AuditFinding] = []
        self.plan_since = START
        super().__init__(folder, plan, before_the_chain=before_the_chain)

    def open(self, mode: str = "act") -> None:
        file = self.folder / "journal.db"
        last = 0.0
        if file.exists():
            reader = open_reader(self.folder)
            last = reader.last_time()
            reader.close()
        self.tasks = [WatchTrace(last)]
        super().open(mode)

    async def until(self, seconds: float) -> None:
        await super().until(seconds)
        self.findings += self.audit()

    def audit(self) -> list[AuditFinding]:
        reader = open_reader(self.folder)
        try:
            return list(audit(reader, now=self.clock.now, plan=self.plan, plan_since=self.plan_since))
        finally:
            reader.close()

    async def restart(self, seconds: float = 1.0) -> None:
        """The daemon ends, is away for a while, and comes back."""
        await self.close()
        self.clock.now += seconds
        self.open()

    async def new_plan(self, plan: Organisation) -> None:
        self.plan = plan
        self.plan_since = self.clock.now + 0.001
        await self.engine.change_plan(plan)
