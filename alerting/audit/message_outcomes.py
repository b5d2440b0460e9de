"""What became of each message that was decided: none may wait for ever, vanish, or be given up without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from alerting.audit.audited_case import Circumstances, last_instead
from alerting.audit.finding import AuditFinding, Code
from alerting.journal.rows import Event, Notification, NotificationState, stem
from alerting.messages.kinds import kind_named
from alerting.model.reason import Reason, because

S = NotificationState

STUCK = 900.0
"""Seconds without any try, though it could go, from which a message counts as forgotten: three times the longest
pause between two tries, and longer than a bot's ten minutes of silence."""
FLIGHT = 180.0
"""Seconds from which a message that is "being sent" is forgotten: a sender is given up after 60."""


def _finding(row: Notification, code: Code, at: float, detail: Reason) -> AuditFinding:
    return AuditFinding(
        code=code, incident=row.incident, at=at, what=row.kind, contact=row.contact, place=row.key, detail=detail
    )


def audit_fates(
    rows: Sequence[Notification],
    others: Mapping[str, Notification],
    events: Sequence[Event],
    rows_of_all: Sequence[Notification],
    circumstances: Circumstances,
) -> Iterator[AuditFinding]:
    """The messages of one incident. others: rows of any incident that took the place of some of these, by key.

    rows_of_all: what waits anywhere, and what was tried since the oldest of that was decided.
    """
    known = {**others, **{row.key: row for row in rows}}
    for row in rows:
        yield from _fate(row, circumstances)
        if row.state is S.SUPERSEDED:
            yield from _superseded(row, known, events)
        elif row.state is S.FAILED or row.state is S.EXPIRED:
            yield from _given_up(row, rows, circumstances)
        elif not row.state.final:
            yield from _waiting(row, rows_of_all, circumstances)


def _fate(row: Notification, facts: Circumstances) -> Iterator[AuditFinding]:
    if row.state is S.SENT and (row.accepted_at is None or row.attempts < 1 or row.attempted_at is None):
        yield _finding(row, Code.CONTRADICTION, row.decided_at, because("audit_sent_untried"))
    elif row.state.final and row.finished_at is None:
        yield _finding(row, Code.CONTRADICTION, row.decided_at, because("audit_no_time", state=row.state.value))
    elif row.state is S.PENDING and row.accepted_at is not None:
        yield _finding(row, Code.CONTRADICTION, row.decided_at, because("audit_accepted_waiting"))
    for earlier, later, what in (
        (row.decided_at, row.attempted_at, because("audit_tried_early")),
        (row.attempted_at, row.finished_at, because("audit_finished_untried")),
        (row.decided_at, row.finished_at, because("audit_finished_early")),
    ):
        if earlier is not None and later is not None and later < earlier - 1.0:
            yield _finding(row, Code.OUT_OF_ORDER, row.decided_at, what)
    if row.not_before - row.decided_at > 0 and row.attempted_at is not None and row.attempted_at < row.not_before - 1.0:
        yield _finding(row, Code.EARLY, row.not_before, because("audit_quiet_hours"))


def _superseded(
    row: Notification, known: Mapping[str, Notification], events: Sequence[Event]
) -> Iterator[AuditFinding]:
    if row.superseded_by:
        end = last_instead(row, known)
        if end is None:
            yield _finding(row, Code.LOST, row.decided_at, because("audit_instead_missing"))
        elif end.kind == "digest" and end.accepted_at is not None and row.accepted_at is None and row.step >= 0:
            yield _finding(row, Code.CONTRADICTION, row.decided_at, because("audit_not_counted"))
    elif not row.detail:
        yield _finding(row, Code.LOST, row.decided_at, because("audit_no_reason"))
    elif row.finished_at is not None and row.detail.code in ("taken_by", "is_over"):
        # What was in flight at the end is taken back when it comes back.
        founded = [e for e in events if e.verb == "taken" and abs(e.at - row.finished_at) <= 0.5]
        if row.detail.code == "is_over":
            founded = [e for e in events if e.verb == "resolved" and e.at <= row.finished_at + 0.5]
        if not founded:
            yield _finding(row, Code.CONTRADICTION, row.decided_at, because("audit_unfounded", detail=row.detail))


def _given_up(row: Notification, rows: Sequence[Notification], facts: Circumstances) -> Iterator[AuditFinding]:
    """A way that failed for good: the contact's next way must have been tried, where there is one."""
    if row.state is S.EXPIRED and row.finished_at is not None and row.finished_at < row.expires_at - 1.0:
        yield _finding(row, Code.EARLY, row.expires_at, because("audit_given_up_early"))
    if row.state is S.FAILED and row.attempts < 1:
        yield _finding(row, Code.CONTRADICTION, row.decided_at, because("audit_failed_untried"))
    plan = facts.plan_at(row.decided_at)
    if plan is None or row.state is not S.FAILED:
        return
    ways = [way.channel for way in plan.addresses(row.contact)]
    following = ways[ways.index(row.channel) + 1 :][:1] if row.channel in ways else []
    tried = {other.channel for other in rows if stem(other.key) == stem(row.key)}
    if following and following[0] not in tried and not _end_told_instead(row, rows):
        yield _finding(
            row, Code.NOT_TOLD, row.finished_at or row.decided_at, because("audit_way_untried", way=following[0])
        )


def _end_told_instead(row: Notification, rows: Sequence[Notification]) -> bool:
    """True where it came back after the incident had ended: its reader hears of the end, not of what is over."""
    if kind_named(row.kind).personal or row.finished_at is None:
        return False
    ends = [one.decided_at for one in rows if kind_named(one.kind).ends and one.contact == row.contact]
    return any(at <= row.finished_at for at in ends)


def _waiting(row: Notification, rows_of_all: Sequence[Notification], facts: Circumstances) -> Iterator[AuditFinding]:
    if row.state is S.SENDING:
        since = facts.awake(row.attempted_at or row.decided_at)
        if since + FLIGHT < facts.now:
            yield _finding(row, Code.UNFINISHED, since, because("audit_in_flight", span=facts.now - since))
        return
    if facts.awake(row.expires_at) + 60.0 < facts.now:
        yield _finding(row, Code.UNFINISHED, row.expires_at, because("audit_past_its_time"))
        return
    ready = max(row.decided_at, row.not_before, row.next_try_at)
    lane = [other for other in rows_of_all if (other.contact, other.channel) == (row.contact, row.channel)]
    held_until = max((other.next_try_at for other in lane if not other.state.final and other.attempts), default=0.0)
    ready = facts.awake(max(ready, held_until))
    overtaken = [
        other
        for other in lane
        if other.decided_at > row.decided_at
        and other.attempted_at is not None
        and other.attempted_at > ready + STUCK / 3
    ]
    if overtaken:
        yield _finding(row, Code.UNFINISHED, ready, because("audit_overtaken"))
        return
    ways = facts.plan.addresses(row.contact) if facts.plan is not None else ()
    paced = any(way.channel == row.channel and way.per_minute >= 1 for way in ways)
    alive = [
        facts.awake(other.attempted_at)
        for other in rows_of_all
        if other.attempted_at is not None and (other in lane or (paced and other.path == row.path))
    ]
    quiet_since = max([ready, *(at for at in alive if at <= facts.now)])
    if quiet_since + STUCK < facts.now:
        yield _finding(row, Code.UNFINISHED, ready, because("audit_untried", span=facts.now - ready))
