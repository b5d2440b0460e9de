"""Which steps the incident's own chain owed, from its rows alone: missed, late, early, for the wrong people."""

from __future__ import annotations

import math
from collections.abc import Iterator

from alerting.audit.audited_case import Case, Circumstances
from alerting.audit.finding import AuditFinding, Code
from alerting.audit.replay import RecordedStep, Round, Story
from alerting.journal.rows import Notification
from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import Severity
from alerting.model.reason import Reason, because

LATE = 30.0
"""Seconds that a step may be behind its time: two of the plan's longest looks (15 s), for a machine under load."""
EARLY = 1.0
"""Seconds that rounding and the slewing of a clock may put a step ahead of its time."""
END_WAIT = 300.0
"""Seconds that the plan's rule waits after a last step that is not repeated."""


class _RoundAudit:
    """One round against its chain."""

    def __init__(self, case: Case, story: Story, round_: Round, circumstances: Circumstances) -> None:
        self.case, self.story, self.round, self.facts = case, story, round_, circumstances
        self.end = min(round_.end, story.ended_at, circumstances.now)
        self.taken = {(step.index, step.repeat): step for step in round_.steps}
        self.rows: dict[int, list[Notification]] = {}
        for row in case.rows:
            if row.round == round_.number and row.step >= 0:
                self.rows.setdefault(row.step, []).append(row)

    def _say(self, code: Code, at: float, index: int, repeat: int, detail: Reason, contact: str = "") -> AuditFinding:
        what = self.round.chain[index].name if 0 <= index < len(self.round.chain) else f"step {index}"
        return AuditFinding(
            code=code,
            incident=self.case.incident.id,
            at=at,
            what=what,
            contact=contact,
            place=f"{self.round.number}.{index}.{repeat}",
            detail=detail,
        )

    def started(self, index: int) -> float:
        """When the step's clock started, by the first acceptance; infinity while nobody got it."""
        return min(
            (row.accepted_at for row in self.rows.get(index, ()) if row.accepted_at is not None), default=math.inf
        )

    def died(self, index: int) -> float:
        """When nobody of the step could be reached any more; infinity while somebody can."""
        people = {
            contact: contact in step.without_way
            for step in self.round.steps
            if step.index == index
            for contact in step.contacts
        }
        ends = [step.at for step in self.round.steps if step.index == index]
        for contact, without_way in people.items():
            rows = [row for row in self.rows.get(index, ()) if row.contact == contact]
            if not rows and (without_way or not self.facts.reachable(contact)):
                continue
            if not rows:
                return math.inf  # its message is missing, which is said elsewhere
            if any(not row.state.final or row.accepted_at is not None or row.superseded_by for row in rows):
                return math.inf
            ends.append(max(row.finished_at or row.decided_at for row in rows))
        return max(ends, default=math.inf)

    def run(self) -> Iterator[AuditFinding]:
        chain = self.round.chain
        if not chain:
            yield from self._end(self.round.entered_at, because("audit_no_steps"))
            return
        first = min(self.round.entry, len(chain) - 1)
        due = self.round.entered_at + (chain[first].after if first == 0 else 0.0)
        earliest = due
        index = first
        while True:
            step = self.taken.get((index, 0))
            yield from self._judge(index, 0, due, earliest)
            if step is None:
                yield from self._stray(index)
                return
            yield from self._people(step)
            following = self.taken.get((index + 1, 0))
            yield from self._repeats(index, following)
            yield from self._deputies(index, following)
            if index + 1 >= len(chain):
                yield from self._end_of_chain(index, step)
                return
            due, earliest = self._next(index, step)
            index += 1

    def _next(self, index: int, step: RecordedStep) -> tuple[float, float]:
        """(when the next step is owed, the earliest at which it may come)."""
        gap = max(0.0, self.round.chain[index + 1].after - self.round.chain[index].after)
        if gap == 0:
            return step.at, step.at
        started, died = self.started(index), self.died(index)
        following = self.taken.get((index + 1, 0))
        if following is not None and following.at < started and died > following.at:
            # Nothing was accepted; another path was open and the time was over. It is allowed, not owed.
            return following.at, step.at + gap
        known = started if following is not None and started < following.at else step.at
        return min(started + gap, died), min(known + gap, died)

    def _judge(self, index: int, repeat: int, due: float, earliest: float) -> Iterator[AuditFinding]:
        step = self.taken.get((index, repeat))
        owed = self.story.free_at(due)
        if step is None:
            if owed + LATE < self.end:
                yield self._say(Code.MISSED, owed, index, repeat, because("audit_missed"))
            return
        if step.at > owed + LATE:
            yield self._say(Code.LATE, owed, index, repeat, because("audit_late", span=step.at - owed))
        if step.at < earliest - EARLY:
            yield self._say(Code.EARLY, owed, index, repeat, because("audit_early", span=earliest - step.at))

    def _stray(self, missing: int) -> Iterator[AuditFinding]:
        """Steps beyond one that is not there."""
        for step in self.round.steps:
            if step.index > missing:
                yield self._say(
                    Code.OUT_OF_ORDER, step.at, step.index, step.repeat, because("audit_step_before", index=missing)
                )

    def _repeats(self, index: int, following: RecordedStep | None) -> Iterator[AuditFinding]:
        step = self.round.chain[index]
        started = self.started(index)
        mine = sorted(one.repeat for one in self.round.steps if one.index == index and one.repeat > 0)
        if step.repeat_every <= 0:
            for repeat in mine:
                taken = self.taken[(index, repeat)]
                yield self._say(Code.EARLY, taken.at, index, repeat, because("audit_no_repeats"))
            return
        until = min(self.end, following.at if following is not None else math.inf)
        for number in range(1, step.repeat_times + 1):
            due = started + number * step.repeat_every
            owed = self.story.free_at(due)
            again = self.taken.get((index, number))
            if again is None:
                skipped = number < step.repeat_times and self.story.free_at(due + step.repeat_every) <= owed + EARLY
                if not skipped and owed + LATE < until:
                    yield self._say(Code.MISSED, owed, index, number, because("audit_repeat_missed"))
                continue
            if again.at > owed + LATE:
                yield self._say(Code.LATE, owed, index, number, because("audit_late", span=again.at - owed))
            if again.at < due - EARLY:
                yield self._say(Code.EARLY, due, index, number, because("audit_early", span=due - again.at))
            yield from self._people(again)
        for number in mine:
            if number > step.repeat_times:
                yield self._say(
                    Code.EARLY,
                    self.taken[(index, number)].at,
                    index,
                    number,
                    because("audit_beyond", most=step.repeat_times),
                )

    def _deputies(self, index: int, following: RecordedStep | None) -> Iterator[AuditFinding]:
        """Who is known to be out of reach has their deputy told at once, as long as the chain stands here."""
        if (index, -1) in self.taken:
            taken = self.taken[(index, -1)]
            dead = [c for c in self._contacts(index) if self._dead_at(index, c, taken.at) <= taken.at + EARLY]
            plan = self.facts.plan_at(taken.at)
            if plan is not None:
                allowed = {d for contact in dead for d in plan.deputies(contact, taken.at)}
                for contact in taken.contacts:
                    if contact not in allowed:
                        yield self._say(Code.WRONG_CONTACT, taken.at, index, -1, because("audit_no_deputy"), contact)
            return
        known = set(self._contacts_until(index))
        for contact in self._contacts(index):
            dead_at = self._dead_at(index, contact)
            plan = self.facts.plan_at(dead_at) if dead_at < math.inf else None
            if plan is None or not set(plan.deputies(contact, dead_at)) - known:
                continue
            owed = self.story.free_at(dead_at)
            if owed + LATE < min(self.end, following.at if following is not None else math.inf):
                yield self._say(
                    Code.MISSED, owed, index, -1, because("audit_deputy_not_told", people=(contact,)), contact
                )
                return

    def _contacts(self, index: int) -> list[str]:
        return list(dict.fromkeys(c for step in self.round.steps if step.index == index for c in step.contacts))

    def _contacts_until(self, index: int) -> list[str]:
        return [c for step in self.round.steps if step.index <= index for c in step.contacts]

    def _dead_at(self, index: int, contact: str, until: float = math.inf) -> float:
        """When the last way to this contact failed for good; infinity where one may still work.

        until: only what was decided up to then."""
        mine = [row for row in self.rows.get(index, ()) if row.contact == contact]
        rows = [row for row in mine if row.decided_at <= until]
        if not rows or any(not r.state.final or r.accepted_at is not None or r.superseded_by for r in rows):
            return math.inf
        return max(row.finished_at or row.decided_at for row in rows)

    def _people(self, taken: RecordedStep) -> Iterator[AuditFinding]:
        """The people of a step against the plan, where the plan of that time is known."""
        plan = self.facts.plan_at(taken.at)
        if plan is None or taken.repeat < 0:
            return
        step: EscalationStep = self.round.chain[taken.index]
        wanted = [c for audience in step.audience for c in plan.members(audience, taken.at)]
        if step.deputies:
            before = [
                c for one in self.round.steps if (one.at, one.index) < (taken.at, taken.index) for c in one.contacts
            ]
            before += [
                c for one in self.round.steps if one.index == taken.index and one.at < taken.at for c in one.contacts
            ]
            wanted += [d for contact in before for d in plan.deputies(contact, taken.at)]
        for contact in dict.fromkeys(wanted):
            if contact not in taken.contacts:
                yield self._say(
                    Code.WRONG_CONTACT,
                    taken.at,
                    taken.index,
                    taken.repeat,
                    because("audit_left_out", people=(contact,)),
                    contact,
                )
        for contact in taken.contacts:
            if contact not in wanted:
                yield self._say(
                    Code.WRONG_CONTACT,
                    taken.at,
                    taken.index,
                    taken.repeat,
                    because("audit_not_here", people=(contact,)),
                    contact,
                )

    def _end_of_chain(self, index: int, step: RecordedStep) -> Iterator[AuditFinding]:
        if self.round.severity is Severity.NOTICE:
            return  # a notice is for information: nobody has to answer it
        rule = self.round.chain[index]
        wait = rule.repeat_every * (rule.repeat_times + 1) if rule.repeat_every > 0 else END_WAIT
        started = self.started(index)
        due = started + wait
        if started > step.at + wait and self.round.first_alarm:
            due = step.at + wait
        due = min(due, self.died(index))
        yield from self._end(due, because("audit_last_step", step=rule.name))

    def _end(self, due: float, why: Reason) -> Iterator[AuditFinding]:
        """The alarm that the chain ended without an answer."""
        owed = self.story.free_at(due)
        at = self.round.unanswered_at
        number = str(self.round.number)
        if not self.round.chain and (self.story.trial or not self.round.first_alarm):
            return
        if at is None:
            if owed + LATE < self.end:
                yield AuditFinding(
                    code=Code.MISSED,
                    incident=self.case.incident.id,
                    at=owed,
                    what="unanswered",
                    place=number,
                    detail=because("audit_no_alarm", detail=why),
                )
        elif at > owed + LATE:
            yield AuditFinding(
                code=Code.LATE,
                incident=self.case.incident.id,
                at=owed,
                what="unanswered",
                place=number,
                detail=because("audit_alarm_late", span=at - owed),
            )


def audit_steps(case: Case, story: Story, circumstances: Circumstances) -> Iterator[AuditFinding]:
    """All rounds, takings that ran out without the chain going on, and handovers that were neither accepted nor taken
    back."""
    for round_ in story.rounds:
        yield from _RoundAudit(case, story, round_, circumstances).run()
    for until in story.run_out:
        owed = story.awake_at(until)
        resumed = any(e.verb in ("take_expired", "taken") and until <= e.at <= owed + LATE for e in case.events)
        if owed + LATE < min(story.ended_at, circumstances.now) and not resumed:
            yield AuditFinding(
                code=Code.MISSED,
                incident=case.incident.id,
                at=owed,
                what="take_expired",
                place=f"{until:.3f}",
                detail=because("audit_take_not_resumed"),
            )
    for handover in story.handovers:
        owed = story.awake_at(handover.at + handover.patience) + handover.patience
        if min(handover.accepted_at, handover.end, story.ended_at, circumstances.now) > owed + LATE:
            yield AuditFinding(
                code=Code.MISSED,
                incident=case.incident.id,
                at=owed,
                what="handover",
                place=f"{handover.at:.3f}",
                detail=because("audit_handover"),
            )
