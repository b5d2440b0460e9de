"""Hundreds of faults in one second: few writes, nothing told before it is written, no word lost to another's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from alerting.delivery.contract import Outcome
from alerting.delivery.outbox import Lane, Outbox
from alerting.engine.commands import Refused
from alerting.journal.contract import JournalUnavailable
from alerting.journal.rows import Batch, Notification, NotificationState
from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import because
from alerting.plan.contract import Address
from tests.alerting.stage import RUNNING, START, Organisation, Stage

EMPTY = MeetingState(running=False)


def _fault(number: int) -> Fault:
    return Fault(room=f"S{number}", code="camera_missing", since=START)


async def test_faults_that_come_together_are_written_together_and_told_only_when_written(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Batch] = []
    told_before: list[str] = []
    commit = stage.journal.commit

    async def noting(batch: Batch) -> None:
        await commit(batch)
        written.append(batch)
        on_disk = {row.key for one in written for row in one.notifications.values()}
        told_before.extend(row.key for _, _, row in stage.post.arrived if row.key not in on_disk)

    monkeypatch.setattr(stage.journal, "commit", noting)
    numbers = await asyncio.gather(*(stage.engine.fault_opened(_fault(n), RUNNING) for n in range(300)))
    assert len(written) < 30, "a storm must not cost the disk a write a fault"
    assert sorted(numbers) == [incident.id for incident in stage.journal.reader.incidents()]
    await stage.until(59)
    kinds = [kind for _, who, kind in stage.story() if who == "wang"]
    assert kinds.count("digest") <= 1
    assert len(kinds) <= 5, "a storm is told in a few messages"
    assert not told_before


async def test_a_refusal_among_changes_that_are_written_together_is_its_askers_alone(stage: Stage) -> None:
    opened, refused, other = await asyncio.gather(
        stage.engine.fault_opened(_fault(1), RUNNING),
        stage.engine.command("take", 77, by="wang"),
        stage.engine.fault_opened(_fault(2), RUNNING),
        return_exceptions=True,
    )
    assert isinstance(refused, Refused)
    assert [one.id for one in stage.journal.reader.incidents()] == sorted([opened, other])  # type: ignore[type-var]


async def test_two_orders_to_one_person_in_one_moment_are_two_messages(stage: Stage) -> None:
    number = await stage.engine.fault_opened(_fault(1), RUNNING)
    await asyncio.gather(
        stage.engine.command("order", number, by="chen", to=["zhao"], text="bring a camera"),
        stage.engine.command("order", number, by="chen", to=["zhao"], text="bring a cable"),
    )
    await stage.until(5)
    texts = [row.body for _, who, row in stage.post.arrived if who == "zhao"]
    assert sorted(texts) == ["bring a cable", "bring a camera"]


async def test_words_on_a_closed_incident_do_not_undo_one_another(stage: Stage) -> None:
    number = await stage.engine.fault_opened(_fault(1), RUNNING)
    await stage.engine.fault_cleared(_fault(1))
    await stage.engine.command("close", number, by="wang")
    await asyncio.gather(
        stage.engine.command("done", number, by="wang", text="a new cable"),
        stage.engine.command("note", number, by="li", text="ask for a better one"),
    )
    kept = stage.journal.reader.incident(number)
    assert kept is not None
    assert kept.done == "a new cable"


async def test_a_digest_that_cannot_be_worded_holds_no_lane(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no words")

    monkeypatch.setattr(stage.engine._shared.outbox, "_digest", broken)
    await asyncio.gather(*(stage.engine.fault_opened(_fault(n), RUNNING) for n in range(20)))
    await stage.until(30)
    early = len(stage.post.arrived)
    monkeypatch.undo()
    await stage.until(200)
    assert early > 0
    assert any(row.short == "digest" for _, who, row in stage.post.arrived if who == "wang")
    assert not [row for row in stage.journal.reader.unfinished() if row.kind == "opened"]


async def test_what_fails_by_its_own_way_again_is_not_told_twice_by_the_other(tmp_path: Path) -> None:
    plan = Organisation()
    plan.ways["wang"] = (
        Address(channel="chat", url="test://chat", path="chat"),
        Address(channel="mail", url="test://wang", path="smtp"),
    )
    stage = Stage(tmp_path, plan)
    stage.post.fate = {"chat": Outcome.TEMPORARY, "mail": Outcome.TEMPORARY}
    await stage.engine.fault_opened(_fault(1), RUNNING)
    await stage.until(1)
    stage.post.fate = {"chat": Outcome.PERMANENT}
    await stage.until(60)
    by_mail = [row for row in stage.journal.reader.notifications() if row.contact == "wang" and row.channel == "mail"]
    await stage.close()
    assert [row.attempts for row in by_mail] == [2], "its second try, not a message begun anew"
    keys = [row.key for _, who, row in stage.post.arrived if who == "wang" and row.short == "opened"]
    assert len(keys) == 1


async def test_a_storm_on_a_full_disk_is_told_while_it_is_full_and_every_room_of_it_by_its_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(batch: Batch) -> None:
        raise JournalUnavailable(because("journal_full", place="/x"))

    with monkeypatch.context() as disk:
        disk.setattr(stage.journal, "commit", full)
        numbers = await asyncio.gather(*(stage.engine.fault_opened(_fault(n), RUNNING) for n in range(200)))
        await stage.until(150)
        assert stage.engine.summary()["journal_unavailable"] == "journal_full"
        assert any(who == "wang" for _, who, _ in stage.post.arrived), "the alarm goes out from memory"
        assert stage.journal.reader.incidents() == []
    await stage.until(400)
    assert stage.engine.summary()["journal_unavailable"] == ""
    kept = {incident.id for incident in stage.journal.reader.incidents()}
    assert set(numbers) <= kept
    rows = {row.key: row for row in stage.journal.reader.notifications()}
    arrived = {message.key for _, _, message in stage.post.arrived}
    told = set()
    for row in rows.values():
        if row.contact != "wang" or row.kind != "opened":
            continue
        by = row
        while by.state is NotificationState.SUPERSEDED:
            by = rows[by.superseded_by]
        if by.key in arrived:
            told.add(row.incident)
    assert set(numbers) <= told


async def test_tries_that_failed_make_no_storm(stage: Stage) -> None:
    stage.post.fate["wang/mail"] = Outcome.TEMPORARY
    await stage.engine.fault_opened(_fault(1), RUNNING)
    await stage.until(44)
    await stage.engine.fault_cleared(_fault(1))
    await stage.until(51)
    assert stage.post.tried == 6
    stage.post.fate.clear()
    await stage.until(300)
    assert [one[1:] for one in stage.story()] == [("wang", "passed")]


async def test_what_flaps_or_is_over_holds_up_no_alarm_and_alarms_that_storm_are_a_digest(stage: Stage) -> None:
    for number in range(4):
        calendar = Fault(room=f"C{number}", code="calendar_unreadable", since=START)
        await stage.engine.fault_opened(calendar, EMPTY)
        await stage.until(2 * number + 1)
        await stage.engine.fault_cleared(calendar)
        await stage.until(2 * number + 2)
    assert len(stage.post.arrived) >= 5
    for number in range(7):
        at = 10 + 2 * number
        await stage.engine.fault_opened(_fault(number), RUNNING)
        await stage.until(at)
        alone = [when for when, who, row in stage.post.arrived if who == "wang" and f"opened S{number}:" in row.title]
        assert alone == ([pytest.approx(at - 2, abs=1)] if number < 5 else []), number
    await stage.until(90)
    digests = [row.title for _, who, row in stage.post.arrived if who == "wang" and row.title.startswith("digest")]
    assert any("S6" in title for title in digests)


async def test_an_alarm_passes_nothing_about_its_own_incident(stage: Stage) -> None:
    outbox = Outbox(digest=lambda rows, now: replace(rows[0], key="digest", kind="digest"))
    waits = [_row(n, incident=n, urgent=False) for n in range(6)] + [_row(6, incident=1, urgent=True)]
    lane = outbox._lanes.setdefault(("wang", "mail"), Lane(singles=[START] * 5, digest_at=START, lone_at=START))
    lane.waiting = {row.key: row for row in waits}
    assert outbox.pick(START + 7, Batch()) == []
    lane.waiting["7"] = _row(7, incident=9, urgent=True)
    assert [row.key for row in outbox.pick(START + 7, Batch())] == ["7"]


def _row(number: int, *, incident: int, urgent: bool) -> Notification:
    return Notification(
        key=str(number), incident=incident, kind="opened" if urgent else "recovered", contact="wang", channel="mail",
        decided_at=START + number, expires_at=START + 9000, urgent=urgent,
    )  # fmt: skip
