"""The incident's story as rows: every event of the journal with a label, its detail and who did it. Pure.

Verbs have their words under ``event.<verb>``; one without words is shown by its name, its data by theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from alerting.journal.rows import Event
from alerting.model.incident import Incident
from alerting.papers.report.abridged import LeftOut, abridged, said_of
from alerting.papers.report.case_file import CaseFile, silent_since
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import Duration, FaultName

KEY = frozenset(
    {
        "opened",
        "taken",
        "confirmed",
        "order",
        "mitigated",
        "resolved",
        "unanswered",
        "take_expired",
        "backup_started",
        "reopened",
    }
)
"""Verbs that stand as numbers in the chart of the response; the first notice of each step does too."""
BAD = frozenset({"unanswered", "take_expired", "reopened"})
ELSEWHERE = frozenset({"feedback", "evidence", "closed", "drill_scored"})
"""Verbs that have a place of their own in the report, or say nothing to its readers."""
_SILENT = frozenset(
    {"until", "since", "round", "index", "repeat", "technical", "severity", "evidence", "symptoms", "drill"}
    | {"entered", "trial", "meeting", "take_over"}
    | {"starts_at", "minutes", "go", "blockers", "cautions", "blind"}
)
"""Data that is said by other words of the same row, or by none."""


EARLIEST, LATEST = 1e9, 4e9
"""Unix seconds of the years 2001 to 2096: a number between them is a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """to: the end of a run of equal rows. key: the chart shows it too. human: a person did it."""

    at: float
    label: str
    verb: str = ""
    detail: str = ""
    who: str = ""
    key: bool = False
    bad: bool = False
    human: bool = False
    to: float | None = None


def timeline(case: CaseFile, phrasing: Phrasing) -> tuple[Row, ...]:
    """All rows in the order of the journal. Repeats of one step that follow each other are one row, and so is
    what is left out of a very long story."""
    rows = [Row(at=case.began, label=phrasing.text("event.began"), key=True)] if _began_before(case) else []
    steps: set[tuple[object, object]] = set()
    for run in _runs(event for event in case.events if event.verb not in ELSEWHERE and not _report(event)):
        event = run[0]
        first = False
        if event.verb == "step":
            place = (event.data.get("round"), event.data.get("index"))
            first = place not in steps
            steps.add(place)
        rows.append(
            Row(
                at=event.at,
                label=_label(event, case.incident, phrasing),
                verb=event.verb,
                detail=_detail(run, phrasing),
                who=phrasing.name(event.by),
                key=event.verb in KEY or first,
                bad=event.verb in BAD,
                human=event.by != "roomwatch",
                to=run[-1].at if len(run) > 1 else None,
            )
        )
    rows = sorted((*rows, *_away(case, phrasing)), key=lambda row: row.at)
    return tuple(_left_out(one, phrasing) if isinstance(one, LeftOut) else one for one in abridged(rows, _matters))


def _away(case: CaseFile, phrasing: Phrasing) -> Iterator[Row]:
    """Times in which the monitor did not run: what happened meanwhile nobody saw."""
    for event in case.away:
        start, end = max(silent_since(event), case.began), min(event.at, case.end)
        if end > start:
            span = phrasing.say(Duration(end - start))
            yield Row(at=start, to=end, label=phrasing.text("report.monitor_away"), detail=span, bad=True)


def _matters(row: Row) -> bool:
    return row.key or row.bad or row.human


def _left_out(gap: LeftOut[Row], phrasing: Phrasing) -> Row:
    """A run of rows as one that counts them."""
    label = phrasing.text("report.left_out", count=len(gap.rows))
    detail = said_of((row.label for row in gap.rows), phrasing)
    return Row(at=gap.rows[0].at, to=gap.rows[-1].at, label=label, detail=detail)


def _began_before(case: CaseFile) -> bool:
    return case.incident.opened_at - case.began >= 1.0


def _report(event: Event) -> bool:
    return event.verb.startswith("report_") and event.verb != "report_joined"


def _runs(events: Iterator[Event]) -> list[list[Event]]:
    runs: list[list[Event]] = []
    for event in events:
        before = runs[-1][-1] if runs else None
        if before is not None and _same_step(before, event):
            runs[-1].append(event)
        else:
            runs.append([event])
    return runs


def _same_step(before: Event, event: Event) -> bool:
    if event.verb != "step" or before.verb != "step" or not event.data.get("repeat") or not before.data.get("repeat"):
        return False
    return all(before.data.get(name) == event.data.get(name) for name in ("round", "index", "contacts"))


def _label(event: Event, incident: Incident, phrasing: Phrasing) -> str:
    if event.verb == "step":
        repeated = event.data.get("repeat")
        name = "event.step_deputy" if repeated == -1 else "event.step_again" if repeated else "event.step"
        index = event.data.get("index")
        backup = isinstance(index, int) and index < len(incident.chain) and incident.chain[index].action == "backup"
        return phrasing.text("event.step_backup" if backup and not repeated else name)
    if event.verb == "opened" and event.by != "roomwatch":
        return phrasing.text("event.reported")
    return phrasing.labelled(f"event.{event.verb}", event.verb)


def _detail(run: Sequence[Event], phrasing: Phrasing) -> str:
    event = run[0]
    parts = []
    if len(run) > 1:
        parts.append(phrasing.text("event.times", count=len(run)))
    family = _FAMILIES.get(event.verb.partition("_")[0])
    if family is not None and (said := family(event, phrasing)):
        more = filter(None, [_entered(event, phrasing), phrasing.reason(event.why)])
        return phrasing.text("report.clause").join([*parts, said, *more])
    code = event.data.get("code")
    if isinstance(code, str):
        parts.append(phrasing.say(FaultName(code, str(event.data.get("target", "")))))
    for name, value in event.data.items():
        if name in _SILENT or name in ("code", "target") or value in ("", None, [], False):
            continue
        told = _DATA.get(name)
        parts.append(told(value, event, phrasing) if told else _plain(name, value, phrasing))
    until = event.data.get("until")
    if isinstance(until, (int, float)) and event.verb == "snoozed":
        parts.append(phrasing.text("event.until", span=Duration(until - event.at)))
    parts.append(_entered(event, phrasing))
    if event.why:
        parts.append(phrasing.reason(event.why))
    return phrasing.text("report.clause").join(part for part in parts if part)


def _entered(event: Event, phrasing: Phrasing) -> str:
    """Who typed it for the person in whose name it stands, and the way by which their own word came."""
    entered = event.data.get("entered")
    if not isinstance(entered, dict):
        return ""
    kind, by = str(entered.get("kind")), str(entered.get("by"))
    contact = phrasing.plan.contacts.get(event.by)
    if kind != "login":
        return phrasing.text(f"event.by_{kind}") if phrasing.words.has(f"event.by_{kind}") else ""
    own = by == event.by or (contact is not None and contact.login == by)
    return "" if own else phrasing.text("event.entered_by", who=phrasing.name(by))


def _people(value: object, event: Event, phrasing: Phrasing) -> str:
    names = (
        [value] if isinstance(value, str) else [str(one) for one in value] if isinstance(value, (list, dict)) else []
    )
    return phrasing.text("event.to", who=phrasing.names(names)) if names else ""


def _change(value: object, event: Event, phrasing: Phrasing) -> str:
    """Data "from" and "to" of a corrected class or severity."""
    if event.verb not in ("class", "severity"):
        return _people(value, event, phrasing)
    before, after = (
        phrasing.either(f"{event.verb}.{event.data.get(name)}", str(event.data.get(name))) for name in ("from", "to")
    )
    return phrasing.text("event.change", before=before, after=after)


def _chain(value: object, event: Event, phrasing: Phrasing) -> str:
    """Whether a corrected class brought its own chain."""
    return phrasing.text(f"event.chain_{value}")


def _nothing(value: object, event: Event, phrasing: Phrasing) -> str:
    return ""


def _plain(name: str, value: object, phrasing: Phrasing) -> str:
    """Data that this file does not know: its name where it has words, its value where people can read it. A list of
    tables or a table within a table is for programs."""
    label = phrasing.labelled(f"event.data.{name}", name)
    if isinstance(value, bool):
        return label
    if isinstance(value, (list, tuple)):
        if any(isinstance(one, (list, tuple, dict)) for one in value):
            return ""
        said = phrasing.list(phrasing.name(str(one)) for one in value)
    elif isinstance(value, dict):
        return ""
    elif isinstance(value, (int, float)):
        said = phrasing.date(value) if EARLIEST <= value <= LATEST else f"{value:g}"
    else:
        said = phrasing.name(str(value))
    return phrasing.text("event.pair", name=label, value=said)


_DATA: Mapping[str, Callable[[object, Event, Phrasing], str]] = {
    "contacts": _people,
    "to": _change,
    "from": _nothing,
    "class": _nothing,
    "name": _nothing,
    "before": _nothing,
    "chain": _chain,
}


def _remedy(event: Event, phrasing: Phrasing) -> str:
    """Which remedy, as people speak of it."""
    return phrasing.remedy(str(event.data.get("kind", "")), str(event.data.get("target", "")))


def _entry(event: Event, phrasing: Phrasing) -> str:
    """A backup or a spare, and where it is. A join link stays out: the report goes to people who need no way in."""
    data = event.data
    name = str(data.get("material") or data.get("backup") or data.get("name") or "")
    place = str(data.get("place", ""))
    return phrasing.list(part for part in (phrasing.entry(name), place) if part and "://" not in part)


_FAMILIES: Mapping[str, Callable[[Event, Phrasing], str]] = {"remedy": _remedy, "backup": _entry, "spare": _entry}
"""Verbs by their first word, whose data is an entry of the plan; "" leaves a verb to the general way."""
