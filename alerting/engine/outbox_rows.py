"""Makes outbox rows out of decisions: whom, by which way, in which words, until when."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from alerting.delivery import retry_and_digest as policy
from alerting.journal.rows import Notification, NotificationState
from alerting.messages.facts import MessageFacts, Render
from alerting.messages.kinds import kind_named
from alerting.model.fault import Severity
from alerting.model.incident import Incident
from alerting.model.reason import Reason, because
from alerting.plan.contract import Address, ResponsePlan


class NotificationWriter:
    """Writes rows for one installation. ``installation`` makes keys unique among rooms."""

    def __init__(
        self,
        installation: str,
        render: Render,
        incident: Callable[[int], Incident | None],
        journal_down: Callable[[], bool],
    ) -> None:
        self._installation = installation
        self._render = render
        self._incident = incident
        self._journal_down = journal_down

    def write(
        self,
        plan: ResponsePlan,
        incident: Incident,
        kind: str,
        contact: str,
        address: Address,
        now: float,
        *,
        tag: str,
        place: tuple[int, int, int] = (-1, -1, 0),
        reason: Reason = Reason(),
        by: str = "",
        text: str = "",
        action: str = "tell",
        attachments: tuple[str, ...] = (),
    ) -> Notification:
        """One row for one target. The key follows from what was decided: deciding again gives the same key."""
        key = f"{self._installation}-{incident.id}-{kind}-{tag}-{contact}-{address.channel}"
        language = plan.language(contact)
        facts = MessageFacts(
            kind=kind,
            incidents=(incident,),
            contact=contact,
            channel=address.channel,
            language=language,
            now=now,
            key=key,
            reason=reason,
            by=by,
            text=text,
            action=action,
            journal_down=self._journal_down(),
        )
        words = self._render(facts)
        row = kind_named(kind)
        severity = Severity.NOTICE if row.paper else incident.severity
        quiet = plan.quiet_until(contact, severity, now, declared=incident.declared) if row.held else None
        return Notification(
            key=key,
            incident=incident.id,
            kind=kind,
            contact=contact,
            channel=address.channel,
            path=address.path or address.channel,
            round=place[0],
            step=place[1],
            repeat=place[2],
            reason=reason,
            decided_at=now,
            not_before=quiet or now,
            expires_at=max(quiet or now, now) + row.keep,
            title=words.title,
            body=words.body,
            short=words.short,
            language=language,
            drill=incident.drill,
            attachments=attachments,
            faults=tuple(dict.fromkeys(one.name for one in incident.open_faults)) if row.names_faults else (),
            urgent=row.responders and severity >= Severity.WARNING,
        )

    def reminder(
        self,
        occasion: str,
        contact: str,
        address: Address,
        now: float,
        title: str,
        body: str,
        language: str,
        quiet: float | None,
    ) -> Notification:
        """One row that belongs to no incident. The key follows from the occasion."""
        key = f"{self._installation}-0-reminder-{occasion}-{contact}-{address.channel}"
        return Notification(
            key=key,
            incident=0,
            kind="reminder",
            contact=contact,
            channel=address.channel,
            path=address.path or address.channel,
            decided_at=now,
            not_before=quiet or now,
            expires_at=max(quiet or now, now) + kind_named("reminder").keep,
            title=title,
            body=f"{body}\n{key}",
            short=title,
            language=language,
        )

    def digest(self, rows: Sequence[Notification], now: float) -> Notification:
        """One row that tells what all of these would have told their one target."""
        first = rows[0]
        newest = dict.fromkeys(row.incident for row in reversed(rows))
        incidents = tuple(i for number in newest if (i := self._incident(number)) is not None)[: policy.DIGEST_LISTS]
        # Without "+", which marks another way of one message: a digest is a message of its own.
        key = f"{self._installation}-0-digest-{first.key.replace('+', '~')}"
        if not incidents:
            return msgspec.structs.replace(rows[-1], key=key, kind="digest", incident=0, round=-1, step=-1)
        facts = MessageFacts(
            kind="digest",
            incidents=incidents,
            contact=first.contact,
            channel=first.channel,
            language=first.language,
            now=now,
            key=key,
            count=len(newest),
            journal_down=self._journal_down(),
        )
        words = self._render(facts)
        return Notification(
            key=key,
            incident=0,
            kind="digest",
            contact=first.contact,
            channel=first.channel,
            path=first.path,
            decided_at=now,
            expires_at=now + kind_named("digest").keep,
            title=words.title,
            body=words.body,
            short=words.short,
            language=first.language,
            drill=all(row.drill for row in rows),
            reason=because("digest", count=len(rows)),
        )

    def by_another_way(self, row: Notification, address: Address, now: float) -> Notification:
        """The same message through the contact's next channel."""
        return msgspec.structs.replace(
            row,
            key=f"{row.key}+{address.channel}",
            channel=address.channel,
            path=address.path or address.channel,
            state=NotificationState.PENDING,
            decided_at=now,
            attempts=0,
            next_try_at=0.0,
            attempted_at=None,
            finished_at=None,
            perhaps_arrived=False,
            reason=because("channel_failed", channel=row.path or row.channel, detail=row.detail),
            detail=Reason(),
        )
