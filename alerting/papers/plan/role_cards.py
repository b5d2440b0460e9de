"""One page for each role (岗位卡片): what to do when the phone rings, how soon, and whom to call."""

from __future__ import annotations

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
)
from alerting.plan.model import Plan
from alerting.words import Words

_TARGETS = {
    "technical": ("acknowledge", "mitigate", "restore"),
    "leadership": ("acknowledge", "mitigate"),
    "logistics": ("mitigate",),
}
"""The targets that a group answers for."""


def role_cards(plan: Plan, words: Words) -> Document:
    """One page a group: its duty, when it is told, what to do, how soon, whom to call."""
    blocks: list[Block] = []
    for name, group in plan.groups.items():
        if blocks:
            blocks.append(PageBreak())
        blocks.append(Heading(words.text("document.card", name=group.name)))
        if group.duty:
            blocks.append(Callout(group.duty))
        blocks += _targets(name, plan, words)
        steps = words.under(f"document.cards.{name}")
        if steps:
            blocks += [Heading(words.text("document.card_phone"), 2), Items(tuple(steps.values()), numbered=True)]
        told = _when(name, plan, words)
        if told:
            blocks += [Heading(words.text("document.card_when"), 2), Items(told)]
        blocks += [Heading(words.text("document.head_members"), 2), people(plan, words, group.members)]
        blocks += _whom_to_call(name, plan, words)
    return framed(plan, words, words.text("document.cards_title"), tuple(blocks))


def _targets(name: str, plan: Plan, words: Words) -> list[Block]:
    items = tuple(
        Figure(words.text(f"document.target_{one}"), span(words, getattr(plan.targets, one)))
        for one in _TARGETS.get(name, ())
    )
    return [KeyFigures(items)] if items else []


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


def _whom_to_call(name: str, plan: Plan, words: Words) -> list[Block]:
    """The head of every other group that has a phone."""
    rows = []
    for other, group in plan.groups.items():
        found = next((plan.contacts[one] for one in group.members if plan.contacts[one].phone), None)
        if other != name and found is not None and not found.left:
            rows.append((group.name, found.name, found.phone))
    if not rows:
        return []
    grid = Grid(head(words, "group", "name", "phone"), tuple(rows))
    return [Heading(words.text("document.card_call"), 2), grid]
