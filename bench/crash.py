"""Kills the daemon with SIGKILL at random instants and counts what was lost, skipped or came twice.

The daemon runs the real engine, journal and sender over faults, takings, orders and recoveries; messages go over HTTP
to this process, whose log decides. One kill in ten falls into the start. A last run without new faults drains what
is left. Prints JSON lines, the last of them how many figures are not 0 that must be, and on standard error which, and
each target to which a kill made messages come again. Exits 0 whatever the figures are, as every bench.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from alerting.audit.audited_case import last_instead
from alerting.audit.auditor import audit
from alerting.audit.finding import Code
from alerting.journal import Notification, NotificationState, open_reader
from alerting.model.incident import Incident
from alerting.workflows.tell_fault_changes import BUNDLE
from bench import crash_daemon, crash_engine

LONGEST_RUN = 1.5
"""Seconds after its start within which a run is killed."""
DRAIN_SECONDS = 150.0
"""Two minutes between digests, and the retries of what the last kill caught."""
SENDER_GRACE = 5.0
"""Seconds within which a sender must be gone once its parent is."""
SETTLE_SECONDS = 0.05
"""For a connection that waits in the kernel to be accepted."""
ORPHANS, BY_ITSELF = "senders_that_outlived_their_parent", "runs_that_ended_by_themselves"


class Receiver:
    """Takes posts and notes each key with the number of the run in which it came."""

    def __init__(self) -> None:
        self.run = 0
        self.keys: list[tuple[int, str, str]] = []
        self._open = 0

    async def settled(self) -> None:
        """Until all that a process sent before its end is noted: it belongs to that process's run."""
        await asyncio.sleep(SETTLE_SECONDS)
        while self._open:
            await asyncio.sleep(SETTLE_SECONDS)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(v) for k, _, v in (x.partition(b":") for x in head.lower().split(b"\r\n")) if k == b"content-length"
            )
            message = json.loads(await reader.readexactly(length))["message"]
            self.keys.append((self.run, head.split(b" ")[1].decode(), key_of(message)))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open -= 1
            writer.close()


def key_of(message: str) -> str:
    """The idempotency key: between marks where the bench rendered, last on the last line where the product did."""
    if "key=" in message:
        return message.split("key=")[1].split("=")[0]
    return message.rstrip().splitlines()[-1].rpartition(" ")[2]


def senders_of(pid: int) -> list[psutil.Process]:
    found = []
    with contextlib.suppress(psutil.Error, ProcessLookupError):
        for child in psutil.Process(pid).children():
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                if any("alerting.sending.child" in one for one in child.cmdline()):
                    found.append(child)
    return found


def runs(process: psutil.Process) -> bool:
    """It may end while it is looked at."""
    with contextlib.suppress(psutil.Error, ProcessLookupError):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def killed(pid: int) -> bool:
    """False where it had ended by itself."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


async def outlived(senders: list[psutil.Process]) -> int:
    """How many of the senders are still there after the grace."""
    end = time.monotonic() + SENDER_GRACE
    while time.monotonic() < end:
        senders = [one for one in senders if runs(one)]
        if not senders:
            return 0
        await asyncio.sleep(0.02)
    return len(senders)


async def daemon_run(
    daemon: crash_daemon.Daemon, seed: int, chance: random.Random, accepted: set[str], odd: collections.Counter[str]
) -> None:
    process = await daemon.start()
    ready = asyncio.create_task(daemon.ready())
    driving: asyncio.Task[Any] | None = None
    if chance.random() < 0.1:
        await asyncio.sleep(chance.uniform(0.05, 1.0))  # killed while it starts
    else:
        ended = asyncio.create_task(process.wait())
        await asyncio.wait((ready, ended), return_when=asyncio.FIRST_COMPLETED)
        driving = asyncio.create_task(daemon.drive(seed, accepted))
        await asyncio.sleep(chance.uniform(0.0, LONGEST_RUN))
    senders = senders_of(process.pid)
    odd[BY_ITSELF] += process.returncode is not None or not killed(process.pid)
    await process.wait()
    ready.cancel()
    if driving is not None:
        with contextlib.suppress(aiohttp.ClientError, OSError):
            await driving
    odd[ORPHANS] += await outlived(senders)


async def daemon_drain(daemon: crash_daemon.Daemon) -> None:
    process = await daemon.start()
    await daemon.ready()
    end = time.monotonic() + DRAIN_SECONDS
    await asyncio.sleep(BUNDLE + 2.0)
    while await daemon.pending() and time.monotonic() < end:
        await asyncio.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    await process.wait()


async def engine_run(
    worker: crash_engine.Worker, drain: bool, chance: random.Random, accepted: set[str], odd: collections.Counter[str]
) -> None:
    await worker.ready()
    senders: list[psutil.Process] = []
    if not drain:
        await asyncio.sleep(chance.uniform(0.0, LONGEST_RUN))
        senders = senders_of(worker.pid)
        odd[BY_ITSELF] += not killed(worker.pid)
    accepted |= await worker.ended()
    odd[ORPHANS] += await outlived(senders)


async def bench(target: str, kills: int, sender: str, seed: int) -> dict[str, float]:
    chance = random.Random(seed)
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    accepted: set[str] = set()
    odd = collections.Counter({BY_ITSELF: 0, ORPHANS: 0})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        state = folder / "state" if target == "daemon" else folder
        crash_daemon.configure(folder, port)
        daemon = crash_daemon.Daemon(folder)
        for run in range(kills + 1):
            receiver.run = run
            drain = run == kills
            if target == "daemon":
                if drain:
                    await daemon_drain(daemon)
                else:
                    await daemon_run(daemon, seed * 100000 + run, chance, accepted, odd)
            else:
                worker = crash_engine.Worker(folder, port, seed * 100000 + run, sender, drain)
                await engine_run(worker, drain, chance, accepted, odd)
            await receiver.settled()
        server.close()
        figures = judge(state / "journal.db", accepted, receiver.keys, kills)
    return {**figures, **odd}


def judge(file: Path, accepted: set[str], received: list[tuple[int, str, str]], kills: int) -> dict[str, float]:
    """Compare what was decided with what came."""
    reader = open_reader(file.parent)
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
    # What the auditor holds against the journal; lateness apart, since a killed daemon is late by design.
    findings = [one for one in audit(reader, now=reader.last_time()) if one.code is not Code.LATE]
    for one in findings[:10]:
        print(one, file=sys.stderr)
    return {
        "lost": lost,
        "skipped": skipped,
        **duplicates(received, fate, kills),
        "unknown_keys": sum(key not in fate for key in came),
        "open_faults_unnamed": len(unnamed(incidents, rows, set(came))),
        "audit_findings": len(findings),
        "kills": kills,
        "faults": len(incidents),
        "messages": len(came),
    }


def unnamed(incidents: list[Incident], rows: list[Notification], came: set[str]) -> list[str]:
    """Faults that are still open and stand in no message that came, by itself or in a digest. Whoever took the incident
    when it was so knows it without one."""
    fate = {row.key: row for row in rows}
    named: set[tuple[int, str]] = set()
    for row in rows:
        end = last_instead(row, fate)
        if row.key in came or (end is not None and end.key in came):
            named |= {(row.incident, fault) for fault in row.faults}
    found = [
        (one.id, fault.name)
        for one in incidents
        if one.phase.live
        for fault in one.open_faults
        if one.taken_at is None or fault.joined_at > one.taken_at
    ]
    left = [f"#{number} {fault}" for number, fault in found if (number, fault) not in named]
    if left:
        print(f"named to nobody: {', '.join(left)}", file=sys.stderr)
    return left


def duplicates(received: list[tuple[int, str, str]], rows: Mapping[str, Notification], kills: int) -> dict[str, float]:
    """Holds the receiver's log, (run, target, key) in order of arrival, against the rule: a kill may make one message
    for each target come again, that which was in flight, under the key that it had."""
    last_run: dict[str, int] = {}
    by_kill: dict[tuple[int, str], list[str]] = {}
    without_kill = 0
    keys: dict[tuple[object, ...], set[str]] = {}
    for run, target, key in received:
        if key in last_run:
            # A copy is the work of the kill that ended the run in which the message had come before.
            by_kill.setdefault((last_run[key], target), []).append(key)
            without_kill += last_run[key] == run
        last_run[key] = run
        row = rows.get(key)
        if row is not None and row.step >= 0:
            place = (row.incident, row.kind, row.contact, row.channel, row.round, row.step, row.repeat)
            keys.setdefault(place, set()).add(key)
    for (run, target), copies in sorted(by_kill.items()):
        print(f"kill {run}: {target} got {len(copies)} again: {', '.join(copies)}", file=sys.stderr)
    other = {told: found for told, found in keys.items() if len(found) > 1}
    for told, found in other.items():
        print(f"one message under {len(found)} keys: {told}: {', '.join(sorted(found))}", file=sys.stderr)
    return {
        "duplicates": sum(map(len, by_kill.values())),
        "duplicates_per_kill": sum(map(len, by_kill.values())) / max(1, kills),
        "kills_that_made_duplicates": len({run for run, _ in by_kill}),
        "most_duplicates_of_a_target_by_one_kill": max(map(len, by_kill.values()), default=0),
        "targets_and_kills_with_more_than_one_duplicate": sum(len(copies) > 1 for copies in by_kill.values()),
        "duplicates_without_a_kill": without_kill,
        "messages_that_came_under_another_key": len(other),
        "most_copies_of_one_message": max(collections.Counter(key for _, _, key in received).values(), default=0),
    }


WRONG = (
    "lost",
    "skipped",
    "targets_and_kills_with_more_than_one_duplicate",
    "duplicates_without_a_kill",
    "messages_that_came_under_another_key",
    "unknown_keys",
    "open_faults_unnamed",
    "audit_findings",
    ORPHANS,
    BY_ITSELF,
)
"""Figures of which each must be 0."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog="500 kills take about 25 minutes.")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--target", choices=("daemon", "engine"), default="daemon", help="engine: without the daemon")
    parser.add_argument("--sender", choices=("child", "direct"), default="child", help="of the engine alone")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    figures = asyncio.run(bench(options.target, options.kills, options.sender, options.seed))
    case = "sigkill" if options.target == "daemon" else "sigkill of the engine"
    wrong = [metric for metric in WRONG if figures[metric]]
    for metric, value in {**figures, "figures_that_must_be_0": len(wrong)}.items():
        print(json.dumps({"bench": "crash", "case": case, "metric": metric, "value": value, "unit": "1"}))
    if wrong:
        print(f"must be 0: {', '.join(wrong)}", file=sys.stderr)


if __name__ == "__main__":
    main()
