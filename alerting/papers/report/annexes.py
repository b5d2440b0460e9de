"""The report's annexes: notifications and what became of them, the readings around the incident, the evidence."""

from __future__ import annotations

from collections.abc import Sequence

from alerting.journal.rows import Notification
from alerting.messages.kinds import kind_named
from alerting.papers.rendering.content import Block, Grid, Heading, Marked, PageBreak, Paragraph, Tone
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.charts import readings_picture
from alerting.papers.report.delivery_outcomes import expired, explanation, failed, fate_of, instead_of
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import ChannelKind, Duration
from alerting.papers.report.timeline import Row


def annexes(case: CaseFile, rows: Sequence[Row], phrasing: Phrasing) -> tuple[Block, ...]:
    text = phrasing.text
    blocks: list[Block] = []
    sent = [row for row in case.notifications if not kind_named(row.kind).paper]
    if sent:
        head = phrasing.head("when", "person", "channel", "kind", "fate", "detail")
        lines = tuple(_line(row, case, phrasing) for row in sent)
        blocks += [PageBreak(), Heading(text("report.annex.notifications")), Paragraph(text("report.told.note"))]
        blocks.append(Grid(head, lines, (14, 14, 11, 15, 14, 32)))
    picture = readings_picture(case, phrasing)
    evidence = _evidence(case, phrasing)
    if picture is not None or evidence:
        blocks.append(Heading(text("report.annex.readings")))
        blocks += [picture] if picture is not None else []
        blocks += evidence
    return tuple(blocks)


def _line(row: Notification, case: CaseFile, phrasing: Phrasing) -> tuple[str | Marked, ...]:
    tone: Tone = "bad" if failed(row) or expired(row) else "good" if row.accepted_at is not None else "quiet"
    parts = []
    if row.accepted_at is not None:
        parts.append(phrasing.text("report.took", span=Duration(row.accepted_at - max(row.decided_at, row.not_before))))
    if row.attempts > 1:
        parts.append(phrasing.text("report.attempts", count=row.attempts))
    why = explanation(row, case.notifications)
    if why and (tone != "good" or fate_of(row, case) == "observed"):
        parts.append(phrasing.reason(why))
    if instead := instead_of(row):
        parts.append(phrasing.text("report.instead", way=ChannelKind(instead)))
    return (
        phrasing.clock(row.decided_at, case.began),
        phrasing.name(row.contact),
        phrasing.say(ChannelKind(row.path or row.channel)),
        phrasing.either(f"report.kind.{row.kind}", row.kind),
        Marked(phrasing.text(f"report.fate.{fate_of(row, case)}"), tone),
        phrasing.text("report.clause").join(parts) or "—",
    )


def _evidence(case: CaseFile, phrasing: Phrasing) -> list[Block]:
    """What the checks had measured when each fault was opened and cleared, and what a diagnosis attached."""
    rows: list[tuple[str, str, str]] = []
    for event in case.events:
        if event.verb in ("opened", "fault_joined", "fault_cleared"):
            found = event.data.get("evidence")
            code = str(event.data.get("code", ""))
            source = phrasing.fault(code, str(event.data.get("target", "")))
            label = phrasing.text("report.evidence.cleared", what=source) if event.verb == "fault_cleared" else source
        elif event.verb == "evidence":
            kind = str(event.data.get("kind", ""))
            found = {name: value for name, value in event.data.items() if name != "kind"}
            label = phrasing.either(f"report.evidence.{kind}", kind)
        else:
            continue
        if isinstance(found, dict):
            values = [
                f"{name.replace('_', ' ')}: {_value(value, phrasing)}" for name, value in found.items() if value != ""
            ]
            if values:
                rows.append((phrasing.clock(event.at, case.began), label, "\n".join(values)))
    if not rows:
        return []
    head = phrasing.head("when", "source", "values")
    return [Heading(phrasing.text("report.evidence_title"), 2), Grid(head, tuple(rows), (2, 4, 9))]


def _value(value: object, phrasing: Phrasing) -> str:
    if isinstance(value, bool):
        return phrasing.text("report.yes" if value else "report.no")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_value(one, phrasing) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_value(one, phrasing)}" for key, one in value.items())
    return str(value)
