"""What is remembered of each program between two looks: who it was, how often it started, its CPU time.

Only which programs were seen since boot outlives the daemon: one that ended while it restarted is still missed.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from probes.reading import Context, Outcome
from probes.software.exit_status_linux import Ends
from probes.software.hang import SILENT_SECONDS, HangJudge
from probes.software.installed_file_linux import InstalledFile
from probes.software.log_files_linux import NewestLog
from probes.software.out_of_memory_linux import OomCounters
from probes.software.processes_linux import Identity, Process, ProcessTable
from probes.software.profiles import Application
from probes.software.starts_linux import Starts
from probes.software.windows_linux import Windows
from probes.why import Why

log = logging.getLogger(__name__)

LOOP_WINDOW_SECONDS = 600.0
SEEN_FILE = "software-seen.json"


@dataclass
class Track:
    """One program. last: the main processes seen last, oldest first; empty: never seen. launchers: what bears its name
    and only starts it. since: when the first of ``last`` was first seen. path: its command line's
    first argument. ended_at, orderly: of the newest end; None: not known yet. owner: the user's id. updates: how often
    an update started it again."""

    last: tuple[Identity, ...] = ()
    alive: bool = False
    seen_before: bool = False
    launchers: frozenset[Identity] = frozenset()
    since: float = 0.0
    path: str = ""
    starts: deque[float] = field(default_factory=lambda: deque(maxlen=100))
    counters: OomCounters | None = None
    cause: Why | None = None
    ends: Ends = field(default_factory=Ends)
    ended_at: float = 0.0
    orderly: bool | None = None
    owner: int | None = None
    file: InstalledFile = field(default_factory=InstalledFile)
    updates: int = 0
    expected_since: float | None = None
    was_unexpected: bool = False
    hung: bool = False
    judge: HangJudge = field(default_factory=HangJudge)
    windows: Windows = field(default_factory=Windows)
    log: NewestLog = field(default_factory=NewestLog)
    asking: asyncio.Task[None] | None = None
    session_asked_at: float = float("-inf")
    session_answer: tuple[int, int] = (0, 0)
    session_silent_since: float | None = None
    helpers_seen: set[str] = field(default_factory=set)
    kept: list[Outcome] = field(default_factory=list)
    version: str = ""
    version_of: Identity = (0, 0)

    def note(self, main: list[Process], now: float) -> None:
        """Take the main processes of this look; new ones where older were known count as a restart."""
        identities = tuple(one.identity for one in sorted(main, key=lambda one: one.started))
        if identities and not set(identities) & set(self.last):
            if self.last and not set(self.last) <= self.launchers:
                self._started_again(now)
            self.helpers_seen = set()
            self.cause, self.session_answer, self.session_silent_since = None, (0, 0), None
        if self.alive and not identities:
            self.ended_at, self.orderly = now, None
        self.alive = bool(identities)
        if identities:
            oldest = min(main, key=lambda one: one.started)
            if oldest.identity not in self.last[:1] or oldest.path != self.path:  # a start script becomes its program
                self.since, self.path = now, oldest.path
            self.last = identities

    def _started_again(self, now: float) -> None:
        """An update's own restart is none of a loop."""
        if self.file.replaced:
            self.updates += 1
            log.info("%s was updated and has started again", self.file.path)
        else:
            self.starts.append(now)

    def asked_through_session(self, now: float) -> tuple[int, int, float]:
        """(windows asked, unanswered, seconds of silence) as the session part said last; it waits SILENT_SECONDS."""
        asked, unanswered = self.session_answer
        if not unanswered:
            self.session_silent_since = None
        elif self.session_silent_since is None:
            self.session_silent_since = now - SILENT_SECONDS
        silent = 0.0 if self.session_silent_since is None else now - self.session_silent_since
        return asked, unanswered, silent

    def recent_starts(self, now: float) -> int:
        """Restarts seen within the loop's window."""
        return sum(1 for at in self.starts if now - at <= LOOP_WINDOW_SECONDS)

    def waited_to_start(self, context: Context, boot_seconds: float) -> float:
        """Seconds that a program never seen has had to start: since boot, or since it became expected."""
        if self.expected_since is None:
            self.expected_since = context.monotonic() - (0.0 if self.was_unexpected else boot_seconds)
        return context.monotonic() - self.expected_since


@dataclass
class Tracks:
    """One for a daemon, in the probe's memory."""

    starts: Starts
    table: ProcessTable = field(default_factory=ProcessTable)
    interesting: list[Process] = field(default_factory=list)
    profiles: Mapping[str, Application] = field(default_factory=dict)
    profiles_of: object = None
    by_name: dict[str, Track] = field(default_factory=dict)

    def of(self, name: str) -> Track:
        if name not in self.by_name:
            self.by_name[name] = Track()
        return self.by_name[name]

    @classmethod
    def restored(cls, state: Path, proc: Path) -> Tracks:
        """With the programs that an earlier daemon saw in this boot; a missing or broken file knows none."""
        tracks = cls(Starts(proc))
        with suppress(OSError, ValueError, TypeError, AttributeError, RecursionError):
            kept = json.loads((state / SEEN_FILE).read_text())
            if kept.get("boot") == _boot(proc):
                for name in kept["programs"]:
                    tracks.of(str(name)).seen_before = True
        return tracks

    def keep(self, state: Path, proc: Path) -> None:
        """Write the names seen when one was added; a state folder that refuses costs only this memory."""
        names = sorted(name for name, track in self.by_name.items() if track.last or track.seen_before)
        if all(self.by_name[name].seen_before for name in names):
            return
        for name in names:
            self.by_name[name].seen_before = True
        with suppress(OSError):
            fresh = state / f"{SEEN_FILE}.new"
            fresh.write_text(json.dumps({"boot": _boot(proc), "programs": names}))
            fresh.replace(state / SEEN_FILE)


def _boot(proc: Path) -> str:
    """A program used once last month is not missed after a reboot: nobody said that it starts by itself."""
    try:
        return (proc / "sys/kernel/random/boot_id").read_text(errors="replace").strip()
    except OSError:
        return ""
