"""Which faults are seen now and told to nobody: in a maintenance window of their check, or under a silence of
Alertmanager. Pure.

A silence holds a fault back where it would mute the alert that the room posts of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerting.alertmanager.alerts import fault_labels
from alerting.alertmanager.silences import AlertSilence, holding
from monitor.settings import Maintenance, Settings


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What holds faults back at one moment. windows, silences: those that run."""

    settings: Settings
    windows: tuple[Maintenance, ...]
    silences: tuple[AlertSilence, ...]
    until: float
    """When the last of the windows and silences of the whole room ends, 0 where none runs. A window of the camera alone
    is none: Prometheus takes a room in maintenance for one that may go silent."""
    now: float

    def why(self, check: str, code: str, target: str) -> str:
        """The reason for which the fault is told to nobody, "" where none is."""
        for window in self.windows:
            if not window.checks or any(check == name or check.startswith(name + ".") for name in window.checks):
                return window.reason or "maintenance"
        if not self.silences:
            return ""
        labels = fault_labels(self.settings.room, code, target, self.settings.alertmanager.labels)
        return "silenced" if holding(self.silences, labels, self.now) is not None else ""


def held_back(settings: Settings, silences: tuple[AlertSilence, ...], now: float) -> HeldBack:
    """now: Unix seconds."""
    windows = tuple(one for one in settings.maintenance.values() if _start(one) <= now < _end(one))
    running = tuple(one for one in silences if one.starts_at <= now < one.ends_at)
    room = fault_labels(settings.room, "", "", settings.alertmanager.labels)
    whole = [one for one in running if one.of_whole_room() and one.holds(room, now)]
    ends = [*(_end(one) for one in windows if not one.checks), *(one.ends_at for one in whole)]
    return HeldBack(settings, windows, running, max(ends, default=0.0), now)


def _start(window: Maintenance) -> float:
    return datetime.fromisoformat(window.start).timestamp()


def _end(window: Maintenance) -> float:
    return datetime.fromisoformat(window.end).timestamp()
