"""A sheet of SVG: the few shapes and the colours that all charts share."""

from __future__ import annotations

from html import escape
from typing import Literal

WIDTH = 680.0
"""Units across: about the text width of an A4 page in points, so that 11 here reads like 9 pt on paper."""
INK, FAINT, RULE = "#1b1f24", "#66707c", "#d5dbe3"
BLUE, GREEN, AMBER, RED, GREY = "#1f5fa8", "#2e7d4f", "#d98a00", "#b3261e", "#aab4c0"
PALE_BLUE, PALE_RED, PALE_AMBER, PALE_GREEN = "#dbe7f5", "#f7dcd9", "#fbe9c8", "#d9eee0"
FONTS = "Noto Sans, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
Anchor = Literal["start", "middle", "end"]


class Sheet:
    """Collects shapes; ``finish`` gives the picture with its title for those who cannot see it."""

    def __init__(self, height: float, width: float = WIDTH) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []

    def rect(self, x: float, y: float, width: float, height: float, fill: str, *, round_by: float = 0.0) -> None:
        if width > 0 and height > 0:
            self._parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{round_by:g}"'
                f' fill="{fill}"/>'
            )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, stroke: str = RULE, *, width: float = 1.0, dash: str = ""
    ) -> None:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}"'
            f' stroke-width="{width:g}"{dashed}/>'
        )

    def circle(self, x: float, y: float, radius: float, fill: str, stroke: str = "none") -> None:
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" stroke="{stroke}"/>')

    def path(self, points: list[tuple[float, float]], stroke: str, *, width: float = 1.5) -> None:
        if len(points) == 1:
            self.circle(*points[0], width, stroke)
            return
        steps = " ".join(f"{'M' if n == 0 else 'L'}{x:.1f} {y:.1f}" for n, (x, y) in enumerate(points))
        self._parts.append(f'<path d="{steps}" fill="none" stroke="{stroke}" stroke-width="{width:g}"/>')

    def text(
        self, x: float, y: float, words: str, *, size: float = 11, fill: str = INK, anchor: Anchor = "start",
        bold: bool = False,
    ) -> None:  # fmt: skip
        weight = ' font-weight="700"' if bold else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{fill}" text-anchor="{anchor}"{weight}>'
            f"{escape(words)}</text>"
        )

    def finish(self, title: str) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'width="{self.width:g}" height="{self.height:g}" role="img" font-family="{FONTS}">'
            f"<title>{escape(title)}</title>{''.join(self._parts)}</svg>"
        )


def text_width(words: str, size: float = 11) -> float:
    """About how wide the words are: a Chinese character is one em, a Latin one a good half."""
    return size * sum(1.0 if ord(letter) > 0x2E7F else 0.56 for letter in words)


def shorten(words: str, room: float, size: float = 11) -> str:
    """The words, cut with … where they are wider than the room."""
    if text_width(words, size) <= room:
        return words
    while words and text_width(words + "…", size) > room:
        words = words[:-1]
    return words + "…"
