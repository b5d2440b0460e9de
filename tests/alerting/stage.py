"""A small organisation, a clock that tests move, and a post office that notes what arrives. Time travel only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from alerting.engine.engine import Engine
from alerting.engine.workflow import ScheduledTask, Workflow
from alerting.journal import Event, open_journal
from alerting.messages.facts import MessageFacts, Rendered
from alerting.model.actor import Actor, contact
from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import Fault, FaultClass, FaultKind, Severity
from alerting.model.incident import Incident
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import because
from alerting.model.reply import Reply
from alerting.plan.contract import Address, ResponsePlan
from alerting.plan.model import Plan
from alerting.plan.severity import judge_severity
from alerting.workflows.workflow_order import in_order

START = 1_800_000_000.0
MINUTE = 60.0
RUNNING = MeetingState(running=True)
CHAIN = (
    EscalationStep(name="technical", audience=("technical",), repeat_every=120, repeat_times=2),
    EscalationStep(name="deputy", after=300, deputies=True),
    EscalationStep(name="leadership", after=900, audience=("leadership",)),
    EscalationStep(name="move", after=1200, audience=("logistics", "technical"), action="backup"),
)


@dataclass
class Organisation:
    """wang repairs, li is his deputy, chen leads, zhao brings spares."""

    version: str = "1"
    data: Plan = field(default_factory=Plan)
    confirm_tells_from: Severity = Severity.WARNING
    steps: tuple[EscalationStep, ...] = CHAIN
    groups_of: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {"technical": ("wang",), "leadership": ("chen",), "logistics": ("zhao",)}
    )
    ways: dict[str, tuple[Address, ...]] = field(
        default_factory=lambda: {
            name: (Address(channel="mail", url=f"test://{name}", path="smtp"),)
            for name in ("wang", "li", "chen", "zhao")
        }
    )
    quiet: float | None = None
    holds: float = 3600.0
    has_people: bool = True

    def chain(self, fault_class: FaultClass, severity: Severity, at: float) -> tuple[EscalationStep, ...]:
        return self.steps[:1] if severity is Severity.NOTICE else self.steps

    def members(self, audience: str, at: float) -> tuple[str, ...]:
        if audience in self.groups_of:
            return tuple(name for name in self.groups_of[audience] if name in self.ways)
        return (audience,) if audience in self.ways else ()

    def deputies(self, contact: str, at: float) -> tuple[str, ...]:
        return ("li",) if contact == "wang" and "li" in self.ways else ()

    def groups(self, contact: str) -> frozenset[str]:
        return frozenset(group for group, names in self.groups_of.items() if contact in names)

    def addresses(self, contact: str) -> tuple[Address, ...]:
        return self.ways.get(contact, ())

    def language(self, contact: str) -> str:
        return "en"

    def quiet_until(self, contact: str, severity: Severity, at: float, *, declared: bool = False) -> float | None:
        return self.quiet if severity is Severity.NOTICE and not declared else None

    def severity(self, kind: FaultKind, meeting: MeetingState) -> Severity:
        return judge_severity(kind, meeting, self.data.severity)

    def take_holds(self, severity: Severity) -> float:
        return self.holds


class PostOffice:
    """Accepts everything unless ``fate`` says otherwise for a contact's channel; notes what it accepted, and when."""

    def __init__(self, clock: Clock, room_of: Callable[[OutgoingMessage], str] = lambda row: "") -> None:
        self.clock, self.room_of = clock, room_of
        self.of_twins: dict[str, list[tuple[float, str, OutgoingMessage]]] = {room: [] for room in Stage.twins}
        self.fate: dict[str, Outcome] = {}
        self.arrived: list[tuple[float, str, OutgoingMessage]] = []
        self.tried = 0
        self.asked: float | None = None
        """Seconds that a throttled contact's service asks to wait."""

    async def send(self, rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]:
        results = []
        for row in rows:
            self.tried += 1
            outcome = self.fate.get(f"{row.contact}/{row.channel}", self.fate.get(row.channel, Outcome.SENT))
            if outcome is Outcome.SENT:
                arrived = self.of_twins.get(self.room_of(row), self.arrived)
                arrived.append((self.clock.now - START, row.contact, row))
            asked = self.asked if outcome is Outcome.THROTTLED else None
            detail = because("as_written", text=outcome.value)
            results.append(SendResult(key=row.key, outcome=outcome, detail=detail, retry_after=asked))
        return results

    async def warm(self) -> None: ...

    async def close(self) -> None: ...


@dataclass
class Clock:
    now: float = START


def render(facts: MessageFacts) -> Rendered:
    names = ",".join(f"{incident.room}:{incident.code}" for incident in facts.incidents)
    down = " [journal down]" if facts.journal_down else ""
    return Rendered(title=f"{facts.kind} {names}", body=f"{facts.reason}{facts.text}{down}", short=facts.kind)


class StageEngine(Engine):
    """In stories a name stands for the contact who acts for themselves; who else may act is the entrance's part."""

    async def command(self, verb: str, incident_id: int, /, *, by: str | Actor, **arguments: object) -> Incident:
        return await super().command(verb, incident_id, by=_acting(by), **arguments)

    async def task_command(self, name: str, /, *, by: str | Actor, **arguments: object) -> dict[str, Any]:
        return await super().task_command(name, by=_acting(by), **arguments)

    async def report_by_person(self, room: str, *, by: str | Actor, **given: Any) -> int:
        return await super().report_by_person(room, by=_acting(by), **given)

    async def reply(self, reply: Reply, *, by: str | Actor = "") -> str:
        return await super().reply(reply, by=_acting(by or reply.contact))

    async def paths_returned(self) -> None:
        """The network of the service's own room works again; of which fault of it nobody heard."""
        await self.fault_cleared(Fault(room=self.room, code="link_down", target="unheard of", since=START))


def _acting(by: str | Actor) -> Actor:
    return by if isinstance(by, Actor) else contact(by)


Planned = TypeVar("Planned", bound=ResponsePlan)


class PlannedStage(Generic[Planned]):
    """One engine on one journal, the clock in the test's hand, and any plan. twins: rooms in which everything happens
    as in R1, at the same times; ``engine`` then speaks of R1 (tests/rooms/)."""

    twins: ClassVar[tuple[str, ...]] = ()
    engine_type: ClassVar[type[StageEngine]] = StageEngine

    def __init__(
        self,
        folder: Path,
        plan: Planned,
        *,
        workflows: Sequence[Workflow] = (),
        tasks: Sequence[ScheduledTask] = (),
        before_the_chain: Sequence[Workflow] = (),
    ) -> None:
        self.folder, self.workflows, self.tasks = folder, workflows, tasks
        self.before_the_chain = tuple(before_the_chain)
        self.plan = plan
        self.clock = Clock()
        self.post = PostOffice(self.clock, self._room_of)
        self.open()

    def open(self, mode: str = "act") -> None:
        self.journal = open_journal(self.folder)
        self.engine = self.engine_type(
            journal=self.journal,
            plan=self.plan,
            now=lambda: self.clock.now,
            outbound=self.post,
            render=render,
            mode="observe" if mode == "observe" else "act",
            room="R1",
            workflows=in_order(*self.workflows, before_the_chain=self.before_the_chain),
            tasks=self.tasks,
        )

    async def close(self) -> None:
        await self.engine.close()
        self.journal.close()

    def _room_of(self, row: OutgoingMessage) -> str:
        """The room of its incident; "" for a digest or a reminder."""
        incident = self.journal.reader.incident(int(row.key.split("-")[1]))
        return incident.room if incident is not None else ""

    def events(self) -> list[Event]:
        """The journal's, without those of the twins."""
        apart = {one.id for one in self.journal.reader.incidents() if one.room in self.twins}
        return [
            event
            for event in self.journal.reader.events()
            if event.incident not in apart and event.data.get("room") not in self.twins
        ]

    async def until(self, seconds: float) -> None:
        """Let time pass to ``seconds`` after the start, stopping wherever the engine wants to act."""
        end = START + seconds
        while True:
            await self.engine.settle()
            at = await self.engine.tick()
            await self.engine.settle()
            if at > end:
                at = await self.engine.tick()
                await self.engine.settle()
                if at > end:
                    break
            self.clock.now = max(self.clock.now, min(at, end))
        self.clock.now = end
        await self.engine.tick()
        await self.engine.settle()

    def story(self) -> list[tuple[float, str, str]]:
        """(minutes after the start, contact, kind), in order of arrival; at the same instant by name."""
        return sorted((round(at / MINUTE, 2), who, message.short) for at, who, message in self.post.arrived)


class Stage(PlannedStage[Organisation]):
    """The small organisation's, where nothing else is given."""

    def __init__(
        self,
        folder: Path,
        plan: Organisation | None = None,
        *,
        workflows: Sequence[Workflow] = (),
        tasks: Sequence[ScheduledTask] = (),
        before_the_chain: Sequence[Workflow] = (),
    ) -> None:
        super().__init__(
            folder, plan or Organisation(), workflows=workflows, tasks=tasks, before_the_chain=before_the_chain
        )
