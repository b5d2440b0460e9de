"""Counts as stacked columns over time, and as bars by name. Zero counts keep their place."""

from __future__ import annotations

from dataclasses import dataclass

from alerting.papers.rendering.charts.axis import number_ticks
from alerting.papers.rendering.charts.svg import BLUE, FAINT, INK, RULE, Sheet, shorten

_LEFT, _HEIGHT, _NAMES = 36.0, 150.0, 210.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """counts: one number a series, bottom first."""

    label: str
    counts: tuple[int, ...]


def stacked_columns(columns: list[Column], series: list[tuple[str, str]], *, title: str) -> str:
    """series: (name, colour), in the order of each column's counts."""
    sheet = Sheet(_HEIGHT + 44)
    most = max((sum(column.counts) for column in columns), default=0)
    ticks = [tick for tick in number_ticks(0, max(most, 1), 4) if tick == int(tick)]
    wide = sheet.width - _LEFT - 10
    for tick in ticks:
        y = 26 + _HEIGHT * (1 - tick / ticks[-1])
        sheet.line(_LEFT, y, _LEFT + wide, y)
        sheet.text(_LEFT - 6, y + 3.5, f"{tick:g}", size=9, fill=FAINT, anchor="end")
    pace = wide / max(len(columns), 1)
    every = -(-len(columns) * 46 // int(wide))
    for number, column in enumerate(columns):
        x, base = _LEFT + number * pace + pace * 0.2, 26 + _HEIGHT
        for count, (_, colour) in zip(column.counts, series, strict=True):
            tall = _HEIGHT * count / ticks[-1]
            sheet.rect(x, base - tall, min(pace * 0.6, 40), tall, colour)
            base -= tall
        if number % max(every, 1) == 0:
            sheet.text(x + min(pace * 0.3, 20), 42 + _HEIGHT, column.label, size=10, fill=FAINT, anchor="middle")
    x = _LEFT
    for name, colour in series:
        sheet.rect(x, 5, 10, 10, colour)
        sheet.text(x + 14, 14, name, size=10)
        x += 32 + len(name) * 10
    return sheet.finish(title)


def named_bars(rows: list[tuple[str, float, str]], *, title: str, colour: str = BLUE) -> str:
    """(name, value, the value in words), worst first."""
    sheet = Sheet(8 + 24 * len(rows))
    most = max((value for _, value, _ in rows), default=0.0) or 1.0
    wide = sheet.width - _NAMES - 120
    for number, (name, value, says) in enumerate(rows):
        y = 4 + number * 24
        sheet.text(_NAMES - 8, y + 15, shorten(name, _NAMES - 10), anchor="end")
        sheet.rect(_NAMES, y + 4, max(2.0, value / most * wide), 14, colour, round_by=1)
        sheet.text(_NAMES + value / most * wide + 8, y + 15, says, size=10.5, fill=INK)
    sheet.line(_NAMES, 4, _NAMES, 4 + 24 * len(rows), RULE)
    return sheet.finish(title)
