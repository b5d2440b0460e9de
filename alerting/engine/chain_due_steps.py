"""Which steps of the chain are due: a pure function of (incident, what became of its messages, plan, now)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import Severity
from alerting.model.incident import Incident, Phase, StepRecord
from alerting.model.reason import Reason, because
from alerting.plan.contract import ResponsePlan

END_WAIT = 300.0
"""Seconds after the last step before "nobody answered" is an alarm, where that step names no repeat: the plan's
usual distance of two steps."""
JUST_BACK = 60.0
"""Seconds from the return of a path in which what waited for it goes out, one message after another (a sender's own
limit for one). Until then a step whose message still waits its turn is not passed over."""
ROUND_PAUSE = 1800.0
"""Seconds until an unanswered chain begins again: long enough that people are not called in a loop."""
DEPUTY = -1
"""``repeat`` of the record that tells deputies because their principal cannot be reached at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactStatus:
    """What became of telling one contact in one step. dead: every way to them failed for good or expired."""

    round: int
    step: int
    contact: str
    decided_at: float
    accepted_at: float | None = None
    dead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DueStep:
    """A step to take now. kind: "opened", "escalated", "repeated" or "deputy"."""

    kind: str
    index: int
    repeat: int
    contacts: tuple[str, ...]
    action: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is due, and the next time at which anything can be (infinity: only when something happens)."""

    due: tuple[DueStep, ...] = ()
    next_at: float = math.inf
    take_expired: bool = False
    unanswered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """down: delivery paths that last failed. returned: those that had failed → when they worked again."""

    down: frozenset[str] = frozenset()
    returned: Mapping[str, float] = field(default_factory=dict)


def decide(
    incident: Incident, told: Sequence[ContactStatus], plan: ResponsePlan, now: float, paths: Paths | None = None
) -> Decision:
    """The due steps; ``now``: Unix seconds."""
    if incident.phase is not Phase.OPEN:
        return Decision()
    if incident.taken(now):
        return Decision(next_at=incident.taken_until if incident.taken_until is not None else math.inf)
    if incident.taken_at is not None:
        return Decision(take_expired=True)
    if incident.handover is not None:
        return Decision()
    if incident.snoozed_until is not None and now < incident.snoozed_until:
        return Decision(next_at=incident.snoozed_until)
    if not incident.chain:
        return Decision(unanswered=incident.unanswered_at is None)
    walk = _Walk(incident, told, plan, now, paths or Paths())
    return walk.run()


class _Walk:
    """One walk along the chain: records decided in this very call count at once, so gap-less steps go together."""

    def __init__(
        self, incident: Incident, told: Sequence[ContactStatus], plan: ResponsePlan, now: float, paths: Paths
    ) -> None:
        self.incident, self.plan, self.now, self.paths = incident, plan, now, paths
        self.told = [item for item in told if item.round == incident.round]
        self.records = [record for record in incident.steps if record.round == incident.round]
        self.due: list[DueStep] = []

    def run(self) -> Decision:
        chain = self.incident.chain
        if not self.records:
            first = min(self.incident.entry, len(chain) - 1)
            at = self.incident.entered_at + (chain[first].after if first == 0 else 0.0)
            if self.now < at:
                return Decision(next_at=at)
            if self.incident.round == 0:
                self._take(first, 0, "opened", because("opened"))
            else:  # Incident.entered_why says why
                self._take(first, 0, "escalated", because("entered_again"))
        while True:
            last = max(record.index for record in self.records)
            at, why = self._next_step_at(last)
            if last + 1 < len(chain) and at <= self.now:
                self._take(last + 1, 0, "escalated", why)
                continue
            return self._rest(last, at)

    def _rest(self, last: int, next_at: float) -> Decision:
        """Repeats and deputies of the step that we stand on, and the end of the chain."""
        times = [next_at] if last + 1 < len(self.incident.chain) else []
        self._tell_deputies(last)
        repeat_at = self._repeat(last)
        times.append(repeat_at)
        unanswered = False
        # A notice is for information: nobody has to answer it.
        if last + 1 >= len(self.incident.chain) and self.incident.worst is not Severity.NOTICE:
            end = self._end_at(last)
            unanswered = end <= self.now
            times.append(end)
        return Decision(
            due=tuple(self.due),
            next_at=min((t for t in times if t > self.now), default=math.inf),
            unanswered=unanswered,
        )

    def _started(self, index: int) -> float | None:
        """When a step's clock started: the first delivery that was accepted."""
        accepted = [t.accepted_at for t in self.told if t.step == index and t.accepted_at is not None]
        return min(accepted, default=None)

    def _decided(self, index: int) -> float:
        return min(record.at for record in self.records if record.index == index)

    def _unreachable(self, index: int) -> bool:
        """True where the step reached nobody and cannot any more."""
        people = {c for record in self.records if record.index == index for c in record.contacts}
        if not any(self.plan.addresses(contact) for contact in people):
            return True
        if any(due.index == index for due in self.due):
            return False
        return people.isdisjoint(t.contact for t in self.told if t.step == index and not t.dead)

    def _next_step_at(self, last: int) -> tuple[float, Reason]:
        chain = self.incident.chain
        if last + 1 >= len(chain):
            return math.inf, Reason()
        gap = max(0.0, chain[last + 1].after - chain[last].after)
        name = chain[last].name
        if gap == 0:
            return self._decided(last), because("goes_together", step=name)
        started = self._started(last)
        if started is not None:
            return started + gap, because("not_taken", span=gap, step=name)
        if self._unreachable(last):
            return self.now, because("reached_nobody", step=name)
        if self._has_fresh_path(chain[last + 1]):
            why = because("not_delivered", step=name, span=gap)
            return max(self._decided(last) + gap, self._open_since(last) + JUST_BACK), why
        return math.inf, Reason()

    def _open_since(self, index: int) -> float:
        """When the last of the ways to a step's people worked again; long ago where none had failed."""
        people = {contact for record in self.records if record.index == index for contact in record.contacts}
        ways = [address.path for contact in people for address in self.plan.addresses(contact)]
        return max((self.paths.returned.get(path, -math.inf) for path in ways), default=-math.inf)

    def _has_fresh_path(self, step: EscalationStep) -> bool:
        """True where the step has a way that is not known to be down: else time-outs would only pile up."""
        return any(
            address.path not in self.paths.down
            for contact in self._people(step)
            for address in self.plan.addresses(contact)
        )

    def _people(self, step: EscalationStep) -> tuple[str, ...]:
        found: list[str] = [c for audience in step.audience for c in self.plan.members(audience, self.now)]
        if step.deputies:
            told = [c for record in self.records for c in record.contacts]
            found += [deputy for contact in told for deputy in self.plan.deputies(contact, self.now)]
        return tuple(dict.fromkeys(found))

    def _take(self, index: int, repeat: int, kind: str, reason: Reason, people: Iterable[str] | None = None) -> None:
        step = self.incident.chain[index]
        contacts = self._people(step) if people is None else tuple(people)
        self.due.append(
            DueStep(kind=kind, index=index, repeat=repeat, contacts=contacts, action=step.action, reason=reason)
        )
        self.records.append(
            StepRecord(
                round=self.incident.round, index=index, repeat=repeat, at=self.now, contacts=contacts, reason=reason
            )
        )

    def _tell_deputies(self, last: int) -> None:
        """A contact to whom every way failed for good has their deputy told at once."""
        if any(record.index == last and record.repeat == DEPUTY for record in self.records):
            return
        dead = [t.contact for t in self.told if t.step == last and t.dead]
        known = {c for record in self.records for c in record.contacts}
        deputies = [d for contact in dead for d in self.plan.deputies(contact, self.now) if d not in known]
        if deputies:
            reason = because("unreachable", people=tuple(dict.fromkeys(dead)))
            self._take(last, DEPUTY, "deputy", reason, dict.fromkeys(deputies))

    def _repeat(self, last: int) -> float:
        step = self.incident.chain[last]
        started = self._started(last)
        if step.repeat_every <= 0 or started is None:
            return math.inf
        done = max((r.repeat for r in self.records if r.index == last), default=0)
        if done < 0:
            done = 0
        # After an outage of hours one repeat is enough: the missed ones are skipped, not sent in a row.
        passed = min(step.repeat_times, int((self.now - started) // step.repeat_every))
        if passed > done:
            why = because("still_not_taken", times=passed, span=step.repeat_every, step=step.name)
            self._take(last, passed, "repeated", why)
            done = passed
        return started + (done + 1) * step.repeat_every if done < step.repeat_times else math.inf

    def _end_at(self, last: int) -> float:
        """When the end of the chain counts as reached without an answer."""
        step = self.incident.chain[last]
        if self._unreachable(last):
            return self.now
        started = self._started(last)
        wait = step.repeat_every * (step.repeat_times + 1) if step.repeat_every > 0 else END_WAIT
        if started is None:
            # Nothing gets out. Waiting is silent for people, so this is said aloud after the same wait.
            return self._decided(last) + wait if self.incident.unanswered_at is None else math.inf
        return started + wait
