"""Who is on duty (值班) at a wall time. Pure."""

from __future__ import annotations

import datetime as dt

from alerting.plan.organisation import Roster


def on_duty(roster: Roster, wall: dt.datetime) -> tuple[str, ...]:
    """Contact ids at a naive wall time: a written override first, else whose turn the rotation has; () in a gap."""
    written = [one for shift in roster.overrides if shift.start <= wall < shift.end for one in shift.people]
    if written:
        return tuple(dict.fromkeys(written))
    if not roster.rotation or roster.start is None:
        return ()
    handover = dt.time(int(roster.handover[:2]), int(roster.handover[3:]))
    day = wall.date() if wall.time() >= handover else wall.date() - dt.timedelta(days=1)
    if day < roster.start:
        return ()
    turn = (day - roster.start).days // roster.turn_days
    return (roster.rotation[turn % len(roster.rotation)],)
