"""The five-chapter plan document out of the plan's data: goal and scope, risks, organisation.

flow_chapter.py has the chapter on the flow, resources_chapter.py the one on resources, role_cards.py the cards.
"""

from __future__ import annotations

from collections.abc import Sequence

from alerting.model.catalogue import KINDS
from alerting.model.fault import FaultClass
from alerting.papers.plan.flow_chapter import flow
from alerting.papers.plan.phrases import audience, fault_of_any, head, joined
from alerting.papers.plan.resources_chapter import means
from alerting.papers.rendering.content import Block, Document, Grid, Heading, Items, Paragraph
from alerting.plan.approval import Record
from alerting.plan.model import Plan
from alerting.words import Words


def plan_document(plan: Plan, words: Words, records: Sequence[Record] = ()) -> Document:
    """The whole document in the language of the words; contacts' addresses never appear.

    records: the approval's steps for this very content, in their order.
    """
    blocks = (*_goal(plan, words), *_risks(plan, words), *_who(plan, words), *flow(plan, words), *means(plan, words))
    return framed(plan, words, plan.title or words.text("document.title"), blocks, records)


def framed(plan: Plan, words: Words, title: str, blocks: tuple[Block, ...], records: Sequence[Record] = ()) -> Document:
    """A document of the plan's, with its version and how far its approval is, on every page."""
    signed = [one for one in plan.approvals if one.version == plan.version]
    steps = [f"{words.text(f'document.step_{one.step}')} {one.by} {one.on}" for one in signed]
    steps += [f"{words.text(f'document.action_{one.action}')} {one.by}" for one in records]
    valid = any(one.step == "signed" for one in signed) or (bool(records) and records[-1].action == "sign")
    facts = [
        (words.text("document.version"), plan.version),
        (words.text("document.approvals"), " · ".join(steps) or words.text("document.not_signed")),
    ]
    footer = words.text("document.footer", title=title, version=plan.version)
    return Document(
        title=title,
        language=words.language,
        above=plan.organisation,
        mark="" if valid else words.text("document.draft"),
        facts=tuple(facts),
        footer=footer,
        blocks=blocks,
    )


def _goal(plan: Plan, words: Words) -> tuple[Block, ...]:
    return (
        Heading(words.text("document.chapter1")),
        Heading(words.text("document.goal"), 2),
        Paragraph(plan.goal or words.text("document.none")),
        Heading(words.text("document.scope"), 2),
        Paragraph(plan.scope or words.text("document.scope_missing")),
    )


def _risks(plan: Plan, words: Words) -> tuple[Block, ...]:
    rows = [row for one in FaultClass for row in _faults_of(one, words)]
    rules = plan.severity
    states = (
        (words.text("document.state_running"), words.text(f"severity.{rules.meeting_running}")),
        (
            words.text("document.state_soon", minutes=f"{rules.soon / 60:g}"),
            words.text(f"severity.{rules.meeting_soon}"),
        ),
        (words.text("document.state_none"), words.text(f"severity.{rules.no_meeting}")),
        (words.text("document.state_unknown"), words.text(f"severity.{rules.meeting_unknown}")),
    )
    return (
        Heading(words.text("document.chapter2")),
        Heading(words.text("document.risk_kinds"), 2),
        Paragraph(words.text("document.risks")),
        Grid(head(words, "class", "check", "examples"), tuple(rows), (2, 3, 9)),
        Heading(words.text("document.impact"), 2),
        Items(tuple(words.text(f"document.impact_{name}") for name in ("meeting", "people", "cost", "reach"))),
        Heading(words.text("document.severity"), 2),
        Paragraph(words.text("document.severity_rule")),
        Grid(head(words, "state", "severity"), states),
        *((Paragraph(words.text("document.important")),) if rules.important_raises else ()),
    )


def _faults_of(one: FaultClass, words: Words) -> list[tuple[str, str, str]]:
    """A row for each check that finds faults of the class; its name stands in the first."""
    titles: dict[str, list[str]] = {}
    for code, kind in KINDS.items():
        if kind.fault_class is one and (title := fault_of_any(code, words)):
            titles.setdefault(kind.check, []).append(title)
    name = words.text(f"class.{one}")
    rows = [
        ("", words.text(f"check.{check}") if words.has(f"check.{check}") else "—", joined(words, found))
        for check, found in titles.items()
    ]
    return [(name, *rows[0][1:]), *rows[1:]] if rows else [(name, "—", "—")]


def people(plan: Plan, words: Words, ids: Sequence[str]) -> Grid | Paragraph:
    """Names, roles, phones and deputies of those who are still here; no address."""
    rows = []
    for one in ids:
        contact = plan.contacts[one]
        if not contact.left:
            deputy = plan.contacts[contact.deputy].name if contact.deputy else "—"
            rows.append((contact.name, contact.role or "—", contact.phone or "—", deputy))
    if not rows:
        return Paragraph(words.text("document.nobody"))
    return Grid(head(words, "name", "role", "phone", "deputy"), tuple(rows))


def _who(plan: Plan, words: Words) -> tuple[Block, ...]:
    rows = tuple(
        (
            one.name,
            one.duty,
            joined(words, (plan.contacts[who].name for who in one.members if not plan.contacts[who].left))
            or words.text("document.nobody"),
        )
        for one in plan.groups.values()
    )
    return (
        Heading(words.text("document.chapter3")),
        Heading(words.text("document.groups"), 2),
        Grid(head(words, "group", "duty", "members"), rows, (3, 5, 4)),
        Heading(words.text("document.contacts"), 2),
        people(plan, words, tuple(plan.contacts)),
        *_standby(plan, words),
    )


def _standby(plan: Plan, words: Words) -> tuple[Block, ...]:
    """值班待命: who takes turns, and when somebody must be there."""
    lines = []
    for name, roster in plan.rosters.items():
        groups = joined(words, (group.name for group in plan.groups.values() if group.roster == name))
        turns = audience(plan, words, roster.rotation) or words.text("document.nobody")
        values = {"groups": groups or name, "people": turns, "days": roster.turn_days, "at": roster.handover}
        lines.append(words.text("document.roster", **values))
    if plan.peak:
        spans = joined(words, (f"{one.start}–{one.end}" for one in plan.peak))
        lines.append(words.text("document.peak", hours=spans))
    if not lines:
        return ()
    return (Heading(words.text("document.standby"), 2), Items(tuple(lines)))
