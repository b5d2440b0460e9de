"""Looks whether a meeting runs, as rarely as the cheap signs allow, and asks everybody who can see a part of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from alerting.model.meeting_state import MeetingState
from monitor.meeting.broker import CallBroker
from monitor.meeting.call_windows import CallWindows
from monitor.meeting.evidence import UserView, people, uses
from monitor.meeting.hints_linux import DeviceHints, SoundHints
from monitor.meeting.is_meeting_running import MeetingLook, Part, Steady, Use, conclude, merged
from monitor.meeting.listeners import Listeners
from monitor.meeting.other_sessions import ask_sessions
from monitor.settings import Configuration
from monitor.user_session_client.protocol import FOLDER
from probes.child.isolate import Isolation
from probes.linux import sound_server
from probes.linux.sound_devices import SoundServer, SoundServerError
from probes.linux.video_holders import Holders, find_video_holders
from probes.microphone.discovery_linux import CaptureDevice, capture_devices
from probes.software import watched
from probes.software.exit_status_linux import Ends
from probes.software.media_sockets_linux import Counted, MediaSocket, count_datagrams, media_sockets, streams
from probes.software.meeting_signs import programs
from probes.software.processes_linux import Identity, Process, ProcessTable, others_hidden, owner_of
from probes.software.profiles import Application
from probes.software.traffic_linux import Traffic, count_traffic

PACE_SECONDS = 5.0
"""Seconds between looks at the cheap signs: two small files and one for each capture device, 0.5 ms."""

WHOLE_SECONDS = 300.0
"""Seconds between whole looks when no sign changed, as a safety net. One costs up to 80 ms with its two children, and
twelve an hour stay at one CPU second (bench/meeting.py)."""

MEDIA_SECONDS = 60.0
"""Seconds between whole looks while only packets speak for a call, and between two that TCP's pace asks for: pages come
and go all the time, and a look costs a tenth of a second."""

SETTLE_SECONDS = 0.5
"""A program that joins opens and closes devices many times within this; one look after it is enough."""


class RoomMeeting:
    """``look`` gives the state, ``rest`` waits until it is worth looking again, ``stir`` asks for that from outside."""

    def __init__(
        self,
        isolation: Isolation,
        configuration: Configuration,
        *,
        proc: Path = Path("/proc"),
        dev: Path = Path("/dev"),
        sys: Path = Path("/sys"),
        sessions: Path = FOLDER,
        monotonic: Callable[[], float] = time.monotonic,
        state: Path | None = None,
    ) -> None:
        self._isolation, self._configuration = isolation, configuration
        self._proc, self._dev, self._sys, self._sessions = proc, dev, sys, sessions
        self._monotonic = monotonic
        self._table = ProcessTable()
        self._steady = Steady()
        self._stirred = asyncio.Event()
        self._stirred.set()
        self._looked_at = -WHOLE_SECONDS
        self._counted: Counted | None = None
        self._flowing: bool | None = False
        self._streaming = False
        self._paces: tuple[bool, bool] | None = None
        self._streams_told = -WHOLE_SECONDS
        self._traffic: Traffic | None = Traffic()
        self._windows = CallWindows(proc)
        self._listeners = Listeners.restored(state)
        self._streams: tuple[tuple[int, int, str, int], ...] = ()
        self._state = MeetingState()
        self._last = MeetingLook()
        self._ends = Ends()
        self._held: dict[str, Identity] = {}
        self._devices: DeviceHints | None = None
        self._sound: SoundHints | None = None
        self._broker: CallBroker | None = None
        self._alone = asyncio.Lock()
        """A look needs the hints and the broker of one configuration from its start to its end."""

    async def configure(self, configuration: Configuration) -> None:
        """Take over a new configuration; hints and broker begin anew with the next look."""
        async with self._alone:
            self._configuration = configuration
            await self.close()
        self.stir()

    def stir(self) -> None:
        """Something may have changed: look at once."""
        self._stirred.set()

    async def rest(self) -> None:
        """Until something stirs, the pace is over, or a held meeting must be judged anew."""
        due = self._steady.due_in(self._monotonic())
        wait = PACE_SECONDS if due is None else min(PACE_SECONDS, max(0.1, due))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._stirred.wait()
            await asyncio.sleep(SETTLE_SECONDS)

    async def look(self, *, scheduled: bool = False) -> MeetingState:
        """The state now, without the calendar's fields. scheduled: the calendar says that a meeting runs."""
        async with self._alone:
            return await self._look(scheduled)

    async def _look(self, scheduled: bool) -> MeetingState:
        await self._listen()
        now = self._monotonic()
        devices = await asyncio.to_thread(self._cheap, now)
        if self._windows.due(now) and await self._windows.changed(self._applications, now):
            self._stirred.set()
        quiet = MEDIA_SECONDS if self._by_media_alone() else WHOLE_SECONDS
        whole = self._stirred.is_set() or now - self._looked_at >= quiet
        if whole or scheduled != self._last.scheduled:
            self._stirred.clear()
            self._looked_at = now
            self._last = await self._whole(devices, scheduled)
            self._state = conclude(self._last)
        return self._steady.take(self._state, now, self._last.alive, self._closed())

    @property
    def _applications(self) -> Mapping[str, Application]:
        return watched(self._configuration.probes["software"])

    @property
    def last(self) -> MeetingLook:
        """The evidence of the last whole look."""
        return self._last

    def _by_media_alone(self) -> bool:
        """No stream or device will tell that such a call has ended."""
        return self._state.running is True and {one.code for one in self._state.reasons} <= {"media", "scheduled"}

    def _follow(self, seen: UserView, found: tuple[Use, ...]) -> None:
        """Keep hold of the programs in use: how one ended later on is told by the kernel to who held it."""
        in_use = {use.name for use in found if use.camera or use.microphone or use.microphone_held or use.sockets}
        by_pid = {one.pid: one for one in seen.running}
        for program in programs(seen.applications, seen.running).values():
            mine = [by_pid[pid] for pid in program.pids if pid in by_pid]
            if program.name in in_use and mine:
                self._held[program.name] = min(mine, key=lambda one: one.started).identity
        self._ends.follow(self._held.values(), self._proc)

    def _closed(self) -> frozenset[str]:
        ends = {name: self._ends.of(identity) for name, identity in self._held.items()}
        return frozenset(name for name, end in ends.items() if end is not None and end.orderly)

    async def _listen(self) -> None:
        if self._devices is None:
            self._devices = DeviceHints(self.stir, self._dev)
        if self._sound is None:
            session = self._configuration.probes["microphone"].session
            self._sound = SoundHints(self.stir, session.environment())
        wanted = self._configuration.settings.meeting
        if self._broker is None and wanted.broker:
            self._broker = CallBroker(wanted, self.stir)
            await self._broker.start()

    def _cheap(self, now: float) -> tuple[CaptureDevice, ...]:
        """Capture streams and the pace of packets; a change of either stirs. A pace counts once two measurements agree:
        the network probe's own rounds last a second, and each would bring two whole looks."""
        devices = capture_devices(self._proc, self._dev)
        streams = tuple((one.card, one.device, one.state, one.holder_pid) for one in devices)
        counted = count_datagrams(now, self._proc)
        flowing = self._flowing
        if counted is None or self._counted is None:
            flowing = None
        elif (pace := counted.flows_since(self._counted)) is not None:
            paces, before = (pace, counted.streams_since(self._counted)), self._paces
            self._paces = paces
            flowing = pace if before is None or before[0] == pace else flowing
            streaming = paces[1] if before is None or before[1] == paces[1] else self._streaming
            if streaming != self._streaming and now - self._streams_told >= MEDIA_SECONDS:
                self._streaming, self._streams_told = streaming, now
                self._stirred.set()
        if counted is None or self._counted is None or counted.at - self._counted.at >= 0.5:
            self._counted = counted
        if (streams, flowing) != (self._streams, self._flowing):
            self._streams, self._flowing = streams, flowing
            self._stirred.set()
        return devices

    async def _whole(self, devices: tuple[CaptureDevice, ...], scheduled: bool) -> MeetingLook:
        assert self._devices is not None
        cameras = self._devices.cameras
        (server, trouble), self._traffic = await asyncio.gather(self._ask_sound_server(), self._count())
        seen = await asyncio.to_thread(self._seen, cameras, devices, server)
        known = programs(seen.applications, seen.running).values()
        seen = replace(seen, in_call=await self._windows.look(seen.applications, known, self._monotonic()))
        found, alive = await asyncio.to_thread(uses, seen)
        self._follow(seen, found)
        hidden, blind = self._blind(seen, cameras, trouble)
        told, answered = await ask_sessions(self._sessions, hidden, seen.applications, self._traffic)
        if answered:
            blind.clear()
        found = merged((*found, *told, *self._say(alive)))
        alive |= {use.name for use in told}
        found = self._listeners.take(found, alive, self._monotonic(), counted=self._traffic is not None)
        flowing = self._flowing if self._traffic is None else bool(self._traffic.udp)
        return MeetingLook(uses=found, alive=alive, flowing=flowing, blind=blind, scheduled=scheduled)

    async def _count(self) -> Traffic | None:
        """The programs whose packets flow, if any. None where only the whole machine's packets can be counted."""
        if self._flowing is False and not self._streaming:
            return Traffic()
        return await count_traffic()

    def _sockets(self) -> tuple[MediaSocket, ...]:
        traffic = self._traffic
        if traffic is None:
            return media_sockets(self._proc) if self._flowing else ()
        udp = [one for one in media_sockets(self._proc) if one.local_port in traffic.udp] if traffic.udp else []
        tcp = [one for one in streams(self._proc) if one.local_port in traffic.tcp] if traffic.tcp else []
        return (*udp, *tcp)

    def _seen(
        self, cameras: tuple[str, ...], devices: tuple[CaptureDevice, ...], server: SoundServer | None
    ) -> UserView:
        running: tuple[Process, ...] = ()
        with contextlib.suppress(OSError):
            running = tuple(self._table.look(self._proc))
        return UserView(
            applications=self._applications,
            running=running,
            holders=find_video_holders(self._proc, str(self._dev / "video")) if cameras else None,
            server=server,
            devices=devices,
            sockets=self._sockets(),
            ours=frozenset(child.pid for child in self._isolation.running.values()),
            proc=self._proc,
        )

    async def _ask_sound_server(self) -> tuple[SoundServer | None, SoundServerError | None]:
        try:
            return await sound_server.look(self._configuration.probes["microphone"].session), None
        except SoundServerError as error:
            return None, error

    def _blind(
        self, seen: UserView, cameras: tuple[str, ...], trouble: SoundServerError | None
    ) -> tuple[frozenset[int], dict[Part, str]]:
        """Users whose use of devices we cannot see, and what is unseen because of them."""
        blind: dict[Part, str] = {}
        holders = seen.holders or Holders()
        owners = {
            owner_of(pid, self._proc)
            for program in programs(seen.applications, seen.running).values()
            for pid in program.pids[:1]
        }
        mine = os.geteuid()
        hidden = people(holders.refused_users) if mine else frozenset[int]()
        if mine:
            hidden |= {uid for uid in owners if uid is not None and uid != mine and uid in holders.refused_users}
        unsure = [node for node in cameras if not self._asleep(node) and not holders.of(node)]
        if unsure and mine and (hidden or others_hidden(self._proc)):
            blind["camera"] = "other_user" if hidden else "hidden"
        if trouble is not None:
            recording = any(one.holder_pid and not one.held_by_program for one in seen.devices)
            silent = bool(seen.devices) and not recording
            if not silent and (recording or trouble.other_user):
                blind["microphone"] = "other_user" if trouble.other_user else "no_answer"
        return hidden, blind

    def _asleep(self, node: str) -> bool:
        """USB lets a camera sleep only while nobody has it open; one that sleeps is free, whoever may look."""
        device = (self._sys / "class" / "video4linux" / Path(node).name / "device").resolve()
        try:
            return (device.parent / "power" / "runtime_status").read_text(errors="replace").strip() == "suspended"
        except OSError:
            return False

    def _say(self, alive: frozenset[str]) -> list[Use]:
        """A program's own word counts while the program lives."""
        name = self._configuration.settings.meeting.application
        if self._broker is None or self._broker.says is None or name not in alive:
            return []
        return [Use(name=name, application=name, sort="conference", says=self._broker.says)]

    async def close(self) -> None:
        """Let go of watches, children and the broker."""
        devices, sound, broker = self._devices, self._sound, self._broker
        self._devices = self._sound = self._broker = None
        if devices is not None:
            devices.close()
        if sound is not None:
            await sound.close()
        if broker is not None:
            await broker.close()
