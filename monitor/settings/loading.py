"""Reads the configuration: the shipped file, the fleet's base and the room's overlays, checked as one."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from alerting.configuration import (
    UNSAID,
    ConfigurationError,
    Layers,
    Problem,
    overlays,
    read_layers,
    read_table,
    structure,
)
from alerting.folders import SYSTEM_FOLDER, shipped_folder
from alerting.words import LANGUAGES
from monitor.settings.model import Configuration, Settings, usual_schedules
from monitor.settings.unwatched import empty_names, unwatched, unwatched_by
from monitor.settings.usable_names import asked_hosts, is_host, unusable_state
from probes import PROBES

LONGEST_SHOWN = 60
"""Characters of a value in a problem: enough to find it."""


def configuration_files(config: Path | None) -> tuple[Path, ...]:
    """The files in the order they are merged: the base, then conf.d/*.toml beside it by name.

    config: a file or folder given by --config; None looks in /etc/roomwatch, then takes what was shipped.
    """
    if config is None:
        config = SYSTEM_FOLDER if _stands(SYSTEM_FOLDER / "roomwatch.toml") else shipped_folder()
    base = config / "roomwatch.toml" if os.path.isdir(config) else config  # noqa: PTH112 - False for what is barred
    return (base, *overlays(base.parent / "conf.d"))


def _stands(file: Path) -> bool:
    """Whether the file is there. One in a folder that this user may not enter counts: reading it then says so, where
    the shipped one in its place would be taken for the room's."""
    try:
        return file.is_file()
    except PermissionError:
        return True


def probe_modules(names: Sequence[str]) -> dict[str, Any]:
    """Import the modules of the named probes."""
    return {name: importlib.import_module(PROBES[name].module) for name in names}


def load(config: Path | None = None) -> Configuration:
    """Read, merge and check everything. Raises ConfigurationError with all problems at once."""
    layers = read_layers(configuration_files(config))
    own = {key: value for key, value in layers.merged.items() if key != "probes"}
    own["schedule"] = _complete(own.get("schedule", {}))
    problems: list[Problem] = _unknown(own["schedule"], "schedule", layers)
    settings: Settings | None = None
    try:
        settings = structure(Settings, Layers(own, layers.origins, layers.files, ("probes",)))
    except ConfigurationError as error:
        problems.extend(error.problems)
    if settings is not None:
        problems.extend(_semantic(settings, layers))
    tables = layers.merged.get("probes", {})
    if not isinstance(tables, Mapping):
        problems.append(
            Problem(
                file=layers.origin(("probes",)),
                path="probes",
                value=UNSAID,  # the tables below hold addresses
                message="expected a table",
                remedy="Write one a probe, as [probes.network].",
            )
        )
        tables = {}
    problems.extend(_unknown(tables, "probes", layers))
    made: dict[str, Any] = {}
    for name, module in probe_modules(list(PROBES)).items():
        if PROBES[name].own_table:
            continue
        try:
            made[name] = structure(module.Settings, layers, ("probes", name))
        except ConfigurationError as error:
            problems.extend(error.problems)
        else:
            problems.extend(unwatched_by(name, module, made[name], layers))
    problems.extend(empty_names(layers))
    if settings is not None and "software" in made:
        problems.extend(unwatched(settings, made["software"], layers))
    if problems or settings is None:
        raise ConfigurationError(problems)
    # The calendar is the room's own table, and its times are the room's where they name no zone.
    zone = settings.calendar.timezone or settings.timezone
    made["calendar"] = msgspec.structs.replace(settings.calendar, timezone=zone)
    return Configuration(settings=settings, probes=made, layers=layers)


def _unknown(tables: Any, parent: str, layers: Layers) -> list[Problem]:
    """A problem for each table under ``parent`` that no probe is called by."""
    return [
        Problem(
            file=layers.origin((parent, name)),
            path=f"{parent}.{name}",
            message="there is no such probe",
            remedy=f"There are {', '.join(sorted(PROBES))}.",
        )
        for name in (tables if isinstance(tables, Mapping) else ())
        if name not in PROBES
    ]


def _complete(given: Any) -> Any:
    """The table ``schedule`` with each probe in it, and each probe's own defaults for what is left out."""
    if not isinstance(given, Mapping):
        return given
    usual = msgspec.to_builtins(usual_schedules())
    return {
        name: {**usual.get(name, {}), **table} if isinstance(table, Mapping) else table
        for name, table in {**{name: {} for name in usual}, **given}.items()
    }


def load_readable(config: Path | None = None) -> Configuration:
    """The defaults with the state folder and the language of those files that can be read: enough to find and to ask a
    daemon that keeps running on what it had. Raises ConfigurationError only where the shipped file is broken too."""
    state, language = "", ""
    for file in configuration_files(config):
        with contextlib.suppress(ConfigurationError):
            table = read_table(file)
            given = table.get("state")
            if isinstance(given, str) and not any(unusable_state(given)):
                state = given
            if isinstance(table.get("room"), dict):
                language = table["room"].get("language", language)
    configuration = load(shipped_folder())
    settings = msgspec.structs.replace(configuration.settings, state=state)
    if language in LANGUAGES:
        settings = msgspec.structs.replace(settings, room=msgspec.structs.replace(settings.room, language=language))
    return msgspec.structs.replace(configuration, settings=settings)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def _semantic(settings: Settings, layers: Layers) -> list[Problem]:
    """What types cannot say: zones that exist, windows that end after they start, codes that are known."""
    from datetime import datetime
    from ipaddress import ip_network
    from zoneinfo import ZoneInfo

    from alerting.model.catalogue import KINDS

    problems: list[Problem] = []

    def say(path: str, value: str, message: str, remedy: str) -> None:
        origin = layers.origin(tuple(path.split(".")))
        problems.append(Problem(file=origin, path=path, value=f'"{value}"', message=message, remedy=remedy))

    if settings.timezone:
        try:
            ZoneInfo(settings.timezone)
        except (KeyError, ValueError, OSError):
            say("timezone", settings.timezone, "is no time zone", 'Write one such as "Asia/Shanghai".')
    message, remedy = unusable_state(settings.state)
    if message:
        say("state", _shortened(settings.state), message, remedy)
    for path, host in asked_hosts(settings):
        if not is_host(host):
            say(path, _shortened(host), "is no name of a host", 'Write one such as "mail.example.org".')
    if settings.working_hours.start >= settings.working_hours.end:
        say("working_hours.end", settings.working_hours.end, "is not after start", "Let the day end after it starts.")
    for key in ("scrapers", "proxies", "report_networks"):
        for number, network in enumerate(getattr(settings.web, key)):
            try:
                ip_network(network, strict=False)
            except ValueError:
                remedy = 'Write an address or a network, such as "192.0.2.7" or "192.0.2.0/24".'
                say(f"web.{key}[{number}]", network, "is no address", remedy)
    for path, host in (("web.listen", settings.web.listen), ("metrics.listen", settings.metrics.listen)):
        if not is_host(host):
            say(path, _shortened(host), "is no address", 'Write an address of this machine, such as "127.0.0.1".')
    for code, seconds in settings.patience.items():
        if code not in KINDS:
            near = difflib.get_close_matches(code, KINDS, n=1)
            remedy = f'Did you mean "{near[0]}"?' if near else "`roomwatch check --faults` lists them."
            path = f"patience.{code}"
            origin = layers.origin(("patience", code))
            problems.append(
                Problem(file=origin, path=path, value=f"{seconds:g}", message="is no fault code", remedy=remedy)
            )
    for name, window in settings.maintenance.items():
        times = []
        for part in ("start", "end"):
            text = getattr(window, part)
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                say(f"maintenance.{name}.{part}", text, "is no time", "Write 2026-12-01T22:00+08:00.")
            else:
                if moment.tzinfo is None:
                    say(f"maintenance.{name}.{part}", text, "has no zone", "Write 2026-12-01T22:00+08:00.")
                times.append(moment)
        if len(times) == 2 and all(moment.tzinfo for moment in times) and times[0] >= times[1]:
            say(f"maintenance.{name}.end", window.end, "is not after start", "Let the window end after it starts.")
    return problems
