"""The deepest failing check is the cause; the rest are its symptoms."""

from alerting.model.catalogue import KINDS
from monitor.pipeline.causes_and_symptoms import correlate
from monitor.pipeline.check_state import CheckState
from monitor.pipeline.faults import assess
from monitor.pipeline.held_back import held_back
from monitor.pipeline.snapshot import Entry
from monitor.settings import Settings
from probes.judge_reading import Status
from probes.reading import Reading


def test_a_dead_link_explains_everything_above_it() -> None:
    found = correlate(["service_unreachable", "dns_dead", "link_down"], KINDS)
    assert found.causes == {"link_down": ("dns_dead", "service_unreachable")}
    assert found.explains("dns_dead") == "link_down"


def test_independent_faults_stay_apart() -> None:
    found = correlate(["camera_black", "dns_dead"], KINDS)
    assert set(found.causes) == {"camera_black", "dns_dead"}
    assert found.explains("camera_black") == ""


def test_nothing_failing_has_no_cause() -> None:
    assert correlate([], KINDS).causes == {}


def _failed(check: str, target: str, fault: str) -> Entry:
    state = CheckState(settled=Status.FAILED, fault=fault, since=90.0)
    return Entry("software", Reading(check=check, target=target, finding=fault), state, 90.0)


def test_one_dead_program_does_not_hide_that_another_hangs() -> None:
    entries = {
        (one.outcome.check, one.outcome.target): one
        for one in (
            _failed("software.process", "zoom", "app_stopped"),
            _failed("software.responding", "zoom", "app_hung"),
            _failed("software.responding", "teams", "app_hung"),
        )
    }
    found = assess("R", entries, held_back(Settings(), (), 100.0))
    assert set(found.faults) == {("R", "app_stopped", "zoom"), ("R", "app_hung", "teams")}
    assert found.held == {("software.responding", "zoom"): "symptom of app_stopped"}
    assert found.correlation.explains("app_hung") == ""
    del entries["software.responding", "teams"]
    found = assess("R", entries, held_back(Settings(), (), 100.0))
    assert set(found.faults) == {("R", "app_stopped", "zoom")}
    assert found.correlation.explains("app_hung") == "app_stopped"
