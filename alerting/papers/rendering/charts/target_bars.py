"""Times held against their targets: every bar in parts of its own target, so that seconds and hours read alike."""

from __future__ import annotations

from dataclasses import dataclass

from alerting.papers.rendering.charts.svg import BLUE, FAINT, GREY, INK, RED, RULE, Sheet, shorten

_LEFT, _RIGHT, _ROW = 104.0, 190.0, 30.0
_FULL = 2.0
"""Parts of the target that fit: beyond it the bar runs into the edge and its label alone tells by how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetBar:
    """label: which time. value: seconds, None where it never came or was not needed. says: the figures in words.
    second: a second value to mark (a 90th percentile)."""

    label: str
    value: float | None
    target: float
    says: str
    met: bool | None
    second: float | None = None


def target_bars(bars: list[TargetBar], *, title: str, target: str) -> str:
    """The chart. target: the word that stands at the line of 100 %."""
    sheet = Sheet(30 + _ROW * len(bars))
    wide = sheet.width - _LEFT - _RIGHT
    goal = _LEFT + wide / _FULL
    for number, bar in enumerate(bars):
        y = 24 + number * _ROW
        sheet.text(_LEFT - 8, y + 15, shorten(bar.label, _LEFT - 10), anchor="end")
        sheet.rect(_LEFT, y + 4, wide, 14, "#f0f3f7")
        if bar.value is not None:
            share = bar.value / bar.target if bar.target > 0 else _FULL
            colour = GREY if bar.met is None else BLUE if bar.met else RED
            sheet.rect(_LEFT, y + 4, max(2.0, min(share, _FULL) / _FULL * wide), 14, colour)
            if share > _FULL:
                sheet.line(_LEFT + wide - 12, y + 21, _LEFT + wide - 6, y + 1, "#ffffff", width=3)
        if bar.second is not None and bar.target > 0:
            x = _LEFT + min(bar.second / bar.target, _FULL) / _FULL * wide
            sheet.line(x, y + 2, x, y + 20, INK, width=2)
        late = bar.met is False
        sheet.text(_LEFT + wide + 10, y + 15, shorten(bar.says, _RIGHT - 12), fill=RED if late else INK, bold=late)
    sheet.line(_LEFT, 22, _LEFT, 26 + _ROW * len(bars), RULE)
    sheet.line(goal, 18, goal, 26 + _ROW * len(bars), INK, dash="3 3")
    sheet.text(goal, 13, target, size=10, fill=FAINT, anchor="middle")
    return sheet.finish(title)
