"""The files of the configuration: whether those on the disk are those that run, and what a reload does with them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from alerting.configuration import ConfigurationError
from alerting.service.newest_only import Newest
from alerting.service.room_machine import RoomMachine
from alerting.service.service import AlertingService
from monitor.daemon.reload_queue import ReloadResult, Reloads
from monitor.daemon.room_service import service_settings
from monitor.linux import systemd as systemd_linux
from monitor.settings import Configuration, load
from monitor.settings.running import Fingerprints, RunningConfig, changed_keys, fingerprints, keep_until_restart

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
"""How often the files on the disk are held against those that run."""


class ConfigurationFiles:
    """config: as the daemon was given it. running: the configuration in force. shown: what is said of it. machines: by
    room, as the plan sees them; machine: this room's, whatever id the room gets. begin: begins with a configuration
    whose plan is in force already."""

    def __init__(
        self,
        config: Path | None,
        *,
        running: Callable[[], Configuration],
        shown: RunningConfig,
        plan: AlertingService,
        machines: dict[str, RoomMachine],
        machine: RoomMachine,
        begin: Callable[[Configuration], Awaitable[None]],
    ) -> None:
        self._config, self._running, self._shown = config, running, shown
        self._plan, self._machines, self._machine = plan, machines, machine
        self._beginning: Newest[Configuration] = Newest(begin)
        self.reloads = Reloads(self._read_anew, self._beginning.settled)

    async def start(self, at: float) -> None:
        """The daemon started with these files. at: Unix seconds."""
        self._shown.taken_at = at
        self._shown.files = await self._fingerprints()

    async def loop(self) -> None:
        """Compare what stands on the disk with what runs, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._shown.differs = await self._fingerprints() != self._shown.files

    async def close(self) -> None:
        await self.reloads.close()
        await self._beginning.close()

    async def _fingerprints(self) -> Fingerprints:
        return await asyncio.to_thread(fingerprints, self._config, self._plan.settings.plan)

    async def _read_anew(self) -> ReloadResult:
        systemd_linux.reloading()
        try:
            result = await self._take()
        finally:
            systemd_linux.notify("READY=1")
        self._shown.problems = result.problems
        self._shown.differs = bool(result.problems)
        if result.restart_needed:
            log.warning("these settings take effect at a restart: %s", ", ".join(result.restart_needed))
        return result

    async def _take(self) -> ReloadResult:
        """All of it or nothing. The files are read in a thread: a disk that hangs must not hold the loop."""
        running, before = self._running(), self._plan.plan.version
        files = await self._fingerprints()
        try:
            fresh = await asyncio.to_thread(load, self._config)
        except ConfigurationError as error:
            log.error("the new configuration is refused, the old one keeps running:\n%s", error)
            return ReloadResult(problems=tuple(str(one) for one in error.problems))
        settings, waiting = keep_until_restart(running.settings, fresh.settings)
        fresh = msgspec.structs.replace(fresh, settings=settings)
        self._machines[settings.room.id] = self._machine
        problem = await self._plan.reload(service_settings(settings, self._config))
        for room in set(self._machines) - set(self._plan.settings.watched):
            del self._machines[room]
        if problem:
            log.error("the new plan is refused, the old one keeps running, and so does the configuration:\n%s", problem)
            return ReloadResult(problems=tuple(problem.splitlines()))
        self._shown.files, self._shown.taken_at = files, time.time()
        self._shown.restart_needed = waiting
        self._beginning.put(fresh)
        changed = changed_keys(running, fresh)
        if self._plan.plan.version != before:
            changed = (*changed, "plan")
        return ReloadResult(changed=changed, restart_needed=waiting)
