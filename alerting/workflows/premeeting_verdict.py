"""Takes the result of a check before a meeting: journaled, told when it is a no-go, once a meeting and time.

Does not look at the room: it gets the verdict. A no-go always stands on an open incident, whose words it speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from alerting.engine.transaction import Transaction
from alerting.model.incident import Incident
from alerting.model.measures import NoGo
from alerting.model.reason import because
from alerting.workflows.backup import choose

DONE = "premeeting.done"
"""Beginning of the names of the small facts, one a room."""
KEPT = 50
"""Keys of checks that were made in one room; no room has more before it in a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """starts_at: the meeting, Unix seconds. minutes: before it, the configured time. blockers, cautions: (fault code,
    target). blind: checks that could not be made. tell: groups or contacts of the plan for a no-go."""

    room: str
    starts_at: float
    minutes: int
    go: bool
    blockers: Sequence[tuple[str, str]] = ()
    cautions: Sequence[tuple[str, str]] = ()
    blind: Sequence[str] = ()
    tell: Sequence[str] = field(default=("technical",))

    @property
    def key(self) -> str:
        return key_of(self.starts_at, self.minutes)


def key_of(starts_at: float, minutes: int) -> str:
    """What stays the same over restarts, within one room: the meeting's start and the time before it."""
    return f"{starts_at:.0f}-{minutes}"


def done(recall: Callable[[str], str | None], room: str, home: str) -> tuple[str, ...]:
    """The keys of the checks that were made in a room, oldest first. recall: the journal's small facts by name. home:
    where the service runs; an older journal knows that room alone, and names it nowhere."""
    made = recall(f"{DONE}.{room}")
    if made is None and room == home:
        made = recall(DONE)
    return tuple((made or "").split())


def take(checked: Checked, transaction: Transaction) -> bool:
    """Write it down and tell a no-go; False where this check was taken before."""
    made = done(transaction.recall, checked.room, transaction.shared.room)
    if checked.key in made:
        return False
    transaction.remember(f"{DONE}.{checked.room}", " ".join([*made, checked.key][-KEPT:]))
    data = {
        "starts_at": checked.starts_at,
        "minutes": checked.minutes,
        "go": checked.go,
        "blockers": [list(one) for one in checked.blockers],
        "cautions": [list(one) for one in checked.cautions],
        "blind": list(checked.blind),
    }
    incident = None if checked.go else _in_the_way(checked, transaction)
    if incident is None:
        transaction.event(
            "premeeting", why=because("go" if checked.go else "no_go"), data={"room": checked.room, **data}
        )
        return True
    backup = choose(incident, transaction)
    no_go = NoGo(starts_at=checked.starts_at)
    if backup is not None:
        one = backup[1]
        place = one.join if one.kind == "application" else one.room
        no_go = NoGo(starts_at=checked.starts_at, title=one.name, kind=one.kind, place=place)
    incident = msgspec.structs.replace(incident, no_go=no_go)
    transaction.record(incident, "premeeting", why=because("no_go"), data=data)
    people = dict.fromkeys(
        person for group in checked.tell for person in transaction.plan.members(group, transaction.now)
    )
    why = because("before_meeting", minutes=checked.minutes)
    transaction.tell(incident, "no_go", people, tag=checked.key, reason=why)
    return True


def _in_the_way(checked: Checked, transaction: Transaction) -> Incident | None:
    """The open incident of a blocking fault, the worst one; None while its fault is in maintenance."""
    wanted = set(checked.blockers)
    found = [
        incident
        for incident in transaction.shared.incidents.live()
        if incident.room == checked.room
        and not incident.drill
        and any((fault.code, fault.target) in wanted for fault in incident.open_faults)
    ]
    return max(found, key=lambda one: (one.severity, -one.id), default=None)
