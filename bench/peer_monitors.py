"""The peers of bench/peers.py, from Debian's packages, each asked for the same two faults and told where to say so.

Each looks as often as its files allow: once a second. Each says a fault at its first sight of it, by HTTP.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 1
"""Between two looks: the shortest that Monit's file takes, and what Prometheus is asked for here."""
TOOLS = {
    "monit": "monit",
    "prometheus": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "prometheus-node-exporter": "prometheus-node-exporter",
    "prometheus-process-exporter": "prometheus-process-exporter",
    "prometheus-blackbox-exporter": "prometheus-blackbox-exporter",
    "curl": "curl",
}
"""The program, and Debian's package that has it."""
EXPORTERS = ("prometheus-node-exporter", "prometheus-process-exporter", "prometheus-blackbox-exporter")
PORTS = {"prometheus": 19090, "prometheus-alertmanager": 19093} | {one: 19100 + n for n, one in enumerate(EXPORTERS)}
"""In the room's own namespace, where nothing else listens."""


def missing() -> list[str]:
    """Packages to install first."""
    return sorted({package for program, package in TOOLS.items() if shutil.which(program) is None})


@dataclass
class Peer:
    """Programs that watch together. parts: each program's process."""

    name: str
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, folder: Path, program: str, *options: str) -> None:
        with (folder / f"{program}.log").open("ab") as log:
            self.parts[program] = subprocess.Popen([program, *options], stdout=log, stderr=log, cwd=folder)

    def check_runs(self) -> None:
        for program, process in self.parts.items():
            if process.poll() is not None:
                raise SystemExit(f"peers: {program} ended with {process.returncode}")

    def stop(self) -> None:
        for process in self.parts.values():
            process.terminate()
        for process in self.parts.values():
            process.wait(20)


def monit(folder: Path, program: Path, gateway: str, receiver: int) -> Peer:
    """Its own mail would be slower than this: a program of the administrator's that posts."""

    def tell(what: str) -> str:
        return f'exec "{shutil.which("curl")} -s -d {what} http://127.0.0.1:{receiver}/monit"'

    file = folder / "monitrc"
    file.write_text(
        f"set daemon {SECONDS}\nset pidfile {folder}/monit.pid\nset idfile {folder}/monit.id\n"
        f"set statefile {folder}/monit.state\n"
        f'check process conference matching "^{program} "\n'
        f"  if not exist then {tell('process-killed')} else if succeeded then {tell('process-back')}\n"
        f"check host gateway with address {gateway}\n"
        f"  if failed ping count 1 with timeout 1 seconds then {tell('gateway-unreachable')}\n"
        f"    else if succeeded then {tell('gateway-back')}\n"
    )
    file.chmod(0o600)
    peer = Peer("monit")
    peer.start(folder, "monit", "-I", "-c", str(file))
    return peer


def prometheus(folder: Path, program: Path, gateway: str, receiver: int) -> Peer:
    """Node, process and blackbox exporters, Prometheus and Alertmanager. No grouping, so nothing waits."""
    node, process, blackbox = (f"127.0.0.1:{PORTS[one]}" for one in EXPORTERS)
    manager = f"127.0.0.1:{PORTS['prometheus-alertmanager']}"
    (folder / "processes.yml").write_text(f"process_names:\n  - name: conference\n    cmdline: ['^{program} ']\n")
    (folder / "blackbox.yml").write_text("modules:\n  icmp:\n    prober: icmp\n    timeout: 900ms\n")
    (folder / "rules.yml").write_text(
        "groups:\n- name: room\n  rules:\n"
        '  - alert: process-killed\n    expr: namedprocess_namegroup_num_procs{groupname="conference"} < 1\n'
        "  - alert: gateway-unreachable\n    expr: probe_success < 1\n"
    )
    (folder / "prometheus.yml").write_text(
        f"global: {{scrape_interval: {SECONDS}s, scrape_timeout: {SECONDS}s, evaluation_interval: {SECONDS}s}}\n"
        "rule_files: [rules.yml]\n"
        f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{manager}']}}]}}]}}\n"
        "scrape_configs:\n"
        f"- {{job_name: node, static_configs: [{{targets: ['{node}']}}]}}\n"
        f"- {{job_name: process, static_configs: [{{targets: ['{process}']}}]}}\n"
        f"- job_name: gateway\n  metrics_path: /probe\n  params: {{module: [icmp], target: ['{gateway}']}}\n"
        f"  static_configs: [{{targets: ['{blackbox}']}}]\n"
    )
    (folder / "alertmanager.yml").write_text(
        "route: {receiver: people, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 4h}\n"
        f"receivers: [{{name: people, webhook_configs: [{{url: 'http://127.0.0.1:{receiver}/alertmanager'}}]}}]\n"
    )
    peer = Peer("prometheus")
    listen = "--web.listen-address=127.0.0.1:{}"
    peer.start(folder, EXPORTERS[0], listen.format(PORTS[EXPORTERS[0]]))
    peer.start(folder, EXPORTERS[1], listen.format(PORTS[EXPORTERS[1]]), "--config.path=processes.yml")
    peer.start(folder, EXPORTERS[2], listen.format(PORTS[EXPORTERS[2]]), "--config.file=blackbox.yml")
    alertmanager, server = "prometheus-alertmanager", "prometheus"
    peer.start(folder, alertmanager, listen.format(PORTS[alertmanager]), "--config.file=alertmanager.yml",
               "--storage.path=alertmanager", "--cluster.listen-address=")  # fmt: skip
    time.sleep(1)  # the first alert finds somebody to take it
    peer.start(folder, server, listen.format(PORTS[server]), "--config.file=prometheus.yml",
               "--storage.tsdb.path=data")  # fmt: skip
    return peer
