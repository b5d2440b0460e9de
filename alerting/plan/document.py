"""The five-chapter plan document and the role cards out of the plan's data. Refuses formats (alerting/documents)."""

from __future__ import annotations

from alerting.catalogue import KINDS
from alerting.documents.content import Block, Document, Grid, Heading, Items, PageBreak, Paragraph
from alerting.fault import FaultClass
from alerting.plan.model import Plan
from alerting.plan.resources import Backup
from alerting.words import Words


def plan_document(plan: Plan, words: Words) -> Document:
    """The whole document in the language of the words; contacts' addresses never appear."""
    blocks = (*_goal(plan, words), *_risks(plan, words), *_who(plan, words), *_flow(plan, words), *_means(plan, words))
    return _document(plan, words, plan.title or words.text("document.chapter4"), blocks)


def role_cards(plan: Plan, words: Words) -> Document:
    """One page for each group: its duty, what to do when the phone rings, whom to call."""
    blocks: list[Block] = []
    for name, group in plan.groups.items():
        if blocks:
            blocks.append(PageBreak())
        blocks += [Heading(words.text("document.card", name=group.name)), Paragraph(group.duty)]
        steps = words.under(f"document.cards.{name}")
        if steps:
            blocks += [Heading(words.text("document.card_phone"), 2), Items(tuple(steps.values()), numbered=True)]
        blocks += [Heading(words.text("document.head_members"), 2), _people(plan, words, group.members)]
    return _document(plan, words, plan.title, tuple(blocks))


def _document(plan: Plan, words: Words, title: str, blocks: tuple[Block, ...]) -> Document:
    signed = [one for one in plan.approvals if one.version == plan.version]
    approval = " · ".join(f"{words.text(f'document.step_{one.step}')} {one.by} {one.on}" for one in signed)
    facts = [(words.text("document.organisation"), plan.organisation)] if plan.organisation else []
    facts.append((words.text("document.version"), plan.version))
    facts.append((words.text("document.approvals"), approval or words.text("document.not_signed")))
    footer = words.text("document.footer", title=title, version=plan.version)
    return Document(title=title, language=words.language, facts=tuple(facts), footer=footer, blocks=blocks)


def _head(words: Words, *names: str) -> tuple[str, ...]:
    return tuple(words.text(f"document.head_{name}") for name in names)


def _goal(plan: Plan, words: Words) -> tuple[Block, ...]:
    scope = plan.scope or words.text("document.scope_missing")
    return (
        Heading(words.text("document.chapter1")),
        Heading(words.text("document.goal"), 2),
        Paragraph(plan.goal or words.text("document.none")),
        Heading(words.text("document.scope"), 2),
        Paragraph(scope),
    )


def _risks(plan: Plan, words: Words) -> tuple[Block, ...]:
    join = "、" if words.language.startswith("zh") else "; "
    rows = []
    for one in FaultClass:
        titles = [_risk(code, words) for code, kind in KINDS.items() if kind.fault_class is one]
        rows.append((words.text(f"class.{one}"), join.join(dict.fromkeys(filter(None, titles))) or "—"))
    rules = plan.severity
    states = (
        (words.text("document.state_running"), words.text(f"severity.{rules.meeting_running}")),
        (
            words.text("document.state_soon", minutes=f"{rules.soon / 60:g}"),
            words.text(f"severity.{rules.meeting_soon}"),
        ),
        (words.text("document.state_none"), words.text(f"severity.{rules.no_meeting}")),
    )
    return (
        Heading(words.text("document.chapter2")),
        Paragraph(words.text("document.risks")),
        Grid(_head(words, "class", "examples"), tuple(rows)),
        Heading(words.text("document.severity"), 2),
        Grid(_head(words, "state", "severity"), states),
        *((Paragraph(words.text("document.important")),) if rules.important_raises else ()),
    )


def _risk(code: str, words: Words) -> str:
    """A fault as a plan speaks of it: of any program or device, where the title names one incident's."""
    if words.has(f"document.risk.{code}"):
        return words.text(f"document.risk.{code}")
    if not words.has(f"fault.{code}.title"):
        return ""
    program = words.text("document.any_program")
    title = words.text(f"fault.{code}.title").replace(f"{program} {{", "{").replace("{target}", program)
    # Chinese has no space between the program's name and what it does; a Latin name has.
    return title.replace(f"{program} ", program) if words.language.startswith("zh") else title


def _people(plan: Plan, words: Words, ids: tuple[str, ...]) -> Block:
    rows = []
    for one in ids:
        contact = plan.contacts[one]
        if not contact.left:
            deputy = plan.contacts[contact.deputy].name if contact.deputy else "—"
            rows.append((contact.name, contact.role or "—", contact.phone or "—", deputy))
    if not rows:
        return Paragraph(words.text("document.nobody"))
    return Grid(_head(words, "name", "role", "phone", "deputy"), tuple(rows))


def _who(plan: Plan, words: Words) -> tuple[Block, ...]:
    join = "、" if words.language.startswith("zh") else ", "
    rows = tuple(
        (one.name, one.duty, join.join(plan.contacts[who].name for who in one.members) or words.text("document.nobody"))
        for one in plan.groups.values()
    )
    return (
        Heading(words.text("document.chapter3")),
        Grid(_head(words, "group", "duty", "members"), rows),
        Heading(words.text("document.contacts"), 2),
        _people(plan, words, tuple(plan.contacts)),
    )


def _flow(plan: Plan, words: Words) -> tuple[Block, ...]:
    hours = f"{plan.report.due / 3600:g}"
    steps = tuple(words.text(f"document.flow{number}", hours=hours) for number in range(1, 9))
    blocks: list[Block] = [Heading(words.text("document.chapter4")), Items(steps, numbered=True)]
    join = "、" if words.language.startswith("zh") else ", "
    names = {name: one.name for name, one in plan.groups.items()} | {n: one.name for n, one in plan.contacts.items()}
    for name, chain in plan.chains.items():
        title = words.text("document.chain_default") if name == "default" else _chain_title(name, words)
        blocks.append(Heading(words.text("document.chain", name=title), 2))
        rows = []
        for step in chain.steps:
            after = words.text("document.minutes", minutes=step.after / 60) if step.after else None
            action = "backup" if step.action == "backup" else "tell_deputies" if step.deputies else "tell"
            told = join.join(names[one] for one in step.tell)
            rows.append((after or words.text("document.at_once"), told, words.text(f"document.{action}")))
        blocks.append(Grid(_head(words, "after", "told", "action"), tuple(rows)))
        if chain.repeat_every and chain.repeat_times:
            every = chain.repeat_every / 60
            blocks.append(Paragraph(words.text("document.repeat", minutes=every, times=chain.repeat_times)))
    if plan.peak:
        spans = join.join(f"{one.start}–{one.end}" for one in plan.peak)
        blocks.append(Paragraph(words.text("document.peak", hours=spans)))
    return tuple(blocks)


def _chain_title(name: str, words: Words) -> str:
    parts = [f"class.{part}" if words.has(f"class.{part}") else f"severity.{part}" for part in name.split(".")]
    return " · ".join(words.text(key) if words.has(key) else key.partition(".")[2] for key in parts)


def _where(backup: Backup, words: Words) -> str:
    return backup.join or backup.room or words.text("document.offline")


def _means(plan: Plan, words: Words) -> tuple[Block, ...]:
    none = Paragraph(words.text("document.none"))
    backups = tuple(
        (str(one.order), one.name, _where(one, words)) for one in sorted(plan.backups.values(), key=lambda b: b.order)
    )
    materials = tuple(
        (one.name, str(one.quantity), one.place or "—", one.checked.isoformat() if one.checked else "—")
        for one in plan.materials.values()
    )
    plans = tuple(
        (one.name, words.text("document.days", days=one.every_days))
        for one in (*plan.inspections.values(), *plan.drills.values())
    )
    goals = tuple(
        (
            words.text(f"document.target_{name}"),
            words.text("document.minutes", minutes=getattr(plan.targets, name) / 60),
        )
        for name in ("detect", "acknowledge", "mitigate", "restore")
    )
    revisions = tuple((one.version, one.on.isoformat(), one.by, one.what) for one in plan.revisions)
    version = words.text("document.version")
    return (
        Heading(words.text("document.chapter5")),
        Heading(words.text("document.backups"), 2),
        Grid(_head(words, "order", "backup", "where"), backups) if backups else none,
        Heading(words.text("document.materials"), 2),
        Grid(_head(words, "item", "quantity", "place", "checked"), materials) if materials else none,
        Heading(words.text("document.schedule"), 2),
        Grid(_head(words, "what", "every"), plans) if plans else none,
        Heading(words.text("document.targets"), 2),
        Items(tuple(f"{name}: {value}" for name, value in goals)),
        Heading(words.text("document.revisions"), 2),
        Grid((version, *_head(words, "date", "by", "what")), revisions) if revisions else none,
    )
