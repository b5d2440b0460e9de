"""A document as plain blocks, the same for every format. Refuses style."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list; numbered where the order matters."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. rows hold as many cells as head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart. svg: for HTML and PDF, made by us and trusted. caption: what it shows, alone in .docx."""

    svg: str
    caption: str


@dataclass(frozen=True, slots=True)
class PageBreak:
    pass


Block = Heading | Paragraph | Items | Grid | Picture | PageBreak


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """language: "zh-CN" or "en". facts: (label, value) lines below the title. footer: on every page."""

    title: str
    language: str
    subtitle: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    footer: str = ""
    blocks: tuple[Block, ...] = field(default=())
