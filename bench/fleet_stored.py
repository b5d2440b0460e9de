"""What the rules cost Prometheus over more rooms than this machine could play and scrape at once.

The pages of all rooms are made once and stored as a block of some minutes around now; only their clocks go on.
Prometheus judges them with rules that are made for a scrape each minute, and scrapes nothing. About six minutes for
10,000 rooms. Prints JSON lines; no root.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, TextIO

import yaml

from bench.fleet import cpu_seconds
from bench.fleet_rules import SLOW, seconds_of
from bench.room import line
from monitor.fleet.simulation.clock import SimulatedClock
from monitor.fleet.simulation.events import timelines
from monitor.fleet.simulation.fleet import SimulatedFleet
from monitor.fleet.simulation.history import JOB
from monitor.fleet.simulation.rooms import simulated_rooms
from monitor.fleet.simulation.scenario import read_scenario
from monitor.fleet.simulation.text import SeriesText
from scripts.fleet_demo import CONFIG, Children, free_ports, prepare, start_prometheus, wait_until_ready
from scripts.mixin.__main__ import documents
from scripts.mixin.settings import Settings

SCRAPE = 60
BEFORE, AFTER = 360, 900
"""Seconds around now. Before: rates look back five minutes. After: as long as the measurement lasts."""
WINDOW_SECONDS = 125.0
"""Each group runs twice."""
MOVING = ("roomwatch_time_seconds", "roomwatch_last_tick_timestamp_seconds")


def store(out: TextIO, rooms: int, reduced: bool, now: float) -> int:
    """Writes what a scrape each minute would have stored. Gives the number of series."""
    scenario = read_scenario(CONFIG / "scenarios" / "normal-day.toml")
    start = scenario.begins()
    # Two hours into the day: meetings run, and some rooms have a fault.
    clock = SimulatedClock(start + 7200, now)
    fleet = SimulatedFleet(timelines(scenario, simulated_rooms(rooms, scenario.rooms_a_floor), start), clock,
                           reduced=reduced)  # fmt: skip
    moments = [now + second for second in range(-BEFORE, AFTER, SCRAPE)]
    series = 0
    for timeline in fleet.timelines:
        room = timeline.room
        text = SeriesText({"job": JOB, "instance": room.key, **room.labels()})
        families = fleet.families(room.site, room.id, start + 7200)
        page = [(text.named("up"), float(families is not None), 0.0)]
        for family in families or ():
            page += [(text.series(one), one.value, float(one.name in MOVING)) for one in family.samples]
        series += len(page)
        for at in moments:
            out.write("".join(f"{name} {value + moves * (at - now)!r} {at:.3f}\n" for name, value, moves in page))
    out.write("# EOF\n")
    return series


class Judge:
    """One Prometheus that scrapes nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (self._port,) = free_ports(1)
        prepare(folder, 9, "http://127.0.0.1:9/", f"{SCRAPE}s")  # no Alertmanager: port 9 discards
        (folder / "rooms.yml").write_text("[]")
        shipped = documents(Settings(scrape_interval_seconds=SCRAPE))["config/prometheus/roomwatch.rules.yml"]
        self._groups = yaml.load(shipped, yaml.CSafeLoader)["groups"]
        self._give([])
        self._children = Children(folder)
        try:
            start_prometheus(self._children, folder, self._port)
            wait_until_ready(f"http://127.0.0.1:{self._port}/-/ready", self._children, threading.Event())
        except BaseException:
            self.end()
            raise
        self._pid = self._children.pid("prometheus")

    def end(self) -> None:
        self._children.end()

    def _give(self, groups: list[Any]) -> None:
        (self._folder / "roomwatch.rules.yml").write_text(json.dumps({"groups": groups}))

    def _ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api/v1/{path}", timeout=120) as answer:
            return json.load(answer)["data"]

    def number(self, query: str) -> float:
        found = self._ask(f"query?{urllib.parse.urlencode({'query': query})}")["result"]
        return float(found[0]["value"][1]) if found else 0.0

    def wait_for_block(self, rooms: int) -> None:
        """Prometheus looks for new blocks once a minute."""
        until = time.monotonic() + 180
        while self.number("count(up)") < rooms:
            if time.monotonic() > until:
                raise SystemExit("Prometheus does not take the block")
            time.sleep(2)

    def judge(self, slow: bool) -> tuple[float, list[tuple[str, float, float]]]:
        """CPU milliseconds a second, and of each group: how long it took, and its share of its own interval. The slow
        groups run each minute here."""
        groups = [one for one in self._groups if (seconds_of(one, SCRAPE) >= SLOW) == slow]
        self._give([one | {"interval": f"{SCRAPE}s"} for one in groups] if slow else groups)
        os.kill(self._pid, signal.SIGHUP)
        before, began = cpu_seconds(self._pid), time.monotonic()
        time.sleep(WINDOW_SECONDS)
        cpu = (cpu_seconds(self._pid) - before) / (time.monotonic() - began) * 1000
        shown = self._ask("rules")["groups"]
        wrong = [rule["lastError"] for group in shown for rule in group["rules"] if rule.get("lastError")]
        if wrong:
            raise SystemExit(f"rules that failed: {wrong}")
        intervals = {one["name"]: seconds_of(one, SCRAPE) for one in groups}
        took = [(one["name"], one["evaluationTime"], intervals[one["name"]]) for one in shown]
        return cpu, [(name, seconds, seconds / interval) for name, seconds, interval in took]


def measure(rooms: int, reduced: bool) -> None:
    case = f"{rooms} rooms, {'reduced' if reduced else 'full'}, {SCRAPE} s, stored"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        judge = Judge(folder)
        try:
            begun, file = time.monotonic(), folder / "now.om"
            with file.open("w", encoding="utf-8") as out:
                series = store(out, rooms, reduced, time.time())
            blocks = ("promtool", "tsdb", "create-blocks-from", "--max-block-duration=24h", "openmetrics", "--quiet")
            subprocess.run((*blocks, str(file), f"{folder}/data"), check=True, capture_output=True)
            file.unlink()
            judge.wait_for_block(rooms)
            line("fleet_stored", case, "series", series, "series", prepared_seconds=round(time.monotonic() - begun))
            quick, groups = judge.judge(slow=False)
            # Asked now: Prometheus calls series stale two intervals after their group is gone.
            seen = judge.number("count(site_room:roomwatch_state:code)")
            slow, slow_groups = judge.judge(slow=True)
        finally:
            judge.end()
    if seen != rooms:
        raise SystemExit(f"{seen:g} of {rooms} rooms have a state")
    line("fleet_stored", case, "rooms_judged", seen, "rooms")
    line("fleet_stored", case, "cpu_rules", quick + slow * SCRAPE / SLOW, "ms/s", quick=round(quick), slow=round(slow))
    for group, seconds, share in groups + slow_groups:
        line("fleet_stored", case, f"group_{group}", seconds * 1000, "ms", share_of_interval=round(share, 4))
    line("fleet_stored", case, "largest_share", max(share for *_, share in groups + slow_groups), "ratio", limit=0.3333)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, nargs="+", default=[10_000])
    parser.add_argument("--series", choices=("full", "reduced"), default="reduced")
    options = parser.parse_args()
    for number in options.rooms:
        measure(number, options.series == "reduced")
