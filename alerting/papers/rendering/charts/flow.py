"""Boxes in the order of time with arrows between them, several rows where they do not fit into one."""

from __future__ import annotations

from dataclasses import dataclass

from alerting.papers.rendering.charts.svg import BLUE, FAINT, INK, PALE_BLUE, PALE_RED, RED, Sheet, text_width

_GAP, _LINE, _PAD = 22.0, 14.0, 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """title: in bold. lines: below it, wrapped. loud: the box that must not be missed."""

    title: str
    lines: tuple[str, ...] = ()
    loud: bool = False


def flow_boxes(boxes: list[Box], *, per_row: int, title: str) -> str:
    """The chart; every box as tall as the tallest of its row."""
    rows = [boxes[n : n + per_row] for n in range(0, len(boxes), per_row)]
    sheet_width = Sheet(0).width
    columns = min(per_row, max(len(boxes), 1))
    wide = (sheet_width - _GAP * (columns - 1)) / columns
    texts = [[_wrapped(box, wide - 2 * _PAD) for box in row] for row in rows]
    tall = [max(len(heads) + len(lines) for heads, lines in row) * _LINE + 2 * _PAD for row in texts]
    sheet = Sheet(sum(tall) + _GAP * (len(rows) - 1) + 2)
    y = 1.0
    for index, row in enumerate(rows):
        for column, box in enumerate(row):
            x = column * (wide + _GAP)
            sheet.rect(x, y, wide, tall[index], PALE_RED if box.loud else PALE_BLUE, round_by=4)
            sheet.rect(x, y, 4, tall[index], RED if box.loud else BLUE)
            heads, lines = texts[index][column]
            at = y + _PAD + 11
            for line in heads:
                sheet.text(x + _PAD + 2, at, line, bold=True, fill=INK)
                at += _LINE
            for line in lines:
                sheet.text(x + _PAD + 2, at, line, size=10, fill=FAINT)
                at += _LINE
            if column + 1 < len(row):
                _arrow(sheet, x + wide + 3, y + tall[index] / 2, x + wide + _GAP - 3)
        if index + 1 < len(rows):
            _turn(sheet, y + tall[index], sheet_width)
        y += tall[index] + _GAP
    return sheet.finish(title)


def _arrow(sheet: Sheet, x1: float, y: float, x2: float) -> None:
    sheet.line(x1, y, x2, y, BLUE, width=1.5)
    sheet.path([(x2 - 4, y - 4), (x2, y), (x2 - 4, y + 4)], BLUE)


def _turn(sheet: Sheet, y: float, wide: float) -> None:
    """From the end of one row to the beginning of the next."""
    middle = y + _GAP / 2
    sheet.path([(wide - 24, y + 2), (wide - 24, middle), (24, middle), (24, y + _GAP - 3)], BLUE)
    sheet.path([(20, y + _GAP - 7), (24, y + _GAP - 3), (28, y + _GAP - 7)], BLUE)


def _wrapped(box: Box, room: float) -> tuple[list[str], list[str]]:
    return wrap(box.title, room, 11), [part for line in box.lines for part in wrap(line, room, 10)]


def wrap(words: str, room: float, size: float) -> list[str]:
    """Lines that fit: broken at spaces where there are any, anywhere between Chinese characters."""
    lines = [""]
    for piece in _pieces(words):
        if lines[-1] and text_width(lines[-1] + piece.rstrip(), size) > room:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines if line.strip()]


def _pieces(words: str) -> list[str]:
    pieces: list[str] = []
    for letter in words:
        wide = ord(letter) > 0x2E7F
        closing = letter in "，。、；：）”,.;:)"
        if pieces and (closing or (not wide and not pieces[-1].endswith(" ") and ord(pieces[-1][-1]) <= 0x2E7F)):
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces
