"""The /metrics page, held against a golden one; and what a room may cost in series."""

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from alerting.model.meeting_state import MeetingState
from alerting.model.room import Room
from alerting.service.figures import AlertingFigures
from monitor.pipeline.check_state import CheckState
from monitor.pipeline.scheduler import RunFigures
from monitor.pipeline.snapshot import Entry, Snapshot
from monitor.web.metrics import MAX_READING_SERIES, RoomCollector, render
from probes.reading import CannotMeasure, Reading
from probes.threshold import Judgement, Status

GOLDEN = Path(__file__).with_name("metrics.golden")
CHANGING = re.compile(r'^(roomwatch_(?:cpu_seconds_total|resident_memory_bytes)\S*|.*python=")[^"\n]*', re.MULTILINE)


def snapshot() -> Snapshot:
    found = Snapshot("r12", "1.2.3", 1000.0, "act")
    found.meeting = MeetingState(running=None)
    found.last_tick = 2000.0
    failed = CheckState(settled=Status.FAILED, fault="link_down")
    failed.last = Judgement(status=Status.FAILED, fault="link_down")
    symptom = CheckState(settled=Status.FAILED, fault="dns_dead")
    symptom.last = Judgement(status=Status.FAILED, fault="dns_dead")
    well = CheckState(settled=Status.OK)
    well.last = Judgement(status=Status.OK)
    found.entries = {
        ("network.link", "eth0"): Entry("network", Reading(check="network.link", target="eth0"), failed, 1.0),
        ("network.dns", "10.0.0.1"): Entry("network", Reading(check="network.dns", target="10.0.0.1"), symptom, 1.0),
        ("microphone", "mic"): Entry(
            "microphone", Reading(check="microphone", target="mic", values={"level_dbfs": -42.5}), well, 1.0
        ),
        ("camera", ""): Entry("camera", CannotMeasure(check="camera", reason="busy"), CheckState(), 1.0),
    }
    found.causes = {"link_down": ("dns_dead",)}
    found.figures = {"network": RunFigures(runs=7, timeouts=1, duration_seconds=0.25)}
    return found


def page() -> str:
    figures = AlertingFigures(outcomes={"sent": 3}, pending=1, open_by_severity={"critical": 1})
    return render(RoomCollector(snapshot(), Room(id="r12", name="Room 12", floor="3"), figures)).decode()


def test_the_page_is_the_golden_one() -> None:
    text = CHANGING.sub(r"\1*", page())
    assert text == GOLDEN.read_text()


def test_prometheus_own_parser_takes_it() -> None:
    families = {family.name: family for family in text_string_to_metric_families(page())}
    assert families["roomwatch_check_state"].samples[0].labels == {"check": "camera", "target": ""}
    assert families["roomwatch_microphone_level_dbfs"].samples[0].value == -42.5


def test_a_room_with_too_many_values_leaves_some_out_and_says_so() -> None:
    crowded = snapshot()
    values = {f"value_{number}": 1.0 for number in range(400)}
    crowded.entries[("host", "")] = Entry("host", Reading(check="host", values=values), CheckState(), 1.0)
    text = render(RoomCollector(crowded, Room(), AlertingFigures())).decode()
    series = [one for one in text.splitlines() if one and not one.startswith("#")]
    assert len(series) <= 250
    assert f"roomwatch_readings_left_out {400 + 1 - MAX_READING_SERIES}.0" in text
