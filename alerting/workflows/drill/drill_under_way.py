"""What a drill is: which fault, where, by whom, until when, and how it ended. Kept in the journal's memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from alerting.model.reason import Reason

RUNNING = "drill.running."
"""Prefix of the memory's names for drills that are not over."""
LIMIT = 3600.0
"""Seconds after which a drill ends by itself: the chains of most plans are through in half of that."""


class DrillOrder(msgspec.Struct, frozen=True, kw_only=True):
    """at: Unix seconds of the injection. until: when it ends by itself. schedule: id in the plan, "" for a person's.

    incident: number of its incident, 0 until it was detected. ending: why it ends, none while it runs.
    """

    id: str
    fault: str
    room: str
    target: str = ""
    by: str
    at: float
    until: float
    schedule: str = ""
    in_meeting: bool = False
    incident: int = 0
    ending: Reason = Reason()


Inject = Callable[[DrillOrder], Awaitable[Reason]]
"""Lets the monitor see the fault; why it cannot, or no reason."""
Withdraw = Callable[[DrillOrder], Awaitable[None]]
"""Lets the monitor see it no more; its recovery is then detected like any other."""
