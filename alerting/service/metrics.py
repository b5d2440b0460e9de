"""The service's part of a metrics page. One room's page names no room; a page of many rooms labels what is a room's."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from alerting.service.response_times import ResponseCounters
from alerting.service.state_figures import AlertingFigures, OpenIncidents

SEVERITIES = ("notice", "warning", "critical")
OUTCOMES = ("sent", "failed", "expired")
"""Always there; the others once they occurred."""


def alerting_metrics(figures: AlertingFigures, *, by_room: bool = False) -> Iterator[Metric]:
    """by_room: for a service that watches several; the label ``room`` holds ids."""
    if by_room:
        yield from _by_room(figures)
    else:
        yield _incidents(figures)
        yield GaugeMetricFamily(
            "roomwatch_incidents_told_nobody",
            "Open incidents that nobody took and nobody could be told of.",
            value=figures.told_nobody,
        )
    yield GaugeMetricFamily(
        "roomwatch_incidents_unanswered",
        "Open incidents whose chain of escalation ended and that nobody took.",
        value=figures.unanswered,
    )
    yield from _response(figures.response)
    yield from _owed(figures)
    yield from _messages(figures)
    yield GaugeMetricFamily(
        "roomwatch_journal_writable", "1 while decisions reach the disk.", value=float(figures.journal_writable)
    )
    yield GaugeMetricFamily(
        "roomwatch_audit_findings", "Broken promises that the last audit of the journal found.", figures.audit_findings
    )
    yield GaugeMetricFamily(
        "roomwatch_audit_last_run_timestamp_seconds",
        "When the journal was last audited, 0 before the first time.",
        value=figures.last_audit,
    )


def _incidents(figures: AlertingFigures) -> Metric:
    family = GaugeMetricFamily(
        "roomwatch_incidents_open",
        "Open incidents by severity, by whether somebody has taken them, and drills apart.",
        labels=["severity", "taken", "drill"],
    )
    for drill in (False, True):
        for severity in SEVERITIES:
            for taken in (False, True):
                count = figures.incidents.get(OpenIncidents(severity=severity, taken=taken, drill=drill), 0)
                if count or not drill:
                    family.add_metric([severity, _word(taken), _word(drill)], count)
    return family


def _by_room(figures: AlertingFigures) -> Iterator[Metric]:
    family = GaugeMetricFamily("roomwatch_incidents_open", "Open incidents.", labels=["room", "severity"])
    nobody = GaugeMetricFamily(
        "roomwatch_incidents_told_nobody", "Open incidents that nobody could be told of.", labels=["room"]
    )
    for room, of_room in sorted(figures.rooms.items()):
        nobody.add_metric([room], of_room.told_nobody)
        for severity in SEVERITIES:
            family.add_metric([room, severity], of_room.open_by_severity.get(severity, 0))
    yield from (family, nobody)


def _response(response: ResponseCounters) -> Iterator[Metric]:
    opened = CounterMetricFamily(
        "roomwatch_incidents", "Incidents that were opened, by severity at the time; no drills.", labels=["severity"]
    )
    for severity in SEVERITIES:
        opened.add_metric([severity], response.incidents[severity])
    yield opened
    phases = HistogramMetricFamily(
        "roomwatch_incident_phase_seconds",
        "Time from the start of a fault to the end of a phase of the response; no drills.",
        labels=["phase"],
    )
    for phase, histogram in response.phases.items():
        phases.add_metric([phase], buckets=histogram.buckets(), sum_value=histogram.total)
    yield phases


def _owed(figures: AlertingFigures) -> Iterator[Metric]:
    owed = figures.overdue
    yield GaugeMetricFamily(
        "roomwatch_reports_overdue", "Reports of incidents past their time that nobody signed.", value=owed.reports
    )
    yield GaugeMetricFamily(
        "roomwatch_drills_overdue", "Scheduled drills whose day passed without one.", value=owed.drills
    )
    yield GaugeMetricFamily(
        "roomwatch_inspections_overdue", "Regular checks past their time that nobody made.", value=owed.inspections
    )


def _messages(figures: AlertingFigures) -> Iterator[Metric]:
    sent = CounterMetricFamily(
        "roomwatch_notifications", "Notifications by what became of them at last.", labels=["outcome"]
    )
    for outcome in (*OUTCOMES, *sorted(set(figures.outcomes) - set(OUTCOMES))):
        sent.add_metric([outcome], figures.outcomes.get(outcome, 0))
    yield sent
    yield GaugeMetricFamily(
        "roomwatch_notifications_pending",
        "Notifications that are due and not yet accepted, without those that quiet hours hold back.",
        value=figures.pending,
    )
    yield GaugeMetricFamily(
        "roomwatch_notifications_oldest_pending_timestamp_seconds",
        "Since when the oldest notification that waits is due, 0 where none waits.",
        value=figures.oldest_pending,
    )
    yield GaugeMetricFamily(
        "roomwatch_channels_down", "Ways out that accept no notification now.", value=figures.channels_down
    )
    yield GaugeMetricFamily(
        "roomwatch_alertmanagers_down",
        "Members of the Alertmanager cluster that take no alerts of the room now.",
        value=figures.alertmanagers_down,
    )
    yield GaugeMetricFamily(
        "roomwatch_plan_reaches_somebody",
        "1 where the plan has at least one person with an address.",
        value=float(figures.reaches_somebody),
    )
    yield GaugeMetricFamily(
        "roomwatch_quiet_time", "1 while the plan's quiet hours hold back warnings.", value=float(figures.quiet)
    )


def delivery_metrics(response: ResponseCounters, most: int) -> Iterator[Metric]:
    """most: kinds of channel, those with the most deliveries."""
    family = HistogramMetricFamily(
        "roomwatch_notification_delivery_seconds",
        "Time from the decision to notify, or the end of quiet hours, to acceptance by the far end.",
        labels=["channel"],
    )
    ranked = sorted(response.deliveries.items(), key=lambda one: (-one[1].count, one[0]))
    for channel, histogram in ranked[:most]:
        family.add_metric([channel], buckets=histogram.buckets(), sum_value=histogram.total)
    yield family


def code_metrics(response: ResponseCounters, most: int) -> Iterator[Metric]:
    """most: codes, the most frequent ones."""
    family = CounterMetricFamily(
        "roomwatch_faults", "Faults by code, no drills; a code appears with its first fault.", labels=["code"]
    )
    ranked = sorted(response.faults.items(), key=lambda one: (-one[1], one[0]))
    for code, count in ranked[:most]:
        family.add_metric([code], count)
    yield family


def _word(value: bool) -> str:
    return "yes" if value else "no"
