"""What people type, with the few marks of Markdown that they use (**bold**, lists, headings), as blocks. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alerting.papers.rendering.content import Block, Items, Paragraph, Run

_BOLD = re.compile(r"\*\*(\S(?:.*?\S)?)\*\*|__(\S(?:.*?\S)?)__")
_BULLET = re.compile(r"^\s*[-*+•]\s+(.*)")
_NUMBER = re.compile(r"^\s*\d{1,2}[.)、]\s*(.*)")
_HEADING = re.compile(r"^\s*#{1,6}\s+(.*)")


def runs_of(text: str) -> tuple[Run, ...]:
    """The text in pieces, bold or not; empty pieces are left out."""
    found: list[Run] = []
    at = 0
    for bold in _BOLD.finditer(text):
        found.append(Run(text[at : bold.start()]))
        found.append(Run(bold[1] or bold[2], bold=True))
        at = bold.end()
    found.append(Run(text[at:]))
    return tuple(run for run in found if run.text)


def plain_of(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in runs)


def typed_blocks(text: str) -> tuple[Block, ...]:
    """Paragraphs and lists in their order; a heading becomes a bold paragraph, since chapters have their own."""
    blocks: list[Block] = []
    items: list[tuple[Run, ...]] = []
    numbered = False

    def flush() -> None:
        if items:
            blocks.append(Items(tuple(map(plain_of, items)), numbered=numbered, runs=tuple(items)))
            items.clear()

    for line in text.splitlines():
        bullet, number, heading = _BULLET.fullmatch(line), _NUMBER.fullmatch(line), _HEADING.fullmatch(line)
        if bullet or number:
            if items and numbered is bool(bullet):
                flush()
            numbered = not bullet
            match = bullet or number
            assert match is not None
            items.append(runs_of(match[1]))
            continue
        flush()
        if heading:
            plain = plain_of(runs_of(heading[1]))
            blocks.append(Paragraph(plain, runs=(Run(plain, bold=True),)))
        elif line.strip():
            runs = runs_of(line.strip())
            blocks.append(Paragraph(plain_of(runs), runs=runs))
    flush()
    return tuple(blocks)
