"""Writes what Prometheus would have stored, as OpenMetrics text for `promtool tsdb create-blocks-from openmetrics`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from monitor.fleet.simulation.fleet import SimulatedFleet
from monitor.fleet.simulation.text import SeriesText

JOB = "roomwatch"


def write_history(
    out: TextIO, fleet: SimulatedFleet, start: float, end: float, step: float, only: Sequence[str] = ()
) -> int:
    """From start to end (Unix seconds, by a clock that runs like the reader's), a sample each ``step`` seconds.

    only: the beginnings of the names that are written, all where there are none; ``up`` is always. Gives the number of
    samples. No marks of the end of a series are written: Prometheus shows the last value of a room that went away for
    five minutes more.
    """
    samples = 0
    rooms = [one.room for one in fleet.timelines]
    texts = {
        room.key: SeriesText({"job": JOB, "instance": room.key, **room.labels()}) for room in rooms
    }  # fmt: skip
    wanted = tuple(only) or ("",)
    for number in range(int((end - start) // step) + 1):
        now = start + number * step
        for room in rooms:
            families = fleet.families(room.site, room.id, now)
            text = texts[room.key]
            lines = [f"{text.named('up')} {int(families is not None)} {now:.3f}"]
            for family in families or ():
                if family.name.startswith(wanted):
                    lines += [f"{text.series(one)} {one.value!r} {now:.3f}" for one in family.samples]
            samples += len(lines)
            out.write("\n".join(lines) + "\n")
    out.write("# EOF\n")
    return samples
