"""What a person declares is at least a warning, goes out at once at night too, and the answer says who is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alerting.model.fault import FaultClass
from alerting.model.meeting_state import MeetingState
from alerting.service.incident_words import told
from alerting.words import load_words
from tests.alerting.stage import START
from tests.commands.asking import ask
from tests.rooms.site import PLAN, ROOMS, Site

NIGHT = dt.datetime(2027, 1, 16, 2, tzinfo=dt.UTC).timestamp()
QUIET = '[[quiet]]\nseverity = "warning"\nstart = "20:00"\nend = "07:30"\n'


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    made = Site(tmp_path, PLAN + QUIET, rooms=ROOMS[:1], home=ROOMS[0])
    made.clock.now = NIGHT
    made.service.engine.meeting_seen("R1", MeetingState(running=False))
    yield made
    await made.service.close()


@pytest.mark.parametrize("fault_class", list(FaultClass))
@pytest.mark.parametrize("verb", ["declare", "report"])
async def test_it_is_a_warning_and_goes_out_at_once_in_the_middle_of_the_night(
    site: Site, fault_class: FaultClass, verb: str
) -> None:
    answer = await ask(site.service, verb, by="Ann", **{"class": fault_class.value}, text="projector dark")
    await site.until(NIGHT - START + 5)
    assert site.service.engine.incidents()[0].severity.word == "warning"
    assert [who for _, who, _ in site.post.arrived] == ["wang"]
    assert [one["name"] for one in answer.document["told"]] == ["Wang Qiang"]
    assert answer.document["next"] == {"after": 300.0, "people": ["Chen Li"]}
    assert "Wang Qiang" in told(answer.document, load_words("zh-CN"), "UTC")


async def test_what_the_probes_found_waits_as_the_plan_says(site: Site) -> None:
    await site.breaks("camera_missing", "cam0", MeetingState(running=False))
    await site.until(NIGHT - START + 60)
    assert site.post.arrived == []


async def test_a_report_that_joins_a_notice_wakes_it(site: Site) -> None:
    await site.breaks("camera_missing", "cam0", MeetingState(running=False))
    await site.until(NIGHT - START + 60)
    answer = await ask(site.service, "report", by="Ann", **{"class": "device"}, text="no picture")
    await site.until(NIGHT - START + 70)
    assert answer.document["joined"]
    assert [who for _, who, _ in site.post.arrived] == ["wang"]


async def test_a_plan_may_let_it_wait_and_the_answer_says_until_when(tmp_path: Path) -> None:
    site = Site(tmp_path, PLAN + QUIET + "declared = true\n", rooms=ROOMS[:1], home=ROOMS[0])
    site.clock.now = NIGHT
    answer = await ask(site.service, "declare", by="Ann", text="projector dark")
    await site.until(NIGHT - START + 60)
    assert site.post.arrived == []
    assert "07:30" in told(answer.document, load_words("en"), "UTC")
    await site.service.close()


async def test_a_plan_that_says_less_of_reports_is_followed(tmp_path: Path) -> None:
    rule = '[severity.faults.reported_device]\nno_meeting = "notice"\n'
    site = Site(tmp_path, PLAN + rule, rooms=ROOMS[:1], home=ROOMS[0])
    site.service.engine.meeting_seen("R1", MeetingState(running=False))
    await ask(site.service, "declare", by="Ann", **{"class": "device"}, text="a scratch")
    assert site.service.engine.incidents()[0].severity.word == "notice"
    await site.service.close()
