"""Faults, incidents, their phases and deliveries."""

from alerting.journal.rows import Batch, Event, Notification, NotificationState
from alerting.model.fault import FaultClass, Severity
from alerting.model.histogram import Histogram
from alerting.model.incident import FaultRecord, Incident
from alerting.service.response_times import ResponseCounters


def incident(number: int = 1, **more: object) -> Incident:
    return Incident(
        id=number,
        room="r",
        code="link_down",
        fault_class=FaultClass.NETWORK,
        severity=Severity.CRITICAL,
        opened_at=120.0,
        faults=(FaultRecord(code="link_down", since=100.0),),
        **more,  # type: ignore[arg-type]
    )


def batch(one: Incident, *events: Event) -> Batch:
    return Batch(events=list(events), incidents={one.id: one})


def counts(figures: ResponseCounters) -> dict[str, tuple[int, float]]:
    return {phase: (one.count, one.total) for phase, one in figures.phases.items()}


def test_the_phases_of_an_incident_count_once_from_the_start_of_its_fault() -> None:
    figures = ResponseCounters()
    opened = Event(
        incident=1, at=120.0, verb="opened", data={"code": "link_down", "since": 100.0, "severity": "critical"}
    )
    figures.written(batch(incident(), opened))
    joined = Event(incident=1, at=130.0, verb="fault_joined", data={"code": "dns_dead", "since": 125.0})
    taken = [Event(incident=1, at=at, verb="taken", by="li") for at in (220.0, 900.0)]
    figures.written(batch(incident(), joined, *taken))
    figures.written(batch(incident(), Event(incident=1, at=400.0, verb="mitigated")))
    figures.written(batch(incident(), Event(incident=1, at=1100.0, verb="resolved")))
    assert counts(figures) == {
        "detect": (1, 20.0),
        "acknowledge": (1, 120.0),
        "mitigate": (1, 300.0),
        "restore": (1, 1000.0),
    }
    assert dict(figures.faults) == {"link_down": 1, "dns_dead": 1}
    assert dict(figures.incidents) == {"critical": 1}


def test_a_drill_counts_nowhere_and_a_report_by_a_person_was_not_detected() -> None:
    figures = ResponseCounters()
    drill = Event(incident=1, at=120.0, verb="opened", data={"code": "link_down", "since": 100.0})
    figures.written(batch(incident(drill=True), drill))
    assert not figures.incidents
    said = Event(incident=2, at=120.0, verb="opened", by="li", data={"code": "reported_device", "since": 120.0})
    figures.written(batch(incident(2), said))
    assert counts(figures)["detect"] == (0, 0.0)
    assert dict(figures.incidents) == {"critical": 1}


def test_what_ended_before_the_start_does_not_count_when_it_ends_again() -> None:
    figures = ResponseCounters([incident(taken_at=150.0)])
    figures.written(batch(incident(), Event(incident=1, at=900.0, verb="taken", by="li")))
    assert counts(figures)["acknowledge"] == (0, 0.0)


def test_a_delivery_counts_from_the_end_of_the_quiet_hours() -> None:
    figures = ResponseCounters()
    row = Notification(
        key="k", incident=1, kind="opened", contact="li", channel="c", path="mail", decided_at=10.0, not_before=100.0,
        expires_at=900.0, state=NotificationState.SENT, accepted_at=103.0,
    )  # fmt: skip
    figures.written(Batch(notifications={"k": row}))
    assert (figures.deliveries["mail"].count, figures.deliveries["mail"].total) == (1, 3.0)


def test_a_bucket_holds_what_is_at_or_below_its_limit() -> None:
    found = Histogram((1.0, 10.0))
    for value in (1.0, 1.5, 99.0, -3.0, float("nan")):
        found.observe(value)
    assert found.buckets() == [("1.0", 2.0), ("10.0", 3.0), ("+Inf", 4.0)]
