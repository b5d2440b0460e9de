"""How long every query of the shipped dashboards takes, and how much a refresh brings, over 24 hours of many rooms.

A real Prometheus scrapes simulated rooms with the shipped rules. The day before is written from that: what the rules
record, and all that the shown room itself says at each scrape. Another Prometheus then has this store alone, and each
query is asked of it as Grafana asks it: what is measured is the queries, not the simulation beside them. About six
minutes, with --keep and --from in two runs. Prints JSON lines; no root.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.room import line
from scripts.fleet_demo import CONFIG, Children, free_ports, prepare, start_prometheus, start_rooms, wait_until_ready
from scripts.mixin.recording import SUMS
from scripts.mixin.settings import Settings

HOURS = 24
SCRAPE = 15
RECORDED_STEP = 60
"""Of what is recorded for each room; sums of sites are recorded each five minutes and written so often too."""
RECORDED = re.compile(r"\bsite\w*:\w+:\w+")
RAW = re.compile(r"\broomwatch_[a-z_]+")
STATE = "site_room:roomwatch_state:code"
"""The largest of what is recorded, a series for each room."""
SUM_EXPRS = {one.name: Settings().fill(one.expr) for one in SUMS}
"""What the rules record each five minutes is computed at once."""
LIKE = {
    "site_code:roomwatch_faults:increase5m": "sum by (site, floor, model, code) (roomwatch_faults_total)",
    "site:roomwatch_mtta_seconds:mean1d": "count by (site) (up)",
    "site:roomwatch_mttr_seconds:mean1d": "count by (site) (up)",
    "site:roomwatch_meeting_minutes_lost:sum1d": "count by (site) (up)",
}
"""What comes only after hours, as an expression that gives the same labels."""
BOARDS = ("fleet", "room", "response", "causes", "monitor")
WORST = 10
"""Queries that are named, by time and by size."""
WARM_SECONDS = 150.0
"""Scenario and rules need some scrapes; what happens rarely, such as a delivery, may stay empty."""


class Source:
    """A Prometheus, asked as Grafana asks it. at: Unix seconds of the moment that is shown, now where it is None."""

    def __init__(self, port: int, at: float | None = None) -> None:
        self._port, self._at = port, at

    def ask(self, path: str, **parameters: Any) -> tuple[Any, bytes, bytes, float]:
        """The result, the answer plain and as it went over the line, and how many seconds it took."""
        url = f"http://127.0.0.1:{self._port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
        begun = time.perf_counter()
        with urllib.request.urlopen(request, timeout=120) as answer:
            packed = answer.read()
            zipped = answer.headers.get("Content-Encoding") == "gzip"
        took = time.perf_counter() - begun
        plain = gzip.decompress(packed) if zipped else packed
        return json.loads(plain)["data"]["result"], plain, packed, took

    def moment(self) -> float:
        return self._at or time.time()

    def now(self, query: str) -> list[Any]:
        return list(self.ask("query", query=query, time=self.moment())[0])

    def panel(self, expr: str, points: int, instant: bool) -> tuple[Any, bytes, bytes, float]:
        at = self.moment()
        if instant:
            return self.ask("query", query=expr, time=at)
        step = max(SCRAPE, math.ceil(HOURS * 3600 / points / SCRAPE) * SCRAPE)
        end = at // step * step
        expr = expr.replace("$__interval", f"{step}s")
        return self.ask("query_range", query=expr, start=end - HOURS * 3600, end=end, step=step)


def targets(board: str) -> Iterator[tuple[str, dict[str, Any], int]]:
    """Title, query and number of points of each panel, and of the annotations."""
    document = json.loads((CONFIG / "grafana" / f"{board}.json").read_text())
    for panel in document["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target, panel.get("maxDataPoints", 1000)
    for note in document["annotations"].get("list", ()):
        # Grafana asks for a point each minute at least.
        yield f"annotation {note['name']}", note | {"refId": "note"}, HOURS * 60


def filled(expr: str, site: str, room: str) -> str:
    """Everything chosen, or the one room."""
    expr = expr.replace('site="$site"', f'site="{site}"').replace('room="$room"', f'room="{room}"')
    return re.sub(r"\$(site|floor|class)", ".*", expr)


def busiest(source: Source) -> tuple[str, str]:
    """Site and room with most faults open now."""
    until = time.monotonic() + 120
    while not (found := source.now("topk(1, count by (site, room) (site_room:roomwatch_fault:open))")):
        if time.monotonic() > until:
            raise SystemExit("no room has a fault: the rules are not evaluated in time")
        time.sleep(3)
    return found[0]["metric"]["site"], found[0]["metric"]["room"]


def past(source: Source, site: str, room: str, folder: Path) -> int:
    """A day of what the panels draw, which ends some minutes ago, as a block in the folder. Gives the number of
    samples."""
    exprs = [target["expr"] for board in BOARDS for _, target, _ in targets(board) if not target.get("instant")]
    text = " ".join(exprs)
    names = dict.fromkeys([*RECORDED.findall(text), STATE], "")
    names |= dict.fromkeys(RAW.findall(RECORDED.sub("", text)), f'{{site="{site}", room="{room}"}}')
    chance, end, samples = random.Random(1), int(source.moment()) - 300, 0
    file = folder / "past.om"
    with file.open("w") as out:
        for name, where in sorted(names.items()):
            out.write(f"# TYPE {name} gauge\n")
            step = SCRAPE if where else RECORDED_STEP if name.startswith("site_room:") else 300
            for one in source.now(name + where) or source.now(LIKE.get(name) or SUM_EXPRS.get(name, name)):
                labels = ",".join(
                    f"{key}={json.dumps(value, ensure_ascii=False)}"
                    for key, value in one["metric"].items()
                    if key != "__name__"
                )
                value = float(one["value"][1])
                whole = value == int(value)
                for at in range(end - HOURS * 3600, end, step):
                    shown = value + (chance.random() < 0.02) if whole else value * chance.uniform(0.8, 1.2)
                    out.write(f"{name}{{{labels}}} {shown:g} {at}\n")
                    samples += 1
        out.write("# EOF\n")
    # One block of a day: Prometheus merges its blocks of two hours too, and promtool reads the file once for each.
    blocks = ("promtool", "tsdb", "create-blocks-from", f"--max-block-duration={HOURS}h", "openmetrics", "--quiet")
    made = (*blocks, str(file), str(folder))
    subprocess.run(made, check=True, capture_output=True)
    file.unlink()
    return samples


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1)]


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of a board. plain, packed: bytes of its answer, as it is and over the line."""

    panel: str
    seconds: list[float]
    plain: int
    packed: int
    points: int

    @property
    def p95(self) -> float:
        return quantile(self.seconds, 0.95)


def ask_board(source: Source, board: str, site: str, room: str, times: int) -> list[Asked]:
    made = []
    for title, target, most in targets(board):
        expr = filled(target["expr"], site, room)
        answers = [source.panel(expr, most, bool(target.get("instant"))) for _ in range(times)]
        result, text, sent, _ = answers[0]
        points = sum(len(one.get("values", (1,))) for one in result)
        made.append(Asked(f"{title} {target['refId']}", [one[3] for one in answers], len(text), len(sent), points))
    return made


def ask_all(source: Source, case: str, site: str, room: str, times: int) -> None:
    every: list[tuple[str, Asked]] = []
    for board in BOARDS:
        asked = ask_board(source, board, site, room, times)
        every += [(board, one) for one in asked]
        line("dashboards", case, f"{board}_slowest_query_p95", max(one.p95 for one in asked) * 1000, "ms", wall=True)
        line("dashboards", case, f"{board}_refresh", sum(one.packed for one in asked) / 1000, "kB",
             plain_kB=round(sum(one.plain for one in asked) / 1000), points=sum(one.points for one in asked),
             queries=len(asked), empty=[one.panel for one in asked if not one.points])  # fmt: skip
    for board, one in sorted(every, key=lambda one: one[1].p95, reverse=True)[:WORST]:
        line("dashboards", case, "slow_query_p95", one.p95 * 1000, "ms", panel=f"{board}: {one.panel}", wall=True,
             median_ms=round(statistics.median(one.seconds) * 1000, 1))  # fmt: skip
    for board, one in sorted(every, key=lambda one: one[1].packed, reverse=True)[:WORST]:
        line("dashboards", case, "large_query", one.packed / 1000, "kB", panel=f"{board}: {one.panel}",
             plain_kB=round(one.plain / 1000))  # fmt: skip
    seconds = [one for _, asked in every for one in asked.seconds]
    line("dashboards", case, "median_query", statistics.median(seconds) * 1000, "ms", wall=True)


def make(rooms: int, warm: float, store: Path) -> dict[str, Any]:
    """Fills the folder. Gives what is to be asked of it."""
    pages, port = free_ports(2)
    with tempfile.TemporaryDirectory(prefix="roomwatch-dashboards-") as name:
        folder = Path(name)
        prepare(folder, 9, "http://127.0.0.1:9/", "")  # no Alertmanager: port 9 discards
        children, source = Children(folder), Source(port)
        try:
            start_rooms(children, folder, pages, rooms, "storm")
            start_prometheus(children, folder, port, "--web.enable-admin-api")
            wait_until_ready(f"http://127.0.0.1:{port}/-/ready", children, threading.Event())
            time.sleep(warm)
            site, room = busiest(source)
            url = f"http://127.0.0.1:{port}/api/v1/admin/tsdb/snapshot"
            with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=120) as answer:
                snapshot = folder / "data" / "snapshots" / json.load(answer)["data"]["name"]
            # The last scrape of each room is in it.
            about = {"rooms": rooms, "site": site, "room": room, "at": time.time() - 1}
            about["samples"] = past(source, site, room, store)
        finally:
            children.end()
        for block in snapshot.iterdir():
            shutil.move(block, store / block.name)
    return about


def measure(about: dict[str, Any], store: Path, times: int) -> None:
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="roomwatch-dashboards-") as name:
        folder = Path(name)
        (folder / "prometheus.yml").write_text("global: {}\n")
        (folder / "data").symlink_to(store)
        children, source = Children(folder), Source(port, about["at"])
        try:
            start_prometheus(children, folder, port)
            wait_until_ready(f"http://127.0.0.1:{port}/-/ready", children, threading.Event())
            case = f"{about['rooms']} rooms, {HOURS} h"
            line("dashboards", case, "past", about["samples"], "samples")
            ask_all(source, case, about["site"], about["room"], times)
        finally:
            children.end()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=1000)
    parser.add_argument("--times", type=int, default=20, help="each query is asked so often")
    parser.add_argument("--warm", type=float, default=WARM_SECONDS)
    parser.add_argument("--keep", type=Path, help="leave the store in this new folder, and ask nothing")
    parser.add_argument("--from", dest="kept", type=Path, help="ask the store that --keep left")
    options = parser.parse_args()
    if options.kept:
        measure(json.loads((options.kept / "about.json").read_text()), options.kept, options.times)
    elif options.keep:
        options.keep.mkdir()
        (options.keep / "about.json").write_text(json.dumps(make(options.rooms, options.warm, options.keep)))
    else:
        with tempfile.TemporaryDirectory(prefix="roomwatch-dashboards-") as name:
            measure(make(options.rooms, options.warm, Path(name)), Path(name), options.times)


if __name__ == "__main__":
    main()
