"""What probes measured, as gauges: one line a value. What is not in the table is in the status document alone.

A line's place is its rank: where the page is full, the last ones are left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from prometheus_client.core import GaugeMetricFamily, Metric

from monitor.pipeline.snapshot import Snapshot
from monitor.web.metrics.series_count import Budget

NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Exported:
    """name: without ``roomwatch_``. labels: beside the target. value_at: (value, Unix time of it) → what is shown."""

    name: str
    text: str
    labels: Mapping[str, str] = field(default_factory=lambda: NONE)
    value_at: Callable[[float, float], float] = lambda value, at: value


def _ends(left: float, at: float) -> float:
    return round(at + left)


PHASE = "Time of a phase of reaching a service; total is that of connection, TLS and first byte together."
RTT = "Round trip to the gateway."
OUT = "Shortest time to reach an address on the internet."
EXPORTED: Mapping[tuple[str, str], Exported] = {
    ("network.gateway", "gateway_rtt_seconds"): Exported("gateway_rtt_seconds", RTT, {"ip": "4"}),
    ("network.internet", "internet_rtt_seconds"): Exported("internet_rtt_seconds", OUT, {"ip": "4"}),
    ("network.dns", "dns_seconds"): Exported("dns_seconds", "Time in which a name was resolved."),
    ("network.stream", "media_loss_ratio"): Exported("media_loss_ratio", "Part of the test packets that were lost."),
    ("network.stream", "media_jitter_seconds"): Exported("media_jitter_seconds", "Jitter of the test packets."),
    ("network.stream", "media_rtt_seconds"): Exported("media_rtt_seconds", "Round trip of the test packets."),
    ("network.stream", "media_mos"): Exported("media_mos", "Voice quality by the E-model, 1 (bad) to 4.5 (best)."),
    ("network.link", "wifi_signal_dbm"): Exported("wifi_signal_dbm", "Strength of the Wi-Fi signal."),
    ("network.service", "service_seconds"): Exported("service_phase_seconds", PHASE, {"phase": "total"}),
    ("host.disk", "free_ratio"): Exported("disk_free_ratio", "Free part of a file system, 0 to 1."),
    ("host.disk", "free_bytes"): Exported("disk_free_bytes", "Free space of a file system for its users."),
    ("microphone", "level_dbfs"): Exported("microphone_level_dbfs", "Loudness of the last sample."),
    ("microphone", "noise_floor_dbfs"): Exported("microphone_noise_floor_dbfs", "Loudness of its quietest part."),
    ("microphone.settings", "gain_ratio"): Exported("microphone_gain_ratio", "Gain of the microphone, 1 is full."),
    ("speaker", "volume_ratio"): Exported("speaker_volume_ratio", "Volume of the loudspeaker, 1 is full."),
    ("camera", "luma_mean"): Exported("camera_luma", "Mean brightness of the last picture, 0 to 255."),
    ("camera", "sharpness"): Exported("camera_sharpness", "Sharpness of the last picture; compare it with itself."),
    ("host.memory", "memory_stalled_ratio"): Exported(
        "memory_stalled_ratio", "Part of the last minute in which all work waited for memory."
    ),
    ("host.cpu", "cpu_waiting_ratio"): Exported(
        "cpu_waiting_ratio", "Part of the last five minutes in which some work waited for a processor."
    ),
    ("host.heat", "temperature_celsius"): Exported(
        "temperature_celsius", "The sensor that is nearest to its critical point."
    ),
    ("host.clock", "clock_offset_seconds"): Exported("clock_offset_seconds", "What the time service still corrects."),
    ("power.battery", "charge_ratio"): Exported("battery_charge_ratio", "Charge of a battery or UPS, 0 to 1."),
    ("network.service", "certificate_left_seconds"): Exported(
        "certificate_expiry_timestamp_seconds", "When the service's certificate ends.", value_at=_ends
    ),
    ("network.gateway6", "gateway_rtt_seconds"): Exported("gateway_rtt_seconds", RTT, {"ip": "6"}),
    ("network.internet6", "internet6_rtt_seconds"): Exported("internet_rtt_seconds", OUT, {"ip": "6"}),
    ("network.service", "service_connect_seconds"): Exported("service_phase_seconds", PHASE, {"phase": "connect"}),
    ("network.service", "service_tls_seconds"): Exported("service_phase_seconds", PHASE, {"phase": "tls"}),
    ("network.service", "service_first_byte_seconds"): Exported(
        "service_phase_seconds", PHASE, {"phase": "first_byte"}
    ),
    ("network.service", "service_dns_seconds"): Exported("service_phase_seconds", PHASE, {"phase": "dns"}),
    ("network.path", "path_loss_ratio"): Exported("path_loss_ratio", "Part of the packets lost on the way out."),
    ("software.resources", "memory_with_children_bytes"): Exported(
        "application_memory_bytes", "Memory of a program and of the processes that it started."
    ),
    ("software.responding", "cpu_share"): Exported("application_cpu_ratio", "Processors that a program keeps busy."),
}
RANK = {key: rank for rank, key in enumerate(EXPORTED)}


def reading_families(snapshot: Snapshot, budget: Budget) -> Iterator[Metric]:
    rows = sorted(_rows(snapshot), key=lambda one: one[:2])
    rows = rows[: budget.grant("readings", len(rows))]
    families: dict[str, GaugeMetricFamily] = {}
    for _, target, exported, value in rows:
        family = families.get(exported.name)
        if family is None:
            family = families[exported.name] = GaugeMetricFamily(
                f"roomwatch_{exported.name}", exported.text, labels=["target", *exported.labels]
            )
        family.add_metric([target, *exported.labels.values()], value)
    yield from families.values()


def _rows(snapshot: Snapshot) -> Iterator[tuple[int, str, Exported, float]]:
    """(rank, target, how it is shown, value), without what is no number."""
    for (check, target), entry in snapshot.entries.items():
        for name, value in entry.values.items():
            exported = EXPORTED.get((check, name))
            if exported is not None and math.isfinite(value):
                yield RANK[check, name], target, exported, exported.value_at(value, entry.at)
