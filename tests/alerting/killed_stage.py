"""A stage whose engine can be killed at any commit, and a post whose answers can be lost. Time and threads stand still
between two actions of a test, so that the same actions always have the same end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from alerting.engine.commands import Refused
from alerting.journal import NotificationState
from alerting.journal.rows import Batch
from alerting.journal.sqlite.journal import SqliteJournal
from alerting.messages.facts import MessageFacts, Rendered
from alerting.plan.contract import Address
from alerting.workflows.scheduled.uptime_record import WatchTrace
from alerting.workflows.workflow_order import in_order
from tests.alerting.stage import Clock, Organisation, StageEngine

T = TypeVar("T")
Fate = Literal["taken", "unreachable", "answer lost", "request lost", "refused", "held"]
"""What becomes of messages by one way of a contact: unreachable is certain; of a lost answer or request the sender
knows nothing; held ones stay in flight."""


class Killed(Exception):
    """The engine was killed while it did this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a message says of one incident: the faults that it names as broken, or that all is over."""

    incident: int
    faults: frozenset[str]
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    at: float
    contact: str
    key: str
    kind: str
    said: tuple[Said, ...]


class KillableJournal(SqliteJournal):
    """In the event loop's own thread. ``dies`` is asked before and after each commit."""

    def __init__(self, file: Path, dies: Callable[[], bool]) -> None:
        super().__init__(file)
        self._dies = dies

    async def _beside(self, work: Callable[..., T], *arguments: object) -> T:
        return work(*arguments)

    async def commit(self, batch: Batch) -> None:
        if self._dies():
            await asyncio.Event().wait()
        self.write(batch)
        if self._dies():
            await asyncio.Event().wait()


class KilledStage:
    """One engine after the other on one journal. deaths: half commits until the next kill, None for none."""

    def __init__(self, folder: Path, start: float) -> None:
        self.folder, self.plan, self.clock = folder, Organisation(), Clock(start)
        self.plan.ways["wang"] += (Address(channel="sms", url="test://wang", path="gsm"),)
        self.loop = asyncio.new_event_loop()
        self.fates: dict[str, Fate] = {}
        self.arrivals: list[Arrival] = []
        self.deaths: int | None = None
        self.dead = False
        self.kills = 0
        self.excused: Counter[str] = Counter()
        """How often each key may come again: for each answer that was lost, each kill that it was in flight at."""
        self._said: dict[str, tuple[str, tuple[Said, ...]]] = {}
        self._held: asyncio.Event
        self.open()

    # The engine's life

    def open(self) -> None:
        self.dead, self._held = False, asyncio.Event()
        self.journal = KillableJournal(self.folder / "journal.db", self._dies)
        self.engine = StageEngine(
            journal=self.journal,
            plan=self.plan,
            now=lambda: self.clock.now,
            outbound=self,
            render=self._render,
            room="R1",
            workflows=in_order(),
            tasks=[WatchTrace(self.journal.reader.last_time())],
        )

    def _dies(self) -> bool:
        if self.deaths is not None and not self.dead:
            self.deaths -= 1
            self.dead = self.deaths < 0
        return self.dead

    def kill(self, downtime: float) -> None:
        """SIGKILL, and a new start as much later. The monitor finds the faults again, which is the test's part."""
        self.dead, self.deaths = True, None
        self.kills += 1
        self.loop.run_until_complete(self._cancel())
        self.journal.close()
        self.clock.now += downtime
        for row in self._rows():
            self.excused[row.key] += row.state is NotificationState.SENDING
        self.open()

    def _rows(self) -> list[Any]:
        journal = SqliteJournal(self.folder / "journal.db")
        try:
            return journal.reader.notifications()
        finally:
            journal.close()

    async def _cancel(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        self.loop.run_until_complete(self._cancel())
        self.journal.close()
        self.loop.close()

    # What a test does

    def do(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Let it happen with all that follows without time passing; None where a person's command was refused. Raises
        Killed."""

        async def turns() -> T | None:
            task = asyncio.ensure_future(_unless_refused(work))
            busy = True
            while busy:
                await asyncio.sleep(0)
                busy = bool(self.loop._ready)  # type: ignore[attr-defined]
                if self.dead:
                    raise Killed
            return task.result()

        return self.loop.run_until_complete(turns())

    def wait(self, seconds: float) -> None:
        """Let time pass, stopping wherever the engine wants to act. Raises Killed."""
        end = self.clock.now + seconds
        at = self.do(self.engine.tick())
        while at is not None and at <= end:
            self.clock.now = max(self.clock.now + 0.01, min(at, end))
            at = self.do(self.engine.tick())
        self.clock.now = max(self.clock.now, end)
        self.do(self.engine.tick())

    def release(self) -> None:
        """What was held goes on, by what has become of its contact's messages meanwhile."""
        self._held.set()
        self._held = asyncio.Event()

    # The sender and its words

    async def send(self, rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]:
        return [await self._send(row) for row in rows]

    async def _send(self, row: OutgoingMessage) -> SendResult:
        while (fate := self.fates.get(f"{row.contact}/{row.channel}", "taken")) == "held":
            await self._held.wait()
        if fate in ("taken", "answer lost"):
            kind, said = self._said[row.key.partition("+")[0]]
            self.arrivals.append(Arrival(at=self.clock.now, contact=row.contact, key=row.key, kind=kind, said=said))
        self.excused[row.key] += fate == "answer lost"
        outcome = {"taken": Outcome.SENT, "refused": Outcome.PERMANENT}.get(fate, Outcome.TEMPORARY)
        return SendResult(key=row.key, outcome=outcome, perhaps_arrived=fate in ("answer lost", "request lost"))

    async def warm(self) -> None: ...

    def _render(self, facts: MessageFacts) -> Rendered:
        said = tuple(
            Said(
                incident=one.id,
                faults=frozenset(fault.name for fault in one.open_faults),
                over=not one.phase.live,
            )
            for one in facts.incidents
        )
        self._said[facts.key] = (facts.kind, said)
        return Rendered(title=facts.kind, body=facts.key, short=facts.kind)


async def _unless_refused(work: Coroutine[Any, Any, T]) -> T | None:
    try:
        return await work
    except Refused:
        return None
