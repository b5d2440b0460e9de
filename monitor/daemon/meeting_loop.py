"""Looks at the meeting again and again, and tells probes and plan what it saw."""

from __future__ import annotations

import time
from collections.abc import Callable

from alerting.model.meeting_state import MeetingState
from alerting.service.service import AlertingService
from monitor.meeting.calendar import matters, with_calendar
from monitor.meeting.room_meeting import RoomMeeting
from monitor.pipeline.probing import Probing
from monitor.pipeline.snapshot import Snapshot
from monitor.pipeline.take_outcomes import Watch
from probes.calendar import Agenda


class MeetingLoop:
    """room: the room's id."""

    def __init__(
        self,
        meeting: RoomMeeting,
        probing: Probing,
        watch: Watch,
        plan: AlertingService,
        snapshot: Snapshot,
        room: Callable[[], str],
    ) -> None:
        self._meeting, self._probing, self._watch = meeting, probing, watch
        self._plan, self._snapshot, self._room = plan, snapshot, room

    async def loop(self) -> None:
        """Runs until cancelled. A look that breaks ends it with the error; the meeting is unknown then."""
        while True:
            await self._look()
            await self._meeting.rest()

    async def _look(self) -> None:
        agenda = self._probing.agenda()
        try:
            seen = await self._meeting.look(scheduled=agenda.running(time.time()) is not None)
        except Exception:
            self._meeting.stir()  # a whole look next time, not what was seen before it broke
            await self._take(MeetingState(), agenda)
            raise
        await self._take(seen, agenda)

    async def _take(self, seen: MeetingState, agenda: Agenda) -> None:
        before, state = self._snapshot.meeting, with_calendar(seen, agenda, time.time())
        self._snapshot.meeting = self._watch.meeting = state
        self._snapshot.last_meeting.look(state.running, time.time())
        if state.running and not before.running:
            self._probing.wake("network", "a meeting begins")  # the media path counts from now on
        self._plan.engine.meeting_seen(self._room(), state)
        if matters(before, state, self._plan.plan.data.severity.soon):
            await self._plan.engine.meeting_changed(self._room(), state)
