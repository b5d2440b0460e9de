"""Starts Debian's Prometheus and Alertmanager and simulated rooms on loopback, with the shipped files."""

from __future__ import annotations

import argparse
import http.server
import itertools
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config"
READY_SECONDS = 60.0
"""A start takes two seconds; a busy machine needs many more."""
END_SECONDS = 10.0
"""Prometheus writes its data in order when it is asked to end."""
CHECK_INTERVAL = "5s"
"""Of scraping and of rules with --check: what is waited for are the rules' own times, and a busy machine keeps up."""


class DemoFailed(Exception):
    """The text says what went wrong."""


class Alerts:
    """A web hook on loopback that keeps what Alertmanager posts."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.began = time.monotonic()
        self.of_rooms = threading.Event()
        """Set by the first alert that belongs to a site; the one that always fires belongs to none."""
        alerts = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                posted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()
                alerts._take(posted, say)

            def log_message(self, format: str, *args: Any) -> None:
                """The alerts themselves are printed."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/"

    def _take(self, posted: Any, say: Callable[[str], None]) -> None:
        of_rooms = [one for one in posted["alerts"] if one["labels"].get("site")]
        if not of_rooms:
            return
        summary = of_rooms[0]["annotations"].get("summary", of_rooms[0]["labels"]["alertname"])
        more = f" and {len(of_rooms) - 1} more" if len(of_rooms) > 1 else ""
        after = round(time.monotonic() - self.began)
        say(f"notification, {posted['status']}: {summary}{more} ({after} s after the start)")
        self.of_rooms.set()


class Children:
    """What was started. Each writes its log into the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str) -> None:
        with (self._folder / f"{name}.log").open("wb") as log:
            # A session of its own: Ctrl-C in the terminal reaches this program alone, which ends the others in order.
            self._started[name] = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT, start_new_session=True
            )

    def pid(self, name: str) -> int:
        return self._started[name].pid

    def kill(self, name: str) -> None:
        """As a power cut ends it; nobody waits for it in look()."""
        child = self._started.pop(name)
        child.kill()
        child.wait()

    def look(self) -> None:
        """Raises DemoFailed where one has ended."""
        for name, child in self._started.items():
            if child.poll() is not None:
                last = (self._folder / f"{name}.log").read_text(errors="replace").splitlines()[-5:]
                raise DemoFailed("\n  ".join([f"{name} ended with code {child.returncode}:", *last]))

    def end(self) -> None:
        """All of them, by their process ids; the last one started first."""
        children = list(reversed(self._started.values()))
        for child in children:
            child.terminate()
        until = time.monotonic() + END_SECONDS
        for child in children:
            try:
                child.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def prepare(folder: Path, alertmanager: int, web_hook: str, interval: str) -> None:
    """The shipped files with the demo's own addresses. interval: "" for the shipped ones."""
    shutil.copytree(CONFIG / "prometheus", folder, dirs_exist_ok=True)
    shutil.copytree(CONFIG / "alertmanager", folder, dirs_exist_ok=True)
    prometheus = (folder / "prometheus.yml").read_text().replace("localhost:9093", f"127.0.0.1:{alertmanager}")
    if interval:
        times = r"(scrape_interval|evaluation_interval|scrape_timeout): \w+"
        prometheus = re.sub(times, rf"\1: {interval}", prometheus)
    (folder / "prometheus.yml").write_text(prometheus)
    file = folder / "alertmanager.yml"
    file.write_text(re.sub(r"(\burl: )\S+", rf"\1{web_hook}", file.read_text()))


def what_happens(scenario: str) -> str:
    """The comment at the head of a scenario's file; "" where there is none."""
    file = CONFIG / "scenarios" / f"{scenario}.toml"
    head = itertools.takewhile(
        lambda line: line.startswith("#"), file.read_text().splitlines() if file.is_file() else ()
    )
    return " ".join(line.removeprefix("#").strip() for line in head)


def wait_until_ready(url: str, children: Children, ended: threading.Event) -> None:
    until = time.monotonic() + READY_SECONDS
    while not ended.is_set():
        children.look()
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise DemoFailed(f"{url} does not answer") from None
            time.sleep(0.1)


def demonstrate(options: argparse.Namespace, ended: threading.Event) -> None:
    """Until it is ended, or what the options say. Raises DemoFailed."""
    pages, prometheus, alertmanager = free_ports(3)
    alerts = Alerts(lambda text: print(text, flush=True))
    with tempfile.TemporaryDirectory(prefix="roomwatch-demo-") as name:
        folder = Path(name)
        prepare(folder, alertmanager, alerts.url, CHECK_INTERVAL if options.check else "")
        children = Children(folder)
        try:
            start_alertmanager(children, folder, alertmanager)
            start_rooms(children, folder, pages, options.rooms, options.scenario)
            start_prometheus(children, folder, prometheus)
            for url in (
                f"http://127.0.0.1:{pages}/targets",
                f"http://127.0.0.1:{prometheus}/-/ready",
                f"http://127.0.0.1:{alertmanager}/-/ready",
            ):
                wait_until_ready(url, children, ended)
            if not ended.is_set():
                print(f"{options.rooms} simulated rooms  http://127.0.0.1:{pages}/targets")
                print(f"Prometheus           http://127.0.0.1:{prometheus}/alerts")
                print(f"Alertmanager         http://127.0.0.1:{alertmanager}/#/alerts")
                print(f"Files and logs       {folder}, gone at the end")
                if happens := what_happens(options.scenario):
                    print(f"What happens         {happens}")
                print(
                    "Notifications are printed here, each after its rule's own time: the first takes a minute or two."
                )
                print("End it with Ctrl-C.", flush=True)
            _watch(children, alerts, options, ended)
        finally:
            children.end()
            alerts.server.shutdown()
            alerts.server.server_close()
    print("All that was started has ended.", flush=True)


def start_alertmanager(children: Children, folder: Path, port: int) -> None:
    children.start(
        "alertmanager",
        "prometheus-alertmanager",
        f"--config.file={folder}/alertmanager.yml",
        f"--storage.path={folder}/alertmanager-data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    )


def start_rooms(children: Children, folder: Path, port: int, rooms: int, scenario: str, series: str = "full") -> None:
    """Writes them where the shipped prometheus.yml looks for rooms. That is YAML, and JSON is YAML."""
    children.start(
        "rooms",
        *(sys.executable, "-m", "monitor.cli", "simulate", "--rooms", str(rooms), "--scenario", scenario),
        *("--port", str(port), "--series", series, "--targets", f"{folder}/rooms.yml"),
    )


def start_prometheus(children: Children, folder: Path, port: int, *more: str) -> None:
    children.start(
        "prometheus",
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
        *more,
    )


def _watch(children: Children, alerts: Alerts, options: argparse.Namespace, ended: threading.Event) -> None:
    until = time.monotonic() + options.seconds if options.seconds else float("inf")
    while not ended.wait(0.2):
        children.look()
        if options.check and alerts.of_rooms.is_set():
            return
        if time.monotonic() > until:
            if options.check:
                raise DemoFailed(f"no alert of a room arrived within {options.seconds:g} s")
            return


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/fleet-demo", description=__doc__)
    parser.add_argument("--rooms", type=int, default=200, help="how many, 200 unless said otherwise")
    parser.add_argument("--scenario", default="demo", help="as of `roomwatch simulate`, demo unless said otherwise")
    parser.add_argument("--for", dest="seconds", type=float, default=0.0, help="end by itself after so many seconds")
    parser.add_argument("--check", action="store_true", help="end with 0 when an alert of a room arrived, else with 1")
    options = parser.parse_args(arguments)
    ended = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: ended.set())
    try:
        demonstrate(options, ended)
    except DemoFailed as error:
        print(f"fleet-demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
