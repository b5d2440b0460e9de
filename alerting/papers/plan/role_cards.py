"""The card of each role (岗位卡片): what to do when the phone rings, how soon, when it is told, and whom to call.

Pure. card_sheet.py prints them in A6; here is also the Word document, with a card a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alerting.papers.plan.document import framed, people
from alerting.papers.plan.flow_chapter import chain_title
from alerting.papers.plan.phrases import head, span
from alerting.papers.rendering.content import (
    Block,
    Callout,
    Document,
    Figure,
    Grid,
    Heading,
    Items,
    KeyFigures,
    PageBreak,
    Paragraph,
)
from alerting.plan.model import Plan
from alerting.words import Words

_TARGETS = {
    "technical": ("acknowledge", "mitigate", "restore"),
    "leadership": ("acknowledge", "mitigate"),
    "logistics": ("mitigate",),
}
"""The targets that a group answers for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCard:
    """One group's. targets: label and time. steps: what to do, in their order. told: when, each a sentence. members: a
    table, or a paragraph that there is nobody. calls: the heads of the other groups, None where none has a phone."""

    name: str
    duty: str
    targets: tuple[Figure, ...]
    steps: tuple[str, ...]
    told: tuple[str, ...]
    members: Grid | Paragraph
    calls: Grid | None


def cards_of(plan: Plan, words: Words) -> tuple[RoleCard, ...]:
    """In the plan's order of groups."""
    return tuple(
        RoleCard(
            name=group.name,
            duty=group.duty,
            targets=_targets(name, plan, words),
            steps=tuple(words.under(f"document.cards.{name}").values()),
            told=_when(name, plan, words),
            members=people(plan, words, group.members),
            calls=_whom_to_call(name, plan, words),
        )
        for name, group in plan.groups.items()
    )


def role_cards(plan: Plan, words: Words) -> Document:
    """One page a card."""
    blocks: list[Block] = []
    for card in cards_of(plan, words):
        if blocks:
            blocks.append(PageBreak())
        blocks += _blocks(card, words)
    return framed(plan, words, words.text("document.cards_title"), tuple(blocks))


def _blocks(card: RoleCard, words: Words) -> Iterator[Block]:
    yield Heading(words.text("document.card", name=card.name))
    if card.duty:
        yield Callout(card.duty)
    if card.targets:
        yield KeyFigures(card.targets)
    if card.steps:
        yield from (Heading(words.text("document.card_phone"), 2), Items(card.steps, numbered=True))
    if card.told:
        yield from (Heading(words.text("document.card_when"), 2), Items(card.told))
    yield from (Heading(words.text("document.head_members"), 2), card.members)
    if card.calls is not None:
        yield from (Heading(words.text("document.card_call"), 2), card.calls)


def _targets(name: str, plan: Plan, words: Words) -> tuple[Figure, ...]:
    return tuple(
        Figure(words.text(f"document.target_{one}"), span(words, getattr(plan.targets, one)))
        for one in _TARGETS.get(name, ())
    )


def _when(name: str, plan: Plan, words: Words) -> tuple[str, ...]:
    """When the chains tell this group, and what tells it besides."""
    lines = []
    for chain_name, chain in plan.chains.items():
        title = chain_title(chain_name, words)
        step = next((step for step in chain.steps if name in step.tell), None)
        if step is not None:
            key = "document.card_after" if step.after else "document.card_at_once"
            lines.append(words.text(key, chain=title, span=span(words, step.after)))
    if name in plan.confirm_tells:
        lines.append(words.text("document.card_confirmed"))
    if name == plan.report.owner:
        lines.append(words.text("document.card_report", due=span(words, plan.report.due)))
    if name in plan.report.send_to:
        lines.append(words.text("document.card_receives"))
    return tuple(lines)


def _whom_to_call(name: str, plan: Plan, words: Words) -> Grid | None:
    """The head of every other group that has a phone."""
    rows = []
    for other, group in plan.groups.items():
        here = (plan.contacts[one] for one in group.members if not plan.contacts[one].left)
        found = next((one for one in here if one.phone), None)
        if other != name and found is not None:
            rows.append((group.name, found.name, found.phone))
    return Grid(head(words, "group", "name", "phone"), tuple(rows)) if rows else None
