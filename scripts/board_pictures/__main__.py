"""Runs 60 simulated rooms under Debian's Prometheus for some minutes and draws the five dashboards, in both languages.

`python -m scripts.board_pictures` writes docs/pictures/board-NAME-LANGUAGE.webp. Needs Chromium and Noto's Chinese
font.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import sync_playwright

from scripts.board_pictures.drawing import CELL_WIDTH, Answer, page
from scripts.fleet_demo import (
    CONFIG,
    ROOT,
    Children,
    DemoFailed,
    free_ports,
    prepare,
    start_prometheus,
    start_rooms,
    wait_until_ready,
)

PICTURES = ROOT / "docs" / "pictures"
QUALITY = 70
INTERVAL = "5s"
NAMES = ("fleet", "room", "response", "causes", "monitor")
LANGUAGES = {"en": "", "zh-CN": ".zh-CN"}
NOTES = {
    "en": "Simulated rooms. The answers of Prometheus to the queries, drawn by scripts/board_pictures, not by Grafana.",
    "zh-CN": "模拟会议室；Prometheus 对仪表盘查询的回答，由 scripts/board_pictures 绘制，并非 Grafana 的渲染结果。",
}
SCENARIO = """
start = "wed 10:20"
faults_a_day = 0.0
meetings_a_day = 8.0
off_at_night = 0.0
[[event]]
kind = "storm"
at = "60s"
lasts = "30m"
rate = 3.0
[[event]]
kind = "switch_dies"
at = "4m"
lasts = "10m"
site = "lab"
floor = "2"
[[event]]
kind = "update"
at = "1m"
rings = [0.1, 0.3]
every = "2m"
version = "0.3.0"
[[event]]
kind = "switched_off"
at = "90s"
over = "60s"
lasts = "30m"
count = 3
[[event]]
kind = "fault"
code = "app_not_running"
at = "40s"
over = "60s"
lasts = "75s"
count = 6
"""


def sooner(rules: str) -> str:
    """A few minutes stand for a day: what is recorded each five minutes is recorded at once."""
    return re.sub(r"interval: \S+", f"interval: {INTERVAL}", rules).replace("offset 5m", "offset 15s")


def answer(port: int, target: dict[str, Any], names: dict[str, str], span: tuple[float, float]) -> Answer:
    expr = re.sub(r'(site|room)="\$(site|room)"', lambda found: f'{found[1]}="{names[found[1]]}"', target["expr"])
    expr = re.sub(r"\$(site|floor|class)\b", ".*", expr).replace("$__interval", INTERVAL)
    values: dict[str, Any] = {"query": expr}
    path = "query"
    if not target.get("instant"):
        path, values = "query_range", values | {"start": span[0], "end": span[1], "step": 5}
    url = f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(values)}"
    with urllib.request.urlopen(url, timeout=30) as found:
        return list(json.load(found)["data"]["result"])


def ask_for(port: int, span: tuple[float, float]) -> dict[str, dict[tuple[int, str], Answer]]:
    worst = {"expr": 'topk(1, count by (site, room) (roomwatch_fault_open{site="hq", cause=""}))', "instant": True}
    names = answer(port, worst, {}, span)[0]["metric"]
    found = {}
    for name in NAMES:
        panels = json.loads((CONFIG / "grafana" / f"{name}.json").read_text())["panels"]
        found[name] = {
            (number, target["refId"]): answer(port, target, names, span)
            for number, panel in enumerate(panels)
            for target in panel["targets"]
        }
    return found


def draw(answers: dict[str, dict[tuple[int, str], Answer]], span: tuple[float, float], to: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": 24 * CELL_WIDTH + 16, "height": 600})
        for name in NAMES:
            for language, suffix in LANGUAGES.items():
                board = json.loads((CONFIG / "grafana" / f"{name}{suffix}.json").read_text())
                shown.set_content(page(board, answers[name], span, NOTES[language]))
                picture = cv2.imdecode(np.frombuffer(shown.screenshot(full_page=True), np.uint8), cv2.IMREAD_COLOR)
                assert picture is not None
                file = to / f"board-{name}-{language}.webp"
                cv2.imwrite(str(file), picture, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
        browser.close()


def run(seconds: float, rooms: int, to: Path) -> None:
    pages, port = free_ports(2)
    with tempfile.TemporaryDirectory(prefix="roomwatch-boards-") as name:
        folder = Path(name)
        prepare(folder, 9, "http://127.0.0.1:9/", INTERVAL)  # no Alertmanager: port 9 discards
        rules = folder / "roomwatch.rules.yml"
        rules.write_text(sooner(rules.read_text()))
        (folder / "scenario.toml").write_text(SCENARIO)
        children = Children(folder)
        try:
            start_rooms(children, folder, pages, rooms, str(folder / "scenario.toml"))
            start_prometheus(children, folder, port)
            wait_until_ready(f"http://127.0.0.1:{port}/-/ready", children, threading.Event())
            begun = time.time()
            time.sleep(seconds)
            children.look()
            span = (begun, time.time())
            answers = ask_for(port, span)
        finally:
            children.end()
    draw(answers, span, to)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.board_pictures", description=__doc__)
    parser.add_argument("--for", dest="seconds", type=float, default=300.0)
    parser.add_argument("--rooms", type=int, default=60)
    parser.add_argument("--to", type=Path, default=PICTURES)
    options = parser.parse_args()
    try:
        run(options.seconds, options.rooms, options.to)
    except DemoFailed as error:
        print(f"board_pictures: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
