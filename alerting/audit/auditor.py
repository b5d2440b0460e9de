"""Audits a journal: reads it, replays each incident, and lists every promise that was not kept. Writes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from alerting.audit.audited_case import Case, Circumstances, away, damaged, read_case, suspect_spans
from alerting.audit.contradictions import contradictions
from alerting.audit.finding import AuditFinding, Code
from alerting.audit.message_outcomes import audit_fates
from alerting.audit.named_faults import audit_naming
from alerting.audit.owed_messages import audit_telling
from alerting.audit.owed_steps import audit_steps
from alerting.audit.replay import replay
from alerting.audit.unheard_faults import audit_reach
from alerting.journal.contract import JournalReader
from alerting.journal.rows import Notification
from alerting.model.incident import Incident
from alerting.model.reason import because
from alerting.plan.contract import ResponsePlan


def audit_case(case: Case, rows_of_all: list[Notification], circumstances: Circumstances) -> list[AuditFinding]:
    """Every broken promise of one incident, in order of time; each once."""
    if circumstances.lost_rows(case.incident.id, case.incident.opened_at):
        return [_damaged(case.incident.id, case.incident.opened_at)]
    if not case.events:
        lost = AuditFinding(
            code=Code.LOST,
            incident=case.incident.id,
            at=case.incident.opened_at,
            what="events",
            detail=because("audit_no_events"),
        )
        return [lost]
    story = replay(case, circumstances)
    found = [
        *story.findings,
        *contradictions(case, story),
        *audit_steps(case, story, circumstances),
        *audit_telling(case, story, circumstances),
        *audit_reach(case, circumstances),
        *audit_naming(case, story, circumstances),
        *audit_fates(case.rows, case.others, case.events, rows_of_all, circumstances),
    ]
    return sorted({one.key: one for one in found}.values(), key=lambda one: one.at)


def audit(
    reader: JournalReader,
    *,
    now: float,
    since: float = 0.0,
    plan: ResponsePlan | None = None,
    plan_since: float = -math.inf,
    incidents: Iterable[Incident] | None = None,
    thorough: bool = True,
) -> Iterator[AuditFinding]:
    """All findings about incidents that are open or had an event since ``since``. Times are Unix seconds.

    now: the engine's time. plan: what is in force since ``plan_since``. incidents: these only.
    thorough: look for messages of incidents that do not exist as well, which reads every message.
    All is read in one snapshot: rows of two moments would contradict each other.
    """
    with reader.snapshot():
        yield from _audit(reader, now, since, plan, plan_since, incidents, thorough)


def confirmed(first: Iterable[AuditFinding], second: Iterable[AuditFinding]) -> list[AuditFinding]:
    """What two audits found, some seconds apart: an engine that has just woken up writes down that it was asleep, and
    catches up."""
    known = {one.key for one in first}
    return [one for one in second if one.key in known]


def _audit(
    reader: JournalReader,
    now: float,
    since: float,
    plan: ResponsePlan | None,
    plan_since: float,
    incidents: Iterable[Incident] | None,
    thorough: bool,
) -> Iterator[AuditFinding]:
    of_none = reader.events(0)
    numbers, until = damaged(of_none)
    circumstances = Circumstances(
        now=now,
        away=away(of_none),
        damaged=numbers,
        damaged_until=until,
        suspect=suspect_spans(of_none),
        plan=plan,
        plan_since=plan_since,
    )
    rows_of_all = _lanes(reader)
    for incident in changed(reader, since) if incidents is None else incidents:
        yield from audit_case(read_case(reader, incident), rows_of_all, circumstances)
    if incidents is None:
        yield from _orphans(reader, since, thorough, circumstances)
        digests = reader.notifications(0, since)
        yield from audit_fates(digests, {}, (), rows_of_all, circumstances)


def changed(reader: JournalReader, since: float) -> list[Incident]:
    """Incidents that are not closed, and those with an event since then; by number."""
    found = {one.id: one for one in reader.live_incidents()}
    for number in reader.heard_since(since).keys() - found.keys():
        incident = reader.incident(number)
        if incident is not None:
            found[number] = incident
    return [found[number] for number in sorted(found)]


def owed_to_nobody(reader: JournalReader, incidents: Iterable[Incident]) -> int:
    """How many of these reached nobody without a broken promise, as the plan named nobody."""
    return sum(read_case(reader, one).owed_to_nobody for one in incidents)


def _lanes(reader: JournalReader) -> list[Notification]:
    """What waits, and every message decided since the oldest of that: they show which lanes move. [] in peace."""
    waiting = reader.unfinished()
    if not waiting:
        return []
    oldest = min(row.decided_at for row in waiting)
    return list({row.key: row for row in [*reader.notifications(since=oldest), *waiting]}.values())


def _damaged(incident: int, at: float) -> AuditFinding:
    detail = because("audit_rows_lost")
    return AuditFinding(code=Code.DAMAGED, incident=incident, at=at, what="incident", detail=detail)


def _orphans(
    reader: JournalReader, since: float, thorough: bool, circumstances: Circumstances
) -> Iterator[AuditFinding]:
    """Events and messages of incidents that do not exist."""
    known: dict[int, bool] = {0: True}
    speaking = [(number, at, verb) for number, (at, verb) in reader.heard_since(since).items()]
    if thorough:
        speaking += [(row.incident, row.decided_at, row.kind) for row in reader.notifications(since=since)]
    for number, at, what in speaking:
        if number not in known:
            known[number] = reader.incident(number) is not None
            if not known[number] and circumstances.lost_rows(number, at):
                yield _damaged(number, at)
            elif not known[number]:
                yield AuditFinding(
                    code=Code.LOST, incident=number, at=at, what=what, detail=because("audit_no_incident")
                )
