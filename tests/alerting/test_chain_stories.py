"""The chain, told as stories: who hears what, and when, with a clock that the test moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerting.delivery.contract import Outcome
from alerting.engine.commands import Refused
from alerting.model.fault import Fault, FaultClass, Severity
from alerting.model.meeting_state import MeetingState
from alerting.plan.contract import Address
from tests.alerting.stage import RUNNING, START, Stage
from tests.audit.audited_room import Room

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)


async def test_camera_unplugged_in_a_meeting_and_nobody_answers(stage: Stage) -> None:
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(21 * 60)
    assert stage.story() == [
        (0, "wang", "opened"),
        (2, "wang", "repeated"),
        (4, "wang", "repeated"),
        (5, "li", "escalated"),
        (15, "chen", "escalated"),
        (20, "wang", "escalated"),
        (20, "zhao", "escalated"),
    ]


async def test_the_end_of_the_chain_without_an_answer_is_an_alarm_of_its_own_and_the_chain_begins_again(
    stage: Stage,
) -> None:
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(26 * 60)
    assert sorted(who for at, who, kind in stage.story() if kind == "unanswered") == ["chen", "wang", "zhao"]
    assert stage.engine.summary()["unanswered"] == [number]
    await stage.until(60 * 60)
    again = [(at, who, kind) for at, who, kind in stage.story() if at > 26]
    assert again[:2] == [(55, "wang", "escalated"), (57, "wang", "repeated")]


async def test_taking_it_stops_the_chain_and_an_expired_take_resumes_it(stage: Stage) -> None:
    stage.plan.holds = 600
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(60)
    await stage.engine.command("take", number, by="wang")
    await stage.until(600)
    assert stage.story() == [(0, "wang", "opened")]
    await stage.until(1000)
    assert stage.story()[1:] == [
        (11, "wang", "escalated"),
        (13, "wang", "repeated"),
        (15, "wang", "repeated"),
        (16, "li", "escalated"),
    ]


async def test_who_says_it_again_has_it_for_longer_and_nobody_hears_it_twice(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.plan.holds = 600
    number = await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(400)
    told = room.story()
    for who in ("wang", "wang", "li", "li"):
        await room.engine.command("take", number, by=who)
    await room.until(900)
    await room.engine.command("take", number, by="li")
    for _ in range(2):
        await room.engine.command("confirm", number, by="wang")
    await room.until(1400)
    news = [(who, kind) for _, who, kind in room.story()[len(told) :]]
    assert news.count(("wang", "taken")) == news.count(("li", "taken")) == news.count(("chen", "confirmed")) == 1
    assert [kind for _, kind in news if kind not in ("taken", "confirmed")] == []
    await room.engine.command("confirm", number, by="wang", text="the plug is broken")
    await room.until(1420)
    await room.engine.command("severity", number, by="wang", severity="notice")
    await room.engine.command("severity", number, by="wang", severity="critical")
    await room.engine.command("confirm", number, by="wang")
    await room.until(1450)
    assert [(who, kind) for _, who, kind in room.story()].count(("chen", "confirmed")) == 3
    await room.until(1900)  # the hold of the last taking is over
    await room.engine.command("take", number, by="li")
    await room.until(1950)
    assert [(who, kind) for _, who, kind in room.story()].count(("wang", "taken")) == 2
    assert room.findings == []
    await room.close()


async def test_leadership_is_told_at_once_when_the_technical_group_confirms(stage: Stage) -> None:
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(30)
    await stage.engine.command("confirm", number, by="zhao")
    await stage.until(31)
    assert ("chen", "confirmed") not in [(who, kind) for _, who, kind in stage.story()]
    await stage.engine.command("confirm", number, by="wang")
    await stage.until(32)
    assert stage.story()[-1] == (0.52, "chen", "confirmed")


async def test_recovery_is_told_to_exactly_those_who_were_told(stage: Stage) -> None:
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(6 * 60)
    await stage.engine.fault_cleared(CAMERA)
    await stage.until(7 * 60)
    assert sorted(who for _, who, kind in stage.story() if kind == "recovered") == ["li", "wang"]
    await stage.until(3 * 3600)
    assert stage.engine.incidents() == []


async def test_a_meeting_that_begins_makes_it_worse_and_the_chain_is_entered_again(stage: Stage) -> None:
    await stage.engine.fault_opened(CAMERA, MeetingState(running=False))
    await stage.until(600)
    assert stage.story() == [(0, "wang", "opened"), (2, "wang", "repeated"), (4, "wang", "repeated")]
    await stage.engine.meeting_changed("R1", RUNNING)
    await stage.until(960)
    assert stage.engine.incidents()[0].severity is Severity.CRITICAL
    assert stage.story()[-1] == (15, "li", "escalated")
    assert (10, "wang", "escalated") in stage.story()


async def test_one_cause_is_one_incident_and_a_report_by_a_person_joins_it(stage: Stage) -> None:
    link = Fault(room="R1", code="link_down", target="eth0", since=START)
    dns = Fault(room="R1", code="dns_dead", since=START)
    first = await stage.engine.fault_opened(link, RUNNING)
    assert await stage.engine.fault_opened(dns, RUNNING) == first
    other = await stage.engine.fault_opened(CAMERA, RUNNING)
    assert other != first
    joined = await stage.engine.report_by_person("R1", by="guest", fault_class=FaultClass.NETWORK, text="no sound")
    assert joined == first
    await stage.engine.fault_cleared(dns)
    await stage.engine.fault_cleared(link)
    await stage.until(10)
    assert [i.id for i in stage.engine.incidents() if i.phase.live] == [other]


async def test_a_second_way_is_tried_when_the_first_is_down_and_time_outs_do_not_pile_up(stage: Stage) -> None:
    stage.plan.ways["wang"] = (*stage.plan.ways["wang"], Address(channel="sms", url="test://sms", path="modem"))
    stage.post.fate["mail"] = Outcome.TEMPORARY
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(1)
    assert [(who, message.channel) for _, who, message in stage.post.arrived] == [("wang", "sms")]


async def test_without_any_path_nothing_piles_up_and_one_message_tells_the_state_on_return(stage: Stage) -> None:
    stage.post.fate["mail"] = Outcome.TEMPORARY
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(2 * 3600)
    assert stage.story() == []
    stage.post.fate.clear()
    await stage.engine.paths_returned()
    await stage.until(2 * 3600 + 10)
    assert len(stage.story()) == 1
    await stage.until(2 * 3600 + 301)
    assert stage.story()[-1][1:] == ("li", "escalated")


async def test_a_far_end_that_asks_to_wait_is_not_asked_before_whatever_else_returns(stage: Stage) -> None:
    stage.plan.groups_of["technical"] = ("wang", "zhao")
    stage.post.fate["zhao/mail"] = Outcome.TEMPORARY
    stage.post.fate["wang/mail"] = Outcome.THROTTLED
    stage.post.asked = 600.0
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(20)
    stage.post.fate.clear()
    await stage.engine.paths_returned()
    await stage.until(60)
    assert {who for _, who, _ in stage.story()} == {"zhao"}
    await stage.close()
    stage.open()
    await stage.engine.paths_returned()
    await stage.until(590)
    assert "wang" not in {who for _, who, _ in stage.story()}
    await stage.until(700)
    assert "wang" in {who for _, who, _ in stage.story()}


async def test_what_opened_and_cleared_while_nothing_could_be_delivered_is_one_message(stage: Stage) -> None:
    stage.post.fate["mail"] = Outcome.TEMPORARY
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(120)
    await stage.engine.fault_cleared(CAMERA)
    await stage.until(200)
    stage.post.fate.clear()
    await stage.engine.paths_returned()
    await stage.until(700)
    assert [(who, kind) for _, who, kind in stage.story()] == [("wang", "passed")]


async def test_somebody_who_cannot_be_reached_for_good_has_the_deputy_told_at_once(stage: Stage) -> None:
    stage.post.fate["wang/mail"] = Outcome.PERMANENT
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(2)
    assert "li" in [who for _, who, _ in stage.story()]


async def test_a_person_cannot_resolve_what_the_probes_still_see(stage: Stage) -> None:
    number = await stage.engine.fault_opened(CAMERA, RUNNING)
    with pytest.raises(Refused, match=r"still_seen.*camera_missing cam0"):
        await stage.engine.command("resolve", number, by="wang")
    await stage.engine.command("resolve", number, by="wang", force=True, text="replaced")
    await stage.until(5)
    assert stage.journal.reader.events(number)[-1].verb == "resolved"


async def test_observe_mode_sends_nothing_and_lists_what_would_have_gone(stage: Stage) -> None:
    await stage.close()
    stage.open(mode="observe")
    await stage.engine.fault_opened(CAMERA, RUNNING)
    await stage.until(6 * 60)
    assert stage.post.tried == 0
    rows = stage.journal.reader.notifications(1)
    assert [(row.contact, row.kind, row.state.value) for row in rows][-1] == ("li", "escalated", "observed")


async def test_a_thousand_faults_in_a_second_are_one_message_and_one_digest_a_minute(stage: Stage) -> None:
    for n in range(1000):
        await stage.engine.fault_opened(Fault(room=f"R{n}", code="app_not_running", since=START), RUNNING)
        stage.clock.now += 0.001
    await stage.until(59)
    to_wang = [message.short for _, who, message in stage.post.arrived if who == "wang"]
    assert to_wang[0] == "opened"
    assert to_wang.count("digest") == 1
    assert len(to_wang) <= 7
    await stage.until(119)
    assert sum(kind == "digest" for _, who, kind in stage.story() if who == "wang") == 2
