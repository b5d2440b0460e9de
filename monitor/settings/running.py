"""What is said of the configuration that runs: its files' fingerprints, what was refused, what waits for a restart."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from alerting.configuration import effective
from monitor.settings.loading import configuration_files
from monitor.settings.model import Configuration, Settings

AT_RESTART = (
    "state",
    "web.listen",
    "web.port",
    "web.tls_certificate",
    "web.tls_key",
    "metrics.listen",
    "metrics.port",
    "audit.enabled",
    "history.readings_days",
)
"""Settings that are read once: a reload keeps the old value and says so."""
DIGITS = 12
"""Digits of a fingerprint: enough to tell ten thousand files apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints:
    """Twelve digits of SHA-256 each, "" where there is no such file. overlay: of all files of conf.d together."""

    base: str = ""
    overlay: str = ""
    plan: str = ""


@dataclass(slots=True, kw_only=True)
class RunningConfig:
    """taken_at: Unix seconds. problems: why the last reload was refused, a line each. restart_needed: keys whose value
    in the files is not in force. differs: the files on the disk are not those that run."""

    files: Fingerprints = Fingerprints()
    taken_at: float = 0.0
    problems: tuple[str, ...] = ()
    restart_needed: tuple[str, ...] = ()
    differs: bool = False


def fingerprints(config: Path | None, plan: Path) -> Fingerprints:
    """Reads the files: blocking. One that cannot be read has no fingerprint."""
    base, *overlays = configuration_files(config)
    return Fingerprints(base=_digest(base), overlay=_digest(*overlays), plan=_digest(plan))


def _digest(*files: Path) -> str:
    found = hashlib.sha256()
    read = 0
    for file in files:
        try:
            text = file.read_bytes()
        except OSError:
            continue
        # The name and the length: one file that is cut in two must not look the same.
        found.update(f"{file.name} {len(text)} ".encode() + text)
        read += 1
    return found.hexdigest()[:DIGITS] if read else ""


def keep_until_restart(running: Settings, fresh: Settings) -> tuple[Settings, tuple[str, ...]]:
    """(the new settings with the old values of AT_RESTART, the keys that differ)."""
    differ = []
    for key in AT_RESTART:
        table, _, name = key.rpartition(".")
        old, new = (getattr(one, table) if table else one for one in (running, fresh))
        if getattr(old, name) == getattr(new, name):
            continue
        differ.append(key)
        kept = msgspec.structs.replace(new, **{name: getattr(old, name)})
        fresh = msgspec.structs.replace(fresh, **{table: kept}) if table else kept
    return fresh, tuple(differ)


def changed_keys(old: Configuration, new: Configuration) -> tuple[str, ...]:
    """Dotted keys whose values differ. A secret differs where its place does; what it holds is not looked at."""
    before, after = (
        {**effective(one.settings), "probes": {name: effective(table) for name, table in one.probes.items()}}
        for one in (old, new)
    )
    return tuple(sorted(_differing(before, after, "")))


def _differing(old: Any, new: Any, path: str) -> list[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = dict.fromkeys((*old, *new))
        return [
            one for key in keys for one in _differing(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
        ]
    return [] if old == new else [path]
