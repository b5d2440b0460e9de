"""Readings over time, one small panel a reading, the incident shaded. A gap in the samples is a gap in the line."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from alerting.papers.rendering.charts.axis import number_ticks, time_ticks
from alerting.papers.rendering.charts.svg import BLUE, FAINT, PALE_RED, RULE, Sheet, shorten

_LEFT, _RIGHT, _PANEL = 64.0, 14.0, 86.0
GAP = 180.0
"""Seconds between samples from which the line breaks: readings are kept once a minute, three missed are a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One reading: points of (Unix seconds, value), oldest first."""

    label: str
    points: tuple[tuple[float, float], ...]


def reading_lines(
    panels: list[Panel], start: float, end: float, shaded: tuple[float, float], *, title: str, zone: dt.tzinfo | None
) -> str:
    """The chart over [start, end]; shaded: when the incident lasted."""
    sheet = Sheet(_PANEL * len(panels) + 20)
    wide = sheet.width - _LEFT - _RIGHT

    def x_of(at: float) -> float:
        return _LEFT + (min(max(at, start), end) - start) / max(end - start, 1.0) * wide

    for index, panel in enumerate(panels):
        top, bottom = index * _PANEL + 20, index * _PANEL + _PANEL - 4
        values = [value for _, value in panel.points]
        ticks = number_ticks(min(values, default=0.0), max(values, default=1.0), 2)
        low, high = ticks[0], ticks[-1]

        def y_of(value: float, low: float = low, high: float = high, top: float = top, bottom: float = bottom) -> float:
            return bottom - (value - low) / (high - low) * (bottom - top)

        sheet.text(_LEFT, top - 6, shorten(panel.label, wide), size=10.5)
        sheet.rect(x_of(shaded[0]), top, max(2.0, x_of(shaded[1]) - x_of(shaded[0])), bottom - top, PALE_RED)
        for tick in ticks:
            sheet.line(_LEFT, y_of(tick), _LEFT + wide, y_of(tick))
            sheet.text(_LEFT - 6, y_of(tick) + 3.5, f"{tick:g}", size=9, fill=FAINT, anchor="end")
        for run in _runs(panel.points):
            sheet.path([(x_of(at), y_of(value)) for at, value in run], BLUE)
    foot = _PANEL * len(panels)
    for at, label in time_ticks(start, end, zone, 7):
        sheet.line(x_of(at), 20, x_of(at), foot - 4, RULE)
        sheet.text(x_of(at), foot + 10, label, size=10, fill=FAINT, anchor="middle")
    return sheet.finish(title)


def _runs(points: tuple[tuple[float, float], ...]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = []
    for point in points:
        if runs and point[0] - runs[-1][-1][0] <= GAP:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs
