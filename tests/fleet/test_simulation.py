"""What simulated rooms show as a scenario goes on."""

import math
import re
import subprocess

import pytest

from alerting.model.room import Room
from alerting.service.state_figures import AlertingFigures
from monitor.fleet.simulation.rooms import simulated_rooms
from monitor.fleet.simulation.scenario import Scenario, ScenarioEvent
from monitor.heartbeat import HeartbeatFigures
from monitor.pipeline.scheduler import RunFigures
from monitor.pipeline.snapshot import Snapshot
from monitor.web.metrics.collector import RoomCollector
from monitor.web.metrics.page import render
from tests.fleet.simulated import START, Page, Stage, read

QUIET = Scenario(meetings_a_day=0)


def with_events(*events: ScenarioEvent, **settings: object) -> Scenario:
    return Scenario(event=events, **({"meetings_a_day": 0} | settings))  # type: ignore[arg-type]


def open_faults(page: Page | None) -> set[str]:
    assert page is not None
    return {found[1] for one in page if (found := re.match(r"roomwatch_fault_open\{.*code=(\w+)", one))}


def test_rooms_of_two_sites_have_the_same_ids() -> None:
    rooms = simulated_rooms(200)
    assert len({(room.site, room.id) for room in rooms}) == 200
    assert len({room.id for room in rooms}) == 100
    assert len({room.site for room in simulated_rooms(1000)}) == 7
    assert sum(room.switch == "sw-hq-1" for room in simulated_rooms(160, 40)) == 40


def test_a_page_has_the_names_that_the_daemon_s_page_has() -> None:
    snapshot = Snapshot("1-01", "1", START, "act", figures={"network": RunFigures()})
    beats = {"outside": HeartbeatFigures()}
    own = render(RoomCollector(snapshot, Room(), AlertingFigures(), beats))[0].decode()
    stage = Stage(QUIET)
    simulated = stage.fleet.page("hq", "1-01")
    assert simulated is not None
    kinds = [
        {line for line in text.splitlines() if line.startswith(("# TYPE roomwatch", "# HELP roomwatch"))}
        for text in (own, simulated.decode())
    ]
    assert kinds[0] <= kinds[1]


def test_a_quiet_room_is_whole_and_every_number_is_finite() -> None:
    page = Stage(QUIET).page()
    assert page is not None
    assert page["roomwatch_room_state{state=usable}"] == 1
    assert page["roomwatch_checks{state=failed}"] == 0
    assert page["roomwatch_time_seconds{}"] == START
    assert all(math.isfinite(value) for value in page.values())
    assert 150 < len(page) <= 250


def test_promtool_takes_a_page() -> None:
    body = Stage(QUIET).fleet.page("hq", "1-01")
    done = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, timeout=60, check=False)
    known = {"roomwatch_quiet_hours", "roomwatch_working_hours"}
    said = [line for line in done.stderr.decode().splitlines() if line.split()[0] not in known]
    assert said == []


def test_a_dead_switch_hides_its_floor_and_no_other_and_it_comes_back() -> None:
    stage = Stage(with_events(ScenarioEvent(kind="switch_dies", at="2m", lasts="10m", site="hq", floor="1")))
    assert all(stage.pages().values())
    stage.now = 180
    silent = {identity for identity, page in stage.pages().items() if page is None}
    assert silent == {("hq", f"1-{number:02}") for number in range(1, 21)}
    stage.now = 721
    page = stage.page()
    assert page is not None and open_faults(page) == set()
    assert page["roomwatch_faults_total{code=link_down}"] == 1
    assert page["roomwatch_incident_phase_seconds_count{phase=restore}"] == 1


def test_a_room_that_is_switched_off_says_so_once_and_starts_cleanly() -> None:
    off = ScenarioEvent(kind="switched_off", at="1m", lasts="10m", rooms=("1-01",), site="hq")
    cut = ScenarioEvent(kind="power_cut", at="1m", lasts="10m", rooms=("1-02",), site="hq")
    stage = Stage(with_events(off, cut))
    assert stage.page() is not None and stage.page("hq", "1-02") is not None
    stage.now = 110
    page = stage.page()
    assert page is not None and page["roomwatch_stopping{reason=poweroff}"] == 1
    assert stage.page() is None and stage.page("hq", "1-02") is None
    stage.now = 700
    clean, torn = stage.page(), stage.page("hq", "1-02")
    assert clean is not None and torn is not None
    assert clean["roomwatch_previous_run_ended_cleanly{}"] == 1
    assert torn["roomwatch_previous_run_ended_cleanly{}"] == 0
    assert clean["process_start_time_seconds{}"] == START + 660


def test_an_update_reaches_the_rooms_ring_by_ring() -> None:
    update = ScenarioEvent(kind="update", rings=(0.1, 0.5, 1.0), every="10m", version="9.9.9", bad=1.0, lasts="9h")
    stage = Stage(with_events(update))

    def updated() -> int:
        return sum(any("version=9.9.9" in one for one in page or ()) for page in stage.pages().values())

    for now, expected in ((0, 0), (599, 4), (1199, 20), (1799, 40)):
        stage.now = now
        assert updated() == expected
    stage.now = 3600
    assert all(open_faults(page) == {"app_not_running"} for page in stage.pages().values())


def test_a_fault_in_a_meeting_is_critical_and_counted() -> None:
    meeting = ScenarioEvent(kind="meeting", lasts="1h")
    fault = ScenarioEvent(kind="fault", at="10m", lasts="10m", code="camera_no_frames", share=0.5)
    stage = Stage(with_events(meeting, fault))
    stage.now = 900
    hit = [page for page in stage.pages().values() if open_faults(page)]
    assert len(hit) == 20
    page = hit[0]
    assert page is not None
    assert page["roomwatch_room_state{state=impaired}"] == page["roomwatch_meeting_state{state=running}"] == 1
    assert page["roomwatch_meeting_hit_seconds_total{}"] == 300
    assert page["roomwatch_room_state_seconds_total{state=impaired}"] == 300
    assert page["roomwatch_meetings_hit_total{}"] == 1
    critical = [one for one in page if one.startswith("roomwatch_incidents_open{") and "critical" in one]
    assert sum(page[one] for one in critical) == 1


def test_the_room_is_unusable_without_a_network_and_unknown_right_after_a_start() -> None:
    fault = ScenarioEvent(kind="fault", at="1m", lasts="10m", code="gateway_unreachable", rooms=("1-01",))
    restart = ScenarioEvent(kind="update", rings=(1.0,), every="2s", at="20m")
    stage = Stage(with_events(fault, restart))
    for now, state in ((30, "usable"), (120, "unusable"), (700, "usable"), (1220, "unknown"), (1300, "usable")):
        stage.now = now
        page = stage.page()
        assert page is not None and page[f"roomwatch_room_state{{state={state}}}"] == 1, now


def test_two_faults_of_one_check_follow_each_other() -> None:
    first = ScenarioEvent(kind="fault", at="1m", lasts="1h", code="camera_black", rooms=("1-01",))
    second = ScenarioEvent(kind="fault", at="10m", lasts="1h", code="camera_frozen", rooms=("1-01",))
    stage = Stage(with_events(first, second))
    stage.now = 900
    page = stage.page()
    assert page is not None and open_faults(page) == {"camera_frozen"}
    assert page["roomwatch_incident_phase_seconds_count{phase=restore}"] == 1


def test_maintenance_holds_a_fault_back() -> None:
    window = ScenarioEvent(kind="maintenance", lasts="1h")
    stage = Stage(with_events(window, ScenarioEvent(kind="fault", at="1m", code="camera_no_frames")))
    stage.now = 120
    page = stage.page()
    assert page is not None and page["roomwatch_maintenance{}"] == 1
    assert any("held=maintenance" in one for one in page)
    assert not any(value for one, value in page.items() if one.startswith("roomwatch_incidents_open{"))


def test_a_wrong_clock_and_a_stalled_monitor_show() -> None:
    clock = ScenarioEvent(kind="clock", seconds=90.0, rooms=("1-01",))
    stall = ScenarioEvent(kind="stall", at="1m", rooms=("1-02",))
    stage = Stage(with_events(clock, stall))
    stage.now = 300
    ahead, stalled = stage.page(), stage.page("hq", "1-02")
    assert ahead is not None and stalled is not None
    assert ahead["roomwatch_time_seconds{}"] == START + 390
    assert ahead["roomwatch_time_seconds{}"] - ahead["roomwatch_last_tick_timestamp_seconds{}"] < 2
    assert stalled["roomwatch_time_seconds{}"] - stalled["roomwatch_last_tick_timestamp_seconds{}"] == 240


def test_counters_never_fall_but_at_a_restart() -> None:
    stage = Stage(Scenario(faults_a_day=200, off_at_night=1.0), rooms=3)
    before: dict[tuple[str, str], Page] = {}
    for minute in range(0, 24 * 60, 41):
        stage.now = minute * 60.0
        for identity, page in stage.pages().items():
            if page is None:
                continue
            last = before.get(identity, {})
            started = "process_start_time_seconds{}"
            if last.get(started) == page[started]:
                fallen = [one for one, value in page.items() if is_counter(one) and value < last.get(one, 0)]
                assert fallen == []
            before[identity] = page
            assert len(page) <= 250


def is_counter(series: str) -> bool:
    return series.partition("{")[0].endswith(("_total", "_count", "_sum", "_bucket"))


def test_the_reduced_set_has_at_most_a_hundred_series_in_the_worst_storm() -> None:
    storm = ScenarioEvent(kind="storm", lasts="2h", rate=60.0)
    stage = Stage(with_events(storm, ScenarioEvent(kind="meeting", lasts="2h")), rooms=10, reduced=True)
    for minute in range(0, 120, 10):
        stage.now = minute * 60.0
        for page in stage.pages().values():
            assert page is not None and len(page) <= 100
            assert "roomwatch_room_state{state=usable}" in page


@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_moments_and_spans_are_those_of_the_reader(speed: float) -> None:
    fault = ScenarioEvent(kind="fault", at="1h", lasts="1h", code="camera_no_frames")
    stage = Stage(with_events(fault, ScenarioEvent(kind="meeting", at="30m", lasts="3h")), speed=speed)
    stage.now = 5400
    page = stage.page()
    assert page is not None
    assert page["roomwatch_time_seconds{}"] == START + 5400 / speed
    (since,) = (value for one, value in page.items() if one.startswith("roomwatch_fault_start_timestamp_seconds"))
    assert since == START + 3600 / speed
    assert page["roomwatch_meeting_hit_seconds_total{}"] == 1800 / speed


def test_one_seed_is_one_story() -> None:
    first, second = (Stage(Scenario(faults_a_day=20, seed=7)) for _ in range(2))
    other = Stage(Scenario(faults_a_day=20, seed=8))
    first.now = second.now = other.now = 7200.0
    assert first.pages() == second.pages() != other.pages()


def test_the_parser_reads_what_is_odd_in_labels() -> None:
    from prometheus_client.metrics_core import GaugeMetricFamily

    from monitor.fleet.simulation.text import SeriesText

    family = GaugeMetricFamily("roomwatch_odd", "Odd.", labels=["name"])
    family.add_metric(['a "b" \\ 会议室\n🎥'], 1.5)
    assert read(SeriesText({"site": "x"}).page([family])) == {'roomwatch_odd{name=a "b" \\ 会议室\n🎥,site=x}': 1.5}


def test_no_certificate_of_a_healthy_room_is_about_to_end() -> None:
    stage = Stage(Scenario(faults_a_day=0.0), rooms=60)
    left = [
        value - START
        for page in stage.pages().values()
        for series, value in (page or {}).items()
        if series.startswith("roomwatch_certificate_expiry_timestamp_seconds")
    ]
    assert len(left) >= 60
    assert min(left) > 29 * 86400
