"""The /metrics page: held against a golden one, against promtool, and against prometheus_client's own writing."""

import gzip
import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import openmetrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from alerting.model.histogram import Histogram
from alerting.model.meeting_state import MeetingState
from alerting.model.room import Room
from alerting.service.response_times import DELIVERY_BOUNDS
from alerting.service.state_figures import AlertingFigures, OpenFault, OpenIncidents
from monitor.heartbeat import HeartbeatFigures
from monitor.pipeline.check_state import CheckState
from monitor.pipeline.scheduler import DURATION_BOUNDS, RunFigures
from monitor.pipeline.snapshot import Entry, Snapshot
from monitor.web.metrics.collector import RoomCollector
from monitor.web.metrics.page import render, write
from monitor.web.metrics.readings_by_importance import EXPORTED
from monitor.web.metrics.reduced import MOST_REDUCED
from monitor.web.metrics.series_count import MOST_SERIES
from probes.judge_reading import Judgement, Status
from probes.reading import CannotMeasure, Reading

GOLDEN = Path(__file__).with_name("metrics.golden")
CHANGING = re.compile(
    r'^((?:roomwatch_children_cpu_seconds_total|roomwatch_time_seconds|process_\w+) |.*python=")[^"\n]*', re.MULTILINE
)
ROOM = Room(id="r12", name="Room 12", floor="3", site="hq")


def durations(*seconds: float) -> Histogram:
    found = Histogram(DURATION_BOUNDS)
    for one in seconds:
        found.observe(one)
    return found


def broken(fault: str) -> CheckState:
    state = CheckState(settled=Status.FAILED, fault=fault, since=900.0)
    state.last = Judgement(status=Status.FAILED, fault=fault)
    return state


def well() -> CheckState:
    state = CheckState(settled=Status.OK)
    state.last = Judgement(status=Status.OK)
    return state


def entry(check: str, target: str, state: CheckState, **values: float) -> tuple[tuple[str, str], Entry]:
    reading = Reading(check=check, target=target, values=values)
    return (check, target), Entry(check.partition(".")[0], reading, state, 1.0)


def snapshot() -> Snapshot:
    found = Snapshot("r12", "1.2.3", 1000.0, "act")
    found.meeting = MeetingState(running=None)
    found.last_tick = 2000.0
    evidence = {"switch": "sw-3", "switch_port": "Gi0/7", "vlan": 20}
    link = Reading(check="network.link", target="eth0", evidence=evidence)
    found.entries = dict(
        (
            (("network.link", "eth0"), Entry("network", link, broken("link_down"), 1.0)),
            entry("network.dns", "10.0.0.1", broken("dns_dead")),
            entry("microphone", "mic", well(), level_dbfs=-42.5, sharp=math.nan),
            (("camera", ""), Entry("camera", CannotMeasure(check="camera", reason="busy"), CheckState(), 1.0)),
        )
    )
    found.causes = {"link_down": ("dns_dead",)}
    found.figures = {"network": RunFigures(runs=2, timeouts=1, durations=durations(0.25, 12.0))}
    return found


def figures() -> AlertingFigures:
    critical = OpenIncidents(severity="critical", taken=False, drill=False)
    found = AlertingFigures(outcomes={"sent": 3}, pending=1, incidents={critical: 1})
    found.faults = (OpenFault(code="link_down", target="eth0", since=900.0, severity="critical"),)
    return found


def page(found: Snapshot | None = None, its: AlertingFigures | None = None, accept: str = "") -> str:
    return render(RoomCollector(found or snapshot(), ROOM, its or figures()), accept)[0].decode()


def full() -> RoomCollector:
    """A room with sixty programs, a fault in each, and a value for all that is exported."""
    crowded, its = snapshot(), figures()
    for number in range(60):
        for check in ("process", "responding", "resources", "restarts"):
            key, one = entry(f"software.{check}", f"p{number}", broken("app_hung"), memory_with_children_bytes=1.0)
            crowded.entries[key] = one
    for check, name in EXPORTED:
        key, one = entry(check, "device", well(), **{name: 1.0})
        crowded.entries[key] = one
    crowded.figures = {f"probe{number}": RunFigures() for number in range(20)}
    its.response.faults = Counter({f"code_{number}": number for number in range(30)})
    its.response.deliveries = {f"way{number}": Histogram(DELIVERY_BOUNDS) for number in range(9)}
    beats = {f"switch{number}": HeartbeatFigures(sent=1, last=5.0) for number in range(9)}
    return RoomCollector(crowded, ROOM, its, beats)


def series(text: str) -> list[str]:
    return [one for one in text.splitlines() if one and not one.startswith("#")]


def test_the_page_is_the_golden_one() -> None:
    assert CHANGING.sub(r"\1*", page()) == GOLDEN.read_text()


def test_prometheus_own_parsers_take_it_and_no_value_is_nan() -> None:
    families = {family.name: family for family in text_string_to_metric_families(page())}
    assert families["roomwatch_microphone_level_dbfs"].samples[0].value == -42.5
    values = [sample.value for family in families.values() for sample in family.samples]
    assert not any(map(math.isnan, values))
    asked = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"
    assert {one.name for one in read_openmetrics(page(accept=asked))} >= {"roomwatch_fault_open", "process_cpu_seconds"}


@pytest.mark.parametrize("collector", [RoomCollector(snapshot(), ROOM, figures()), full()], ids=["usual", "full"])
def test_promtool_finds_nothing_to_say(collector: RoomCollector) -> None:
    body, _ = render(collector)
    done = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout.decode() + done.stderr.decode()) == (0, "")


def test_a_full_page_keeps_its_limit_and_counts_what_is_left_out() -> None:
    body, _ = render(full(), encodings="gzip")
    text = gzip.decompress(body).decode()
    assert len(series(text)) == MOST_SERIES
    assert len(body) <= 6000
    families = {family.name: family for family in text_string_to_metric_families(text)}
    left_out = {one.labels["of"]: one.value for one in families["roomwatch_series_left_out"].samples}
    assert min(left_out["faults"], left_out["checks"], left_out["readings"], left_out["others"]) > 0
    shown = len(families["roomwatch_check_state"].samples)
    assert shown + left_out["checks"] == sum(one.value for one in families["roomwatch_checks"].samples)


def test_no_series_is_written_twice() -> None:
    for text in (page(), render(full())[0].decode()):
        names = [one.rpartition(" ")[0] for one in series(text)]
        assert [name for name, count in Counter(names).items() if count > 1] == []


class Given(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self.families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self.families)


@given(st.text(), st.text(), st.floats())
def test_the_text_is_what_prometheus_client_writes(label: str, words: str, value: float) -> None:
    gauge = GaugeMetricFamily("roomwatch_given", words, labels=["target", "a"])
    gauge.add_metric([label, "x"], value)
    counter = CounterMetricFamily("roomwatch_counted", "Help.", value=value)
    collector = Given([gauge, counter, *RoomCollector(snapshot(), ROOM, figures()).collect()])
    try:
        label.encode(), words.encode()
    except UnicodeEncodeError:
        return
    assert write(collector.collect(), openmetrics=False) == generate_latest(collector)
    expected = generate_openmetrics(collector, escaping=openmetrics.exposition.ALLOWUTF8)
    assert write(collector.collect(), openmetrics=True) == expected


@pytest.mark.parametrize(
    ("accept", "begins"),
    [
        ("", "text/plain; version=0.0.4"),
        ("*/*", "text/plain; version=0.0.4"),
        ("text/html", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.1", "application/openmetrics-text"),
    ],
)
def test_the_scraper_gets_the_format_that_it_asks_for(accept: str, begins: str) -> None:
    body, headers = render(RoomCollector(snapshot(), ROOM, figures()), accept, "")
    assert headers["Content-Type"].startswith(begins)
    assert body.endswith(b"# EOF\n") == begins.startswith("application")
    assert "Content-Encoding" not in headers


def faults(text: str) -> dict[tuple[str, str], dict[str, str]]:
    found = next(one for one in text_string_to_metric_families(text) if one.name == "roomwatch_fault_open")
    return {(one.labels["code"], one.labels["target"]): one.labels for one in found.samples}


def test_a_fault_says_why_nobody_is_told_of_it() -> None:
    room, its = snapshot(), figures()
    room.entries.update([entry("speaker", "s", broken("speaker_missing"))])
    room.in_maintenance = frozenset({("speaker", "s")})
    its.faults += (
        OpenFault(code="dns_dead", target="10.0.0.1", since=1.0, severity="notice", quiet=True),
        OpenFault(code="camera_frozen", target="cam", since=1.0, severity="critical", drill=True),
        OpenFault(code="reported_device", target="", since=1.0, severity="warning", declared=True),
    )
    held = {code: (one["held"], one["severity"], one["cause"]) for (code, _), one in faults(page(room, its)).items()}
    assert held == {
        "link_down": ("no", "critical", ""),
        "dns_dead": ("quiet", "notice", "link_down"),
        "speaker_missing": ("maintenance", "critical", ""),
        "camera_frozen": ("drill", "critical", ""),
        "reported_device": ("declared", "warning", ""),
    }


def test_a_fault_from_before_the_restart_counts_as_not_seen_until_a_probe_looked() -> None:
    room = snapshot()
    before = CheckState(settled=Status.FAILED, fault="camera_frozen", since=1.0)
    unseen = CannotMeasure(check="camera", target="cam", reason="open before the restart, not seen yet")
    room.entries["camera", "cam"] = Entry("camera", unseen, before, 1.0)
    assert "roomwatch_faults_not_seen 1.0" in page(room)
    before.last = Judgement(status=Status.UNKNOWN)
    assert "roomwatch_faults_not_seen 0.0" in page(room)


def test_the_verdict_on_an_earlier_meeting_says_nothing_of_the_next() -> None:
    import time

    room = snapshot()
    room.meeting = MeetingState(running=False, starts_in=600.0)
    room.premeeting = {"go": False, "starts_at": time.time() + 600.0, "at": 1.0}
    assert 'roomwatch_next_meeting_readiness{state="no_go"} 1.0' in page(room)
    room.premeeting["starts_at"] = time.time() - 3600.0
    assert 'roomwatch_next_meeting_readiness{state="not_checked"} 1.0' in page(room)


def test_the_wall_port_is_named_as_the_switch_names_it() -> None:
    wanted = 'roomwatch_wall_port_info{interface="eth0",port="Gi0/7",switch="sw-3",vlan="20"} 1.0'
    assert wanted in page()


def test_the_reduced_set_is_a_part_of_the_page_with_at_most_a_hundred_series() -> None:
    whole, fewer = (
        list(RoomCollector(snapshot(), ROOM, AlertingFigures(), reduced=reduced).collect()) for reduced in (False, True)
    )
    names, kept = ({family.name for family in families} for families in (whole, fewer))
    assert kept < names
    assert {"roomwatch_room_state", "roomwatch_checks", "roomwatch_fault_open", "roomwatch_incidents_open"} <= kept
    assert sum(len(family.samples) for family in fewer) <= MOST_REDUCED
