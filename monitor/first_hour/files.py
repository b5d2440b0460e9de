"""The files of the first hour: an overlay over roomwatch.toml and one over plan.toml, proved before they are in place.

What people wrote stays as it is: both overlays are files of their own. Every file is written beside its place and
renamed at the very end, so that whoever is interrupted leaves everything as it was.
"""

from __future__ import annotations

import difflib
import grp
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alerting.configuration import ConfigurationError, read_table
from alerting.folders import make_folder, shipped_folder
from alerting.plan.loading import load_plan
from alerting.redaction import redact
from alerting.service.plan_file import plan_file
from alerting.words import Words
from monitor.first_hour.answers import Tables, merged
from monitor.first_hour.toml_text import toml
from monitor.settings import load

OVERLAY = "setup.toml"
GROUP = "roomwatch"
"""The group of the service's user, which must be able to read what this writes."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file as it will be. old: None where there is none yet. private: it may hold addresses that open doors."""

    file: Path
    old: str | None
    new: str
    private: bool = False


def changes(base: Path, plan: Path, made: Tables, words: Words) -> list[FileChange]:
    """What would be written. base: roomwatch.toml, plan: plan.toml, of which those that are not there yet are the
    shipped ones."""
    found = [
        FileChange(file, None, (shipped_folder() / shipped).read_text(encoding="utf-8"))
        for file, shipped in ((base, "roomwatch.toml"), (plan, "plan.toml"))
        if not file.exists()
    ]
    overlays = ((base.parent / "conf.d", made.room, False), (plan.parent / "plan.d", made.plan, True))
    for folder, table, private in overlays:
        file = folder / OVERLAY
        old = file.read_text(encoding="utf-8") if file.exists() else None
        before: Mapping[str, Any] = read_table(file) if old is not None else {}
        head = "".join(f"# {line}\n" for line in words.text("setup.file_head").splitlines())
        new = head + toml(merged(before, table), words.under("setup.comment"))
        if new != old:
            found.append(FileChange(file, old, new, private))
    return found


def difference(change: FileChange) -> list[str]:
    """What changes, line by line, without the addresses."""
    old = (change.old or "").splitlines()
    lines = difflib.unified_diff(old, change.new.splitlines(), lineterm="", n=0)
    shown = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return [_without_address(line) if change.private else line for line in shown]


def _without_address(line: str) -> str:
    key, equals, value = line.partition(" = ")
    if key.lstrip("+-") != "channels":
        return redact(line) if "://" in line else line
    return f"{key}{equals}[ … ]" if value.strip() != "[]" else line


def prove(base: Path, plan: Path, wanted: list[FileChange]) -> None:
    """Read the files as they would be, in a copy. Raises ConfigurationError, by the places of the copy."""
    with tempfile.TemporaryDirectory(prefix="roomwatch-setup-") as name:
        copy = Path(name)
        for folder, beside in ((base.parent, "conf.d"), (plan.parent, "plan.d")):
            for file in (*folder.glob("*.toml"), *folder.glob(f"{beside}/*.toml")):
                target = copy / folder.name / file.relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
        for one in wanted:
            root = base.parent if one.file.is_relative_to(base.parent) else plan.parent
            target = copy / root.name / one.file.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(one.new, encoding="utf-8")
        try:
            load(copy / base.parent.name / base.name)
            load_plan(copy / plan.parent.name / plan.name)
        except ConfigurationError as error:
            raise ConfigurationError(
                replace(one, file=one.file.replace(f"{copy}/", "")) for one in error.problems
            ) from None


def write(wanted: list[FileChange]) -> list[Path]:
    """Put them in place, all at the end; the backups that were kept. Raises OSError where the disk does not let it."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    fresh: list[tuple[Path, Path]] = []
    try:
        for one in wanted:
            make_folder(one.file.parent)
            beside = one.file.with_name(f".{one.file.name}.new")
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            fresh.append((beside, one.file))
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(one.new)
                stream.flush()
                os.fsync(stream.fileno())
            _allow(beside, one.private)
        kept = []
        for one in wanted:
            if one.old is not None:
                backup = one.file.with_name(f"{one.file.name}.{stamp}.bak")
                shutil.copy2(one.file, backup)
                kept.append(backup)
        for beside, file in fresh:
            beside.replace(file)
        return kept
    finally:
        for beside, _ in fresh:
            beside.unlink(missing_ok=True)


def _allow(file: Path, private: bool) -> None:
    """Readable for all, or, where it holds addresses, for its owner and the service alone."""
    if not private:
        file.chmod(0o644)
        return
    with suppress(KeyError, PermissionError):
        os.chown(file, -1, grp.getgrnam(GROUP).gr_gid)
        file.chmod(0o640)


def places(config: Path, configured_plan: str) -> tuple[Path, Path]:
    """roomwatch.toml and plan.toml of a configuration that is named by its file or folder."""
    base = config if config.suffix == ".toml" else config / "roomwatch.toml"
    return base, plan_file(configured_plan, base)
