"""Kills one Alertmanager of three and one of two Prometheus under 200 simulated rooms, and counts what was told.

Two pairs of the same rules: two Prometheus, or with --vmalert two vmalert over one VictoriaMetrics (whose version in
Debian 12 knows no keep_firing_for: these lines are left out for it). Three vmagent scrape for that, each room by two of
them, and one is killed too. Prints JSON; takes --for seconds. No root.
"""

from __future__ import annotations

import argparse
import http.server
import json
import re
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from bench.room import line
from scripts.fleet_demo import Children, free_ports, prepare, start_rooms, wait_until_ready

KILL_AT = 100.0
"""Seconds until the kills: the first faults are told by then, those of the switch come after."""
AGENTS = 3
"""vmagent: each room is scraped by two, so that one may be lost."""
LAST_SECONDS = 90.0
"""Before the end no alert that is new then counts as lost: it is still in its group's wait."""


class Receiver:
    """A web hook that keeps what it was told: (receiver, group, status, labels of the alerts) → how often."""

    def __init__(self) -> None:
        self.told: Counter[tuple[str, str, str, frozenset[str]]] = Counter()
        self.alerts: set[str] = set()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                posted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()
                receiver.take(posted)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: the figures are printed."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, posted: Any) -> None:
        if posted["commonLabels"].get("kind") == "deadman":
            return
        named = frozenset(f"{one['status']} {label(one['labels'])}" for one in posted["alerts"])
        self.told[(posted["receiver"], posted["groupKey"], posted["status"], named)] += 1
        self.alerts |= {label(one["labels"]) for one in posted["alerts"] if one["status"] == "firing"}


def label(labels: dict[str, str]) -> str:
    return json.dumps({name: text for name, text in labels.items() if name != "prometheus"}, sort_keys=True)


def asked(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def start_alertmanagers(children: Children, folder: Path, ports: list[int], gossip: list[int]) -> None:
    for number, (port, own) in enumerate(zip(ports, gossip, strict=True)):
        children.start(
            f"alertmanager-{number}",
            "prometheus-alertmanager",
            f"--config.file={folder}/alertmanager.yml",
            f"--storage.path={folder}/alertmanager-{number}",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--cluster.listen-address=127.0.0.1:{own}",
            *(f"--cluster.peer=127.0.0.1:{peer}" for peer in gossip if peer != own),
        )


def start_prometheus_pair(children: Children, folder: Path, ports: list[int], managers: list[int]) -> str:
    """Gives the address of the one that is left alone."""
    text = (folder / "prometheus.yml").read_text()
    every = ", ".join(f'"127.0.0.1:{port}"' for port in managers)
    (folder / "prometheus.yml").write_text(re.sub(r'targets: \["127\.0\.0\.1:\d+"\]', f"targets: [{every}]", text))
    for number, port in enumerate(ports):
        children.start(
            f"rules-{number}",
            *("prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data-{number}"),
            f"--web.listen-address=127.0.0.1:{port}",
        )
    return f"http://127.0.0.1:{ports[1]}"


def start_vmalert_pair(children: Children, folder: Path, ports: list[int], managers: list[int]) -> str:
    (store,) = free_ports(1)
    rules = folder / "vmalert.rules.yml"
    rules.write_text(for_vmalert((folder / "roomwatch.rules.yml").read_text()))
    children.start(
        "store",
        *("victoria-metrics", f"-storageDataPath={folder}/store", f"-httpListenAddr=127.0.0.1:{store}"),
        "-dedup.minScrapeInterval=15s",
    )
    for number, port in enumerate(free_ports(AGENTS)):
        children.start(
            f"agent-{number}",
            *("vmagent", f"-promscrape.config={folder}/prometheus.yml", "-promscrape.config.strictParse=false"),
            *(f"-promscrape.cluster.membersCount={AGENTS}", f"-promscrape.cluster.memberNum={number}"),
            *("-promscrape.cluster.replicationFactor=2", f"-remoteWrite.url=http://127.0.0.1:{store}/api/v1/write"),
            *(f"-remoteWrite.tmpDataPath={folder}/agent-{number}", f"-httpListenAddr=127.0.0.1:{port}"),
        )
    for number, port in enumerate(ports):
        url = f"http://127.0.0.1:{store}"
        children.start(
            f"rules-{number}",
            *("vmalert", f"-rule={rules}", f"-httpListenAddr=127.0.0.1:{port}", f"-datasource.url={url}"),
            *(f"-remoteWrite.url={url}", f"-remoteRead.url={url}", "-evaluationInterval=15s"),
            *(f"-notifier.url=http://127.0.0.1:{one}" for one in managers),
        )
    return f"http://127.0.0.1:{store}"


TIME_OF_DAY = re.compile(r'\(([^()|]+(?:\| first \| value )?)\| toTime\)\.Format \\?"[^"]*"')


def for_vmalert(rules: str) -> str:
    """The rules in what vmalert 1.79 of Debian 12 knows: without keep_firing_for, and with its own form of a time."""
    kept = (one for one in rules.splitlines(keepends=True) if not one.lstrip().startswith("keep_firing_for:"))
    return TIME_OF_DAY.sub(r"\1| humanizeTimestamp", "".join(kept))


def measure(rooms: int, seconds: float, vmalert: bool, kill_at: float) -> None:
    receiver, ended = Receiver(), threading.Event()
    pages, *ports = free_ports(9)
    rule_ports, managers, gossip = ports[:2], ports[2:5], ports[5:8]
    case = "vmalert" if vmalert else "prometheus"
    with tempfile.TemporaryDirectory(prefix="roomwatch-redundancy-") as name:
        folder = Path(name)
        prepare(folder, managers[0], f"http://127.0.0.1:{receiver.server.server_port}/", "")
        children = Children(folder)
        try:
            start_alertmanagers(children, folder, managers, gossip)
            start_rooms(children, folder, pages, rooms, "demo", "reduced")
            wait_until_ready(f"http://127.0.0.1:{pages}/targets", children, ended)
            source = (start_vmalert_pair if vmalert else start_prometheus_pair)(children, folder, rule_ports, managers)
            begun = time.monotonic()
            time.sleep(kill_at)
            before = len(receiver.told)
            children.kill("rules-0")
            children.kill("alertmanager-0")
            if vmalert:
                children.kill("agent-0")
            time.sleep(max(0.0, seconds - (time.monotonic() - begun)))
            due = firing(rule_ports[1], time.time() - LAST_SECONDS)
            held = inhibited(managers[1])
            known = asked(f"{source}/api/v1/query?query=count(up)")["data"]["result"]
        finally:
            children.end()
            receiver.server.shutdown()
            receiver.server.server_close()
    lost = due - receiver.alerts - held
    doubled = sum(count - 1 for count in receiver.told.values())
    line("redundancy", case, "rooms", rooms, "1")
    line("redundancy", case, "rooms_known_at_the_end", float(known[0]["value"][1]) if known else 0, "1")
    line("redundancy", case, "told_before_the_kills", before, "1")
    line("redundancy", case, "notifications", sum(receiver.told.values()), "1")
    line("redundancy", case, "alerts_due", len(due - held), "1")
    line("redundancy", case, "alerts_lost", len(lost), "1")
    line("redundancy", case, "notifications_doubled", doubled, "1")
    for one in sorted(lost):
        print(f"lost: {one}", file=sys.stderr)


def firing(port: int, before: float) -> set[str]:
    """What has fired since that time, by the rules that are left; the shipped routes mute notices out of hours."""
    found = asked(f"http://127.0.0.1:{port}/api/v1/alerts")["data"]["alerts"]
    return {
        label(one["labels"])
        for one in found
        if one["state"] == "firing"
        and one["labels"].get("kind") != "deadman"
        and one["labels"].get("severity") != "notice"
        and since(one["activeAt"]) < before
    }


def inhibited(port: int) -> set[str]:
    """What Alertmanager holds back for another alert, or is muted at this hour."""
    found = asked(f"http://127.0.0.1:{port}/api/v2/alerts?active=false&inhibited=true&silenced=true")
    return {label(one["labels"]) for one in found}


def since(text: str) -> float:
    import datetime as dt

    return dt.datetime.fromisoformat(re.sub(r"\.\d+", "", text)).timestamp()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=200)
    parser.add_argument("--for", dest="seconds", type=float, default=420.0)
    parser.add_argument("--vmalert", action="store_true")
    parser.add_argument("--kill-at", type=float, default=KILL_AT, help="seconds after the start")
    options = parser.parse_args()
    measure(options.rooms, options.seconds, options.vmalert, options.kill_at)
