"""The deepest failing check is the cause; the rest are its symptoms."""

from alerting.catalogue import KINDS
from monitor.correlate import correlate


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
