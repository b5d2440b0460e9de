"""Which checks have ever been seen working in this room. It outlives restarts: what worked yesterday alarms today.

A fault whose kind says ``proof`` alarms only where its check has worked once, or where the admin expects it to work
(``expected`` in roomwatch.toml). Otherwise a new room would open incidents for an IPv6 that its router only announces,
for a service that its firewall never let through, or for a microphone that it never had.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from alerting.model.fault import FaultKind
from probes.why import Why

log = logging.getLogger(__name__)

FILE = "seen-working.json"
SAVE_SECONDS = 15.0
"""Seconds between looks whether something has to be written."""
BY_TARGET = frozenset({"network.service", "network.media"})
"""Checks of several targets, each of which has to have worked by itself."""
NAMED = frozenset({"microphone", "speaker"})
"""Checks whose target is the configuration's word for the device: who names one expects it."""
REASON = Why("never_seen_working")


class SeenWorking:
    """folder: the daemon's state folder. A room that an earlier version watched, and a file that cannot be read, count
    as proven in everything: an alarm too many is better than one that is missing."""

    def __init__(self, folder: Path | None = None) -> None:
        self.changed = False
        self.everything = False
        self._file = folder / FILE if folder is not None else None
        self._seen: set[str] = set()
        self._complained = False
        if self._file is not None:
            self._read(self._file)

    def _read(self, file: Path) -> None:
        try:
            table = json.loads(file.read_text(encoding="utf-8"))
            self._seen = {str(one) for one in table["worked"]}
            self.everything = bool(table["everything"])
        except FileNotFoundError:
            self.everything = (file.parent / "journal.db").exists()
            self.changed = True
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            log.error("%s cannot be read (%s): every check counts as one that has worked before", file, error)
            self.everything = True

    def lacks(self, kind: FaultKind, check: str, target: str, expected: Sequence[str]) -> bool:
        """True where this kind of fault means nothing yet: the check has never worked here, and nobody expects it."""
        if not kind.proof or self.everything or _key(check, target) in self._seen:
            return False
        if check in NAMED and target:
            return False
        return not any(check == one or check.startswith(f"{one}.") for one in expected)

    def worked(self, check: str, target: str) -> None:
        """It was seen working."""
        if not self.everything and (key := _key(check, target)) not in self._seen:
            self._seen.add(key)
            self.changed = True

    async def loop(self) -> None:
        """Until cancelled. On its own: no look at the plan waits for a slow disk."""
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            if self.changed:
                await asyncio.to_thread(self.save)

    def save(self) -> None:
        """Write what changed. Where the disk does not let it, the next call tries again."""
        if self._file is None or not self.changed:
            return
        text = json.dumps({"everything": self.everything, "worked": sorted(self._seen)}, ensure_ascii=False, indent=1)
        fresh = self._file.with_suffix(".new")
        self.changed = False  # before the writing, so that what is seen meanwhile is written next time
        try:
            with fresh.open("w", encoding="utf-8") as stream:
                stream.write(text + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(self._file)
            self._complained = False
        except OSError as error:
            self.changed = True
            if not self._complained:
                log.error("%s cannot be written (%s); it is tried again", self._file, error)
            self._complained = True


def _key(check: str, target: str) -> str:
    return f"{check} {target}".rstrip() if check in BY_TARGET else check
