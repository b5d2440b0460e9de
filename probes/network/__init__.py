"""The way from the wall port to the conferencing service, walked as a ladder. Refuses to be heavy: no scapy here."""

from probes.network.ladder import probe
from probes.network.settings import Settings, thresholds

__all__ = ["Settings", "probe", "thresholds"]
