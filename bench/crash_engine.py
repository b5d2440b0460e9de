"""What bench/crash.py kills with --target engine: the engine, its journal and its sender without the daemon around."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from alerting.delivery.contract import Outbound, Outcome, OutgoingMessage, SendResult
from alerting.engine.commands import Refused
from alerting.engine.engine import Engine
from alerting.journal import open_journal
from alerting.messages.facts import MessageFacts, Rendered
from alerting.model.actor import contact
from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import Fault, FaultClass, FaultKind, Severity
from alerting.model.meeting_state import MeetingState
from alerting.plan.contract import Address
from alerting.plan.model import Plan
from alerting.sending.client import ChildSender
from alerting.workflows.scheduled.uptime_record import WatchTrace
from alerting.workflows.tell_fault_changes import BUNDLE
from alerting.workflows.workflow_order import in_order

WANG = contact("wang")
PEOPLE = ("wang", "li", "chen")
DRAIN_SECONDS = 75.0
"""Longer than the minute between two digests, and than the first three retries together."""


class BenchPlan:
    """Three steps within a second, so that kills fall between them."""

    version = "bench"
    confirm_tells_from = Severity.WARNING

    def __init__(self, url: str) -> None:
        self._url = url

    def chain(self, fault_class: FaultClass, severity: Severity, at: float) -> tuple[EscalationStep, ...]:
        return tuple(EscalationStep(name=name, after=0.3 * n, audience=(name,)) for n, name in enumerate(PEOPLE))

    def members(self, audience: str, at: float) -> tuple[str, ...]:
        # Many people, so that most messages go singly and few in digests.
        name = "chen" if audience == "leadership" else audience
        return (f"{name}{int(at * 10) % 40}",)

    def deputies(self, contact: str, at: float) -> tuple[str, ...]:
        return ()

    def groups(self, contact: str) -> frozenset[str]:
        return frozenset({"technical"} if contact == "wang" else ())

    def addresses(self, contact: str) -> tuple[Address, ...]:
        return (Address(channel="http", url=f"{self._url}/{contact}"),)

    def language(self, contact: str) -> str:
        return "en"

    def quiet_until(self, contact: str, severity: Severity, at: float, *, declared: bool = False) -> float | None:
        return None

    def severity(self, kind: FaultKind, meeting: MeetingState) -> Severity:
        return kind.weight

    @property
    def data(self) -> Plan:
        return Plan()

    @property
    def has_people(self) -> bool:
        return True

    def take_holds(self, severity: Severity) -> float:
        return 3600.0


class DirectSender:
    """One HTTP request a message over the bare socket: for quick runs without the sending child."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def send(self, rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]:
        return [await self._post(row) for row in rows]

    async def _post(self, row: OutgoingMessage) -> SendResult:
        body = json.dumps({"message": row.body}).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = f"POST /{row.contact} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        answer = await reader.readline()
        writer.close()
        return SendResult(key=row.key, outcome=Outcome.SENT if b" 200 " in answer else Outcome.TEMPORARY)

    async def warm(self) -> None: ...

    async def close(self) -> None: ...


def render(facts: MessageFacts) -> Rendered:
    return Rendered(title=f"{facts.kind} {facts.incident.room}", body=f"key={facts.key}=", short=facts.kind)


class Worker:
    """One run of the engine in a process of its own, forked from one that has loaded everything: a start costs no
    second. What it prints is read here."""

    def __init__(self, folder: Path, port: int, seed: int, sender: str, drain: bool, *, synced: bool = True) -> None:
        ours, theirs = _FORKS.Pipe(duplex=False)
        self._process = _FORKS.Process(target=_run, args=(theirs, folder, port, seed, sender, drain, synced))
        self._process.start()
        theirs.close()
        self._output = os.fdopen(os.dup(ours.fileno()))
        ours.close()
        self.pid = self._process.pid or 0

    async def ready(self) -> None:
        await asyncio.to_thread(self._output.readline)

    async def ended(self) -> set[str]:
        """Wait for its end; the rooms whose fault it had accepted by then."""
        said = await asyncio.to_thread(self._output.read)
        self._output.close()
        self._process.join()
        return set(filter(None, said.split("\n")[:-1]))


_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["bench.crash"])  # all that a run needs, and its callers


def _run(output: Connection, folder: Path, port: int, seed: int, sender: str, drain: bool, synced: bool) -> None:
    os.dup2(output.fileno(), 1)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    asyncio.run(work(folder, port, seed, sender, drain, synced=synced))


async def work(folder: Path, port: int, seed: int, sender: str, drain: bool, *, synced: bool = True) -> None:
    """What is killed. Prints a room's name once its fault was accepted: from then on it must not be lost. synced: False
    for a journal that waits for no disk."""
    chance = random.Random(seed)
    outbound: Outbound = DirectSender(port) if sender == "direct" else ChildSender()
    url = f"json://127.0.0.1:{port}"
    journal = open_journal(folder)
    if not synced:
        journal._db.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined]
    engine = Engine(
        journal=journal,
        plan=BenchPlan(url),
        now=time.time,
        outbound=outbound,
        render=render,
        workflows=in_order(),
        tasks=[WatchTrace(journal.reader.last_time())],
    )
    print("ready", flush=True)

    async def drive() -> None:
        while True:
            engine.woken.clear()
            at = await engine.tick()
            try:
                async with asyncio.timeout(min(1.0, max(0.01, at - time.time()))):
                    await engine.woken.wait()
            except TimeoutError:
                pass

    driver = asyncio.create_task(drive())
    if drain:
        end = time.time() + DRAIN_SECONDS
        await asyncio.sleep(BUNDLE + 2.0)
        while engine.summary()["outbox_waiting"] or engine.summary()["outbox_in_flight"]:
            if time.time() > end:
                break
            await asyncio.sleep(0.2)
        driver.cancel()
        await engine.close()
        return
    number = 0
    while True:
        number += 1
        meeting, room = MeetingState(running=True), f"{seed}-{number}"
        fault, second = (Fault(room=room, code="app_not_running", target=one, since=time.time()) for one in ("a", "b"))
        incident = await engine.fault_opened(fault, meeting)
        print(fault.room, flush=True)
        await asyncio.sleep(chance.uniform(0, 0.2))
        if chance.random() < 0.5:
            # It joins the first one's incident, and stays where that one ends.
            await engine.fault_opened(second, meeting)
        try:
            if chance.random() < 0.5:
                await engine.command("take", incident, by=WANG)
            if chance.random() < 0.3:
                await engine.command("confirm", incident, by=WANG)
        except Refused:
            pass
        if chance.random() < 0.4:
            await engine.fault_cleared(fault)
