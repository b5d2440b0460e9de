"""A quarter of a site that its tests and its readers look at: weak and good rooms, a channel that fails, a drill."""

from __future__ import annotations

import random
from pathlib import Path

from alerting.delivery.contract import Outcome
from alerting.journal.rows import Batch, Event
from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from alerting.papers.review.period import Period, read_period
from alerting.workflows.report import PostIncidentReport
from tests.alerting.stage import RUNNING, START, Stage
from tests.report.story import example_plan

DAY = 86400.0
ROOMS = ("R301", "R301", "R301", "R302", "R302", "R305", "R408", "R410")
FAULTS = (
    ("camera_missing", "cam0"),
    ("microphone_digital_silence", "mic0"),
    ("dns_dead", "10.0.0.53"),
    ("link_down", "eth0"),
    ("camera_frozen", "cam0"),
)
DAYS = 90


async def quarter(folder: Path, incidents: int = 36) -> Period:
    """``incidents`` over 90 days with the fake clock, seeded: some taken in time, some late, some by nobody."""
    dice = random.Random(7)
    stage = Stage(folder, example_plan(), workflows=[PostIncidentReport()])  # type: ignore[arg-type]
    stage.post.fate["wang/1"] = Outcome.PERMANENT
    pace = DAYS * DAY / (incidents + 1)
    for number in range(incidents):
        at = max(number * pace + dice.uniform(0, pace / 2), stage.clock.now - START)
        await stage.until(at)
        room = dice.choice(ROOMS)
        code, target = FAULTS[0] if room == "R301" and dice.random() < 0.6 else dice.choice(FAULTS)
        meeting = RUNNING if dice.random() < 0.7 else MeetingState(running=False)
        fault = Fault(
            room=room,
            code=code,
            target=target,
            since=stage.clock.now - dice.choice((3, 8, 12, 25, 45)),
            drill=number in (11, 29),
        )
        incident = await stage.engine.fault_opened(fault, meeting)
        answer = dice.choice((40, 90, 150, 280, 420, 900, None))
        if answer is not None:
            await stage.until(at + answer)
            by = "li" if answer > 300 else "wang"
            await stage.engine.command("take", incident, by=by)
            await stage.engine.command("confirm", incident, by=by)
            await stage.engine.command("done", incident, by=by, text="更换线缆")
        if meeting is RUNNING and answer != 40:
            await stage.until(at + 1200 + dice.choice((-300, 0, 400)))
            found = stage.journal.reader.incident(incident)
            if found is not None and found.phase == "open":
                await stage.engine.command("mitigate", incident, by="zhou", text="转至 305")
        await stage.until(max(at + 1800 + dice.choice((-1500, 0, 1200, 5000)), stage.clock.now - START + 1))
        await stage.engine.fault_cleared(fault)
        if dice.random() < 0.5:
            await stage.engine.command(
                "feedback", incident, by="guest", score=dice.choice((2, 3, 4, 5)), anonymous=True
            )
    await stage.until(DAYS * DAY)
    end = stage.clock.now
    await stage.close()
    from alerting.journal import open_journal

    journal = open_journal(folder)
    own = {"key": "own:1", "text": "为 301 会议室加装线缆固定夹"}
    journal.write(Batch(events=[Event(incident=0, at=end - DAY, verb="improvement_added", by="sun", data=own)]))
    period = read_period(journal.reader, START, end + 1, end + 1)
    journal.close()
    return period
