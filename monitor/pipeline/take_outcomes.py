"""The one way that data flows: outcomes → judgement → state → faults → the plan's engine."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from alerting.alertmanager.silences import AlertSilence
from alerting.engine.clock import boot_time
from alerting.model.catalogue import KINDS
from alerting.model.fault import UNWATCHED, Fault
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import Reason, because
from alerting.workflows.drill.drill_under_way import DrillOrder
from monitor.pipeline.check_state import CheckState, StateRules
from monitor.pipeline.faults import FaultKey, assess
from monitor.pipeline.held_back import held_back
from monitor.pipeline.injection import Injection, injected
from monitor.pipeline.seen_working import REASON, SeenWorking
from monitor.pipeline.snapshot import Entry, Key, Snapshot
from monitor.pipeline.unseen_check import judge_unseen
from monitor.settings import ProbeSchedule, Settings
from probes.judge_reading import Judgement, Status, Threshold, judge
from probes.reading import CannotMeasure, Fact, NothingToMeasure, Outcome, Reading
from probes.why import Why

log = logging.getLogger(__name__)

NOT_REPORTED = Why("not_reported")

PROBE_CHECK = "monitor.probe"
"""The monitor's own check of a probe: does it understand what it sees. The target is the probe's name."""

SOON_SECONDS = 0.1
"""At least this long between two looks, so that a probe whose looks are long never runs without a pause."""


class PlanEngine(Protocol):
    """What the watch needs of the plan's engine."""

    async def fault_opened(self, fault: Fault, meeting: MeetingState) -> object: ...
    async def fault_cleared(self, fault: Fault) -> object: ...


class Watch:
    """Holds every check's state and tells the engine of each change, once."""

    def __init__(
        self,
        settings: Settings,
        thresholds: Mapping[str, tuple[Threshold, ...]],
        snapshot: Snapshot,
        engine: PlanEngine,
        *,
        now: Callable[[], float] = time.time,
        steady: Callable[[], float] = boot_time,
        suspicion: Callable[[], Awaitable[None]] | None = None,
        proven: SeenWorking | None = None,
        silences: Callable[[], tuple[AlertSilence, ...]] = tuple,
    ) -> None:
        """proven: what has ever worked here; without it every fault alarms from the first look on. silences:
        Alertmanager's, as they are now."""
        self.proven = proven
        self.settings = settings
        self.thresholds = thresholds
        self.snapshot = snapshot
        self.engine = engine
        self.now = now
        self.steady = steady
        self.suspicion = suspicion
        self.silences = silences
        self.announced: dict[FaultKey, Fault] = {}
        self._held: dict[Key, str] = {}
        """Checks whose faults were held at the last look, with the reason."""
        self._announcing = asyncio.Lock()
        """Every probe's run and the plan's tick announce: what one of them is telling is no news to the others."""
        self.meeting = MeetingState()
        self._early: dict[str, list[Outcome]] = {}
        """By probe: outcomes of the run under way that were taken as they came."""
        self.on_news: Callable[[], None] = lambda: None
        """Called after each run's outcomes were taken."""
        self.injections: list[Injection] = []
        """Faults of drills; apart from the real checks."""

    def patience(self, code: str) -> float:
        """Seconds a fault must last; a running meeting does not wait for a program that has ended."""
        if code in self.settings.patience:
            return self.settings.patience[code]
        kind = KINDS.get(code)
        if kind is None:
            return 0.0
        if self.meeting.running and kind.fault_class == "software":
            return 0.0
        return kind.patience

    def rules(self, schedule: ProbeSchedule) -> StateRules:
        flapping = self.settings.flapping
        return StateRules(
            fail_after=schedule.fail_after,
            recover_after=schedule.recover_after,
            patience=self.patience,
            flap_changes=flapping.changes,
            flap_window=flapping.window,
            flap_hold=flapping.hold,
        )

    def restore(self, faults: Sequence[Fault], now: float) -> None:
        """Take over the faults that were open before a restart: no second alarm, no lost recovery."""
        for fault in faults:
            kind = KINDS.get(fault.code)
            if fault.room != self.settings.room.id or kind is None or not kind.check or fault.drill:
                continue
            check = str(fault.evidence.get("check") or kind.check)
            state = CheckState(settled=Status.FAILED, fault=fault.code, since=fault.since)
            outcome = CannotMeasure(check=check, target=fault.target, reason=Why("restarted"))
            probe = fault.target if check == PROBE_CHECK else check.partition(".")[0]
            self.snapshot.entries[(check, fault.target)] = Entry(probe, outcome, state, now)
            self.announced[fault.key] = fault

    async def deliver(self, probe: str, why: str, outcomes: Sequence[Outcome]) -> float | None:
        """Take one run's outcomes. Returns the seconds to the confirming run, None for the usual interval."""
        schedule = self.settings.schedule[probe]
        rules = self.rules(schedule)
        steady, now = self.steady(), self.now()
        early = self._early.pop(probe, [])
        outcomes = [*outcomes, *self._of_itself(probe, outcomes)]
        seen = set()
        for outcome in outcomes:
            seen.add((outcome.check, outcome.target))
            if not any(outcome is one for one in early):
                self._take(probe, outcome, steady, now, rules)
        if (probe, "") not in seen:
            self._forget_hindrance(probe)
        hindered = [one for one in outcomes if isinstance(one, CannotMeasure)]
        for key in [key for key, entry in self.snapshot.entries.items() if entry.probe == probe and key not in seen]:
            self._take_unseen(key, outcomes, hindered[0].reason if hindered else NOT_REPORTED, rules)
        await self.announce(now)
        await self._look_at_injections(probe, steady, rules)
        self.on_news()
        mine = [entry.state for entry in self.snapshot.entries.values() if entry.probe == probe]
        mine += [one.state for one in self.injections if one.probe == probe]
        if any(state.suspicious for state in mine) and self.suspicion is not None:
            await self.suspicion()
        waits = [wait for state in mine if (wait := state.due_in(steady, rules)) is not None]
        waits += [0.0 for state in mine if state.fault and state.candidate is not None and not state.suspicious]
        wanted = [one.look_again for one in outcomes if not isinstance(one, NothingToMeasure) and one.look_again > 0]
        if not waits:
            return min(wanted, default=None)
        nearest = min(waits)
        if nearest <= 0:
            return schedule.confirm_interval
        # A look that waits long for an answer begins so early that it ends as the patience does.
        watched = max((one.lasted for one in outcomes if isinstance(one, Reading)), default=0.0)
        return min(schedule.confirm_interval, max(SOON_SECONDS, nearest - watched), *wanted)

    def _of_itself(self, probe: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """A reading of the probe itself, from the first time on that it broke."""
        broken = [one for one in outcomes if isinstance(one, CannotMeasure) and one.broke]
        if not broken and (PROBE_CHECK, probe) not in self.snapshot.entries:
            return []
        evidence: dict[str, Fact] = {"failed_check": broken[0].check, "reason": broken[0].reason} if broken else {}
        finding = "probe_broken" if broken else ""
        return [Reading(check=PROBE_CHECK, target=probe, finding=finding, evidence=evidence)]

    def take_early(self, probe: str, outcome: Outcome) -> bool:
        """Take an outcome while its run goes on; ``deliver`` will not count it again. True where a fault opened or
        cleared."""
        self._early.setdefault(probe, []).append(outcome)
        rules = self.rules(self.settings.schedule[probe])
        return self._take(probe, outcome, self.steady(), self.now(), rules)

    async def _look_at_injections(self, probe: str, steady: float, rules: StateRules) -> None:
        """Let this run see the faults of drills, and tell the engine of them as drills."""
        for one in [one for one in self.injections if one.probe == probe]:
            transition = one.look(steady, rules)
            if transition is not None and transition.opened:
                await self.engine.fault_opened(one.fault, self.meeting)
            if one.over and not one.state.fault:
                self.injections.remove(one)
                await self.engine.fault_cleared(one.fault)

    async def inject(self, order: DrillOrder, *, running: bool) -> Reason:
        """Let the probe see a drill's fault from its next run on; no reason, or why it would never be seen.

        running: whether the probe of that fault runs in this room."""
        one = injected(order)
        if not running:
            return because("probe_off", probe=one.probe)
        if all(other.order.id != order.id for other in self.injections):
            self.injections.append(one)
        return Reason()

    def withdraw(self, order: DrillOrder) -> str:
        """See it no more; the probe to wake, "" where nothing was injected."""
        for one in self.injections:
            if one.order.id == order.id:
                one.over = True
                return one.probe
        return ""

    def _take(self, probe: str, outcome: Outcome, steady: float, now: float, rules: StateRules) -> bool:
        """True where a fault opened or cleared."""
        key = (outcome.check, outcome.target)
        entry = self.snapshot.entries.get(key)
        if isinstance(outcome, NothingToMeasure):
            gone = self.snapshot.entries.pop(key, None)
            return gone is not None and bool(gone.state.fault)
        if entry is None:
            entry = self.snapshot.entries[key] = Entry(probe, outcome, CheckState(), now)
        entry.outcome, entry.at, entry.probe = outcome, now, probe
        if isinstance(outcome, CannotMeasure):
            judgement = Judgement(status=Status.UNKNOWN, reason=outcome.reason)
        else:
            judgement = self._judge(probe, outcome, entry.state)
        before = entry.state.fault
        lasted = outcome.lasted if isinstance(outcome, Reading) else 0.0
        transition = entry.state.accept(judgement, steady, rules, at=steady - lasted)
        if transition is not None:
            if transition.opened:
                entry.state.since = now - max(0.0, steady - transition.since)
            log.info(
                "%s%s: %s",
                outcome.check,
                f" {outcome.target}" if outcome.target else "",
                transition.reason or transition.opened or "recovered",
                extra={"opened": transition.opened, "cleared": transition.cleared or before},
            )
        return transition is not None

    def _forget_hindrance(self, probe: str) -> None:
        """What a run that died or was late said under the probe's own name ends with the next whole run."""
        entry = self.snapshot.entries.get((probe, ""))
        if entry is not None and isinstance(entry.outcome, CannotMeasure) and not entry.state.fault:
            del self.snapshot.entries[probe, ""]

    def _take_unseen(self, key: Key, outcomes: Sequence[Outcome], reason: Why, rules: StateRules) -> None:
        entry, (check, target) = self.snapshot.entries[key], key
        state = entry.state
        doubtful = bool(state.fault) or state.suspicious
        judgement = judge_unseen(check, state.fault, outcomes, reason, doubtful=doubtful)
        if judgement is None:
            del self.snapshot.entries[key]
            return
        entry.outcome = CannotMeasure(check=check, target=target, reason=judgement.reason or NOT_REPORTED)
        state.accept(judgement, self.steady(), rules)

    def _judge(self, probe: str, reading: Reading, state: CheckState) -> Judgement:
        mine = tuple(one for one in self.thresholds.get(probe, ()) if one.value in reading.values)
        before = state.last if state.fault or state.suspicious else None
        judgement = judge(reading, mine, before)
        if judgement.fault and judgement.fault not in KINDS:
            log.error("probe %s names an unknown fault %r", probe, judgement.fault)
            return Judgement(status=Status.UNKNOWN, reason=Why("unknown_fault", {"fault": judgement.fault}))
        return judgement if self.proven is None else self._as_proven(reading, judgement, state, self.proven)

    def _as_proven(self, reading: Reading, judgement: Judgement, state: CheckState, proven: SeenWorking) -> Judgement:
        """The judgement, unknown where it is a fault of something that was never seen working here."""
        kind = KINDS.get(judgement.fault)
        if kind is None or not kind.proof:
            if judgement.status is not Status.UNKNOWN:
                proven.worked(reading.check, reading.target)
            return judgement
        # What alarmed before a restart goes on, whatever the file says.
        if state.fault or not proven.lacks(kind, reading.check, reading.target, self.settings.expected):
            return judgement
        return Judgement(status=Status.UNKNOWN, fault=judgement.fault, reason=REASON)

    async def announce(self, now: float) -> None:
        """Tell the engine what opened and what cleared since the last call. What it did not take is told again."""
        async with self._announcing:
            await self._announce(now)

    async def _announce(self, now: float) -> None:
        room = self.settings.room.id
        back = held_back(self.settings, self.silences(), now)
        assessment = assess(room, self.snapshot.entries, back, self._held)
        self._held = dict(assessment.held)
        self.snapshot.causes = dict(assessment.correlation.causes)
        self.snapshot.maintenance_until = back.until
        failing = ((key, self.snapshot.entries[key].state.fault) for key in self._held)
        self.snapshot.in_maintenance = frozenset(key for key, code in failing if back.why(key[0], code, key[1]))
        standing = {
            (room, entry.state.fault, entry.outcome.target)
            for entry in self.snapshot.entries.values()
            if entry.state.fault
        }
        for key, fault in assessment.faults.items():
            if key not in self.announced:
                self.announced[key] = fault
                if not await self._told(fault, self.engine.fault_opened(fault, self.meeting)):
                    del self.announced[key]
        for key in [key for key in self.announced if key not in standing]:
            fault = self.announced.pop(key)
            if not await self._told(fault, self.engine.fault_cleared(self._ended(fault))):
                self.announced[key] = fault

    def _ended(self, fault: Fault) -> Fault:
        """The fault as it ended: marked where its check is made no more, since then nobody saw it work again."""
        kind = KINDS.get(fault.code)
        check = str(fault.evidence.get("check") or (kind.check if kind is not None else ""))
        if (check, fault.target) in self.snapshot.entries:
            return fault
        return replace(fault, evidence={**fault.evidence, UNWATCHED: True})

    async def _told(self, fault: Fault, telling: Awaitable[object]) -> bool:
        """False where the engine broke over it: it is told again at the next look, and the others are told now."""
        try:
            await telling
        except Exception:
            log.exception("%s %s could not be handed to the plan; it is told again", fault.code, fault.target)
            return False
        return True
