"""Rooms as series for `promtool test rules`: what each of them shows, minute by minute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

STEP = 15
"""Seconds between two scrapes, and between two evaluations."""
Change = tuple[float, float | None]
"""From which minute a series has which value; None: it is not there."""


def minutes(number: float) -> int:
    """In scrapes."""
    return round(number * 60 / STEP)


@dataclass
class StagedRoom:
    """down: spans of minutes in which nothing answers. absent: in which Prometheus does not know the room.
    ends: the reason of the orderly end, shown in the last scrape before each span of ``down``."""

    id: str
    site: str = "hq"
    floor: str = "1"
    switch: str = ""
    instance: str = ""
    configured: tuple[str, str] | None = None
    meeting: Sequence[tuple[float, float]] = ()
    down: Sequence[tuple[float, float]] = ()
    absent: Sequence[tuple[float, float]] = ()
    ends: str = ""
    working: bool = True
    skew: float = 0.0
    bare: bool = False
    """Nothing but \"up\": one of many neighbours, which makes the test fast."""
    more: dict[str, Sequence[Change] | str | float] = field(default_factory=dict)
    """By the name of a metric with its own labels, as code="dns_dead"; text is promtool's own notation."""

    def labels(self, own: str = "") -> str:
        room = _quoted(self.id)
        made = f'job="roomwatch", instance="{self.instance or room}", site="{self.site}", room="{room}"'
        made += f', floor="{self.floor}"' if self.floor else ""
        return f"{made}, {own}" if own else made

    def series(self, length: int) -> Iterator[dict[str, str]]:
        up = [self._up(number) for number in range(length)]
        yield {"series": f"up{{{self.labels()}}}", "values": _written(up)}
        for name, values in self._page(length).items():
            metric, _, own = name.partition("{")
            shown = [None if not up[number] else value for number, value in enumerate(values)]
            full = f"{metric}{{{self.labels(own.rstrip('}'))}}}"
            yield {"series": full, "values": _written(shown)}

    def _up(self, number: int) -> float | None:
        if _within(self.absent, number):
            return None
        return 0.0 if _within(self.down, number) else 1.0

    def _page(self, length: int) -> dict[str, list[float | None]]:
        if self.bare:
            return {}
        site, room = self.configured or (self.site, self.id)
        in_meeting = [float(_within(self.meeting, number)) for number in range(length)]
        now = [number * STEP + self.skew for number in range(length)]
        page: dict[str, list[float | None]] = {
            f'roomwatch_room_info{{configured_site="{site}", configured_room="{_quoted(room)}"}}':
                [1.0] * length,
            'roomwatch_build_info{version="1.0"}': [1.0] * length,
            "roomwatch_time_seconds": list(now),
            "roomwatch_last_tick_timestamp_seconds": [one - 1 for one in now],
            "roomwatch_working_time": [float(self.working)] * length,
            'roomwatch_meeting_state{state="running"}': list(in_meeting),
            'roomwatch_meeting_state{state="free"}': [1 - one for one in in_meeting],
            'roomwatch_room_state{state="usable"}': [1.0] * length,
            'roomwatch_room_state{state="unusable"}': [0.0] * length,
            'roomwatch_checks{state="ok"}': [30.0] * length,
            'roomwatch_checks{state="unknown"}': [2.0] * length,
            "roomwatch_plan_reaches_somebody": [1.0] * length,
            "roomwatch_journal_writable": [1.0] * length,
        }  # fmt: skip
        last = [bool(self.ends) and _within(self.down, number + 1) for number in range(length)]
        page['roomwatch_stopping{reason=""}'] = [None if one else 0.0 for one in last]
        if self.ends:
            page[f'roomwatch_stopping{{reason="{self.ends}"}}'] = [1.0 if one else None for one in last]
        if self.switch:
            page[f'roomwatch_wall_port_info{{switch="{self.switch}"}}'] = [1.0] * length
        for name, changes in self.more.items():
            page[name] = _values(changes, length)
        return page


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _within(spans: Sequence[tuple[float, float]], number: int) -> bool:
    return any(minutes(start) <= number < minutes(end) for start, end in spans)


def _values(changes: Sequence[Change] | str | float, length: int) -> list[float | None]:
    if isinstance(changes, str):  # start+step
        start, _, step = changes.partition("+")
        return [float(start) + number * float(step) for number in range(length)]
    if not isinstance(changes, Sequence):
        return [float(changes)] * length
    made: list[float | None] = [None] * length
    for start, value in changes:
        made[minutes(start) :] = [value] * (length - minutes(start))
    return made


def _written(values: Sequence[float | None]) -> str:
    """In promtool's notation. A series that ends gets the mark that a real scrape sets."""
    parts: list[str] = []
    run: list[float | None] = []
    for value in [*values, -12345.0]:
        if run and value != run[-1]:
            parts.append(_run(run[-1], len(run), first=not parts))
            run = []
        run.append(value)
    return " ".join(parts)


def _run(value: float | None, count: int, *, first: bool) -> str:
    if value is None:
        rest = count if first else count - 1
        return " ".join([*(() if first else ("stale",)), *((f"_x{rest}",) if rest else ())])
    return f"{value:g}" if count == 1 else f"{value:.10g}x{count - 1}"


@dataclass(frozen=True)
class Situation:
    """expect: by minute, how many alerts of which name fire then; none other may. Silent: by no name at all."""

    name: str
    rooms: Sequence[StagedRoom]
    expect: dict[float, dict[str, int]]

    def document(self, extra: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
        length = minutes(max(self.expect)) + 2
        series = [one for room in self.rooms for one in room.series(length)]
        query = 'count by (alertname) (ALERTS{alertstate="firing", alertname!="DeadMansSwitch"})'
        return {
            "name": self.name,
            "interval": f"{STEP}s",
            "input_series": [*series, *extra],
            "promql_expr_test": [
                {
                    "expr": query,
                    "eval_time": f"{round(minute * 60)}s",
                    "exp_samples": [
                        {"labels": f'{{alertname="{name}"}}', "value": count} for name, count in sorted(fires.items())
                    ],
                }
                for minute, fires in self.expect.items()
            ],
        }
