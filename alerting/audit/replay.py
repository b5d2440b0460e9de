"""Plays an incident's events again: its rounds, its chain, and when the chain had to rest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from alerting.audit.audited_case import Case, Circumstances, Span, after
from alerting.audit.finding import AuditFinding, Code
from alerting.journal.rows import Event
from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import Severity
from alerting.model.incident import Phase
from alerting.model.reason import Reason, because

MACHINE = "roomwatch"
ROUND_PAUSE = 1800.0
"""Seconds that the plan's rule leaves between an unanswered chain and its next round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """A step as its event tells it."""

    index: int
    repeat: int
    at: float
    contacts: tuple[str, ...]
    without_way: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class HandedOver:
    """The chain stood still for Alertmanager. patience: seconds after which it must have accepted the incident."""

    at: float
    patience: float
    accepted_at: float = math.inf
    end: float = math.inf


@dataclass(slots=True, kw_only=True)
class Round:
    """One walk along a chain, until ``end``. unanswered_at: when its end was reached without an answer.

    first_alarm: nobody had been told before that the chain is unanswered.
    """

    number: int
    entered_at: float
    entry: int
    severity: Severity
    chain: tuple[EscalationStep, ...]
    steps: list[RecordedStep] = field(default_factory=list)
    end: float = math.inf
    unanswered_at: float | None = None
    first_alarm: bool = True

    @property
    def last(self) -> int:
        return max((step.index for step in self.steps), default=self.entry)


@dataclass(slots=True, kw_only=True)
class Story:
    """The incident as its events alone tell it. rests: spans in which the chain had to stand still."""

    rounds: list[Round]
    rests: list[Span]
    phase: Phase
    worst: Severity
    taken_spans: list[Span]
    run_out: list[float]
    """When takings ended by themselves."""
    handovers: list[HandedOver]
    """Spans in which Alertmanager told in the room's place."""
    away: tuple[Span, ...]
    findings: list[AuditFinding]
    trial: bool = False
    """The plan had no people when it was opened."""
    ended_at: float = math.inf
    """When the chain stopped for good: mitigated or resolved."""
    resolved_at: float | None = None

    def free_at(self, due: float) -> float:
        """The first time from ``due`` at which the chain may go on."""
        return after(due, self.rests)

    def awake_at(self, due: float) -> float:
        """The first time from ``due`` at which an engine ran."""
        return after(due, self.away)

    def severity_at(self, at: float, events: Sequence[Event]) -> Severity:
        found = self.rounds[0].severity
        for event in events:
            if event.verb == "severity" and event.at <= at:
                found = _severity(event.data.get("to"), found)
        return found


def _inside(at: float, spans: Sequence[Span]) -> bool:
    return any(start + 1.0 < at < end - 1.0 for start, end in spans)


def _severity(word: object, otherwise: Severity) -> Severity:
    try:
        return Severity[str(word).upper()]
    except KeyError:
        return otherwise


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, (int, float)) else otherwise


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, (list, tuple)) else ()


class _Replay:
    """The state between two events."""

    def __init__(self, case: Case, circumstances: Circumstances) -> None:
        self.case = case
        self.now = circumstances.now
        first = case.events[0]
        severity = _severity(first.data.get("severity"), case.incident.severity)
        self.story = Story(
            rounds=[],
            rests=list(circumstances.away),
            phase=Phase.OPEN,
            worst=severity,
            taken_spans=[],
            run_out=[],
            handovers=[],
            away=circumstances.away,
            findings=[],
            trial=case.on_trial,
        )
        self.taken: Span | None = None
        self.snoozed: Span | None = None
        self.alarmed = False
        self.held: list[Span] = []
        self.steps_seen: list[tuple[Event, str]] = []
        self.chains = self._chains_after(0)
        self._enter(first.at, 0, severity)

    def _chains_after(self, position: int) -> Mapping[str, tuple[EscalationStep, ...]]:
        """The chains by severity from that event on: those that the next change of plan or class set aside, or
        the last."""
        for event in self.case.events[position:]:
            if event.verb in ("plan_changed", "class") and "before" in event.data:
                return msgspec.convert(event.data["before"], dict[str, tuple[EscalationStep, ...]])
        return self.case.incident.chains

    @property
    def round(self) -> Round:
        return self.story.rounds[-1]

    def say(self, code: Code, at: float, what: str, detail: Reason, place: str = "") -> None:
        self.story.findings.append(
            AuditFinding(code=code, incident=self.case.incident.id, at=at, what=what, detail=detail, place=place)
        )

    def _enter(self, at: float, entry: int, severity: Severity) -> None:
        rounds = self.story.rounds
        if rounds:
            rounds[-1].end = min(rounds[-1].end, at)
        chain = tuple(self.chains.get(severity.word, ()))
        rounds.append(
            Round(
                number=len(rounds),
                entered_at=at,
                entry=entry,
                severity=severity,
                chain=chain,
                first_alarm=not self.alarmed,
            )
        )

    def _end_take(self, at: float) -> None:
        if self.taken is not None:
            span = (self.taken[0], max(self.taken[0], min(self.taken[1], at)))
            self.story.rests.append(span)
            self.held.append(span)
            self.story.taken_spans.append(span)
            if self.taken[1] <= at:
                self.story.run_out.append(self.taken[1])
            self.taken = None

    def _end_snooze(self, at: float) -> None:
        if self.snoozed is not None:
            span = (self.snoozed[0], min(self.snoozed[1], at))
            self.story.rests.append(span)
            self.held.append(span)
            self.snoozed = None

    def _end_handover(self, at: float) -> None:
        last = self.story.handovers[-1] if self.story.handovers else None
        if last is not None and last.end == math.inf:
            last.end = at
            self.story.rests.append((last.at, at))
            self.held.append((last.at, at))

    def _stop(self, at: float) -> None:
        self._end_take(at)
        self._end_snooze(at)
        self.round.end = min(self.round.end, at)
        self.story.ended_at = min(self.story.ended_at, at)

    def play(self) -> Story:
        before = -math.inf
        for position, event in enumerate(self.case.events):
            if event.at < before:
                self.say(
                    Code.OUT_OF_ORDER,
                    event.at,
                    event.verb,
                    because("audit_dated_before"),
                    f"{position}",
                )
            before = max(before, event.at)
            if position == 0:
                if event.verb != "opened":
                    self.say(Code.LOST, event.at, "opened", because("audit_first_event", verb=event.verb))
            elif event.verb == "opened":
                self.say(Code.OUT_OF_ORDER, event.at, "opened", because("audit_opened_again"))
            self._event(event, position)
        self._end_take(math.inf)
        self._end_snooze(math.inf)
        self._end_handover(math.inf)
        for event, place in self.steps_seen:
            name = str(event.data.get("name", ""))
            if _inside(event.at, self.held):
                self.say(Code.EARLY, event.at, name, because("audit_rested"), place)
            if _inside(event.at, self.story.away):
                self.say(Code.CONTRADICTION, event.at, name, because("audit_no_engine"), place)
        return self.story

    def _event(self, event: Event, position: int) -> None:
        match event.verb:
            case "severity":
                severity = _severity(event.data.get("to"), self.story.worst)
                if severity > self.story.worst:
                    self.story.worst = severity
                    self.alarmed = False
                    self._end_snooze(event.at)
                    self._enter(event.at, 0, severity)
            case "taken":
                self._end_take(event.at)
                self._end_snooze(event.at)
                self.taken = (event.at, _number(event.data.get("until"), math.inf))
            case "snoozed":
                self._end_snooze(event.at)
                self.snoozed = (event.at, _number(event.data.get("until"), event.at))
            case "take_expired":
                if self.taken is None or event.at < self.taken[1]:
                    self.say(Code.CONTRADICTION, event.at, "take_expired", because("audit_no_expiry"), str(event.at))
                self._end_take(event.at)
                self._enter(event.at, self.round.last, self.story.worst)
            case "unanswered":
                self.round.unanswered_at = event.at
                if self.round.chain and self.round.last + 1 < len(self.round.chain):
                    self.say(Code.EARLY, event.at, "unanswered", because("audit_steps_left"), str(self.round.number))
                self.alarmed = True
                self._enter(event.at, 0, self.story.worst)
                self.round.entered_at = event.at + ROUND_PAUSE
            case "handed_over":
                patience = _number(event.data.get("take_over"), math.inf)
                self.story.handovers.append(HandedOver(at=event.at, patience=patience))
            case "handover_accepted" if self.story.handovers:
                self.story.handovers[-1].accepted_at = event.at
            case "handover_ended":
                self._end_handover(event.at)
                self._enter(event.at, 0, self.story.worst)
            case "plan_changed" if "before" in event.data:
                self.chains = self._chains_after(position + 1)
                self.alarmed = False
                self._enter(event.at, 0, self.story.worst)
            case "class" if "before" in event.data:
                self._correct_class(event, position)
            case "mitigated":
                self.story.phase = Phase.MITIGATED
                self._stop(event.at)
            case "reopened":
                self.story.phase = Phase.OPEN
                self.story.ended_at = math.inf
                self._end_take(event.at)  # also one after the move: somebody has to take it again
                self._enter(event.at, self.round.last, self.story.worst)
            case "resolved":
                self.story.phase = Phase.RESOLVED
                self.story.resolved_at = event.at
                self._stop(event.at)
            case "closed":
                if self.story.phase is not Phase.RESOLVED:
                    self.say(Code.OUT_OF_ORDER, event.at, "closed", because("audit_not_resolved"))
                self.story.phase = Phase.CLOSED
            case "step":
                self._step(event)
            case _:
                pass

    def _correct_class(self, event: Event, position: int) -> None:
        """The chain of the corrected class goes on at its first step for people whom this round has not told."""
        old, done = self.round, {step.index for step in self.round.steps}
        told = [step.whom for index, step in enumerate(old.chain) if index in done or index < old.entry]
        self.chains = self._chains_after(position + 1)
        chain = self.chains.get(self.story.worst.word, ())
        fresh = [index for index, step in enumerate(chain) if step.whom not in told]
        if not fresh:
            self.say(Code.CONTRADICTION, event.at, "class", because("audit_nobody_new"), str(event.at))
            return
        self.alarmed = False
        self._enter(event.at, fresh[0], self.story.worst)
        if fresh[0] > 0:
            since_opened = self.case.events[0].at + chain[fresh[0]].after
            self.round.entered_at = max(event.at, since_opened)

    def _step(self, event: Event) -> None:
        number, index = event.data.get("round"), event.data.get("index")
        repeat, name = event.data.get("repeat", 0), str(event.data.get("name", ""))
        place = f"{number}.{index}.{repeat}"
        if not (isinstance(number, int) and isinstance(index, int) and isinstance(repeat, int)):
            self.say(Code.CONTRADICTION, event.at, name, because("audit_step_unnamed"), str(event.at))
            return
        if number != self.round.number:
            self.say(
                Code.OUT_OF_ORDER,
                event.at,
                name,
                because("audit_other_round", held=number, found=self.round.number),
                place,
            )
        if event.at >= self.story.ended_at and self.story.phase is not Phase.OPEN:
            self.say(Code.OUT_OF_ORDER, event.at, name, because("audit_no_longer_open"), place)
        target = next((one for one in self.story.rounds if one.number == number), None)
        if target is None:
            return
        if not 0 <= index < len(target.chain):
            self.say(Code.CONTRADICTION, event.at, name, because("audit_no_such_step"), place)
            return
        if any(one.index == index and one.repeat == repeat for one in target.steps):
            self.say(Code.TOLD_TWICE, event.at, name, because("audit_step_twice"), place)
            return
        self.steps_seen.append((event, place))
        target.steps.append(
            RecordedStep(
                index=index,
                repeat=repeat,
                at=event.at,
                contacts=_names(event.data.get("contacts")),
                without_way=_names(event.data.get("without_way")),
            )
        )


def replay(case: Case, circumstances: Circumstances) -> Story:
    """The story of the case. Needs at least one event."""
    return _Replay(case, circumstances).play()
