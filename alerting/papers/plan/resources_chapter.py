"""The plan document's chapter on resources and evaluation (资源配置与评估机制)."""

from __future__ import annotations

from alerting.papers.plan.phrases import audience, head, joined, span
from alerting.papers.rendering.content import Block, Grid, Heading, Items, Paragraph
from alerting.plan.model import Plan
from alerting.plan.resources import Backup
from alerting.words import Words


def means(plan: Plan, words: Words) -> tuple[Block, ...]:
    none = Paragraph(words.text("document.none"))
    backups = tuple(
        (str(number), one.name, _where(one, words), words.text("document.days", days=one.test_every_days))
        for number, one in enumerate(sorted(plan.backups.values(), key=lambda b: b.order), 1)
    )
    materials = tuple(
        (
            one.name,
            f"{one.quantity} / {one.minimum}",
            one.place or "—",
            joined(words, (words.text(f"document.spare.{key}") for key in one.covers if _known(key, words))) or "—",
            one.checked.isoformat() if one.checked else "—",
            words.text("document.days", days=one.check_every_days),
        )
        for one in plan.materials.values()
    )
    plans = tuple(
        (
            one.name,
            words.text(f"document.{kind}"),
            words.text("document.days", days=one.every_days),
            one.start.isoformat(),
            audience(plan, words, one.who),
        )
        for kind, found in (("inspection", plan.inspections), ("drill", plan.drills))
        for one in found.values()
    )
    goals = tuple(
        (words.text(f"document.target_{name}"), span(words, getattr(plan.targets, name)))
        for name in ("detect", "acknowledge", "mitigate", "restore")
    )
    revisions = tuple((one.version, one.on.isoformat(), one.by, one.what) for one in plan.revisions)
    version = words.text("document.version")
    return (
        Heading(words.text("document.chapter5")),
        Heading(words.text("document.backups"), 2),
        Grid(head(words, "order", "backup", "where", "tested"), backups, (1, 3, 5, 2)) if backups else none,
        Heading(words.text("document.materials"), 2),
        Grid(head(words, "item", "quantity", "place", "covers", "checked", "every"), materials, (3, 2, 3, 3, 3, 2))
        if materials
        else none,
        Heading(words.text("document.schedule"), 2),
        Grid(head(words, "what", "kind", "every", "from", "told"), plans) if plans else none,
        Heading(words.text("document.targets"), 2),
        Paragraph(words.text("document.targets_rule")),
        Grid(head(words, "stage", "target"), goals),
        *_evaluation(plan, words),
        *_data(plan, words),
        Heading(words.text("document.revisions"), 2),
        Grid((version, *head(words, "date", "by", "change")), revisions, (1, 2, 2, 6)) if revisions else none,
    )


def _where(backup: Backup, words: Words) -> str:
    return backup.join or backup.room or words.text("document.offline")


def _known(spare: str, words: Words) -> bool:
    return words.has(f"document.spare.{spare}")


def _evaluation(plan: Plan, words: Words) -> tuple[Block, ...]:
    rules = plan.evaluation
    line = words.text("document.evaluation_rule")
    if rules.every_days:
        to = audience(plan, words, rules.to) or words.text("document.nobody")
        line = words.text("document.evaluation_every", every=rules.every_days, days=rules.days, to=to)
    return (Heading(words.text("document.evaluation"), 2), Paragraph(line))


def _data(plan: Plan, words: Words) -> tuple[Block, ...]:
    rules = plan.retention
    lines = (
        words.text("document.data_privacy"),
        words.text("document.data_kept", contacts=rules.contacts_days, reporters=rules.reporters_days),
    )
    return (Heading(words.text("document.data"), 2), Items(lines))
