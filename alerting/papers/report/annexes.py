"""The report's annexes: notifications and what became of them, the readings around the incident, the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerting.journal.rows import Notification
from alerting.messages.kinds import kind_named
from alerting.papers.rendering.content import Block, Grid, Heading, Marked, Paragraph, Tone
from alerting.papers.report.abridged import LeftOut, abridged, said_of
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.charts import readings_picture
from alerting.papers.report.delivery_outcomes import expired, explanation, failed, fate_of, instead_of, successors
from alerting.papers.report.evidence import evidence_blocks
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import ChannelKind, Duration
from alerting.papers.report.timeline import Row


def annexes(case: CaseFile, rows: Sequence[Row], phrasing: Phrasing) -> tuple[Block, ...]:
    text = phrasing.text
    blocks: list[Block] = []
    sent = [row for row in case.notifications if not kind_named(row.kind).paper]
    if sent:
        head, later = phrasing.head("when", "person", "channel", "kind", "fate", "detail"), successors(sent)
        lines = tuple(
            _left_out(one, case, phrasing) if isinstance(one, LeftOut) else _line(one, later, case, phrasing)
            for one in abridged(sent, _lost)
        )
        blocks += [Heading(text("report.annex.notifications")), Paragraph(text("report.told.note"))]
        blocks.append(Grid(head, lines, (14, 14, 11, 15, 14, 32)))
    picture = readings_picture(case, phrasing)
    evidence = evidence_blocks(case, phrasing)
    if picture is not None or evidence:
        blocks.append(Heading(text("report.annex.readings")))
        blocks += [picture] if picture is not None else []
        blocks += evidence
    return tuple(blocks)


def _lost(row: Notification) -> bool:
    return failed(row) or expired(row)


def _left_out(gap: LeftOut[Notification], case: CaseFile, phrasing: Phrasing) -> tuple[str, ...]:
    """A run of messages as one row that counts them by what became of them."""
    first, last = (phrasing.clock(row.decided_at, case.began) for row in (gap.rows[0], gap.rows[-1]))
    fates = said_of((phrasing.text(f"report.fate.{fate_of(row, case)}") for row in gap.rows), phrasing)
    return f"{first}–{last}", "—", "—", phrasing.text("report.left_out", count=len(gap.rows)), "—", fates


def _line(
    row: Notification, later: Mapping[str, Notification], case: CaseFile, phrasing: Phrasing
) -> tuple[str | Marked, ...]:
    tone: Tone = "bad" if _lost(row) else "good" if row.accepted_at is not None else "quiet"
    parts = []
    if row.accepted_at is not None:
        parts.append(phrasing.text("report.took", span=Duration(row.accepted_at - max(row.decided_at, row.not_before))))
    if row.attempts > 1:
        parts.append(phrasing.text("report.attempts", count=row.attempts))
    why = explanation(row, later)
    if why and (tone != "good" or fate_of(row, case) == "observed"):
        parts.append(phrasing.reason(why))
    if instead := instead_of(row):
        parts.append(phrasing.text("report.instead", way=ChannelKind(instead)))
    return (
        phrasing.clock(row.decided_at, case.began),
        phrasing.name(row.contact),
        phrasing.say(ChannelKind(row.path or row.channel)),
        phrasing.labelled(f"report.kind.{row.kind}", row.kind),
        Marked(phrasing.text(f"report.fate.{fate_of(row, case)}"), tone),
        phrasing.text("report.clause").join(parts) or "—",
    )
