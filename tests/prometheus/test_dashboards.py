"""The dashboards' queries, answered by a real Prometheus that scrapes a real room with a real fault."""

import asyncio
import json
import re
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bench.room import PROGRAM, Receiver, Room
from scripts import dashboards

CONFIG = Path(__file__).resolve().parents[2] / "config"
NEEDS_DEVICES = {"Round trips and delays", "Sound"}
"""Panels of probes that this room has switched off: their queries must be understood, and may be empty."""

OFF = "\n".join(
    f"[schedule.{probe}]\nenabled = false"
    for probe in ("network", "camera", "microphone", "speaker", "display", "power")
)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Prometheus:
    """Debian's Prometheus with the shipped rules, faster, scraping one room as the shipped job would."""

    def __init__(self, folder: Path, target: str) -> None:
        self.port = free_port()
        job = (CONFIG / "prometheus" / "prometheus.yml").read_text()
        (folder / "prometheus.yml").write_text(
            job.replace("15s", "500ms").replace("scrape_timeout: 5s", "scrape_timeout: 500ms")
        )
        (folder / "roomwatch.rules.yml").write_text((CONFIG / "prometheus" / "roomwatch.rules.yml").read_text())
        (folder / "rooms.yml").write_text(
            json.dumps([{"targets": [target], "labels": {"room": "bench", "site": "hq", "floor": "3"}}])
        )
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"]
        )  # fmt: skip

    def ask(self, path: str, **parameters: str) -> Any:
        """Raises URLError while it is not up, HTTPError (with the reason) for a query that it does not understand."""
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)["data"]

    async def wait_for(self, query: str, seconds: float = 30) -> list[Any]:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    found = (await asyncio.to_thread(self.ask, "/api/v1/query", query=query))["result"]
                except urllib.error.HTTPError as error:
                    if error.code != 503:
                        raise
                    found = []
                except urllib.error.URLError:
                    found = []
                if found:
                    return list(found)
                await asyncio.sleep(0.2)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Prometheus]:
    receiver = Receiver()
    await receiver.start()
    port = free_port()
    settings = f"""
[patience]
app_not_running = 0
[probes.software]
use_known = false
[probes.software.applications.conf]
executables = ["{PROGRAM}"]
{OFF}
"""
    room = Room(tmp_path, receiver.port, settings)
    file = tmp_path / "roomwatch.toml"
    file.write_text(file.read_text().replace("port = 0", f"port = {port}"))
    room.start_program()
    await room.start()
    prometheus = Prometheus(tmp_path, f"127.0.0.1:{port}")
    room.kill_program()
    yield prometheus
    prometheus.end()
    room.stop()
    await receiver.close()


def panels() -> list[tuple[str, str, str]]:
    """Dashboard, title and query of every panel that is checked in."""
    found = []
    for file in sorted((CONFIG / "grafana").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            found.extend((file.name, panel["title"], target["expr"]) for target in panel["targets"])
    return found


def filled(expression: str) -> str:
    """What Grafana puts in the place of its variables."""
    known = {"$site": ".*", "$room": "bench", "$__rate_interval": "5s"}
    return re.sub(r"\$\w+", lambda match: known[match[0]], expression)


def test_what_is_checked_in_is_what_the_script_makes() -> None:
    for name, text in dashboards.documents().items():
        assert (dashboards.FOLDER / name).read_text() == text, f"run python scripts/dashboards.py ({name})"


def test_every_panel_has_a_title_a_query_and_a_place_of_its_own() -> None:
    for file in (CONFIG / "grafana").glob("*.json"):
        document = json.loads(file.read_text())
        cells: set[tuple[int, int]] = set()
        for panel in document["panels"]:
            assert panel["title"]
            assert panel["targets"][0]["expr"]
            place = panel["gridPos"]
            own = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not own & cells, panel["title"]
            assert place["x"] + place["w"] <= 24
            cells |= own


async def test_every_panel_is_answered_for_a_room_with_a_fault(watched: Prometheus) -> None:
    await watched.wait_for('roomwatch_fault_open{code="app_not_running", room="bench"}')
    await watched.wait_for("site_room:roomwatch_state:code >= 2")
    await watched.wait_for("increase(roomwatch_probe_failures_total[5s])")
    assert len(panels()) > 15
    empty = []
    for board, title, expression in panels():
        answer = await asyncio.to_thread(watched.ask, "/api/v1/query", query=filled(expression))
        if not answer["result"] and title not in NEEDS_DEVICES:
            empty.append((board, title))
    assert not empty
    worst = await watched.wait_for("sort_desc(site_room:roomwatch_state:code)")
    assert worst[0]["metric"]["room"] == "bench"
    assert worst[0]["metric"]["site"] == "hq"
    rules = await asyncio.to_thread(watched.ask, "/api/v1/rules")
    wrong = [rule["name"] for group in rules["groups"] for rule in group["rules"] if rule.get("lastError")]
    assert not wrong
