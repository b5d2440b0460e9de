"""24 hours of healthy rooms through the shipped rules, by promtool: how many alerts fire. None should.

Rooms have meetings, 5 % are switched off in order by day and night, an update restarts all of them in rings, and the
clocks of half of them are three seconds ahead, of the others three behind. Pages are those of the simulation, taken at
every change and each five minutes. A value that stands still is written each four minutes, which Prometheus cannot tell
from each scrape, but for "up" while it is 0. The rooms are tried in parts.

promtool runs all rules of a file equally often. So there are three passes over the same rooms: the rules of each
scrape, those of a minute or less, and all. An alert counts in the first pass that has its rule: later ones run it more
rarely than Prometheus does, and miss a room's last words, which are looked for over two minutes. Prints JSON lines; no
root. --wrong-clock shows that an alert would be found.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from bench.fleet_rules import seconds_of
from bench.room import line
from monitor.fleet.simulation.clock import SimulatedClock
from monitor.fleet.simulation.events import timelines
from monitor.fleet.simulation.fleet import SimulatedFleet
from monitor.fleet.simulation.rooms import SimulatedRoom, simulated_rooms
from monitor.fleet.simulation.scenario import Scenario, ScenarioEvent
from monitor.fleet.simulation.text import SeriesText
from monitor.fleet.simulation.timeline import RoomTimeline

RULES = Path(__file__).resolve().parent.parent / "config" / "prometheus" / "roomwatch.rules.yml"
START = 1_796_018_400.0
"""A Monday, 06:00 UTC: before work, through the day and the night."""
STEP = 15
PAGE_STEPS = 20
"""Pages are made anew each five minutes at least."""
HOUR_STEPS = 3600 // STEP
PASSES = {15: 15, 60: 60, 240: 300}
"""Seconds between two evaluations, and the longest interval of the groups that run then. Four minutes for five:
what a rule remembers of itself is forgotten after exactly five."""
MOST_AT_ONCE = 50
"""Rooms in one test: promtool gives up a query that reads more than 10,000 samples. The rates of the probes of a room
are nearly 200."""
PLACES = "roomwatch-places"
"""The group that all others need."""
STILL_STEPS = 16
"""A value that stands still is written each four minutes: Prometheus shows it for five."""
COUNTED_STEPS = 4
"""One that a rate is taken of each minute: a rate over five needs several."""
COUNTED = ("_total", "_sum", "_count", "_bucket")
MOVING = ("roomwatch_time_seconds", "roomwatch_last_tick_timestamp_seconds")
FIRING = 'alertstate="firing", alertname!="DeadMansSwitch"'


def healthy_day(wrong_clock: float = 0.0) -> Scenario:
    events = [
        ScenarioEvent(kind="clock", at="0s", lasts="2d", share=0.5, seconds=wrong_clock or 3.0),
        ScenarioEvent(kind="clock", at="0s", lasts="2d", share=1.0, seconds=-3.0),
        ScenarioEvent(kind="switched_off", at="1h", over="2h", lasts="20h", share=0.05),
        ScenarioEvent(kind="update", at="4h", rings=(0.05, 0.3, 1.0), every="2h", version="0.3.0"),
    ]
    return Scenario(days=2, meetings_a_day=5.0, faults_a_day=0.0, off_at_night=0.05, event=tuple(events))


def rules_of(longest: int) -> str:
    """The rules of the groups with such an interval or a shorter one, as a file. JSON is YAML."""
    every = yaml.load(RULES.read_text(), yaml.CSafeLoader)["groups"]
    wanted = [one for one in every if seconds_of(one, STEP) <= longest or one["name"] == PLACES]
    return json.dumps({"groups": wanted})


def alerts_of(shortest: int, longest: int) -> set[str]:
    """Alerts of the groups with an interval above the one and up to the other."""
    every = yaml.load(RULES.read_text(), yaml.CSafeLoader)["groups"]
    return {
        rule["alert"]
        for one in every
        if shortest < seconds_of(one, STEP) <= longest
        for rule in one["rules"]
        if "alert" in rule
    }


def names_in(rules: str) -> set[str]:
    return set(re.findall(r"\b(?:roomwatch|process)_[a-z_]+", rules))


def changes(timeline: RoomTimeline, begin: float, steps: int) -> set[int]:
    """The scrapes after which a page is another one than before."""
    gone = [(one.start, one.end) for one in timeline.absences]
    spans = [*timeline.meetings, *gone, *timeline.maintenance, *((start, end) for start, end, _ in timeline.skews)]
    moments = itertools.chain.from_iterable(spans)
    found = {math.ceil((moment - begin) / STEP) for moment in moments}
    # The last words of a room that ends in order are one scrape.
    return {one + more for one in found for more in (0, 1) if 0 <= one + more < steps}


def spacing(name: str, value: float) -> int:
    """How many scrapes apart a value is written: what a query shows between them is the same."""
    if name == "up":
        return STILL_STEPS if value else 1  # silence is judged by each lost scrape
    return COUNTED_STEPS if name.endswith(COUNTED) else STILL_STEPS


def runs(name: str, values: list[tuple[int, float]], ends: int) -> str:
    """promtool's notation of what a series shows: value from each step on, NaN where it is not there."""
    parts: list[str] = []
    for (at, value), until in zip(values, [*(at for at, _ in values[1:]), ends], strict=True):
        if math.isnan(value):
            rest = until - at - bool(parts)
            parts += (["stale"] if parts else []) + ([f"_x{rest}"] if rest else [])
            continue
        every = spacing(name, value)
        for step in range(at, until, every):
            moved = value + step * STEP if name in MOVING else value
            gap = min(every, until - step) - 1
            parts += [f"{moved:.10g}"] + ([f"_x{gap}"] if gap else [])
    return " ".join(parts)


def relative(name: str, value: float, begin: float) -> float:
    """promtool's time begins at 0."""
    return value - begin if name.endswith(("time_seconds", "timestamp_seconds")) and value > START / 2 else value


def series_of(
    fleet: SimulatedFleet, timeline: RoomTimeline, begin: float, steps: int, wanted: set[str]
) -> Iterator[dict[str, str]]:
    room = timeline.room
    text = SeriesText({"job": "roomwatch", "instance": room.key, **room.labels()})
    changed = changes(timeline, begin, steps)
    shown: dict[str, list[tuple[int, float]]] = {}
    names: dict[str, str] = {}
    up: list[tuple[int, float]] = []
    for step in range(steps):
        if step % PAGE_STEPS and step not in changed:
            continue
        now = begin + step * STEP
        families = fleet.families(room.site, room.id, now)
        page: dict[str, float] = {}
        for family in families or ():
            for sample in family.samples:
                if sample.name in wanted:
                    series = text.series(sample)
                    names[series] = sample.name
                    page[series] = relative(sample.name, sample.value, begin) - (
                        step * STEP if sample.name in MOVING else 0
                    )
        up.append((step, float(families is not None)))
        for series in page.keys() | shown.keys():
            values = shown.setdefault(series, [(0, math.nan)] if step else [])
            value = page.get(series, math.nan)
            if not values or not (value == values[-1][1] or (math.isnan(value) and math.isnan(values[-1][1]))):
                values.append((step, value))
    yield {"series": text.named("up"), "values": runs("up", up, steps)}
    for series, values in shown.items():
        yield {"series": series, "values": runs(names[series], values, steps)}


def measure(
    rooms: Sequence[SimulatedRoom],
    scenario: Scenario,
    steps: int,
    folder: Path,
    begin: float = START,
    passes: Sequence[int] = tuple(PASSES),
) -> tuple[dict[str, int], int]:
    """Alerts that fired, by name, and how many rooms the rules have seen. begin: the day itself starts at START."""
    of = timelines(scenario, rooms, START)
    fleet = SimulatedFleet(of, SimulatedClock(START, START, 1.0, lambda: START))
    wanted = names_in(rules_of(max(PASSES.values())))
    series = [one for timeline in of for one in series_of(fleet, timeline, begin, steps, wanted)]
    alerts: dict[str, int] = {}
    seen, shortest = [], 0
    for seconds in sorted(passes):
        fired, heard = judge(series, rules_of(PASSES[seconds]), seconds, steps, folder)
        own = alerts_of(shortest, PASSES[seconds])
        alerts |= {name: count for name, count in fired.items() if name in own}
        seen.append(heard)
        shortest = PASSES[seconds]
    return alerts, min(seen)


def judge(
    series: list[dict[str, str]], rules: str, seconds: int, steps: int, folder: Path
) -> tuple[dict[str, int], int]:
    """What fired where these rules were evaluated so often, and how many rooms they have seen."""
    (folder / "rules.yml").write_text(rules)
    wanted = names_in(rules) | {"up"}
    hours = math.ceil(steps / HOUR_STEPS) + 1
    queries = {
        "alerts": f"count by (alertname) (max_over_time(ALERTS{{{FIRING}}}[{hours}h]))",
        "rooms": f"count(count_over_time(site_room:roomwatch_where:info[{hours}h]) > 0)",
    }
    end = f"{(steps - 1) * STEP}s"
    # promtool tells what a query gives only where another thing was expected: a label that no answer has.
    never = [{"labels": '{never="asked"}', "value": 1}]
    document = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": f"{seconds}s",
        "tests": [{
            "interval": f"{STEP}s",
            "input_series": [one for one in series if one["series"].partition("{")[0] in wanted],
            "promql_expr_test": [{"expr": query, "eval_time": end, "exp_samples": never} for query in queries.values()],
        }],
    }  # fmt: skip
    file = folder / "day.yml"
    file.write_text(json.dumps(document, ensure_ascii=False))
    done = subprocess.run(("promtool", "test", "rules", str(file)), capture_output=True, text=True, check=False)
    told = re.findall(r"got:\s*(.*)", done.stdout + done.stderr)
    if len(told) != len(queries):
        raise SystemExit((done.stdout + done.stderr)[-2000:])
    alerts = {name: int(float(count)) for name, count in re.findall(r'alertname="(\w+)"\} (\S+?)(?:,|$)', told[0])}
    seen = re.search(r"\{\} (\S+)", told[1])
    return alerts, int(float(seen[1])) if seen else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=1000)
    parser.add_argument("--part", type=int, default=50, help=f"rooms that are tried at once, at most {MOST_AT_ONCE}")
    parser.add_argument("--first", type=int, default=0, help="the part to begin with")
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--begin", type=float, default=0.0, help="hours of the day that are left out, from 06:00 UTC")
    parser.add_argument(
        "--for", dest="seconds", type=float, default=math.inf, help="begin no part after so many seconds"
    )
    parser.add_argument("--passes", type=int, nargs="+", default=list(PASSES), choices=PASSES)
    parser.add_argument("--wrong-clock", action="store_true", help="half of the clocks are 90 seconds ahead")
    options = parser.parse_args()
    if not 1 <= options.part <= MOST_AT_ONCE:
        parser.error(f"--part {options.part}: promtool reads at most 10,000 samples a query; say 1 to {MOST_AT_ONCE}")
    scenario = healthy_day(90.0 if options.wrong_clock else 0.0)
    rooms, steps, begun = simulated_rooms(options.rooms), int(options.hours * HOUR_STEPS), time.monotonic()
    tried, fired, begin = 0, 0, START + options.begin * 3600
    for number in range(options.first * options.part, options.rooms, options.part):
        if time.monotonic() - begun > options.seconds:
            break
        with tempfile.TemporaryDirectory() as name:
            alerts, seen = measure(
                rooms[number : number + options.part], scenario, steps, Path(name), begin, options.passes
            )
        tried, fired = tried + seen, fired + sum(alerts.values())
        line(
            "healthy_day",
            f"part {number // options.part}",
            "alerts",
            sum(alerts.values()),
            "alerts",
            rooms=seen,
            by=alerts,
        )
    line("healthy_day", "all", "rooms", tried, "rooms", hours=options.hours, begin=options.begin, passes=options.passes)
    line("healthy_day", "all", "alerts", fired, "alerts", seconds=round(time.monotonic() - begun))


if __name__ == "__main__":
    main()
