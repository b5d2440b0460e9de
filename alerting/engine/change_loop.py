"""The one way in which anything of the plan changes: decided in a transaction, written, then sent and answered.

Decide in the journal, then send, then record.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

from alerting.delivery.contract import Outbound
from alerting.delivery.outbox import Outbox
from alerting.engine import incident_lifecycle
from alerting.engine.clock import EngineClock
from alerting.engine.clock_moved import ClockWatch
from alerting.engine.delivery_attempts import DeliveryAttempts
from alerting.engine.dispatcher import Dispatcher
from alerting.engine.earlier_run import EarlierRun, read_earlier_run, take_over
from alerting.engine.incident_store import IncidentStore
from alerting.engine.outbox_rows import NotificationWriter
from alerting.engine.transaction import AfterCommit, SharedState, Transaction
from alerting.engine.workflow import ScheduledTask, Workflow
from alerting.journal.buffered import BufferedJournal, Kept
from alerting.journal.contract import Journal, JournalUnavailable
from alerting.journal.rows import Batch
from alerting.messages.facts import Render
from alerting.model.fault import Fact, Fault
from alerting.model.incident import Incident
from alerting.model.reason import Reason
from alerting.plan.contract import ResponsePlan

T = TypeVar("T")
log = logging.getLogger("roomwatch.engine")

LANDING = 12.0
"""Seconds that a stop waits for messages in flight: a healthy receiver answers in far less, and systemd kills what has
not ended after 40 s (systemd/roomwatch.service). One that is given up goes again at the next start, same key."""
IN_ONE_COMMIT = 100
"""The most changes that are written as one. A storm then costs the disk a few writes instead of one a fault, and the
event loop is held for well under a second in between."""


@dataclass(slots=True, kw_only=True)
class QueuedChange:
    """A change that waits for its turn. work: decides; done: gets its result once it is on the disk.

    before: reads from the journal what ``work`` needs and memory does not hold.
    """

    work: Callable[[Transaction], Any]
    done: asyncio.Future[Any]
    before: Callable[[], Awaitable[None]] | None = None


class ChangeLoop:
    """What the changes share, and the order in which they are decided, written and sent."""

    def __init__(
        self,
        *,
        journal: Journal,
        plan: ResponsePlan,
        clock: EngineClock,
        outbound: Outbound,
        render: Render,
        mode: Literal["act", "observe"],
        room: str,
        workflows: Sequence[Workflow],
        tasks: Sequence[ScheduledTask],
    ) -> None:
        """The arguments are those of Engine. Reads the whole journal."""
        self.woken = asyncio.Event()
        self.on_written: Callable[[Batch], None] = lambda batch: None
        """Called with all that one commit decided, also where the journal could not take it."""
        self.journal, self._outbound = journal, outbound
        self.buffered = BufferedJournal(journal)
        self._joined = not journal.late
        self._after_commit: set[asyncio.Task[None]] = set()
        self._queue: list[QueuedChange] = []
        self._carriers: set[asyncio.Task[None]] = set()
        self._lock = asyncio.Lock()
        """Held while changes are decided and written; whoever reads what they decide takes it too."""
        self._first_batch = Batch()
        self._together = Batch()
        self._on_record: dict[int, Incident] = {}
        reader = journal.reader
        memory = reader.memories()
        installation = memory.get("installation", "")
        if not installation:
            installation = memory["installation"] = self._first_batch.memory["installation"] = secrets.token_hex(4)
        incidents = IncidentStore(reader.last_number())
        notifications = NotificationWriter(
            installation, render, incidents.incidents.get, lambda: bool(self.buffered.reason)
        )
        self.shared = SharedState(
            incidents=incidents,
            outbox=Outbox(notifications.digest, self._per_minute),
            notifications=notifications,
            plan=plan,
            mode=mode,
            room=room,
            memory=memory,
        )
        self.dispatcher = Dispatcher(self.shared, workflows, tasks, self._closed_incident)
        self.delivery_attempts = DeliveryAttempts(self.shared, outbound, self.change)
        self.clock = clock
        self._clock_watch = ClockWatch(self.shared, clock, journal, self.dispatcher.ask_tasks_anew)
        take_over(read_earlier_run(reader), self.shared, self._first_batch)

    # The one way in which anything changes

    async def change(
        self,
        work: Callable[[Transaction], T],
        *,
        wakes: bool = True,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> T:
        """Decide something in a transaction of its own; the result of ``work`` once it is on the disk. before: reads
        what ``work`` needs from the journal. A caller that is cancelled does not tear the writing from what follows
        it."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append(QueuedChange(work=work, done=done, before=before))
        carrier = asyncio.create_task(self._carry())
        self._carriers.add(carrier)
        carrier.add_done_callback(self._carriers.discard)
        try:
            return await asyncio.shield(done)
        finally:
            if wakes:
                self.woken.set()

    async def _carry(self) -> None:
        """Carry out all changes that came while the disk was busy. Does nothing where another task took them along."""
        async with self._lock:
            asked, self._queue = self._queue[:IN_ONE_COMMIT], self._queue[IN_ONE_COMMIT:]
            if not asked:
                return
            try:
                await self._decide_and_write(asked)
            except BaseException as error:
                for one in asked:
                    if not one.done.done():
                        one.done.set_exception(error)
                raise

    async def _decide_and_write(self, asked: Sequence[QueuedChange]) -> None:
        """Decide each change in a transaction of its own, write all of them as one, then send and answer."""
        together, self._first_batch = self._first_batch, Batch()
        self._together = together
        after_commit: list[AfterCommit] = []
        ends: list[Callable[[], None]] = []
        now = self.clock.peek()
        for one in await self._prepared(asked, ends):
            batch = Batch()
            try:
                transaction = self._clock_watch.begin(batch)
                now = transaction.now
                result = one.work(transaction)
                self.dispatcher.evaluate(transaction)
            except MemoryError:  # what is half decided in memory must not be believed: the process ends
                raise
            except Exception as error:  # only this change fails: what was noticed before it is written with the others
                ends.append(partial(one.done.set_exception, error))
            else:
                after_commit += transaction.after_commit
                ends.append(partial(one.done.set_result, result))
            together.absorb(batch)
        sending = Batch()
        picked = self.shared.outbox.pick(now, sending)
        self.dispatcher.look_at_changed_rows(Transaction(shared=self.shared, now=now, batch=sending))
        together.absorb(sending)
        await self._commit(together, now)
        self.on_written(together)
        self._together = Batch()
        for row in picked:
            self.delivery_attempts.start(row)
        for following in after_commit:
            self._later(self._run(following))
        for end in ends:
            end()

    async def _prepared(self, asked: Sequence[QueuedChange], ends: list[Callable[[], None]]) -> list[QueuedChange]:
        """The changes whose data could be read from the journal; the others end with the error."""
        self._on_record.clear()
        ready = []
        for one in asked:
            try:
                if one.before is not None:
                    await one.before()
            except Exception as error:
                ends.append(partial(one.done.set_exception, error))
            else:
                ready.append(one)
        return ready

    async def _commit(self, batch: Batch, now: float) -> None:
        """Write the batch. Report when the journal cannot be written, and when it can be again."""
        match await self.buffered.keep(batch, now):
            case Kept.FAILED:
                assert self.buffered.unwritten is not None
                transaction = Transaction(shared=self.shared, now=now, batch=self.buffered.unwritten)
                incident_lifecycle.open_fault(self._journal_fault(now, _evidence(self.buffered.reason)), transaction)
                self.dispatcher.evaluate(transaction)
            case Kept.MENDED:
                transaction = Transaction(shared=self.shared, now=now, batch=Batch())
                incident_lifecycle.clear_fault(self._journal_fault(now, {}), transaction)
                await self._commit(transaction.batch, now)
                self._later(self._after_mending())
            case _:
                pass

    def _journal_fault(self, now: float, evidence: dict[str, Fact]) -> Fault:
        return Fault(room=self.shared.room, code="journal_unavailable", since=now, evidence=evidence)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._after_commit.add(task)
        task.add_done_callback(self._after_commit.discard)

    async def _run(self, following: AfterCommit) -> None:
        try:
            result: Any = await following.work()
        except JournalUnavailable as error:
            log.warning("work after a commit has to wait for the journal: %s", error)
            result = error
        except Exception as error:  # what broke is a result too: somebody waits for it
            log.exception("work after a commit broke")
            result = error
        await self.change(lambda transaction: following.then(result, transaction))

    async def look_up(self, number: int) -> None:
        """Have a closed incident at hand: it may still be written to, and memory holds open ones alone."""
        if number not in self.shared.incidents.incidents:
            found = await self.buffered.find(number)
            if found is not None:
                self._on_record[number] = found

    def _closed_incident(self, number: int) -> Incident | None:
        return self._together.incidents.get(number) or self._on_record.get(number)

    def _per_minute(self, target: tuple[str, str]) -> float:
        return next((a.per_minute for a in self.shared.plan.addresses(target[0]) if a.channel == target[1]), 0.0)

    async def reread_memory(self) -> None:
        """Small facts were changed in the journal itself: read them anew, unless newer ones wait to be written. The
        scheduled tasks are asked again."""

        kept: dict[str, str] = {}

        async def read() -> None:
            kept.update(await self.journal.read(lambda reader: reader.memories()))

        def replace(transaction: Transaction) -> None:
            if self.buffered.unwritten is None:
                self.shared.memory.clear()
                self.shared.memory.update(kept | self._together.memory)
                self.dispatcher.ask_tasks_anew()

        await self.change(replace, before=read)

    async def _after_mending(self) -> None:
        """The journal may have been rebuilt: what it found is in its memory. One that is opened for the first time
        holds what was open before this start."""
        await self.reread_memory()
        if self._joined:
            return
        found: list[EarlierRun] = []

        async def read() -> None:
            found.append(await self.journal.read(read_earlier_run))

        def join(transaction: Transaction) -> None:
            take_over(found[0], self.shared, transaction.batch, decided=self._together.notifications)
            self._joined = True

        await self.change(join, before=read)

    # What drives it

    async def tick(self) -> float:
        """Do what is due and start what is to be sent; the Unix time of the next due thing (infinity: none)."""
        await self.change(lambda transaction: None, wakes=False)
        async with self._lock:
            at = min(self.shared.incidents.next_at(), self.shared.outbox.next_at(self.clock.peek()))
            at = min(at, self.dispatcher.next_task_at())
            at = min(at, self.buffered.write_at) if self.buffered.unwritten is not None else at
            return at - self.clock.skew

    async def settle(self) -> None:
        """Wait until nothing is in flight and no work after a commit runs."""
        while self._after_commit:
            await asyncio.gather(*self._after_commit)
            await asyncio.sleep(0)  # from Python 3.12 on, gather lets nobody run where all is done already
        await self.delivery_attempts.settle()

    async def close(self) -> None:
        """Let attempts end (not for ever), write what is unwritten, let go of the sender. The journal stays open."""
        for task in self._after_commit:
            task.cancel()
        await asyncio.gather(*self._after_commit, return_exceptions=True)
        await self.delivery_attempts.end(LANDING)
        await asyncio.gather(*self._carriers, return_exceptions=True)
        async with self._lock:
            if self.buffered.unwritten is not None:
                await self.buffered.finish(LANDING)
                await self._commit(Batch(), self.clock.peek())
        await self._outbound.close()


def _evidence(reason: Reason) -> dict[str, Fact]:
    """A reason as the evidence of a fault."""
    plain = (str, float, int, bool)
    facts: dict[str, Fact] = {name: value for name, value in reason.values.items() if isinstance(value, plain)}
    return {"why": reason.code} | facts
