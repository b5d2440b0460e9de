"""The plan document's chapter on the response flow (应急处置流程): the eight steps with this plan's own figures."""

from __future__ import annotations

from alerting.model.fault import Severity
from alerting.papers.plan.phrases import audience, fault_of_any, head, joined, span
from alerting.papers.rendering.charts.flow import Box, flow_boxes
from alerting.papers.rendering.content import Block, Grid, Heading, Items, Paragraph, Picture
from alerting.plan.chain_format import Chain
from alerting.plan.model import Plan
from alerting.plan.value_types import severity_of_word
from alerting.words import Words

STEPS = range(1, 9)


def flow(plan: Plan, words: Words) -> tuple[Block, ...]:
    values = {
        "hours": f"{plan.report.due / 3600:g}",
        "runs_out": span(words, plan.acknowledgement_runs_out),
        "told": audience(plan, words, plan.confirm_tells) or words.text("document.nobody"),
        "from": words.text(f"severity.{plan.confirm_from}"),
        "people": audience(plan, words, plan.report.send_to) or words.text("document.nobody"),
    }
    steps = tuple(words.text(f"document.flow{number}", **values) for number in STEPS)
    boxes = [Box(title=words.text(f"document.flow{number}_name")) for number in STEPS]
    title = words.text("document.flow_chart")
    return (
        Heading(words.text("document.chapter4")),
        Picture(flow_boxes(boxes, per_row=4, title=title), title),
        Items(steps, numbered=True),
        *_chains(plan, words),
        *_quiet(plan, words),
        *_remedies(plan, words),
        *_report(plan, words),
    )


def _chains(plan: Plan, words: Words) -> list[Block]:
    blocks: list[Block] = []
    for name, chain in plan.chains.items():
        title = words.text("document.chain", name=chain_title(name, words))
        boxes = [
            Box(
                title=words.text("document.at_once") if not step.after else span(words, step.after),
                lines=(_told(plan, words, chain, index),),
                loud=step.action == "backup",
            )
            for index, step in enumerate(chain.steps)
        ]
        rows = tuple(
            (
                words.text("document.at_once") if not step.after else span(words, step.after),
                audience(plan, words, step.tell) or words.text("document.nobody"),
                words.text(f"document.{_action(step.action, step.deputies)}"),
            )
            for step in chain.steps
        )
        table = Grid(head(words, "after", "told", "action"), rows, (2, 5, 3))
        blocks.append(Heading(title, 2))
        caption = words.text("document.chain_caption")
        blocks.append(Picture(flow_boxes(boxes, per_row=min(4, len(boxes)), title=title), caption, table))
        if chain.repeat_every and chain.repeat_times:
            every = span(words, chain.repeat_every)
            blocks.append(Paragraph(words.text("document.repeat", every=every, times=chain.repeat_times)))
    return blocks


def _action(action: str, deputies: bool) -> str:
    return "backup" if action == "backup" else "tell_deputies" if deputies else "tell"


def _told(plan: Plan, words: Words, chain: Chain, index: int) -> str:
    step = chain.steps[index]
    who = audience(plan, words, step.tell) or words.text("document.nobody")
    return words.text(f"document.box_{_action(step.action, step.deputies)}", who=who)


def chain_title(name: str, words: Words) -> str:
    """ "default", a severity, a class or both, as people say it."""
    if name == "default":
        return words.text("document.chain_default")
    parts = []
    for part in name.split("."):
        if words.has(f"class.{part}"):
            parts.append(words.text(f"class.{part}"))
        elif words.has(f"severity.{part}"):
            parts.append(words.text("document.chain_severity", severity=words.text(f"severity.{part}")))
        else:
            parts.append(part)
    return " · ".join(parts)


def _quiet(plan: Plan, words: Words) -> list[Block]:
    lines = []
    for one in plan.quiet:
        waits = [level for level in Severity if level <= severity_of_word(one.severity)]
        named = joined(words, (words.text(f"severity.{level.word}") for level in waits))
        key = "document.quiet_hours" if one.start < one.end else "document.quiet_night"
        lines.append(words.text(key, start=one.start, end=one.end, severities=named))
    return [Heading(words.text("document.quiet"), 2), Items(tuple(lines))] if lines else []


def _remedies(plan: Plan, words: Words) -> list[Block]:
    """处置措施: what may be tried, after which notice, and whether a person must agree."""
    rows = []
    for one in plan.remedies.values():
        what = words.text(f"course.remedy.{one.kind}", target=one.target or words.text("document.remedy_any")).strip()
        faults = joined(words, (fault_of_any(code, words) or code for code in one.faults))
        agree = words.text("document.remedy_alone" if one.automatic else "document.remedy_asked")
        limit = words.text("document.remedy_limit", times=one.limit, per=span(words, one.per))
        rows.append((what, faults, span(words, one.notice), limit, agree))
    if not rows:
        return []
    return [
        Heading(words.text("document.remedies"), 2),
        Paragraph(words.text("document.remedies_rule")),
        Grid(head(words, "remedy", "faults", "notice", "limit", "agree"), tuple(rows), (4, 5, 2, 3, 4)),
    ]


def _report(plan: Plan, words: Words) -> list[Block]:
    rules = plan.report
    nobody = words.text("document.nobody")
    rows = tuple(
        (words.text(f"document.report_{name}"), audience(plan, words, ids) or nobody)
        for name, ids in (
            ("owner", (rules.owner,)),
            ("reviewers", rules.reviewers),
            ("signers", rules.signers),
            ("send_to", rules.send_to),
            ("circulate_to", rules.circulate_to),
        )
    )
    before = joined(words, (span(words, seconds) for seconds in sorted(rules.remind_before, reverse=True)))
    late = audience(plan, words, rules.escalate_to) or nobody
    values = {"severity": words.text(f"severity.{rules.severity_from}"), "due": span(words, rules.due), "late": late}
    return [
        Heading(words.text("document.report"), 2),
        Paragraph(words.text("document.report_rule", before=before or "—", **values)),
        Grid(head(words, "step", "who"), rows, (1, 3)),
    ]
