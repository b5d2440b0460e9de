"""Days of duty that two people agreed to swap, and who is on duty then. Pure."""

from __future__ import annotations

import datetime as dt
import functools

import msgspec

SWAPS = "duty_swaps"
"""The journal's small fact that holds them: a JSON list."""


class Swap(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of a roster: ``giver`` asks ``taker`` to stand in on ``day``, from its handover to the next.

    day: "2026-12-01". agreed: wall time of the plan's zone, ISO 8601, "" while it is not; before it nothing changes.
    """

    key: str
    roster: str
    day: str
    giver: str
    taker: str
    asked_at: float
    agreed: str = ""


@functools.lru_cache(maxsize=4)
def read_swaps(text: str) -> tuple[Swap, ...]:
    return msgspec.json.decode(text, type=tuple[Swap, ...]) if text else ()


def duty_day(wall: dt.datetime, handover: str) -> str:
    """The day whose turn it is: before the handover still yesterday's."""
    before = f"{wall:%H:%M}" < handover
    return (wall.date() - dt.timedelta(days=before)).isoformat()


def swapped(
    people: tuple[str, ...], roster: str, wall: dt.datetime, handover: str, swaps: tuple[Swap, ...]
) -> tuple[str, ...]:
    """Who is on duty where ``people`` are by the roster."""
    day = duty_day(wall, handover)
    for one in swaps:
        if one.agreed and (one.roster, one.day) == (roster, day) and wall >= dt.datetime.fromisoformat(one.agreed):
            people = tuple(one.taker if person == one.giver else person for person in people)
    return tuple(dict.fromkeys(people))
