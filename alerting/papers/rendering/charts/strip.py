"""A response on one axis of time: bands for what was so, dots for messages, numbers for the moments that count."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from alerting.papers.rendering.charts.axis import time_ticks
from alerting.papers.rendering.charts.svg import BLUE, FAINT, INK, RED, RULE, Sheet, shorten, text_width

_LEFT, _RIGHT, _BAND, _NUMBER = 92.0, 14.0, 26.0, 17.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartBand:
    """From start to end (Unix seconds) something was so."""

    start: float
    end: float
    label: str
    fill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLane:
    label: str
    spans: tuple[ChartBand, ...] = ()
    dots: tuple[tuple[float, bool], ...] = ()
    """(Unix seconds, went well) of single events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One numbered moment; its words are in the table beside the chart."""

    number: int
    at: float
    bad: bool = False


def response_strip(
    lanes: list[ChartLane], moments: list[Moment], start: float, end: float, *, moments_label: str, title: str,
    zone: dt.tzinfo | None,
) -> str:  # fmt: skip
    """The chart over [start, end]. Moments that would overlap are stacked."""
    end = max(end, start + 60.0)
    wide = Sheet(0).width - _LEFT - _RIGHT

    def x_of(at: float) -> float:
        return _LEFT + (min(max(at, start), end) - start) / (end - start) * wide

    rows = _stack([x_of(moment.at) for moment in moments])
    depth = max(rows, default=0) + 1
    top = 8.0
    numbers_at = top + _BAND * len(lanes) + 6
    bottom = numbers_at + _NUMBER * depth + 4
    sheet = Sheet(bottom + 20)
    for at, label in time_ticks(start, end, zone, 7):
        sheet.line(x_of(at), top, x_of(at), bottom, RULE)
        sheet.text(x_of(at), bottom + 13, label, size=10, fill=FAINT, anchor="middle")
    for index, lane in enumerate(lanes):
        y = top + index * _BAND
        sheet.text(_LEFT - 8, y + 15, shorten(lane.label, _LEFT - 10), anchor="end", size=10.5)
        for span in lane.spans:
            left, width = x_of(span.start), max(1.5, x_of(span.end) - x_of(span.start))
            sheet.rect(left, y + 3, width, _BAND - 8, span.fill, round_by=2)
            if width > text_width(span.label, 10) + 6:
                sheet.text(left + 4, y + 15, span.label, size=10)
        for at, well in lane.dots:
            if well:
                sheet.circle(x_of(at), y + 8, 3.2, BLUE)
            else:
                x = x_of(at)
                sheet.line(x - 3, y + 14, x + 3, y + 20, RED, width=2)
                sheet.line(x - 3, y + 20, x + 3, y + 14, RED, width=2)
    sheet.text(_LEFT - 8, numbers_at + 12, moments_label, anchor="end", size=10.5)
    for moment, row in zip(moments, rows, strict=True):
        y = numbers_at + row * _NUMBER + 8
        sheet.circle(x_of(moment.at), y, 7.5, RED if moment.bad else INK)
        sheet.text(x_of(moment.at), y + 3.3, str(moment.number), size=9, fill="#ffffff", anchor="middle")
    return sheet.finish(title)


def _stack(places: list[float]) -> list[int]:
    """The row of each number, so that no two of a row touch; places come in the order of time."""
    ends: list[float] = []
    rows = []
    for x in places:
        row = next((n for n, last in enumerate(ends) if x - last >= _NUMBER), len(ends))
        if row == len(ends):
            ends.append(x)
        ends[row] = x
        rows.append(row)
    return rows
