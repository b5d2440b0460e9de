"""The delivery promise, tried on any order of faults, people's words, failing ways and kills.

    1. Every fault that stays open is named to somebody, or somebody took the incident with the fault in it.
    2. Everybody who was told of an incident is told of its end.
    3. Nothing is told twice under two keys.
    4. One key comes again only after an answer was lost or the engine was killed with it in flight, once for each.
    5. Nobody is told of what was decided after the end as if it were still broken.
    6. Whatever arrives is in the journal, and its auditor finds nothing but lateness.

The first two hold within PROMISED seconds in which the engine runs and all ways work; the others at any time. What a
contact's every way refused for good is given up, and the journal says so: the first two promise nothing of that.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from alerting.audit.auditor import audit
from alerting.audit.finding import Code
from alerting.delivery.retry_and_digest import DIGEST_LISTS
from alerting.journal import Notification, NotificationState
from alerting.messages.kinds import kind_named
from alerting.model.fault import Fault
from tests.alerting.killed_stage import Arrival, Fate, Killed, KilledStage
from tests.alerting.stage import RUNNING, START

PROMISED = 3600.0
"""Seconds: the chain's twenty minutes, the half hour after which an unanswered one begins again, and the pauses of
what failed before."""


class Record:
    """What the specification reads: what arrived, and the journal."""

    def __init__(self, stage: KilledStage) -> None:
        self.arrivals: list[Arrival] = stage.arrivals
        self.excused = stage.excused
        self.rows: dict[str, Notification] = {row.key: row for row in stage.journal.reader.notifications()}
        self.incidents = {one.id: one for one in stage.journal.reader.incidents()}


def unnamed_faults(record: Record) -> Iterator[str]:
    told = {(said.incident, fault) for arrival in record.arrivals for said in arrival.said for fault in said.faults}
    for incident in record.incidents.values():
        seen = max(incident.taken_at or 0.0, incident.confirmed_at or 0.0)
        for fault in incident.open_faults if incident.phase.live else ():
            if (incident.id, fault.name) not in told and fault.joined_at > seen:
                yield f"#{incident.id} {fault.name}: named to nobody"


def untold_ends(record: Record) -> Iterator[str]:
    said = [(arrival.contact, one) for arrival in record.arrivals for one in arrival.said]
    over = {(contact, one.incident) for contact, one in said if one.over}
    for contact, number in sorted({(contact, one.incident) for contact, one in said if not one.over} - over):
        incident = record.incidents[number]
        if not incident.phase.live and not refused_for_good(record, contact, incident.resolved_at or 0.0):
            yield f"#{number}: {contact} was told of it and not of its end"


def refused_for_good(record: Record, contact: str, since: float) -> bool:
    """True where every way of the contact refused a message that was decided since then."""
    failed = NotificationState.FAILED
    return any(
        row.contact == contact and row.state is failed and row.decided_at >= since for row in record.rows.values()
    )


def told_under_two_keys(record: Record) -> Iterator[str]:
    keys: dict[tuple[object, ...], set[str]] = {}
    for arrival in record.arrivals:
        row = record.rows.get(arrival.key.partition("+")[0])
        if row is None or row.kind == "digest":
            continue
        # Two people may take an incident in one instant: that is two messages, which say different things.
        place: tuple[object, ...] = (row.kind, row.decided_at, row.channel, row.body)
        if kind_named(row.kind).ends:
            place = ("the end",)
        elif row.step >= 0:
            place = (row.round, row.step, row.repeat)
        keys.setdefault((row.incident, row.contact, *place), set()).add(row.key)
    yield from (f"{place}: told under {sorted(found)}" for place, found in keys.items() if len(found) > 1)


def copies_without_cause(record: Record) -> Iterator[str]:
    came: dict[str, int] = {}
    for arrival in record.arrivals:
        came[arrival.key] = came.get(arrival.key, 0) + 1
    yield from (f"{key}: came {n} times" for key, n in came.items() if n > 1 + record.excused[key])


def alarms_after_the_end(record: Record) -> Iterator[str]:
    for arrival in record.arrivals:
        row = record.rows.get(arrival.key)
        ended = record.incidents[row.incident].resolved_at if row is not None and row.incident else None
        if row is not None and ended is not None and row.decided_at > ended and not arrival.said[0].over:
            yield f"{arrival.key}: alarms of what is over"


def unknown_keys(record: Record) -> Iterator[str]:
    yield from (f"{one.key}: not in the journal" for one in record.arrivals if one.key not in record.rows)


PEOPLE = ("wang", "li", "chen", "zhao")
ROOMS, CAMERAS = tuple(f"R{n}" for n in range(1, 8)), ("cam0", "cam1", "cam2")
"""So many rooms that what breaks in all of them is told in digests. These name as many incidents as DIGEST_LISTS says
and count the rest, so that no more than that break here."""
SHARED_MEMORY = Path("/dev/shm")
"""Each commit is synced, which costs nothing there."""
WAYS = ("wang/sms", *(f"{who}/mail" for who in PEOPLE))
FATES: tuple[Fate, ...] = ("taken", "unreachable", "answer lost", "request lost", "refused", "held")


class DeliveryPromise(RuleBasedStateMachine):
    """The world beside the engine: what is broken, whom messages reach, when the engine is killed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None)
        self.stage = KilledStage(Path(self.folder.name), START)
        self.broken: dict[tuple[str, str], float] = {}

    def teardown(self) -> None:
        try:
            self.stage.deaths = None
            self.stage.fates.clear()
            self.stage.release()
            self.stage.wait(PROMISED)
            record = Record(self.stage)
            broken = [*unnamed_faults(record), *untold_ends(record), *self._findings()]
            assert not broken, "\n".join(broken)
        finally:
            self.stage.close()
            self.folder.cleanup()

    def _findings(self) -> list[str]:
        """NOBODY follows from the refusal of every way: the audit tells the office, and no promise is broken."""
        found = audit(self.stage.journal.reader, now=self.stage.clock.now, plan=self.stage.plan, plan_since=START)
        return [str(one) for one in found if one.code not in (Code.LATE, Code.NOBODY)]

    @invariant()
    def nothing_comes_twice_or_late(self) -> None:
        record = Record(self.stage)
        broken = [
            *told_under_two_keys(record),
            *copies_without_cause(record),
            *alarms_after_the_end(record),
            *unknown_keys(record),
        ]
        assert not broken, "\n".join(broken)

    # What happens

    def _goes_on(self, downtime: float = 1.0) -> None:
        """After a kill: a new start, and the monitor sees anew what is broken."""
        self.stage.kill(downtime)
        known = {(one.room, one.target) for one in self.stage.engine.open_faults()}
        for place in sorted(self.broken.keys() - known):
            self.stage.do(self.stage.engine.fault_opened(self._fault(place), RUNNING))
        for place in sorted(known - self.broken.keys()):
            self.stage.do(self.stage.engine.fault_cleared(self._fault(place)))
        self.stage.do(self.stage.engine.tick())

    def _fault(self, place: tuple[str, str]) -> Fault:
        since = self.broken.get(place, self.stage.clock.now)
        return Fault(room=place[0], code="camera_missing", target=place[1], since=since)

    @precondition(lambda self: len(self.stage.journal.reader.incidents()) + len(ROOMS) <= DIGEST_LISTS)
    @rule()
    def breaks_everywhere(self) -> None:
        for room in ROOMS:
            self.breaks(room, CAMERAS[0])

    @rule()
    def works_everywhere(self) -> None:
        for room, camera in sorted(self.broken):
            self.works_again(room, camera)

    @rule(room=st.sampled_from(ROOMS[:2]), camera=st.sampled_from(CAMERAS))
    def breaks(self, room: str, camera: str) -> None:
        self.broken.setdefault((room, camera), self.stage.clock.now)
        try:
            self.stage.do(self.stage.engine.fault_opened(self._fault((room, camera)), RUNNING))
        except Killed:
            self._goes_on()

    @rule(room=st.sampled_from(ROOMS[:2]), camera=st.sampled_from(CAMERAS))
    def works_again(self, room: str, camera: str) -> None:
        fault = self._fault((room, camera))
        self.broken.pop((room, camera), None)
        try:
            self.stage.do(self.stage.engine.fault_cleared(fault))
        except Killed:
            self._goes_on()

    @rule(
        verb=st.sampled_from(("take", "confirm", "mitigate", "resolve", "close")),
        who=st.sampled_from(PEOPLE),
        which=st.integers(0, 5),
    )
    def person_acts(self, verb: str, who: str, which: int) -> None:
        there = self.stage.engine.incidents()
        if not there:
            return
        incident = there[which % len(there)]
        more: dict[str, object] = {"force": True} if verb == "resolve" else {}
        try:
            if self.stage.do(self.stage.engine.command(verb, incident.id, by=who, **more)) is None:
                return
        except Killed:
            self._goes_on()
            return
        if verb == "resolve":  # the person has mended it as well
            for fault in incident.open_faults:
                self.broken.pop((incident.room, fault.target), None)

    @rule(way=st.sampled_from(WAYS), fate=st.sampled_from(FATES))
    def way_changes(self, way: str, fate: Fate) -> None:
        self.stage.fates[way] = fate
        try:
            self.stage.release()
            self.stage.do(self.stage.engine.tick())
        except Killed:
            self._goes_on()

    @rule(seconds=st.sampled_from((1.0, 5.0, 20.0, 60.0, 400.0, 4000.0)))
    def time_passes(self, seconds: float) -> None:
        try:
            self.stage.wait(seconds)
        except Killed:
            self._goes_on()

    @rule(half_commits=st.integers(0, 12))
    def will_be_killed(self, half_commits: int) -> None:
        """Within the action that makes this commit: before it is written where the number is even, else after."""
        self.stage.deaths = half_commits

    @rule(downtime=st.sampled_from((1.0, 100.0)))
    def is_killed(self, downtime: float) -> None:
        self._goes_on(downtime)


def try_machine(examples: int, steps: int) -> None:
    run_state_machine_as_test(DeliveryPromise, settings=settings(max_examples=examples, stateful_step_count=steps))


def test_two_people_who_take_it_in_one_instant_are_both_told_of() -> None:
    state = DeliveryPromise()
    state.breaks_everywhere()
    state.is_killed(downtime=1.0)
    state.person_acts(verb="take", which=2, who="li")
    state.person_acts(verb="take", which=2, who="chen")
    state.nothing_comes_twice_or_late()
    state.teardown()


@pytest.mark.slow
def test_the_promise_holds_in_any_order_of_events() -> None:
    try_machine(examples=int(os.environ.get("ROOMWATCH_PROMISE_EXAMPLES", "40")), steps=25)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_promise_holds_in_longer_orders() -> None:
    try_machine(examples=80, steps=50)
