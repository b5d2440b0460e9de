"""A document as plain blocks, the same for every format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


class CannotRender(Exception):
    """Something on this machine is missing, or a template is none; the text says what to do."""


Tone = Literal["plain", "good", "bad", "quiet"]


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text of one weight."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """runs: the same text in pieces where some of it is bold."""

    text: str
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list; numbered where the order matters. runs: the items in pieces where some of them are bold."""

    items: tuple[str, ...]
    numbered: bool = False
    runs: tuple[tuple[Run, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Marked:
    """A cell or figure that says good or bad by more than its words."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. rows hold as many cells as head. widths: of the columns, in parts of their sum; () leaves it open."""

    head: tuple[str, ...]
    rows: tuple[tuple[str | Marked, ...], ...]
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that a manager looks for first: what it is, its value, and what it is held against."""

    label: str
    value: str
    note: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class KeyFigures:
    items: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Callout:
    """One thing that must not be overlooked."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart. svg: made by us and trusted. caption: what it shows. table: the same in figures, where no picture can
    be drawn; None where the text around it says it all."""

    svg: str
    caption: str
    table: Grid | None = None


@dataclass(frozen=True, slots=True)
class PageBreak:
    pass


Block = Heading | Paragraph | Items | Grid | KeyFigures | Callout | Picture | PageBreak


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """language: one of alerting.words.LANGUAGES. above: a line over the title (the organisation). facts: (label, value)
    below it.

    footer: on every page. mark: a word that no reader may miss (a draft, a drill).
    """

    title: str
    language: str
    above: str = ""
    subtitle: str = ""
    mark: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    footer: str = ""
    blocks: tuple[Block, ...] = field(default=())


def text_of(cell: str | Marked) -> str:
    return cell if isinstance(cell, str) else cell.text
