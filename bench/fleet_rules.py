"""What all rules cost Prometheus, against what scraping costs it, in one run over simulated rooms.

One Prometheus scrapes all the time; its rules are taken away and given back by reloads. The rules that run each five
minutes are measured by themselves, at each scrape, and counted by their own interval. Rules look back up to an hour:
that hour is made before the start. About six minutes. Prints JSON lines; no root.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.fleet import MUST_ANSWER, cpu_seconds
from bench.room import line
from scripts.fleet_demo import Children, free_ports, prepare, start_prometheus, start_rooms, wait_until_ready

SETTLE_SECONDS = 40.0
"""All rooms are scraped twice by then."""
WINDOW_SECONDS = 60.0
"""At least, and a whole scrape interval: each rule of a minute or less runs as often as it should."""
LOOK_BACK_SECONDS = 3600
SLOW = 300
"""Seconds between two runs of the slow rules."""


def seconds_of(group: dict[str, Any], scrape: int) -> int:
    found = re.fullmatch(r"(\d+)([sm])", group.get("interval", f"{scrape}s"))
    assert found
    return int(found[1]) * {"s": 1, "m": 60}[found[2]]


def past(folder: Path, targets: list[dict[str, Any]], scrape: int) -> None:
    """An hour of "up", and of what is recorded of it, which end a minute ago."""
    end = int(time.time()) - 60
    lines = ["# TYPE up gauge\n"]
    names = ("site", "room", "floor", "class", "model")
    rows = []
    for target in targets:
        labels = {"job": "roomwatch", **target["labels"]}
        labels = {name: text for name, text in labels.items() if not name.startswith("__")}
        rows.append((labels, {name: labels[name] for name in names[:2]}))
    for metric, which in (("up", 0), ("site_room:roomwatch_presence:code", 1)):
        if which:
            lines.append(f"# TYPE {metric} gauge\n")
        for row in rows:
            text = ",".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in row[which].items())
            lines += [f"{metric}{{{text}}} {1 - which} {at}\n" for at in range(end - LOOK_BACK_SECONDS, end, scrape)]
    file = folder / "past.om"
    file.write_text("".join(lines) + "# EOF\n")
    made = ("promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(file), f"{folder}/data")
    subprocess.run(made, check=True, capture_output=True)
    file.unlink()


@dataclass(frozen=True, slots=True)
class Stored:
    """The blocks that a snapshot wrote of what was scraped. seconds: from the first sample to the last."""

    samples: int
    chunks: int
    index: int
    seconds: float


def stored(snapshot: Path) -> Stored:
    """The largest block: the hour of "up" before the start is the other one."""
    blocks = [(json.loads(file.read_text()), file.parent) for file in snapshot.glob("*/meta.json")]
    meta, folder = max(blocks, key=lambda one: one[0]["stats"]["numSamples"])
    chunks = sum(file.stat().st_size for file in (folder / "chunks").iterdir())
    seconds = (meta["maxTime"] - meta["minTime"]) / 1000
    return Stored(meta["stats"]["numSamples"], chunks, (folder / "index").stat().st_size, seconds)


def resident_bytes(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


class Fleet:
    """One Prometheus over simulated rooms, whose rules come and go."""

    def __init__(self, folder: Path, rooms: int, scenario: str, series: str, scrape: int) -> None:
        self._folder, self._scrape = folder, scrape
        pages, self._port = free_ports(2)
        prepare(folder, 9, "http://127.0.0.1:9/", f"{scrape}s" if scrape != 15 else "")  # no Alertmanager: 9 discards
        self._groups = yaml.safe_load((folder / "roomwatch.rules.yml").read_text())["groups"]
        self.give("none")
        self._children = Children(folder)
        try:
            start_rooms(self._children, folder, pages, rooms, scenario, series)
            wait_until_ready(f"http://127.0.0.1:{pages}/targets", self._children, threading.Event())
            with urllib.request.urlopen(f"http://127.0.0.1:{pages}/targets") as answer:
                past(folder, json.load(answer), scrape)
            start_prometheus(self._children, folder, self._port, "--web.enable-admin-api")
            wait_until_ready(f"http://127.0.0.1:{self._port}/-/ready", self._children, threading.Event())
        except BaseException:
            self.end()
            raise
        self.pid, self.simulation = self._children.pid("prometheus"), self._children.pid("rooms")

    def end(self) -> None:
        self._children.end()

    def give(self, which: str) -> None:
        """none: no rules. quick: those of a minute or less. slow: the others, at each scrape."""
        quick = [one for one in self._groups if seconds_of(one, self._scrape) < SLOW]
        slow = [one | {"interval": f"{self._scrape}s"} for one in self._groups if one not in quick]
        groups = {"none": [], "quick": quick, "slow": slow}[which]
        (self._folder / "roomwatch.rules.yml").write_text(json.dumps({"groups": groups}))

    def window(self, which: str, seconds: float) -> float:
        """CPU milliseconds a second with these rules."""
        self.give(which)
        os.kill(self.pid, signal.SIGHUP)
        before, started = cpu_seconds(self.pid), time.monotonic()
        time.sleep(seconds)
        return (cpu_seconds(self.pid) - before) / (time.monotonic() - started) * 1000

    def ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api/v1/{path}", timeout=60) as answer:
            return json.load(answer)["data"]

    def number(self, query: str) -> float:
        """0 where there is no answer."""
        found = self.ask(f"query?{urllib.parse.urlencode({'query': query})}")["result"]
        return float(found[0]["value"][1]) if found else 0.0

    def head_series(self) -> float:
        """As Prometheus counts them itself: a query over all would take a minute."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=60) as answer:
            found = re.search(r"^prometheus_tsdb_head_series (\S+)$", answer.read().decode(), re.MULTILINE)
        return float(found[1]) if found else 0.0

    def groups(self) -> list[Any]:
        return list(self.ask("rules")["groups"])

    def stored(self) -> Stored:
        url = f"http://127.0.0.1:{self._port}/api/v1/admin/tsdb/snapshot"
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=120) as answer:
            name = json.load(answer)["data"]["name"]
        return stored(self._folder / "data" / "snapshots" / name)


def measure(rooms: int, scenario: str, series: str, scrape: int, times: int) -> None:
    case = f"{rooms} rooms, {series}, {scrape} s"
    window = max(WINDOW_SECONDS, scrape)
    with tempfile.TemporaryDirectory() as name:
        fleet = Fleet(Path(name), rooms, scenario, series, scrape)
        try:
            time.sleep(max(SETTLE_SECONDS, scrape + 20))
            none, quick = [], []
            pages, begun = cpu_seconds(fleet.simulation), time.monotonic()
            for _ in range(times):
                none.append(fleet.window("none", window))
                quick.append(fleet.window("quick", window))
            took = [(one["name"], one["evaluationTime"], one["interval"]) for one in fleet.groups()]
            wrong = [rule["name"] for group in fleet.groups() for rule in group["rules"] if rule.get("lastError")]
            slow = fleet.window("slow", scrape * (times + 1))
            pages = (cpu_seconds(fleet.simulation) - pages) / (time.monotonic() - begun) * 1000
            slow_took = [(one["name"], one["evaluationTime"], SLOW) for one in fleet.groups()]
            up, known = fleet.number("sum(up)"), fleet.head_series()
            slowest = fleet.number("quantile(0.99, scrape_duration_seconds)")
            resident = resident_bytes(fleet.pid)
            log = sum(file.stat().st_size for file in (Path(name) / "data" / "wal").rglob("*"))
            disk = fleet.stored()
        finally:
            fleet.end()
    if up < rooms * MUST_ANSWER or wrong:
        raise SystemExit(f"{up:g} of {rooms} rooms answered, rules that failed: {wrong}")
    scraping = statistics.median(none)
    rules = statistics.median(quick) - scraping + max(0.0, slow - scraping) * scrape / SLOW
    line("fleet_rules", case, "cpu_scraping", scraping, "ms/s", windows=[round(one, 1) for one in none])
    line(
        "fleet_rules",
        case,
        "cpu_quick_and_scraping",
        statistics.median(quick),
        "ms/s",
        windows=[round(one, 1) for one in quick],
    )
    line("fleet_rules", case, "cpu_slow_and_scraping", slow, "ms/s", interval=scrape)
    line("fleet_rules", case, "cpu_rules", rules, "ms/s")
    line("fleet_rules", case, "rules_to_scraping", rules / scraping, "ratio")
    line("fleet_rules", case, "series", known, "series", rooms_up=up)
    line("fleet_rules", case, "resident_memory", resident / 2**20, "MiB")
    line("fleet_rules", case, "write_ahead_log", log / 2**20, "MiB")
    line("fleet_rules", case, "chunks", disk.chunks / disk.samples, "B", of="a sample", samples=disk.samples,
         seconds=disk.seconds)  # fmt: skip
    line("fleet_rules", case, "index", disk.index / 2**20, "MiB", of="a block")
    line("fleet_rules", case, "cpu_simulation", pages, "ms/s")
    line("fleet_rules", case, "scrape_p99", slowest * 1000, "ms", includes="making the simulated page")
    for group, seconds, interval in took + slow_took:
        line(
            "fleet_rules", case, f"group_{group}", seconds * 1000, "ms", share_of_interval=round(seconds / interval, 4)
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, nargs="+", default=[1000])
    parser.add_argument("--scenario", default="normal-day")
    parser.add_argument("--series", choices=("full", "reduced"), default="full")
    parser.add_argument("--scrape", type=int, default=15, help="seconds between two scrapes")
    parser.add_argument("--short", action="store_true", help="each measurement once, for many rooms at a minute")
    options = parser.parse_args()
    for number in options.rooms:
        measure(number, options.scenario, options.series, options.scrape, 1 if options.short else 2)
