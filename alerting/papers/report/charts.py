"""The report's charts: the response over time, the times against their targets, the readings around it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alerting.messages.kinds import kind_named
from alerting.papers.rendering.charts.lines import Panel, reading_lines
from alerting.papers.rendering.charts.strip import ChartBand, ChartLane, Moment, response_strip
from alerting.papers.rendering.charts.svg import PALE_AMBER, PALE_BLUE, PALE_GREEN, PALE_RED
from alerting.papers.rendering.charts.target_bars import TargetBar, target_bars
from alerting.papers.rendering.content import Grid, Picture
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.delivery_outcomes import expired, failed
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import Duration
from alerting.papers.report.timeline import Row
from alerting.papers.report.times import Measured

MOST_MOMENTS = 30
"""Numbers in the chart: beyond that they stack higher than the lanes they explain."""
MOST_PANELS = 4
"""Readings drawn: what a page holds beside its words; the failing check's own come first."""
FEWEST_POINTS = 2
"""Readings from which a line can be drawn: a single dot says nothing."""
AROUND = 0.25
"""Part of the incident's length shown before and after it, at least ten minutes: what normal looked like."""


def response_picture(case: CaseFile, rows: Sequence[Row], phrasing: Phrasing) -> Picture:
    """Lanes: what was so in the room, who had it in hand, each message; below them the numbers of the rows."""
    began, end = case.began, case.end
    after = max(30.0, (end - began) * 0.04)
    text = phrasing.text
    lanes = [
        ChartLane(label=text("report.lane.room"), spans=_room(case, end, after, phrasing)),
        ChartLane(label=text("report.lane.hands"), spans=_hands(case, end, phrasing)),
        ChartLane(label=text("report.lane.messages"), dots=_dots(case, end + after)),
    ]
    key = [
        Moment(number=number, at=row.at, bad=row.bad)
        for number, row in enumerate(rows, 1)
        if row.key and row.at <= end + after
    ]
    svg = response_strip(
        lanes,
        key[:MOST_MOMENTS],
        began - after * 0.5,
        end + after,
        moments_label=text("report.lane.moments"),
        title=text("report.chart.response"),
        zone=phrasing.zone,
    )
    return Picture(svg=svg, caption=text("report.chart.response_caption"))


def _room(case: CaseFile, end: float, after: float, phrasing: Phrasing) -> tuple[ChartBand, ...]:
    moved = case.incident.mitigated_at
    broken_until = end if moved is None or moved > end else moved
    spans = [ChartBand(start=case.began, end=broken_until, label=phrasing.text("report.lane.broken"), fill=PALE_RED)]
    if broken_until < end:
        spans.append(ChartBand(start=broken_until, end=end, label=phrasing.text("report.lane.moved"), fill=PALE_AMBER))
    if case.ended is not None:
        spans.append(ChartBand(start=end, end=end + after, label=phrasing.text("report.lane.well"), fill=PALE_GREEN))
    return tuple(spans)


def _hands(case: CaseFile, end: float, phrasing: Phrasing) -> tuple[ChartBand, ...]:
    """Who had taken it, from when to when; nobody in between."""
    spans: list[ChartBand] = []
    at, who = case.incident.opened_at, ""
    changes = [(event.at, event.by if event.verb == "taken" else "") for event in case.of("taken", "take_expired")]
    for moment, next_who in [*changes, (end, "")]:
        if moment > at:
            label = phrasing.name(who) if who else phrasing.text("report.lane.nobody")
            fill = PALE_BLUE if who else PALE_RED
            spans.append(ChartBand(start=at, end=min(moment, end), label=label, fill=fill))
        at, who = max(at, moment), next_who
    return tuple(spans)


def _dots(case: CaseFile, last: float) -> tuple[tuple[float, bool], ...]:
    dots = []
    for row in case.notifications:
        if kind_named(row.kind).paper:
            continue
        if failed(row) or expired(row):
            dots.append((row.attempted_at or row.decided_at, False))
        elif row.accepted_at is not None:
            dots.append((row.accepted_at, True))
    return tuple(dot for dot in dots if dot[0] <= last)


def target_picture(measured: Sequence[Measured], phrasing: Phrasing) -> Picture:
    bars = [
        TargetBar(
            label=phrasing.text(f"report.time.{one.name}"),
            value=one.seconds,
            target=one.target,
            says=said(one, phrasing),
            met=one.met,
        )
        for one in measured
    ]
    title = phrasing.text("report.chart.targets")
    verdicts = ["open" if one.met is None else "kept" if one.met else "late" for one in measured]
    table = tuple(
        (bar.label, bar.says, phrasing.text(f"report.verdict.{verdict}"))
        for bar, verdict in zip(bars, verdicts, strict=True)
    )
    return Picture(
        svg=target_bars(bars, title=title, target=phrasing.text("report.chart.target")),
        caption=title,
        table=Grid(phrasing.head("time", "result", "verdict"), table),
    )


def said(one: Measured, phrasing: Phrasing) -> str:
    """ "18 s (target 30 s)", or why there is none."""
    target = Duration(one.target)
    if one.seconds is None:
        return phrasing.text(f"report.no_time.{one.why}", target=target)
    return phrasing.text("report.time_said", span=Duration(one.seconds), target=target)


def readings_picture(case: CaseFile, phrasing: Phrasing) -> Picture | None:
    """None where no readings are left (they are kept for a week)."""
    around = max(600.0, (case.end - case.began) * AROUND)
    start, end = case.began - around, case.end + around
    panels = []
    for series in case.readings:
        points = tuple(point for point in series.points if start <= point[0] <= end)
        if len(points) >= FEWEST_POINTS:
            check = phrasing.either(f"check.{series.check}", series.check) if series.check else ""
            reading = phrasing.either(f"value.{series.name}", series.name) if series.name else ""
            label = phrasing.list([part for part in (check, series.target, reading) if part])
            panels.append(Panel(label=label, points=points))
    if not panels:
        return None
    title = phrasing.text("report.chart.readings")
    svg = reading_lines(panels[:MOST_PANELS], start, end, (case.began, case.end), title=title, zone=phrasing.zone)
    return Picture(svg=svg, caption=title)
