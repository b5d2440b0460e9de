"""Kills the plan's engine with SIGKILL at random instants and counts what was lost, skipped or came twice.

A worker process runs the real engine, journal and sender over faults, takings and recoveries; messages go over HTTP
to this process, whose log decides. After the last kill a worker without new faults drains what is left.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from alerting.chain import Address, Step
from alerting.delivery.outbound import MessageFacts, Outbound, Outcome, OutgoingMessage, SendResult, Text
from alerting.engine import Engine
from alerting.fault import Fault, FaultClass, FaultKind, Severity
from alerting.journal import Journal, JournalReader, NotificationState
from alerting.meeting_state import MeetingState
from alerting.plan.model import Plan
from alerting.sending.client import ChildSender
from alerting.verbs import Refused

PEOPLE = ("wang", "li", "chen")
DRAIN_SECONDS = 75.0
"""Longer than the minute between two digests, and than the first three retries together."""


class BenchPlan:
    """Three steps within a second, so that kills fall between them."""

    version = "bench"
    confirm_tells_from = Severity.WARNING

    def __init__(self, url: str) -> None:
        self._url = url

    def chain(self, fault_class: FaultClass, severity: Severity, at: float) -> tuple[Step, ...]:
        return tuple(Step(name=name, after=0.3 * n, audience=(name,)) for n, name in enumerate(PEOPLE))

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

    def quiet_until(self, contact: str, severity: Severity, at: float) -> float | None:
        return None

    def severity(self, kind: FaultKind, meeting: MeetingState) -> Severity:
        return kind.weight

    @property
    def data(self) -> Plan:
        return Plan()

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


def render(facts: MessageFacts) -> Text:
    return Text(title=f"{facts.kind} {facts.incident.room}", body=f"key={facts.key}=")


async def work(folder: Path, port: int, seed: int, sender: str, drain: bool) -> None:
    """What is killed. Prints a room's name once its fault was accepted: from then on it must not be lost."""
    chance = random.Random(seed)
    outbound: Outbound = DirectSender(port) if sender == "direct" else ChildSender()
    url = f"json://127.0.0.1:{port}"
    engine = Engine(
        journal=Journal(folder / "journal.db"), plan=BenchPlan(url), now=time.time, outbound=outbound, render=render
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
        await asyncio.sleep(1.5)
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
        fault = Fault(room=f"{seed}-{number}", code="app_not_running", since=time.time())
        incident = await engine.fault_opened(fault, MeetingState(running=True))
        print(fault.room, flush=True)
        await asyncio.sleep(chance.uniform(0, 0.2))
        try:
            if chance.random() < 0.5:
                await engine.command("take", incident, by="wang")
            if chance.random() < 0.3:
                await engine.command("confirm", incident, by="wang")
        except Refused:
            pass
        if chance.random() < 0.4:
            await engine.fault_cleared(fault)


class Receiver:
    """Takes posts and notes each key with the number of the run in which it came."""

    def __init__(self) -> None:
        self.run = 0
        self.keys: list[tuple[int, str, str]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(v) for k, _, v in (x.partition(b":") for x in head.lower().split(b"\r\n")) if k == b"content-length"
            )
            body = await reader.readexactly(length)
            key = json.loads(body)["message"].split("key=")[1].split("=")[0]
            self.keys.append((self.run, head.split(b" ")[1].decode(), key))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def bench(kills: int, sender: str, seed: int) -> dict[str, float]:
    chance = random.Random(seed)
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    accepted: set[str] = set()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for run in range(kills + 1):
            receiver.run = run
            drain = run == kills
            command = [__file__, "--worker", name, str(port), str(seed * 100000 + run), sender, str(int(drain))]
            worker = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
            assert worker.stdout is not None
            await worker.stdout.readline()
            if not drain:
                await asyncio.sleep(chance.uniform(0.0, 1.2))
                worker.send_signal(signal.SIGKILL)
            rest = (await worker.stdout.read()).decode().split("\n")
            accepted.update(room for room in rest[:-1] if room)
            await worker.wait()
        server.close()
        return judge(folder / "journal.db", accepted, receiver.keys, kills)


def judge(file: Path, accepted: set[str], received: list[tuple[int, str, str]], kills: int) -> dict[str, float]:
    """Compare what was decided with what came."""
    reader = JournalReader(file)
    incidents, rows = reader.incidents(), reader.notifications()
    came = collections.Counter(key for _, _, key in received)
    lost = len(accepted - {incident.room for incident in incidents})
    lost += sum(row.state in (NotificationState.PENDING, NotificationState.SENDING) for row in rows)
    fate = {row.key: row for row in rows}
    lost += sum(bool(row.superseded_by) and row.superseded_by not in fate for row in rows)
    lost += sum(row.state is NotificationState.SENT and not came[row.key] for row in rows)
    skipped = 0
    for incident in incidents:
        reached = [step.index for step in incident.steps if step.round == 0]
        skipped += sorted(set(reached)) != list(range(len(set(reached)))) or not reached
    twice = sum(count - 1 for count in came.values())
    return {
        "lost": lost,
        "skipped": skipped,
        "duplicates_per_kill": twice / max(1, kills),
        "most_copies_of_one_message": max(came.values(), default=0),
        "kills": kills,
        "faults": len(incidents),
        "messages": len(came),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog="500 kills take about 15 minutes, 8 minutes direct.")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--sender", choices=("child", "direct"), default="child", help="child: the product's own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        folder, port, seed, sender, drain = options.worker
        asyncio.run(work(Path(folder), int(port), int(seed), sender, drain == "1"))
        return
    figures = asyncio.run(bench(options.kills, options.sender, options.seed))
    for metric, value in figures.items():
        print(json.dumps({"bench": "crash", "case": "sigkill", "metric": metric, "value": value, "unit": "1"}))


if __name__ == "__main__":
    main()
