"""The role cards as cards: A6, front and back, for a printer or a screen. A card with much on its back takes a third
side, which a printer puts on a card of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alerting.papers.plan.role_cards import cards_of, role_cards
from alerting.papers.rendering.formats import FORMATS, write_document, write_files
from alerting.papers.rendering.html import in_style, template
from alerting.papers.rendering.pdf import pdf_of
from alerting.plan.model import Plan
from alerting.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomCode:
    """A QR code that opens a room's page. svg: made by us and trusted. link: what it says. name: the room's."""

    svg: str
    link: str
    name: str


def cards_html(plan: Plan, words: Words, code: RoomCode | None = None) -> str:
    """One page, style included; all texts escaped. code: None leaves its place out."""
    document = role_cards(plan, words)
    return template("cards.html").render(
        cards=cards_of(plan, words),
        code=code,
        document=document,
        footer=in_style(document.footer),
        said={name: words.text(f"document.{name}") for name in _SAID},
        style=template("cards.css").render(),
    )


_SAID = ("card_phone", "card_when", "card_call", "card_code", "head_members")


def write_cards(
    plan: Plan,
    words: Words,
    code: RoomCode | None,
    folder: Path,
    formats: Sequence[str] = FORMATS,
    own: Path | None = None,
) -> Iterator[Path]:
    """Write cards.html and cards.pdf in A6, cards.docx with a card a page. own: a .docx whose styles are used. Raises
    CannotRender or OSError."""
    for kind in formats or FORMATS:
        if kind == "docx":
            yield from write_document(role_cards(plan, words), folder, "cards", (kind,), own)
        else:
            page = cards_html(plan, words, code)
            made = page.encode() if kind == "html" else pdf_of(page, words.language)
            yield from write_files(folder, "cards", {kind: made})
