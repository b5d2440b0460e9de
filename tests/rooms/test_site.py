"""A site with three rooms on one service: equal faults at equal times, and each room is told its own."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector, CollectorRegistry

from alerting.configuration import ConfigurationError
from alerting.delivery.contract import Outcome
from alerting.engine.commands import Refused
from alerting.model.actor import contact
from alerting.model.fault import Fault, FaultClass
from alerting.model.incident import Phase
from alerting.model.meeting_state import MeetingState
from alerting.model.room import Room
from alerting.service.metrics import alerting_metrics
from alerting.service.settings import ServiceSettings
from alerting.service.state_figures import AlertingFigures
from alerting.words import load_words
from alerting.workflows.premeeting_verdict import Checked
from monitor.commands.drill import drill_lines
from tests.alerting.stage import RUNNING, START
from tests.rooms.site import EMPTY, PLAN, ROOMS, SITE, Site

DAY = 86400.0
WANG = contact("wang")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    made = Site(tmp_path)
    yield made
    await made.service.close()


def with_plan(more: str) -> str:
    return PLAN + more


async def test_each_room_s_message_names_it_and_knows_its_own_meeting(site: Site) -> None:
    for room, running in (("R1", False), ("R2", True), ("R3", None)):
        await site.service.engine.fault_opened(
            Fault(room=room, code="camera_missing", target="cam0", since=START), MeetingState(running=running)
        )
    await site.until(1)
    by_room = {
        message.title.partition(":")[0].partition("] ")[2]: message.body
        for _, who, message in site.post.arrived
        if who == "wang"
    }
    assert set(by_room) == {"Lakeside", "Garden", "Harbour"}
    assert {room: "a meeting is running" in body for room, body in by_room.items()} == {
        "Lakeside": False,
        "Garden": True,
        "Harbour": False,
    }
    assert [machine.opened for machine in site.machines.values()] == [[(n, "camera_missing")] for n in (1, 2, 3)]


async def test_a_no_go_is_told_for_each_of_three_meetings_that_begin_at_once(site: Site) -> None:
    await site.breaks("camera_missing", "cam0")
    for room in site.machines:
        checked = Checked(
            room=room, starts_at=START + 900, minutes=15, go=False, blockers=(("camera_missing", "cam0"),)
        )
        assert await site.service.premeeting(checked)
        assert not await site.service.premeeting(checked), "once over"
    await site.until(1)
    assert sorted(title.partition(":")[0].partition("] ")[2] for title in site.titles("NO-GO")) == [
        "Garden",
        "Harbour",
        "Lakeside",
    ]
    assert all(site.service.premeeting_made(room) == {f"{START + 900:.0f}-15"} for room in site.machines)


async def test_a_remedy_is_tried_on_each_room_s_own_machine_and_limited_by_room(tmp_path: Path) -> None:
    remedy = """
[remedies.sound]
kind = "restart_sound_server"
faults = ["sound_server_down"]
automatic = true
notice = 10
limit = 1
"""
    site = Site(tmp_path, with_plan(remedy))
    for room in site.machines:
        site.service.engine.meeting_seen(room, EMPTY)
    await site.breaks("sound_server_down")
    await site.until(15)
    assert [machine.asked for machine in site.machines.values()] == [[("restart_sound_server", "")]] * 3
    for room in ("R1", "R2"):
        fault = Fault(room=room, code="sound_server_down", since=START)
        await site.service.engine.fault_cleared(fault)
        await site.service.engine.fault_opened(fault, EMPTY)
    await site.until(60)
    assert [len(machine.asked) for machine in site.machines.values()] == [1, 1, 1], "one an hour and room"
    await site.service.close()


async def test_a_drill_in_each_room_by_one_schedule_at_one_time(tmp_path: Path) -> None:
    day = dt.datetime.fromtimestamp(START, dt.UTC).date() + dt.timedelta(days=1)
    schedule = f"""
[drills.cam]
name = "Camera drill"
every_days = 30
start = {day}
at = "10:00"
fault = "camera_missing"
target = "cam0"
working_days_only = false
announced = true
"""
    site = Site(tmp_path, with_plan(schedule))
    ten = dt.datetime.combine(day, dt.time(10), dt.UTC).timestamp() - START
    await site.service.engine.meeting_changed("R1", EMPTY)
    await site.service.engine.meeting_changed("R2", RUNNING)
    await site.service.engine.meeting_changed("R3", EMPTY)
    await site.until(ten + 60)
    begun = [order for machine in site.machines.values() for order in machine.drills]
    assert [order.room for order in begun] == ["R1", "R3"], "not under a meeting"
    assert len({order.id for order in begun}) == 2
    assert len(site.titles("Camera drill")) == 1, "announced once, and not once a room"
    with pytest.raises(Refused, match="several_drills"):
        await site.service.engine.task_command("drill_stop", by=WANG)
    for order in begun:
        await site.service.engine.task_command("drill_stop", by=WANG, drill=order.id)
    await site.until(ten + 9 * 3600)
    lines = drill_lines(site.service.journal.reader, load_words("en"), site.service.plan)
    assert [("Camera drill" in line, "R2" in line, "a meeting in the room" in line) for line in lines] == [
        (True, False, True)
    ]
    assert "drill_skipped" in site.verbs()
    with pytest.raises(Refused, match="which_room"):
        await site.service.engine.task_command("drill", by=WANG, fault="camera_missing")
    await site.service.close()


async def test_lists_name_the_room_where_several_missed_their_drill(tmp_path: Path) -> None:
    day = dt.datetime.fromtimestamp(START, dt.UTC).date() + dt.timedelta(days=1)
    schedule = f'\n[drills.cam]\nname = "Camera drill"\nevery_days = 30\nstart = {day}\nat = "10:00"\n'
    schedule += 'fault = "camera_missing"\nworking_days_only = false\n'
    site = Site(tmp_path, with_plan(schedule))
    for room in site.machines:
        await site.service.engine.meeting_changed(room, RUNNING)
    await site.until(2 * DAY)
    lines = drill_lines(site.service.journal.reader, load_words("en"), site.service.plan)
    assert [next(room for room in site.machines if room in line) for line in lines] == ["R1", "R2", "R3"]
    await site.service.close()


async def test_what_waited_for_the_network_of_three_rooms_is_one_digest_that_names_them(site: Site) -> None:
    site.post.fate["1"] = Outcome.TEMPORARY
    for code in ("camera_missing", "microphone_missing", "disk_full", "display_missing"):
        await site.breaks(code, code, RUNNING)
    await site.until(60)
    assert site.post.arrived == []
    site.post.fate.clear()
    await site.until(600)
    (digest,) = [message for _, who, message in site.post.arrived if "3 rooms" in message.title and who == "wang"]
    assert all(room.name in digest.body for room in ROOMS), digest.body


async def test_at_night_all_three_wait_for_the_morning_and_a_meeting_s_fault_does_not(tmp_path: Path) -> None:
    night = '\n[[quiet]]\nstart = "00:00"\nend = "23:59"\nseverity = "notice"\n'
    site = Site(tmp_path, with_plan(night))
    await site.breaks("disk_full", "/")
    await site.until(60)
    assert site.post.arrived == []
    await site.service.engine.fault_opened(Fault(room="R2", code="camera_missing", since=START), RUNNING)
    await site.until(120)
    assert [title.partition(":")[0].partition("] ")[2] for title in site.titles()] == ["Garden"]
    await site.service.close()


async def test_an_inspection_is_reminded_once_for_all_rooms(tmp_path: Path) -> None:
    day = dt.datetime.fromtimestamp(START, dt.UTC).date() + dt.timedelta(days=1)
    check = (
        f'\n[inspections.devices]\nname = "Monthly check"\nevery_days = 30\nstart = {day}\nworking_days_only = false\n'
    )
    site = Site(tmp_path, with_plan(check))
    await site.until(2 * DAY)
    assert len(site.titles("Monthly check")) == 1
    await site.service.close()


async def test_each_incident_owes_its_own_report_and_names_its_room(site: Site) -> None:
    await site.breaks("camera_missing", "cam0", RUNNING)
    await site.until(600)
    for room in site.machines:
        await site.service.engine.fault_cleared(Fault(room=room, code="camera_missing", target="cam0", since=START))
    await site.until(700)
    assert [one.report.value for one in site.service.engine.incidents()] == ["draft"] * 3
    assert [one.phase for one in site.service.engine.incidents()] == [Phase.RESOLVED] * 3


async def test_figures_and_status_know_the_rooms_apart(site: Site) -> None:
    await site.breaks("camera_missing", "cam0", RUNNING)
    await site.service.engine.fault_cleared(Fault(room="R3", code="camera_missing", target="cam0", since=START))
    await site.until(1)
    figures = AlertingFigures()
    site.service.fill(figures)
    families = {one.name: one for one in text_string_to_metric_families(page(figures, by_room=True))}
    open_now = {
        (one.labels["room"], one.labels["severity"]): one.value for one in families["roomwatch_incidents_open"].samples
    }
    assert {room: open_now[room, "critical"] for room in site.machines} == {"R1": 1, "R2": 1, "R3": 0}
    assert {one.labels["room"] for one in families["roomwatch_incidents_told_nobody"].samples} == set(site.machines)
    alone = {one.name: one for one in text_string_to_metric_families(page(figures, by_room=False))}
    assert {tuple(sorted(one.labels)) for one in alone["roomwatch_incidents_open"].samples} == {
        ("drill", "severity", "taken")
    }
    shown = site.service.status()["incidents"]
    assert [(one["room_name"], one["elsewhere"]) for one in shown] == [("Garden", True), ("Lakeside", True)]


def page(figures: AlertingFigures, *, by_room: bool) -> str:
    class Page(Collector):
        def collect(self):  # type: ignore[no-untyped-def]
            return alerting_metrics(figures, by_room=by_room)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Page())
    return generate_latest(registry).decode()


def test_two_rooms_with_one_id_are_one_clear_error() -> None:
    twice = (*ROOMS, Room(id="R2", name="Attic"))
    with pytest.raises(ConfigurationError) as caught:
        ServiceSettings(home=SITE, rooms=twice, plan=Path("plan.toml"))
    (problem,) = caught.value.problems
    assert str(problem) == (
        'rooms: id = "R2": two rooms have this id: "Garden" and "Attic". '
        "Give each room an id of its own: incidents, remedies and drills are kept by it."
    )
    with pytest.raises(ConfigurationError, match="two rooms have this id"):
        ServiceSettings(home=Room(id="R1", name="Site"), rooms=ROOMS, plan=Path("plan.toml"))


@pytest.mark.parametrize("how", ["restart", "reload"])
async def test_a_room_with_another_id_is_announced_anew_and_its_old_faults_end_unseen(
    how: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(tmp_path)
    await site.breaks("camera_missing", "cam0", RUNNING)
    number = await site.service.engine.report_by_person(
        "attic", by=contact("ann"), fault_class=FaultClass.OTHER, text="no light"
    )
    await site.until(5)
    renamed = (ROOMS[0], ROOMS[1], Room(id="R3b", name="Harbour"))
    site.settings = replace(site.settings, rooms=renamed)
    with caplog.at_level(logging.WARNING):
        if how == "restart":
            await site.service.close()
            site.start()
            await site.service.open(clean_start=True)
        else:
            assert await site.service.reload(site.settings) == ""
            await site.service._swapping.settled()
    assert "R3 is watched no more, or has another id now" in caplog.text
    await site.service.engine.fault_opened(
        Fault(room="R3b", code="camera_missing", target="cam0", since=START), RUNNING
    )
    await site.until(10)
    live = [(one.id, one.room) for one in site.service.engine.incidents() if one.phase.live]
    assert live == [(1, "R1"), (2, "R2"), (number, "attic"), (5, "R3b")]
    old = site.service.journal.reader.incident(3)
    assert old is not None and old.unwatched, "nobody saw it work again"
    told = [message.body for _, _, message in site.post.arrived]
    assert any("no longer watched" in body or "not watched" in body for body in told), told
    await site.service.close()


async def test_an_older_journal_s_checks_and_drills_are_those_of_its_one_room(tmp_path: Path) -> None:
    site = Site(tmp_path, rooms=ROOMS[:1], home=ROOMS[0])
    await site.service.engine.change(lambda t: t.remember("premeeting.done", f"{START:.0f}-15"))
    assert site.service.premeeting_made("R1") == {f"{START:.0f}-15"}
    assert site.service.premeeting_made("R2") == frozenset()
    await site.service.close()
