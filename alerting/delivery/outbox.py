"""The messages that still have to go out, in lanes: one target, one lane, one message in flight, oldest first.

Decides collapse, digest, expiry and pace: callers commit what it changed.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from alerting.delivery import retry_and_digest as policy
from alerting.delivery.contract import Outcome, SendResult
from alerting.journal.rows import Batch, Notification, NotificationState
from alerting.messages.kinds import To, gives_way, kind_named
from alerting.model.moved_times import moved_times
from alerting.model.reason import Reason, because

log = logging.getLogger("roomwatch.engine")
Target = tuple[str, str]
S = NotificationState
replace = msgspec.structs.replace


@dataclass(slots=True)
class Lane:
    """What waits for one target. singles: when single messages were accepted in the last window; urgent: which of them
    were urgent. lone_at: when a lone message last went by itself during a storm. held_until: until then the far end
    wants no more messages. failing: the last attempt did not get through."""

    waiting: dict[str, Notification] = field(default_factory=dict)
    flying: Notification | None = None
    singles: list[float] = field(default_factory=list)
    urgent: list[float] = field(default_factory=list)
    digest_at: float = -math.inf
    lone_at: float = -math.inf
    held_until: float = -math.inf
    failing: bool = False


Digest = Callable[[list[Notification], float], Notification]


class Outbox:
    """All lanes of this engine. ``down``: paths whose last attempt failed. Times are Unix seconds."""

    def __init__(self, digest: Digest, per_minute: Callable[[Target], float] = lambda _: 0.0) -> None:
        self._lanes: dict[Target, Lane] = {}
        self._digest = digest
        self._per_minute = per_minute
        self._path_sent: dict[str, list[float]] = {}
        self.down: set[str] = set()
        self.returned: dict[str, float] = {}
        """Paths that had failed → when they worked again."""

    def __len__(self) -> int:
        return sum(len(lane.waiting) + (lane.flying is not None) for lane in self._lanes.values())

    def waiting(self) -> list[Notification]:
        return [row for lane in self._lanes.values() for row in lane.waiting.values()]

    def flying(self) -> list[Notification]:
        return [lane.flying for lane in self._lanes.values() if lane.flying is not None]

    def add(self, row: Notification, batch: Batch) -> None:
        """Queue a new row. An older one about the same incident that keeps failing, or waits behind one that does,
        gives way to it: when the path returns one message tells the current state."""
        lane = self._lanes.setdefault(row.target, Lane())
        if not kind_named(row.kind).personal:
            for old in list(lane.waiting.values()):
                if old.incident != row.incident or not gives_way(kind_named(old.kind), kind_named(row.kind)):
                    continue
                # What waits for the end of the quiet hours is old news once something about it may not wait.
                if lane.failing or old.not_before > max(row.decided_at, row.not_before):
                    self._finish(lane, old, S.SUPERSEDED, row.decided_at, batch, by=row.key)
        lane.waiting[row.key] = row
        batch.notifications[row.key] = row

    def withdraw(
        self,
        unwanted: Callable[[Notification], bool],
        now: float,
        batch: Batch,
        *,
        by: str = "",
        why: Reason = Reason(),
    ) -> list[Notification]:
        """Take back waiting rows that are no longer true, and return them. Those in flight stay."""
        taken = []
        for lane in self._lanes.values():
            for row in [row for row in lane.waiting.values() if unwanted(row)]:
                self._finish(lane, row, S.SUPERSEDED, now, batch, by=by, detail=why)
                taken.append(row)
        return taken

    def restore(self, rows: Iterable[Notification], batch: Batch) -> None:
        """Rows of a journal after a restart. One that was in flight may have arrived: it goes again, same key."""
        for found in rows:
            row = found
            if found.state is S.SENDING:
                row = replace(found, state=S.PENDING, perhaps_arrived=True, detail=because("sending_interrupted"))
                batch.notifications[row.key] = row
            lane = self._lanes.setdefault(row.target, Lane())
            lane.waiting[row.key] = row
            lane.failing = lane.failing or row.attempts > 0
            if row.attempts and row.next_try_at > (row.attempted_at or 0.0) + policy.LONGEST_OF_OURS:
                lane.held_until = max(lane.held_until, row.next_try_at)  # only a far end asks for so long

    def move_times(self, seconds: float, batch: Batch) -> None:
        """Move the times of everything that waits, and of every pause, by so many seconds."""
        for lane in self._lanes.values():
            lane.waiting = {key: moved_times(row, seconds) for key, row in lane.waiting.items()}
            lane.flying = moved_times(lane.flying, seconds)
            lane.singles = [at + seconds for at in lane.singles]
            lane.urgent = [at + seconds for at in lane.urgent]
            lane.digest_at, lane.lone_at = lane.digest_at + seconds, lane.lone_at + seconds
            lane.held_until += seconds
        batch.notifications |= {row.key: row for row in [*self.waiting(), *self.flying()]}
        self._path_sent = {path: [at + seconds for at in sent] for path, sent in self._path_sent.items()}
        self.returned = {path: at + seconds for path, at in self.returned.items()}

    def pick(self, now: float, batch: Batch) -> list[Notification]:
        """Mark what goes out now as sending, at most one a lane, and return it. Expires what is too old."""
        picked = []
        for target, lane in self._lanes.items():
            if not lane.waiting:
                continue
            for old in [row for row in lane.waiting.values() if row.expires_at <= now]:
                self._finish(lane, old, S.EXPIRED, now, batch, detail=old.detail or because("expired"))
            if lane.flying is not None:
                continue
            chosen = self._next(target, lane, now, batch)
            if chosen is not None:
                row = replace(chosen, state=S.SENDING, attempts=chosen.attempts + 1, attempted_at=now)
                lane.waiting.pop(row.key, None)
                lane.flying = row
                batch.notifications[row.key] = row
                if self._per_minute(target) >= 1:
                    self._path_sent.setdefault(row.path, []).append(now)
                picked.append(row)
        return picked

    def _ready_at(self, row: Notification) -> float:
        return max(row.not_before, row.next_try_at)

    def _next(self, target: Target, lane: Lane, now: float, batch: Batch) -> Notification | None:
        if max(self._paced_until(target, lane, now), lane.held_until) > now:
            return None
        if any(row.attempts and row.next_try_at > now for row in lane.waiting.values()):
            return None  # in order: what failed goes first, and the path is probably still down
        ready = [row for row in lane.waiting.values() if self._ready_at(row) <= now]
        if not ready:
            return None
        common = [row for row in ready if not kind_named(row.kind).personal]
        lane.singles = [at for at in lane.singles if at > now - policy.STORM_WINDOW]
        lane.urgent = [at for at in lane.urgent if at > now - policy.STORM_WINDOW]
        storm = len(common) >= policy.STORM_FROM or (common and len(lane.singles) >= policy.STORM_FROM)
        others = [row for row in ready if kind_named(row.kind).personal]
        if storm and lane.singles and not others:
            alarm = self._alarm_behind_others(lane, common)
            if alarm is not None:
                return alarm
            if len(common) == 1 and now >= lane.lone_at + policy.STORM_WINDOW:
                lane.lone_at = now
                return common[0]  # one message says itself better than a list of one does
            if now < lane.digest_at + policy.STORM_WINDOW:
                return None
            lane.digest_at = now
            try:
                digest = self._digest(common, now)
            except Exception:  # words that break must not hold the lanes: one goes as itself, the rest after the pause
                log.exception("%d messages for %s cannot be made a digest", len(common), target[0])
                return common[0]
            for row in common:
                self._finish(lane, row, S.SUPERSEDED, now, batch, by=digest.key)
            lane.waiting[digest.key] = digest
            return digest
        # A reminder lets every alarm go first. A personal message is in no digest and makes none due.
        oldest = min(ready, key=lambda r: (kind_named(r.kind).to is To.CALENDAR, r.decided_at, r.key))
        return others[0] if others and storm and lane.singles else oldest

    def _alarm_behind_others(self, lane: Lane, common: list[Notification]) -> Notification | None:
        """An urgent message where it is not alarms that make the storm: what flaps, or is over, holds up none. It
        passes nothing about its own incident."""
        urgent = [row for row in common if row.urgent]
        if len(lane.urgent) >= policy.STORM_FROM or not 0 < len(urgent) < policy.STORM_FROM:
            return None
        about = [row.incident for row in lane.waiting.values()]
        free = [row for row in urgent if about.count(row.incident) == 1]
        return min(free, key=lambda row: (row.decided_at, row.key), default=None)

    def _paced_until(self, target: Target, lane: Lane, now: float) -> float:
        """The far end's own limit over all senders of a path."""
        limit = self._per_minute(target)
        if limit < 1 or not lane.waiting:
            return 0.0
        path = next(iter(lane.waiting.values())).path
        sent = self._path_sent[path] = [at for at in self._path_sent.get(path, []) if at > now - 60.0]
        return sent[-int(limit)] + 60.0 if len(sent) >= limit else 0.0

    def next_at(self, now: float) -> float:
        """When the next waiting message may go (flights apart: their end wakes the engine)."""
        best = math.inf
        for target, lane in self._lanes.items():
            if not lane.waiting:
                continue
            soonest = min(row.expires_at for row in lane.waiting.values())
            if lane.flying is None:
                backing_off = [row.next_try_at for row in lane.waiting.values() if row.attempts]
                go = min(map(self._ready_at, lane.waiting.values()))
                go = max([go, self._paced_until(target, lane, now), lane.held_until, *backing_off])
                if go <= now:  # held back by the storm rule
                    go = max(lane.digest_at + policy.STORM_WINDOW, now + 0.05)
                soonest = min(soonest, go)
            best = min(best, soonest)
        return best

    def retry_now(self) -> None:
        """A path may be back: what was backing off goes at the next pick, but not where the far end asked to wait."""
        for lane in self._lanes.values():
            for key, row in lane.waiting.items():
                if row.attempts:
                    lane.waiting[key] = replace(row, next_try_at=0.0)

    def landed(self, row: Notification, result: SendResult, now: float, batch: Batch) -> Notification:
        """Write down what became of an attempt; returns the row as it is now."""
        lane = self._lanes[row.target]
        if lane.flying is not None and lane.flying.key == row.key:
            row = lane.flying  # its times may have moved meanwhile
        lane.flying = None
        row = replace(row, perhaps_arrived=row.perhaps_arrived or result.perhaps_arrived)
        if result.outcome is Outcome.SENT:
            was_down = row.path in self.down
            self.down.discard(row.path)
            row = self._finish(lane, row, S.SENT, now, batch, detail=result.detail)
            lane.failing = False
            if not kind_named(row.kind).personal:
                lane.singles.append(now)
                if row.urgent:
                    lane.urgent.append(now)
            if was_down:
                self.returned[row.path] = now
                self.retry_now()
            return row
        if result.outcome is Outcome.PERMANENT:
            return self._finish(lane, row, S.FAILED, now, batch, detail=result.detail)
        lane.failing = True
        if result.outcome is Outcome.TEMPORARY:
            self.down.add(row.path)
        wait = policy.retry_after(row.attempts, row.key, result.retry_after)
        if result.retry_after is not None:
            lane.held_until = now + min(result.retry_after, policy.LONGEST_ASKED)
        row = replace(row, state=S.PENDING, detail=result.detail, next_try_at=now + wait)
        lane.waiting = {row.key: row, **lane.waiting}
        batch.notifications[row.key] = row
        return row

    def _finish(
        self,
        lane: Lane,
        row: Notification,
        state: S,
        now: float,
        batch: Batch,
        *,
        by: str = "",
        detail: Reason = Reason(),
    ) -> Notification:
        done = replace(
            row,
            state=state,
            finished_at=now,
            accepted_at=now if state is S.SENT else None,
            superseded_by=by,
            detail=detail or row.detail,
        )
        lane.waiting.pop(row.key, None)
        batch.notifications[row.key] = done
        return done
