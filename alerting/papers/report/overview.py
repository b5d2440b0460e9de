"""The report's first two chapters: what happened in a few sentences, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alerting.papers.rendering.content import Block, Callout, Figure, Grid, Heading, KeyFigures, Tone
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import At, Duration, EntryName, FaultName, People, RoomName, Term, Value
from alerting.papers.report.times import Measured

Chapter = tuple[tuple[str, ...], tuple[Block, ...]]
"""(drafted paragraphs, facts that stay whatever the office writes)."""


def overview(case: CaseFile, measured: Sequence[Measured], phrasing: Phrasing) -> Chapter:
    figures = KeyFigures(tuple(_figure(one, phrasing) for one in measured))
    blocks: list[Block] = [figures]
    if case.incident.drill:
        blocks.insert(0, Callout(phrasing.text("report.drill_note")))
    if case.incident.phase.live:
        blocks.append(Callout(phrasing.text("report.still_open"), "bad"))
    elif case.first("unanswered") is not None:
        blocks.append(Callout(phrasing.text("report.was_unanswered"), "bad"))
    return (_story(case, phrasing),), tuple(blocks)


def _figure(one: Measured, phrasing: Phrasing) -> Figure:
    tone: Tone = "plain" if one.met is None else "good" if one.met else "bad"
    label = phrasing.text(f"report.time.{one.name}")
    note = phrasing.text("report.target", target=Duration(one.target))
    if one.seconds is not None:
        return Figure(label, phrasing.span(one.seconds), note, tone)
    return Figure(label, phrasing.text(f"report.short.{one.why}"), note, tone)


def _story(case: CaseFile, phrasing: Phrasing) -> str:
    incident, began = case.incident, case.began
    values: dict[str, Value] = {
        "at": At(began),
        "room": RoomName(incident.room),
        "fault": FaultName(incident.code, incident.faults[0].target if incident.faults else ""),
        "class": Term(f"class.{incident.fault_class}"),
        "severity": Term(f"severity.{incident.worst.word}"),
    }
    text = phrasing.text
    clauses = [text("report.story.drill" if incident.drill else "report.story.began", **values)]
    if incident.opened_by == "roomwatch":
        told = any(row.accepted_at is not None for row in case.notifications)
        key = "detected" if told else "detected_untold"
        clauses.append(text(f"report.story.{key}", span=Duration(incident.opened_at - began)))
    else:
        clauses.append(text("report.story.reported", who=People((incident.opened_by,))))
    taken, confirmed = case.first("taken"), case.first("confirmed")
    if taken is not None:
        clauses.append(text("report.story.taken", who=People((taken.by,)), span=Duration(taken.at - began)))
    elif case.end - began > 60:
        clauses.append(text("report.story.not_taken"))
    if confirmed is not None:
        clauses.append(text("report.story.confirmed", who=People((confirmed.by,)), span=Duration(confirmed.at - began)))
    started = case.first("backup_started")
    if started is not None:
        named = EntryName(str(started.data.get("name", "")))
        clauses.append(text("report.story.backup_started", span=Duration(started.at - began), backup=named))
    if incident.mitigated_at is not None:
        clauses.append(text("report.story.mitigated", span=Duration(incident.mitigated_at - began)))
    if case.ended is not None:
        clauses.append(text("report.story.resolved", at=At(case.ended), span=Duration(case.ended - began)))
    return phrasing.sentence(clauses)


def cause(case: CaseFile, phrasing: Phrasing) -> Chapter:
    """What the checks found, as far as they can know; what was done, in the responder's words."""
    incident, words = case.incident, phrasing.words
    text = phrasing.text
    first = incident.faults[0] if incident.faults else None
    fault = FaultName(incident.code, first.target if first else "")
    seen = [one for one in incident.faults if not one.reported_by]
    paragraphs = [text("report.cause.seen" if seen else "report.cause.told", fault=fault)]
    key = f"fault.{incident.code}.what"
    if words.has(key):
        what = words.text(key, target=first.target if first else "", room="")
        paragraphs[0] += f" {what}" if phrasing.words.traits.spaced else what
    effects = dict.fromkeys(code for one in incident.faults for code in one.symptoms)
    effects |= dict.fromkeys(one.code for one in incident.faults if one.code != incident.code)
    if effects:
        paragraphs.append(text("report.cause.effects", faults=phrasing.list(phrasing.fault(code) for code in effects)))
    told = [one for one in incident.faults if one.reported_by and one.evidence.get("text")]
    paragraphs += [
        text("report.cause.said", who=People((one.reported_by,)), text=str(one.evidence["text"])) for one in told
    ]
    if incident.done:
        paragraphs.append(text("report.cause.done", text=incident.done))
    elif not incident.phase.live:
        paragraphs.append(text("report.cause.unknown"))
    rows = tuple(
        (
            phrasing.fault(one.code, one.target),
            one.target or "—",
            phrasing.name(one.reported_by or "roomwatch"),
            phrasing.clock(one.since, case.began),
            phrasing.clock(one.cleared_at, case.began) if one.cleared_at is not None else "—",
        )
        for one in incident.faults
    )
    head = phrasing.head("fault", "where", "found_by", "since", "cleared")
    return tuple(paragraphs), (Heading(text("report.faults"), 2), Grid(head, rows, (4, 4, 3, 3, 3)))
