"""The way from the wall port to the conferencing service, walked as a ladder."""

from probes.network.ladder import probe
from probes.network.settings import Settings, thresholds, unwatched

__all__ = ["STOPS_FOR_EVENTS", "Settings", "probe", "thresholds", "unwatched"]

STOPS_FOR_EVENTS = True
"""What a run still waits for is moot once the cable is out: the kernel's word begins a new run at once."""
