"""What Prometheus pays for simulated rooms: CPU of scraping alone, of scraping and rules, memory, time of the rules.

About five minutes for each number of rooms. `python -m bench.fleet --rooms 200 1000` prints one JSON line a figure.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path

from bench.room import line
from scripts.fleet_demo import Children, free_ports, prepare, start_prometheus, start_rooms, wait_until_ready

SETTLE_SECONDS = 45.0
"""Three scrapes: all series are known then."""

MUST_ANSWER = 0.9
"""Share of the rooms. In an ordinary day few are gone; with more, a scrape costs less than it should."""


class Measured:
    """One Prometheus over one number of rooms, until ``end``."""

    def __init__(self, folder: Path, rooms: int, scenario: str, series: str, *, rules: bool) -> None:
        pages, self._port = free_ports(2)
        prepare(folder, 9, "http://127.0.0.1:9/", "")  # no Alertmanager: port 9 discards
        if not rules:
            file = folder / "prometheus.yml"
            file.write_text(re.sub(r"rule_files:\n(\s+- .*\n)+", "", file.read_text()))
        self._children = Children(folder)
        try:
            start_rooms(self._children, folder, pages, rooms, scenario, series)
            start_prometheus(self._children, folder, self._port)
            for port, path in ((pages, "targets"), (self._port, "-/ready")):
                wait_until_ready(f"http://127.0.0.1:{port}/{path}", self._children, threading.Event())
        except BaseException:
            self.end()
            raise
        self.pid, self.simulation = self._children.pid("prometheus"), self._children.pid("rooms")

    def end(self) -> None:
        self._children.end()

    def ask(self, query: str) -> float:
        """0 where there is no answer."""
        url = f"http://127.0.0.1:{self._port}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            found = json.load(answer)["data"]["result"]
        return float(found[0]["value"][1]) if found else 0.0

    def own(self, name: str) -> float:
        """The sum of one of Prometheus' own metrics."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        found = re.findall(rf"^{name}(?:\{{[^}}\n]*\}})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, found))


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def measure(rooms: int, seconds: float, scenario: str, series: str) -> None:
    used: dict[bool, float] = {}
    for rules in (False, True):
        with tempfile.TemporaryDirectory() as name:
            prometheus = Measured(Path(name), rooms, scenario, series, rules=rules)
            try:
                time.sleep(SETTLE_SECONDS)
                before, started = cpu_seconds(prometheus.pid), time.monotonic()
                pages = cpu_seconds(prometheus.simulation)
                time.sleep(seconds)
                passed = time.monotonic() - started
                used[rules] = (cpu_seconds(prometheus.pid) - before) / passed * 1000
                pages = (cpu_seconds(prometheus.simulation) - pages) / passed * 1000
                up = prometheus.ask('sum(up{job="roomwatch"})')
                if up < rooms * MUST_ANSWER:
                    raise SystemExit(f"only {up:g} of {rooms} rooms answered in time: this machine is too busy")
                case = f"{rooms} rooms, {series}"
                if rules:
                    took = prometheus.own("prometheus_rule_group_last_duration_seconds") * 1000
                    line("fleet", case, "rules_last_evaluation_ms", took, "ms", wall=True)
                    missed = prometheus.own("prometheus_rule_group_iterations_missed_total")
                    line("fleet", case, "rule_cycles_missed", missed, "cycles")
                    resident = prometheus.own("process_resident_memory_bytes") / 2**20
                    line("fleet", case, "resident_memory", resident, "MiB")
                    line("fleet", case, "series", prometheus.own("prometheus_tsdb_head_series"), "series")
                    line("fleet", case, "rooms_up", up, "rooms")
                    line("fleet", case, "cpu_simulation", pages, "ms/s", seconds=seconds)
                    slowest = prometheus.ask('quantile(0.99, scrape_duration_seconds{job="roomwatch"})') * 1000
                    line("fleet", case, "scrape_p99", slowest, "ms", includes="making the simulated page")
            finally:
                prometheus.end()
    line("fleet", case, "cpu_scraping", used[False], "ms/s", seconds=seconds)
    line("fleet", case, "cpu_rules", used[True] - used[False], "ms/s", seconds=seconds)
    line("fleet", case, "rules_to_scraping", (used[True] - used[False]) / used[False], "ratio", seconds=seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--seconds", type=float, default=90.0, help="of each measurement, 90 unless said otherwise")
    parser.add_argument("--scenario", default="normal-day")
    parser.add_argument("--series", choices=("full", "reduced"), default="full")
    options = parser.parse_args()
    for rooms in options.rooms:
        measure(rooms, options.seconds, options.scenario, options.series)


if __name__ == "__main__":
    main()
