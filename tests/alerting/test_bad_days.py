"""Days on which the plan itself is disturbed: people leave, the plan changes, a server accepts and never answers."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import socket
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from alerting.engine.commands import Refused
from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import Fault, Severity
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import because
from alerting.plan.contract import Address
from alerting.plan.model import Plan
from alerting.plan.quiet_hours import QuietHours
from alerting.plan.running_plan import RunningPlan
from alerting.sending.client import ChildSender
from tests.alerting.stage import RUNNING, START, Organisation, Stage

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)
EMPTY = MeetingState(running=False)


async def test_a_plan_that_changes_in_mid_incident_is_told_and_the_incident_keeps_its_chain(stage: Stage) -> None:
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(60)
    short = (EscalationStep(name="only", audience=("leadership",)),)
    await stage.engine.change_plan(Organisation(version="2", steps=short))
    await stage.until(21 * 60)
    assert ("wang", "plan_changed") in [one[1:] for one in stage.story()]
    assert (5, "li", "escalated") in stage.story()
    assert (15, "chen", "escalated") in stage.story()
    assert [e.why for e in stage.journal.reader.events(number) if e.verb == "plan_changed"] == [
        because("plan_kept", old="1", new="2", version="1")
    ]
    other = Fault(room="R2", code="camera_missing", since=START)
    await stage.engine.fault_opened(other, RUNNING)
    await stage.until(22 * 60)
    assert stage.story()[-1][1:] == ("chen", "opened")


async def test_an_incident_of_which_nobody_was_told_takes_the_repaired_plan(stage: Stage) -> None:
    stage.plan.steps = ()
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(120)
    assert stage.story() == []
    await stage.engine.change_plan(Organisation(version="2"))
    await stage.until(8 * 60)
    assert [one for one in stage.story() if one[1] in ("wang", "li")][:2] == [
        (2, "wang", "escalated"),
        (4, "wang", "repeated"),
    ]
    assert (7, "li", "escalated") in stage.story()
    kept = stage.journal.reader.incident(number)
    assert kept is not None
    assert kept.plan_version == "2"
    assert [e.why for e in stage.journal.reader.events(number) if e.verb == "plan_changed"] == [
        because("plan_adopted", old="1", new="2", version="1")
    ]


async def test_a_stop_does_not_wait_for_ever_for_a_sender_and_what_flew_flies_again_under_its_key(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, tried = stage.post.send, []

    async def never(rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]:
        tried.extend(row.key for row in rows)
        await asyncio.Event().wait()
        return ()

    monkeypatch.setattr("alerting.engine.change_loop.LANDING", 0.05)
    monkeypatch.setattr(stage.post, "send", never)
    await stage.engine.fault_opened(CAMERA, RUNNING)
    async with asyncio.timeout(30):
        while not tried:
            await asyncio.sleep(0)
        await stage.close()
    monkeypatch.setattr(stage.post, "send", send)
    stage.open()
    await stage.until(10)
    assert [row.key for _, who, row in stage.post.arrived if who == "wang"] == tried


async def test_who_is_taken_out_of_the_plan_while_it_is_open_gets_nothing_more_and_the_chain_goes_on(
    stage: Stage,
) -> None:
    stage.post.fate["wang/mail"] = Outcome.TEMPORARY
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(30)
    without = Organisation(version="2")
    without.groups_of["technical"] = ("zhao",)
    del without.ways["wang"]
    stage.post.fate.clear()
    await stage.engine.change_plan(without)
    await stage.until(21 * 60)
    assert "wang" not in [who for _, who, _ in stage.story()]
    assert {"chen", "zhao"} <= {who for _, who, _ in stage.story()}
    rows = [row for row in stage.journal.reader.notifications(1) if row.contact == "wang"]
    assert [row.detail for row in rows] == [because("contact_gone", people=("wang",), version="2")]


async def test_leadership_hears_of_the_confirmation_at_once_and_of_the_end_with_what_was_done(stage: Stage) -> None:
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(60)
    await stage.engine.command("take", number, by="wang")
    await stage.engine.command("confirm", number, by="wang")
    await stage.engine.command("done", number, by="wang", text="a new cable")
    await stage.until(600)
    await stage.engine.fault_cleared(CAMERA)
    await stage.until(610)
    chen = [(at, message.short, message.body) for at, who, message in stage.post.arrived if who == "chen"]
    assert [(round(at), kind) for at, kind, _ in chen] == [(60, "confirmed"), (600, "recovered")]
    assert "a new cable" in chen[1][2]
    await stage.engine.command("done", number, by="wang", text="and a new plug")
    await stage.until(620)
    assert [message.short for _, who, message in stage.post.arrived if who == "chen"][-1] == "done"


async def test_a_rest_ends_when_the_fault_gets_worse(stage: Stage) -> None:
    number = await stage.engine.fault_opened(CAMERA, MeetingState(running=False, starts_in=600))
    await stage.engine.command("snooze", number, by="wang", until=stage.clock.now + 3600)
    await stage.until(300)
    before = len(stage.story())
    await stage.engine.meeting_changed("R1", RUNNING)
    await stage.until(301)
    assert stage.engine.incidents()[0].severity is Severity.CRITICAL
    assert len(stage.story()) == before + 1


@pytest.mark.parametrize("until", [float("nan"), float("inf"), -1.0, "tomorrow"])
async def test_a_rest_until_no_time_at_all_is_refused_and_changes_nothing(stage: Stage, until: object) -> None:
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    with pytest.raises(Refused, match=f"snooze_no_time.*given={re.escape(str(until))}"):
        await stage.engine.command("snooze", number, by="wang", until=until)
    await stage.until(60)
    assert stage.story()[0][1:] == ("wang", "opened")


async def test_what_waits_for_the_morning_is_not_overdue_before_it(stage: Stage) -> None:
    stage.plan.quiet = START + 9 * 3600
    await stage.engine.fault_opened(CAMERA, EMPTY)
    await stage.until(8 * 3600)
    assert stage.engine.summary()["outbox_waiting"] == 1
    assert stage.engine.due_messages() == []
    stage.clock.now = START + 9 * 3600 + 1
    assert [row.contact for row in stage.engine.due_messages()] == ["wang"]


async def test_what_waited_for_the_morning_is_not_told_again_once_it_got_worse(stage: Stage) -> None:
    morning = START + 9 * 3600
    stage.plan.quiet = morning
    await stage.engine.fault_opened(CAMERA, EMPTY)
    await stage.until(3600)
    assert stage.story() == []
    await stage.engine.meeting_changed("R1", RUNNING)
    await stage.until(3700)
    assert [(who, kind) for _, who, kind in stage.story()] == [("wang", "escalated")]
    number = stage.engine.incidents()[0].id
    await stage.engine.command("mitigate", number, by="wang")
    await stage.until(10 * 3600)
    opened = [message for _, _, message in stage.post.arrived if message.short == "opened"]
    assert opened == []


@pytest.mark.parametrize(("day", "ends"), [((2027, 3, 28), "07:30"), ((2027, 10, 31), "07:30")])
def test_quiet_hours_end_at_their_wall_time_on_the_nights_on_which_clocks_change(
    day: tuple[int, int, int], ends: str
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    plan = RunningPlan(Plan(timezone="Europe/Berlin", quiet=(QuietHours(),)))
    night = dt.datetime(*day, 0, 30, tzinfo=zone).timestamp()
    until = plan.quiet_until("wang", Severity.NOTICE, night)
    assert until is not None
    assert dt.datetime.fromtimestamp(until, zone).strftime("%H:%M") == ends
    assert (until - night) / 3600 == (6 if day[1] == 3 else 8)


@pytest.mark.slow
async def test_a_server_that_accepts_and_never_answers_is_given_up_and_the_next_way_is_taken(tmp_path: Path) -> None:
    """HTTP 200 and then silence, over the real sender."""
    hung: list[asyncio.StreamWriter] = []
    taken = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
        await writer.drain()
        hung.append(writer)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        taken.set()
        writer.close()

    bad = await asyncio.start_server(hang, "127.0.0.1", 0)
    good = await asyncio.start_server(accept, "127.0.0.1", 0)
    plan = Organisation()
    plan.ways["wang"] = (
        Address(channel="1", url=f"json://127.0.0.1:{_port(bad)}/x", path="a"),
        Address(channel="2", url=f"json://127.0.0.1:{_port(good)}/x", path="b"),
    )
    stage = Stage(tmp_path, plan)
    await stage.close()
    sender = ChildSender(rate_folder=tmp_path)
    stage.post = sender  # type: ignore[assignment]
    stage.open()
    await stage.engine.fault_opened(CAMERA, RUNNING)
    async with asyncio.timeout(60):
        while not taken.is_set():
            stage.clock.now += 1
            await stage.engine.tick()
            await asyncio.sleep(0.2)
    assert hung
    await stage.close()
    for writer in hung:
        writer.close()
    for server in (bad, good):
        server.close()


async def test_a_sender_that_gives_a_message_up_from_within_holds_no_lane(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, tries = stage.post.send, iter([asyncio.CancelledError()])

    async def give_up_once(rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]:
        for error in tries:
            raise error
        return await send(rows)

    monkeypatch.setattr(stage.post, "send", give_up_once)
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    while not stage.engine.summary()["outbox_waiting"]:
        await asyncio.sleep(0)
    await stage.until(60)
    assert [message.short for _, who, message in stage.post.arrived if who == "wang"] == ["opened"]
    assert [row.attempts for row in stage.journal.reader.notifications(number)] == [2]


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    assert server.sockets[0].family is socket.AF_INET
    return port
