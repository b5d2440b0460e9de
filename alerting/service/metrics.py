"""The service's part of a metrics page. One room's page names no room; a page of many rooms labels what is a room's."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from alerting.service.figures import AlertingFigures

SEVERITIES = ("notice", "warning", "critical")
OUTCOMES = ("sent", "failed", "expired")


def alerting_metrics(figures: AlertingFigures, *, by_room: bool = False) -> Iterator[Metric]:
    """by_room: for a service that watches several; the label ``room`` holds ids."""
    yield _open(figures, by_room)
    sent = CounterMetricFamily("roomwatch_notifications", "Notifications by outcome.", labels=["outcome"])
    for outcome in OUTCOMES:
        sent.add_metric([outcome], figures.outcomes.get(outcome, 0))
    yield sent
    yield GaugeMetricFamily(
        "roomwatch_notifications_pending", "Notifications decided and not yet accepted.", value=figures.pending
    )
    yield _nobody(figures, by_room)
    yield GaugeMetricFamily(
        "roomwatch_journal_writable", "1 while decisions are kept.", value=float(figures.journal_writable)
    )
    yield GaugeMetricFamily(
        "roomwatch_audit_findings",
        "Broken promises that the last audit of the journal found.",
        value=figures.audit_findings,
    )
    yield GaugeMetricFamily(
        "roomwatch_last_audit_timestamp_seconds",
        "When the journal was last audited, 0 before the first time.",
        value=figures.last_audit,
    )


def _open(figures: AlertingFigures, by_room: bool) -> Metric:
    labels = ["room", "severity"] if by_room else ["severity"]
    family = GaugeMetricFamily("roomwatch_incidents_open", "Open incidents.", labels=labels)
    for severity in SEVERITIES:
        if not by_room:
            family.add_metric([severity], figures.open_by_severity.get(severity, 0))
        for room, of_room in sorted(figures.rooms.items()) if by_room else ():
            family.add_metric([room, severity], of_room.open_by_severity.get(severity, 0))
    return family


def _nobody(figures: AlertingFigures, by_room: bool) -> Metric:
    name, text = "roomwatch_nobody_reachable", "1 while an incident could be told to nobody."
    if not by_room:
        return GaugeMetricFamily(name, text, value=float(figures.nobody_reachable))
    family = GaugeMetricFamily(name, text, labels=["room"])
    for room, of_room in sorted(figures.rooms.items()):
        family.add_metric([room], float(of_room.nobody_reachable))
    return family
