"""Simulated rooms, Debian's Prometheus and Alertmanager with the shipped files: how many notifications arrive."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scripts.fleet_demo import (
    Children,
    free_ports,
    prepare,
    start_alertmanager,
    start_prometheus,
    start_rooms,
    wait_until_ready,
)

SWITCH_DIES = """
start = "wed 10:00"
faults_a_day = 0.0
meetings_a_day = 0.0
off_at_night = 0.0
rooms_a_floor = 40
[[event]]
kind = "meeting"
at = "0s"
lasts = "1h"
site = "hq"
floor = "1"
count = 2
[[event]]
kind = "switch_dies"
at = "75s"
lasts = "90s"
site = "hq"
floor = "1"
"""
"""It is back, and all its alerts have ended, before the receiver may hear of the group again: two minutes after the
first time. Else that would tell of a part of the rooms."""
SWITCHED_OFF = """
start = "wed 20:30"
faults_a_day = 0.0
meetings_a_day = 0.0
off_at_night = 0.0
[[event]]
kind = "switched_off"
at = "60s"
over = "30s"
lasts = "10h"
site = "hq"
"""


class Receiver:
    """Keeps what Alertmanager posts, with the time in which it came; not what always fires."""

    def __init__(self) -> None:
        self.posts: list[tuple[float, dict[str, Any]]] = []
        posts = self.posts

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                posted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()
                if posted["commonLabels"].get("alertname") != "DeadMansSwitch":
                    posts.append((time.monotonic(), posted))

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing is written."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, count: int, seconds: float) -> None:
        until = time.monotonic() + seconds
        while len(self.posts) < count and time.monotonic() < until:
            time.sleep(0.5)


@contextmanager
def fleet(folder: Path, scenario: str) -> Iterator[tuple[Receiver, float]]:
    """Gives the receiver and when the simulation began, by the monotonic clock."""
    (folder / "scenario.toml").write_text(scenario)
    receiver, children = Receiver(), Children(folder)
    pages, prometheus, alertmanager = free_ports(3)
    prepare(folder, alertmanager, f"http://127.0.0.1:{receiver.server.server_port}/", "")
    try:
        start_alertmanager(children, folder, alertmanager)
        start_rooms(children, folder, pages, 160, str(folder / "scenario.toml"))
        wait_until_ready(f"http://127.0.0.1:{pages}/targets", children, threading.Event())
        began = time.monotonic()
        start_prometheus(children, folder, prometheus)
        yield receiver, began
        children.look()
    finally:
        children.end()
        receiver.server.shutdown()
        receiver.server.server_close()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_switch_that_dies_is_one_notification_and_its_end_another(tmp_path: Path) -> None:
    with fleet(tmp_path, SWITCH_DIES) as (receiver, began):
        receiver.wait_for(2, 480)
        shown = [(round(at - began - 75), one["status"], one["alerts"][0]["annotations"]) for at, one in receiver.posts]
        print([(seconds, status, texts["summary"]) for seconds, status, texts in shown])
        assert [one["status"] for _, one in receiver.posts] == ["firing", "resolved"], shown
    alerts = receiver.posts[0][1]["alerts"]
    names = sorted(one["labels"]["alertname"] for one in alerts)
    assert names == ["RoomSilentInMeeting", "RoomSilentInMeeting", "SwitchSilent"]
    switch = next(one for one in alerts if one["labels"]["alertname"] == "SwitchSilent")
    assert switch["annotations"]["summary"].startswith("hq · switch sw-hq-1: 40 rooms silent (")
    in_meeting = {one["labels"]["room"] for one in alerts if "Meeting" in one["labels"]["alertname"]}
    assert set(switch["annotations"]["summary"].rpartition(": ")[2].split(", ")) == in_meeting


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_site_that_is_switched_off_in_the_evening_tells_nobody(tmp_path: Path) -> None:
    with fleet(tmp_path, SWITCHED_OFF) as (receiver, _):
        receiver.wait_for(1, 240)
        assert receiver.posts == []
