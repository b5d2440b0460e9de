"""What the checks measured and what a diagnosis found, in words: no raw data stands in a report. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alerting.journal.rows import Event
from alerting.messages.check_readings import check_name, value_text
from alerting.messages.reasons import say_reason
from alerting.messages.system_errors import say_system_error
from alerting.messages.why_not_measured import reason_in, why_in_a_paper
from alerting.papers.rendering.content import Block, Grid, Heading, Marked, Paragraph, Tone
from alerting.papers.report.abridged import LeftOut, abridged, said_of
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.phrasing import Phrasing

TONES: Mapping[str, Tone] = {"ok": "good", "degraded": "bad", "failed": "bad", "suspected": "bad"}
_SENTENCE = re.compile(r"(?<![A-Za-z])[A-Za-z]{2,}+(?:[ ,;:]++[A-Za-z']{2,}+){2}")
"""Three words of a Latin script in a row: a sentence, and no name of a device or a service."""
_ADDED = frozenset({"text", "unwatched", "reason"})
"""Evidence that stands elsewhere in the report, or speaks to those who repair in English."""
_AGE = "age_seconds"
MOST_DIAGNOSES = 8
"""Each takes up to a page."""


def evidence_blocks(case: CaseFile, phrasing: Phrasing) -> tuple[Block, ...]:
    """A table of the faults' own evidence, then each diagnosis by itself."""
    found = [row for event in case.events for row in _measured(event, case, phrasing)]
    rows = tuple(
        _left_out(one, phrasing) if isinstance(one, LeftOut) else one for one in abridged(found, lambda _: False)
    )
    blocks: list[Block] = []
    if rows:
        head = phrasing.head("when", "source", "values")
        blocks += [Heading(phrasing.text("report.evidence_title"), 2), Grid(head, rows, (3, 4, 9))]
    for one in abridged(case.of("evidence"), lambda _: False, MOST_DIAGNOSES):
        if isinstance(one, LeftOut):
            blocks.append(Paragraph(phrasing.text("report.diagnoses_left_out", count=len(one.rows))))
        else:
            blocks += _diagnosis(one, case, phrasing)
    return tuple(blocks)


def _left_out(gap: LeftOut[tuple[str, str, str]], phrasing: Phrasing) -> tuple[str, str, str]:
    (first, *_), (last, *_) = gap.rows[0], gap.rows[-1]
    return (
        f"{first}–{last}",
        phrasing.text("report.left_out", count=len(gap.rows)),
        said_of((source for _, source, _ in gap.rows), phrasing),
    )


def _measured(event: Event, case: CaseFile, phrasing: Phrasing) -> Iterator[tuple[str, str, str]]:
    """What had been measured when a fault was opened, joined or cleared."""
    found = event.data.get("evidence")
    if event.verb not in ("opened", "fault_joined", "fault_cleared") or not isinstance(found, dict):
        return
    code = str(event.data.get("code", ""))
    source = phrasing.fault(code, str(event.data.get("target", "")))
    label = phrasing.text("report.evidence.cleared", what=source) if event.verb == "fault_cleared" else source
    lines = [phrasing.words.detail(code, found)] + [
        phrasing.text("event.pair", name=_name(name, phrasing), value=said)
        for name, value in found.items()
        if name not in _ADDED and (said := _value(name, value, phrasing))
    ]
    lines = [readable(line, phrasing) for line in lines if line]
    if lines:
        yield phrasing.clock(event.at, case.began), label, "\n".join(dict.fromkeys(lines))


def _diagnosis(event: Event, case: CaseFile, phrasing: Phrasing) -> list[Block]:
    text = phrasing.text
    kind = str(event.data.get("kind", ""))
    key = f"report.evidence.{kind}"
    what = text(key) if phrasing.words.has(key) else text("report.evidence.other")
    blocks: list[Block] = [Heading(text("report.evidence.at", what=what, time=phrasing.clock(event.at, case.began)), 2)]
    blocks += [Paragraph(line) for line in _verdict(event.data, phrasing)]
    checks = [one for one in _list(event.data, "checks") or _list(event.data, "rungs") if one.get("status") != "absent"]
    if checks:
        head = phrasing.head("check", "where", "state", "reading")
        blocks.append(Grid(head, tuple(_check(one, phrasing) for one in checks), (4, 4, 2, 7)))
    elif len(blocks) == 1:
        blocks.append(Paragraph(text("report.evidence.kept")))
    return blocks


def _verdict(data: Mapping[str, Any], phrasing: Phrasing) -> list[str]:
    """The diagnosis's own sentences in this language; else the fault that it names as the cause."""
    told = data.get("sentences")
    if isinstance(told, dict) and isinstance(lines := told.get(phrasing.words.language), (list, tuple)):
        return [readable(str(line), phrasing) for line in lines]
    cause = str(data.get("cause") or "")
    return [phrasing.text("report.evidence.cause", fault=phrasing.fault(cause))] if cause else []


def _list(data: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = data.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, (list, tuple)) else []


def _check(one: Mapping[str, Any], phrasing: Phrasing) -> tuple[str | Marked, ...]:
    status = str(one.get("status", ""))
    state = phrasing.labelled(f"status.{status}", status)
    code, note = str(one.get("fault") or ""), one.get("note") or ""
    parts = [phrasing.fault(code, str(one.get("target") or ""))] if code else []
    if status == "unknown":
        parts.append(why_in_a_paper(note, phrasing.words))
    else:
        values = one.get("values")
        shown = [
            phrasing.text("event.pair", name=_name(name, phrasing), value=said)
            for name, value in (values.items() if isinstance(values, dict) else ())
            if name != _AGE and (said := _value(name, value, phrasing))
        ]
        parts += shown[:3]
    name = check_name(str(one.get("check", "")), phrasing.words)
    return (
        name,
        readable(str(one.get("target") or "—"), phrasing),
        Marked(state, TONES.get(status, "quiet")),
        readable(phrasing.text("report.clause").join(parts), phrasing) or "—",
    )


def _name(name: str, phrasing: Phrasing) -> str:
    words = phrasing.words
    key = next((f"{place}.{name}" for place in ("value", "evidence") if words.has(f"{place}.{name}")), "")
    return words.text(key) if key else phrasing.labelled("", name)


def _value(name: str, value: object, phrasing: Phrasing) -> str:
    match value:
        case bool():
            return phrasing.text("report.yes" if value else "report.no")
        case int() | float():
            return value_text(name, float(value), phrasing.words)
        case list() | tuple():
            return phrasing.list(filter(None, (_value(name, one, phrasing) for one in value)))
        case dict() if (reason := reason_in(value)) is not None:
            return say_reason(reason, phrasing.words, table="why")
        case dict():
            pairs = ((str(key), _value(name, one, phrasing)) for key, one in value.items())
            return phrasing.list(phrasing.text("event.pair", name=key, value=said) for key, said in pairs if said)
        case None:
            return ""
        case _:
            key = f"evidence.word.{value}"
            return phrasing.words.text(key) if phrasing.words.has(key) else str(value).strip()


def readable(line: str, phrasing: Phrasing) -> str:
    """The line in the reader's language: errors of the system said in it, and no sentence of another."""
    said = say_system_error(line, phrasing.words)
    if phrasing.words.language == "en":
        return said
    return _SENTENCE.sub(lambda found: phrasing.text("report.evidence.original"), said)
