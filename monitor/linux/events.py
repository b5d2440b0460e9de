"""Kernel events that wake a probe at once: process exit and start, link and address, devices plugged."""

from __future__ import annotations

import logging
from collections.abc import Callable

from monitor.linux.hotplug import HotplugListener
from monitor.linux.netlink import NetlinkListener
from monitor.settings import Configuration
from probes import PROBES
from probes.software import watched
from probes.software.program_events_linux import ProcessWatch

log = logging.getLogger(__name__)

Wake = Callable[[str, str], None]
"""(probe, why)."""


class EventSources:
    """Starts every source that this machine offers; a missing one costs speed, never the probe."""

    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        self._closers: list[Callable[[], None]] = []

    def start(self, configuration: Configuration) -> None:
        self.close()
        if configuration.settings.schedule["software"].enabled:
            self._programs(configuration)
        if configuration.settings.schedule["network"].enabled:
            self._network()
        if any(probe.plugged and configuration.settings.schedule[name].enabled for name, probe in PROBES.items()):
            self._devices()

    def _devices(self) -> None:
        listener = HotplugListener(lambda probe, action: self._wake(probe, f"event:device {action}"))
        try:
            listener.start()
        except OSError as error:
            log.warning("no device events (%s): an unplugged device is seen at the next interval", error)
            return
        self._closers.append(listener.close)

    def _network(self) -> None:
        listener = NetlinkListener(lambda what, interface: self._wake("network", f"event:{interface} {what}"))
        try:
            listener.start()
        except OSError as error:
            log.warning("no link events (%s): a pulled cable is seen at the next interval", error)
            return
        self._closers.append(listener.close)

    def _programs(self, configuration: Configuration) -> None:
        profiles = watched(configuration.probes["software"])
        watch = ProcessWatch(lambda application, what: self._wake("software", f"event:{application} {what}"))
        watch.start({name: (*one.executables, *one.helpers) for name, one in profiles.items()})
        self._closers.append(watch.close)

    def close(self) -> None:
        for close in self._closers:
            close()
        self._closers.clear()
