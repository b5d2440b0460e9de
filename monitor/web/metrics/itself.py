"""The monitor itself on the metrics page: probes, children, configuration, dead-man's switches, wall port."""

from __future__ import annotations

import resource
from collections.abc import Iterator, Mapping

from prometheus_client.core import Metric
from prometheus_client.process_collector import ProcessCollector

from monitor.heartbeat import HeartbeatFigures
from monitor.pipeline.snapshot import Snapshot
from monitor.web.metrics.series_count import Budget
from monitor.web.metrics.shapes import counter, counters, gauge, gauges, histograms, info
from probes.reading import Reading

MOST_PROBES = 12
"""All that are shipped, and two of one's own."""
MOST_SWITCHES = 2
"""Dead-man's switches: one inside and one outside is what people have."""
PROCESS = ProcessCollector(registry=None)


def itself_families(snapshot: Snapshot) -> Iterator[Metric]:
    yield from _configuration(snapshot)
    yield counter("roomwatch_children_started", "Capture children that were started.", snapshot.children_started)
    yield gauge(
        "roomwatch_children_stuck",
        "Capture children that the kernel does not let go of: a driver hangs.",
        snapshot.children_abandoned,
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    yield counter(
        "roomwatch_children_cpu_seconds",
        "CPU time of children that have ended; the daemon's own is process_cpu_seconds_total.",
        used.ru_utime + used.ru_stime,
    )
    yield from PROCESS.collect()


def _configuration(snapshot: Snapshot) -> Iterator[Metric]:
    config = snapshot.config
    yield info(
        "roomwatch_config_info",
        "Fingerprints of the files that run: twelve digits of SHA-256, empty where there is no such file.",
        {"base_hash": config.files.base, "overlay_hash": config.files.overlay, "plan_hash": config.files.plan},
    )
    yield gauge(
        "roomwatch_config_last_reload_success_timestamp_seconds",
        "When the running configuration was taken.",
        config.taken_at,
    )
    yield gauge(
        "roomwatch_config_problems",
        "Problems for which the last reload was refused, 0 where it was taken.",
        len(config.problems),
    )
    yield gauge(
        "roomwatch_config_restart_needed",
        "Settings in the files that take effect at a restart only.",
        len(config.restart_needed),
    )
    yield gauge(
        "roomwatch_config_differs",
        "1 while the files on the disk are not those that run: changed, or refused.",
        float(config.differs),
    )


def probe_families(snapshot: Snapshot, budget: Budget) -> Iterator[Metric]:
    probes = sorted(snapshot.figures.items())
    probes = probes[: budget.grant("others", len(probes), most=MOST_PROBES, each=6)]
    yield histograms(
        "roomwatch_probe_duration_seconds",
        "How long the runs of a probe took; the count is that of its runs.",
        "probe",
        [(name, figures.durations) for name, figures in probes],
    )
    yield counters(
        "roomwatch_probe_failures",
        "Runs of a probe that broke or did not end in time.",
        ["probe"],
        [([name], figures.timeouts + figures.crashes) for name, figures in probes],
    )


def heartbeat_families(beats: Mapping[str, HeartbeatFigures], budget: Budget) -> Iterator[Metric]:
    rows = sorted(beats.items())
    rows = rows[: budget.grant("others", len(rows), most=MOST_SWITCHES, each=4)]
    yield counters(
        "roomwatch_heartbeats",
        "Beats to a dead-man's switch, by outcome.",
        ["switch", "outcome"],
        [
            ([name, outcome], count)
            for name, one in rows
            for outcome, count in (("sent", one.sent), ("failed", one.failed))
        ],
    )
    yield gauges(
        "roomwatch_heartbeat_up",
        "1 where a dead-man's switch took the last beat.",
        ["switch"],
        [([name], float(one.last > 0 and not one.problem)) for name, one in rows],
    )
    yield gauges(
        "roomwatch_heartbeat_last_success_timestamp_seconds",
        "When a dead-man's switch last took a beat, 0 before the first.",
        ["switch"],
        [([name], one.last) for name, one in rows],
    )


def wall_port_families(snapshot: Snapshot, budget: Budget) -> Iterator[Metric]:
    """The switch port at the end of the cable, as LLDP or CDP told it."""
    for check in ("network.link", "network.wired"):
        for (name, target), entry in snapshot.entries.items():
            facts = entry.outcome.evidence if isinstance(entry.outcome, Reading) else {}
            if name == check and facts.get("switch") and budget.grant("others", 1):
                yield info(
                    "roomwatch_wall_port_info",
                    "The switch port that the room's cable ends in, as the switch names it.",
                    {
                        "interface": target,
                        "switch": str(facts["switch"]),
                        "port": str(facts.get("switch_port", "")),
                        "vlan": str(facts.get("vlan", "")),
                    },
                )
                return
