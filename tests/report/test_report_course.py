"""The report's way from draft to the management, told as stories: who is asked, when, and what is refused."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from alerting.engine.commands import Refused
from alerting.journal import open_journal
from alerting.model.fault import Fault
from alerting.model.incident import Phase, ReportState
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import text_of
from alerting.plan.loading import load_plan
from alerting.plan.report_rules import ReportRules
from alerting.plan.running_plan import RunningPlan
from alerting.workflows.report import PostIncidentReport
from tests.alerting.stage import RUNNING, START, Stage

PLAN = Path(__file__).parents[2] / "config" / "examples" / "plan.acme.toml"
CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START - 10)
HOUR = 3600.0


def acme(**changes: object) -> RunningPlan:
    """The example's people, without quiet hours unless a test is about them."""
    data = load_plan(PLAN)
    rules = {name: value for name, value in changes.items() if name in ReportRules.__struct_fields__}
    others = {name: value for name, value in changes.items() if name not in rules}
    report = msgspec.structs.replace(data.report, **rules)
    return RunningPlan(msgspec.structs.replace(data, **{"quiet": (), "report": report, **others}))


class Printer:
    def __init__(self, folder: Path) -> None:
        self.folder, self.printed, self.fails = folder, [], False

    async def __call__(self, number: int) -> Sequence[Path]:
        self.printed.append(number)
        if self.fails:
            raise RuntimeError("no font with Chinese characters")
        file = self.folder / f"report-{number}.pdf"
        file.write_bytes(b"%PDF")
        return [file]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(tmp_path, acme(), workflows=[PostIncidentReport(Printer(tmp_path))])  # type: ignore[arg-type]
    yield made
    await made.close()


async def over(stage: Stage, meeting: MeetingState = RUNNING, fault: Fault = CAMERA) -> int:
    """An incident that began at 0 and ended at 10 minutes."""
    number = await stage.engine.fault_opened(fault, meeting)
    await stage.until(600)
    await stage.engine.fault_cleared(fault)
    await stage.until(601)
    return number


def about_reports(stage: Stage) -> list[tuple[float, str, str]]:
    """(hours after the end of the incident, who, kind)."""
    return sorted(
        (round((at - 600) / HOUR, 1), who, message.short)
        for at, who, message in stage.post.arrived
        if message.short.startswith("report_")
    )


async def test_nobody_writes_it_so_the_office_is_reminded_and_then_leadership_hears(stage: Stage) -> None:
    number = await over(stage)
    await stage.until(100 * HOUR)
    assert about_reports(stage) == [
        (0.0, "sun", "report_drafted"),
        (24.0, "sun", "report_reminded"),
        (44.0, "sun", "report_reminded"),
        (48.0, "chen", "report_overdue"),
        (48.0, "sun", "report_overdue"),
        (48.0, "zhou", "report_overdue"),
    ]
    commands = [event.verb for event in stage.journal.reader.events(number) if event.verb.startswith("report_")]
    assert commands == ["report_drafted", "report_reminded", "report_reminded", "report_overdue"]


async def test_a_restart_after_closing_forgets_no_reminder_and_repeats_none(stage: Stage) -> None:
    await over(stage)
    for hours in (2, 25, 26, 45, 47, 49, 50, 100):
        await stage.until(hours * HOUR)
        assert stage.engine.incidents() == []
        await stage.close()
        stage.open()
    assert [kind for _, who, kind in about_reports(stage) if who == "sun"] == [
        "report_drafted",
        "report_reminded",
        "report_reminded",
        "report_overdue",
    ]
    assert stage.journal.reader.live_incidents() == [], "nothing is left to do, so nothing is read at a start"


async def test_a_monitor_that_was_off_for_two_days_gives_one_message_of_the_present_state(stage: Stage) -> None:
    await over(stage)
    await stage.until(2 * HOUR)
    await stage.close()
    stage.clock.now = START + 46 * HOUR
    stage.open()
    await stage.until(46.1 * HOUR)
    assert [kind for _, _, kind in about_reports(stage)] == ["report_drafted", "report_reminded"]


async def test_the_report_goes_from_the_office_over_review_and_signature_to_management(stage: Stage) -> None:
    number = await over(stage)
    command = stage.engine.command
    await stage.until(3 * HOUR)
    await command("report_edit", number, by="sun", chapter="cause", text="线缆被清洁人员碰落。")
    with pytest.raises(Refused, match="report_not_submitted"):
        await command("report_sign", number, by="chen")
    await command("report_submit", number, by="sun")
    with pytest.raises(Refused, match="report_under_review"):
        await command("report_edit", number, by="sun", chapter="cause", text="…")
    with pytest.raises(Refused, match="report_not_reviewed"):
        await command("report_sign", number, by="chen")
    with pytest.raises(Refused, match="return_without_reason"):
        await command("report_return", number, by="wang")
    await command("report_return", number, by="wang", text="原因不够具体")
    await command("report_submit", number, by="sun")
    await command("report_approve", number, by="wang")
    await command("report_sign", number, by="chen")
    await stage.until(4 * HOUR)
    told = [(who, kind) for at, who, kind in about_reports(stage) if at > 2]
    assert told.count(("wang", "report_submitted")) == 2
    assert told.count(("sun", "report_returned")) == 1
    assert ("chen", "report_approved") in told
    sent = {who for who, kind in told if kind == "report_sent"}
    assert {"lin", "chen", "sun", "he"} <= sent
    attached = [m.attachments for _, who, m in stage.post.arrived if who == "lin" and m.short == "report_sent"]
    assert attached == [(str(stage.folder / f"report-{number}.pdf"),)]
    steps = [
        (event.verb, event.by, text_of(event.why))
        for event in stage.journal.reader.events(number)
        if event.verb.startswith("report_")
    ]
    assert [verb for verb, _, _ in steps] == [
        "report_drafted",
        "report_edited",
        "report_submitted",
        "report_returned",
        "report_submitted",
        "report_approved",
        "report_signed",
        "report_sent",
    ]
    assert ("report_returned", "wang", "原因不够具体") in steps
    found = stage.journal.reader.incident(number)
    assert found is not None and found.report is ReportState.SENT and found.phase is Phase.CLOSED
    await stage.until(100 * HOUR)
    assert not [kind for _, _, kind in about_reports(stage) if kind in ("report_reminded", "report_overdue")]
    with pytest.raises(Refused, match=r"report_final.*report_state=sent"):
        await command("report_edit", number, by="sun", chapter="cause", text="…")


async def test_a_report_that_was_late_is_still_signed_and_sent(stage: Stage) -> None:
    number = await over(stage)
    await stage.until(80 * HOUR)
    for verb, by in (("report_submit", "sun"), ("report_approve", "wang"), ("report_sign", "chen")):
        await stage.engine.command(verb, number, by=by)
    await stage.until(81 * HOUR)
    assert "lin" in [who for _, who, kind in about_reports(stage) if kind == "report_sent"]


async def test_a_crash_between_signature_and_sending_sends_after_the_restart_and_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await over(stage)
    await stage.until(2 * HOUR)
    printer = stage.workflows[0]._printer  # type: ignore[attr-defined]
    hangs = asyncio.Event()

    async def never(number: int) -> Sequence[Path]:
        hangs.set()
        await asyncio.Event().wait()
        return []

    stage.workflows[0]._printer = never  # type: ignore[attr-defined]
    for verb, by in (("report_submit", "sun"), ("report_approve", "wang"), ("report_sign", "chen")):
        await stage.engine.command(verb, number, by=by)
    await hangs.wait()
    await stage.close()
    stage.workflows = [PostIncidentReport(printer)]
    stage.open()
    await stage.until(3 * HOUR)
    await stage.until(4 * HOUR)
    assert [who for _, who, kind in about_reports(stage) if kind == "report_sent"].count("lin") == 1


async def test_a_report_whose_files_cannot_be_made_is_sent_as_its_summary(stage: Stage) -> None:
    stage.workflows[0]._printer.fails = True  # type: ignore[attr-defined]
    number = await over(stage)
    for verb, by in (("report_submit", "sun"), ("report_approve", "wang"), ("report_sign", "chen")):
        await stage.engine.command(verb, number, by=by)
    await stage.until(HOUR)
    message = next(m for _, who, m in stage.post.arrived if who == "lin")
    assert message.attachments == ()
    sent = stage.journal.reader.events(number)[-2:]
    assert "no font with Chinese characters" in " ".join(str(event.why) for event in sent)


async def test_drills_and_small_things_owe_no_report(stage: Stage) -> None:
    await over(stage, fault=Fault(room="R2", code="camera_missing", since=START, drill=True))
    await over(stage, MeetingState(running=False), Fault(room="R3", code="camera_missing", since=START))
    await stage.until(100 * HOUR)
    assert about_reports(stage) == []


async def test_who_only_hears_of_the_report_is_not_told_of_a_recovery(stage: Stage) -> None:
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(60)
    await stage.engine.fault_cleared(CAMERA)
    await stage.until(3 * HOUR)
    assert [message.short for _, who, message in stage.post.arrived if who == "sun"] == ["report_drafted"]


async def test_nobody_is_woken_for_a_report(tmp_path: Path) -> None:
    plan = acme(quiet=load_plan(PLAN).quiet, remind_before=(40 * HOUR,))
    stage = Stage(tmp_path, plan, workflows=[PostIncidentReport()])  # type: ignore[arg-type]
    await over(stage)
    await stage.until(20 * HOUR)
    walls = [plan.wall(START + 600 + at * HOUR) for at, _, kind in about_reports(stage) if kind == "report_reminded"]
    assert [wall.strftime("%H:%M") for wall in walls][:1] in (["07:28"], ["07:29"], ["07:30"], ["07:31"]), walls
    await stage.close()


async def test_a_small_organisation_without_office_and_reviewers_can_still_finish_a_report(tmp_path: Path) -> None:
    plan = acme(owner="nobody", reviewers=())
    stage = Stage(tmp_path, plan, workflows=[PostIncidentReport()])  # type: ignore[arg-type]
    number = await over(stage)
    assert [who for _, who, kind in about_reports(stage) if kind == "report_drafted"] == ["chen"]
    await stage.engine.command("report_submit", number, by="chen")
    await stage.engine.command("report_sign", number, by="chen")
    await stage.until(HOUR)
    assert "lin" in [who for _, who, kind in about_reports(stage) if kind == "report_sent"]
    await stage.close()


async def test_feedback_may_come_after_closing_and_without_a_name(stage: Stage) -> None:
    number = await over(stage)
    await stage.until(60 * HOUR)
    await stage.engine.command("feedback", number, by="guest", score=4, text="恢复很快", anonymous=True)
    await stage.engine.command("feedback", number, by="何平", score="2")
    found = [event for event in stage.journal.reader.events(number) if event.verb == "feedback"]
    assert [(event.by, event.data["score"], text_of(event.why)) for event in found] == [
        ("", 4, "恢复很快"),
        ("何平", 2, ""),
    ]
    for score in (0, 6, "good", None):
        with pytest.raises(Refused, match="no_score"):
            await stage.engine.command("feedback", number, by="x", score=score)


async def test_a_closed_incident_takes_no_commands_of_an_open_one(stage: Stage) -> None:
    number = await over(stage)
    await stage.until(3 * HOUR)
    with pytest.raises(Refused, match=rf"no_open_incident\(number={number}"):
        await stage.engine.command("order", number, by="chen", to="wang", text="…")


def test_a_journal_of_the_first_schema_is_brought_up_and_read(tmp_path: Path) -> None:
    from alerting.journal.sqlite.schema import MIGRATIONS, VERSION

    file = tmp_path / "journal.db"
    db = sqlite3.connect(file)
    db.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
    for statement in MIGRATIONS[0]:
        db.execute(statement)
    db.execute("INSERT INTO schema_version VALUES (1)")
    state = b'{"id":1,"room":"R1","code":"camera_missing","fault_class":"device","severity":3,"opened_at":5.0}'
    db.execute("INSERT INTO incidents VALUES (1, 'R1', 'open', 5.0, NULL, 0, ?)", (state.decode(),))
    db.commit()
    db.close()
    journal = open_journal(tmp_path)
    assert [incident.id for incident in journal.reader.live_incidents()] == [1]
    journal.close()
    db = sqlite3.connect(file)
    assert db.execute("SELECT max(version) FROM schema_version").fetchone() == (VERSION,)
    db.close()
