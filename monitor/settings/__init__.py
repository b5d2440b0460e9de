"""The configuration of one room's daemon: its types (model) and how it is read (loading)."""

from monitor.settings.loading import load, load_readable, probe_modules
from monitor.settings.model import (
    Audit,
    Configuration,
    Heartbeat,
    Maintenance,
    MeetingBroker,
    ProbeSchedule,
    Settings,
)

__all__ = [
    "Audit",
    "Configuration",
    "Heartbeat",
    "Maintenance",
    "MeetingBroker",
    "ProbeSchedule",
    "Settings",
    "load",
    "load_readable",
    "probe_modules",
]
