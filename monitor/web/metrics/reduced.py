"""The reduced set: what stands on the page where [metrics] series = "reduced", for 10,000 rooms and more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import Metric

MOST_REDUCED = 100
"""Series of a room: 10,000 rooms are a million, which one Prometheus holds with ease."""
GONE_WHEN_REDUCED = (
    "process_",
    "roomwatch_application_",
    "roomwatch_audit_last_run_",
    "roomwatch_camera_",
    "roomwatch_check_state",
    "roomwatch_children_cpu_",
    "roomwatch_children_started",
    "roomwatch_clock_offset_",
    "roomwatch_cpu_",
    "roomwatch_disk_free_bytes",
    "roomwatch_dns_",
    "roomwatch_gateway_",
    "roomwatch_heartbeat",
    "roomwatch_incident_phase_",
    "roomwatch_internet_",
    "roomwatch_media_",
    "roomwatch_memory_",
    "roomwatch_microphone_",
    "roomwatch_notification_delivery_",
    "roomwatch_notifications_oldest_",
    "roomwatch_notifications_total",
    "roomwatch_premeeting_checks",
    "roomwatch_probe_",
    "roomwatch_series_left_out",
    "roomwatch_service_phase_",
    "roomwatch_speaker_",
)
"""What 10,000 rooms can do without, by the beginnings of the names: single readings, histograms, the monitor itself.
The room's state, its checks by state, its faults, incidents and meetings stay."""


def reduced(families: Iterable[Metric]) -> Iterator[Metric]:
    """At most MOST_REDUCED series of a whole page; a test holds the worst storm against it."""
    for family in families:
        written = f"{family.name}_total" if family.type == "counter" else family.name
        if not written.startswith(GONE_WHEN_REDUCED):
            yield family
