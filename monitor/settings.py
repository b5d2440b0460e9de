"""The daemon's configuration: one frozen struct, made of the shipped file, the fleet's base and the room's overlays.

Owns what belongs to the daemon; each probe owns its own settings. Refuses anything it does not know.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from alerting.configuration import ConfigurationError, Layers, Problem, Secret, read_layers, read_table, structure
from alerting.folders import SYSTEM_FOLDER, shipped_folder
from monitor.meeting.broker import Meeting
from probes import PROBES
from probes.calendar import Settings as Calendar

Seconds = Annotated[float, msgspec.Meta(ge=0)]
Clock = Annotated[
    str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="a time of day", examples=["08:00"])
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Room(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """id names the room in metrics and the journal; name is what people read."""

    id: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
            description="an id of letters, digits, dot, dash and underscore",
            examples=["3f-lakeside"],
        ),
    ] = "room"
    name: str = ""
    floor: str = ""
    site: str = ""
    language: Literal["zh-CN", "en"] = "en"


class Web(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pages and metrics. Loopback unless told otherwise; public_url is what a responder's phone can reach."""

    listen: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 9720
    public_url: str = ""


class WorkingHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a camera's light may go on in an empty room, and when staff is expected."""

    days: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")
    start: Clock = "08:00"
    end: Clock = "19:00"


class Schedule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often one probe runs and how many readings a verdict takes.

    interval: a longer one costs less and sees silent faults later. deadline: a run over it counts as timed out.
    confirm_interval: after a first bad reading the next comes this soon. fail_after, recover_after: how many
    readings in a row a change takes; more means fewer false alarms and a later true one.
    """

    enabled: bool = True
    interval: Annotated[float, msgspec.Meta(ge=1, le=86400)] = 15.0
    deadline: Annotated[float, msgspec.Meta(gt=0, le=600)] = 10.0
    confirm_interval: Annotated[float, msgspec.Meta(ge=0.05, le=600)] = 2.0
    fail_after: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    recover_after: Annotated[int, msgspec.Meta(ge=1, le=100)] = 2


class Schedules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table a probe. Media probes run once a minute: each cold child costs 0.2 to 0.3 s of CPU."""

    network: Schedule = Schedule()
    software: Schedule = Schedule(recover_after=1)
    camera: Schedule = Schedule(interval=60.0, deadline=30.0, confirm_interval=5.0, fail_after=2)
    microphone: Schedule = Schedule(interval=60.0, deadline=20.0, confirm_interval=5.0, fail_after=2)
    speaker: Schedule = Schedule(interval=60.0, confirm_interval=5.0, fail_after=2)
    display: Schedule = Schedule(interval=30.0, fail_after=2)
    host: Schedule = Schedule(interval=60.0, fail_after=2)
    power: Schedule = Schedule(interval=15.0)
    calendar: Schedule = Schedule(interval=600.0, deadline=60.0, confirm_interval=30.0, fail_after=2, recover_after=1)

    def of(self, probe: str) -> Schedule:
        schedule = getattr(self, probe)
        assert isinstance(schedule, Schedule)
        return schedule


class Flapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """More than ``changes`` changes within ``window`` seconds: the fault is held open until ``hold`` quiet seconds."""

    changes: Annotated[int, msgspec.Meta(ge=2)] = 6
    window: Seconds = 600.0
    hold: Seconds = 300.0


class Maintenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A window in which faults of the named checks (all when empty) are seen and not alarmed. ISO 8601 with zone."""

    start: str
    end: str
    checks: tuple[str, ...] = ()
    reason: str = ""


class PreMeeting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Checks before the calendar's meetings. minutes: how long before each. tell: who hears a no-go, by the plan."""

    enabled: bool = True
    minutes: tuple[Annotated[int, msgspec.Meta(ge=1, le=240)], ...] = (15, 5)
    tell: tuple[str, ...] = ("technical",)


class History(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Retention of both stores, in days."""

    readings_days: Annotated[int, msgspec.Meta(ge=1, le=400)] = 7
    journal_days: Annotated[int, msgspec.Meta(ge=30, le=3650)] = 730


class Audit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The independent check of the journal. channels: Apprise addresses that hear of it past the plan's own chain."""

    enabled: bool = True
    interval: Annotated[float, msgspec.Meta(ge=1, le=86400)] = 60.0
    channels: tuple[Secret, ...] = ()


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One dead-man's switch. url: a secret; it is asked every interval while the room is watched.

    on_failure, on_shutdown: how the switch hears of trouble and of an orderly end: a path to add ("/fail", "/log"),
    a query ("?status=down"), a whole address, "" for not at all.
    """

    url: Secret
    method: Literal["GET", "POST"] = "GET"
    interval: Annotated[float, msgspec.Meta(ge=1, le=86400)] = 60.0
    on_failure: str = ""
    on_shutdown: str = ""
    headers: dict[str, Secret] = {}


class MailInbound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mailbox in which replies are read over IMAP. security: "tls", "starttls"; "none" for a relay on loopback."""

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 993
    user: str
    password: Secret
    folder: str = "INBOX"
    security: Literal["tls", "starttls", "none"] = "tls"
    poll_seconds: Annotated[float, msgspec.Meta(ge=1, le=3600)] = 15.0


class MqttInbound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A broker on which contacts' topics are listened to."""

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 1883
    user: str = ""
    password: Secret | None = None
    tls: bool = False


class NtfyInbound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An ntfy server on which contacts' topics are listened to."""

    url: str
    token: Secret | None = None


class Inbound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ways to answer that need no connection to this machine."""

    mail: dict[str, MailInbound] = {}
    mqtt: dict[str, MqttInbound] = {}
    ntfy: dict[str, NtfyInbound] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything of roomwatch.toml that is not a probe's own."""

    mode: Literal["act", "observe"] = "act"
    timezone: str = ""
    state: str = ""
    plan: str = ""
    room: Room = Room()
    web: Web = Web()
    working_hours: WorkingHours = WorkingHours()
    meeting: Meeting = Meeting()
    calendar: Calendar = Calendar()
    premeeting: PreMeeting = PreMeeting()
    schedule: Schedules = Schedules()
    patience: dict[str, Seconds] = {}
    flapping: Flapping = Flapping()
    maintenance: dict[str, Maintenance] = {}
    history: History = History()
    audit: Audit = Audit()
    heartbeat: dict[str, Heartbeat] = {}
    inbound: Inbound = Inbound()


class Configuration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole: the daemon's settings, each enabled probe's own, and where every value came from."""

    settings: Settings
    probes: dict[str, Any]
    layers: Layers


def configuration_files(config: Path | None) -> tuple[Path, ...]:
    """The files in the order they are merged: the base, then conf.d/*.toml beside it by name.

    config: a file or folder given by --config; None looks in /etc/roomwatch, then takes what was shipped.
    """
    if config is None:
        config = SYSTEM_FOLDER if _stands(SYSTEM_FOLDER / "roomwatch.toml") else shipped_folder()
    base = config / "roomwatch.toml" if os.path.isdir(config) else config  # noqa: PTH112 - False for what is barred
    try:
        return (base, *sorted((base.parent / "conf.d").glob("*.toml")))
    except PermissionError:  # reading the base says so, with a remedy
        return (base,)


def _stands(file: Path) -> bool:
    """Whether the file is there. One in a folder that this user may not enter counts: reading it then says so, where
    the shipped one in its place would be taken for the room's."""
    try:
        return file.is_file()
    except PermissionError:
        return True


def probe_modules(names: Sequence[str]) -> dict[str, Any]:
    """Import the modules of the named probes."""
    return {name: importlib.import_module(PROBES[name]) for name in names}


def load(config: Path | None = None) -> Configuration:
    """Read, merge and check everything. Raises ConfigurationError with all problems at once."""
    layers = read_layers(configuration_files(config))
    own = {key: value for key, value in layers.merged.items() if key != "probes"}
    own["schedule"] = _complete(own.get("schedule", {}))
    problems: list[Problem] = []
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
                value=repr(tables),
                message="expected a table",
                remedy="Write one a probe, as [probes.network].",
            )
        )
        tables = {}
    problems.extend(
        Problem(
            file=layers.origin(("probes", name)),
            path=f"probes.{name}",
            message="there is no such probe",
            remedy="`roomwatch probe --help` lists them.",
        )
        for name in tables
        if name not in PROBES
    )
    made: dict[str, Any] = {}
    for name, module in probe_modules(list(PROBES)).items():
        if name == "calendar":
            continue
        try:
            made[name] = structure(module.Settings, layers, ("probes", name))
        except ConfigurationError as error:
            problems.extend(error.problems)
    if problems or settings is None:
        raise ConfigurationError(problems)
    # The calendar is the room's own table, and its times are the room's where they name no zone.
    zone = settings.calendar.timezone or settings.timezone
    made["calendar"] = msgspec.structs.replace(settings.calendar, timezone=zone)
    return Configuration(settings=settings, probes=made, layers=layers)


def _complete(given: Any) -> Any:
    """The table ``schedule`` with what it leaves out of a probe's table taken from that probe's defaults: the type of
    all of them knows only one default for a key, and a microphone would be opened four times a minute."""
    if not isinstance(given, Mapping):
        return given
    usual = msgspec.to_builtins(Schedules())
    return {
        name: {**usual.get(name, {}), **table} if isinstance(table, Mapping) else table for name, table in given.items()
    }


def load_readable(config: Path | None = None) -> Configuration:
    """The defaults with the state folder and the language of those files that can be read: enough to find and to ask a
    daemon that keeps running on what it had. Raises ConfigurationError only where the shipped file is broken too."""
    state, language = "", ""
    for file in configuration_files(config):
        with contextlib.suppress(ConfigurationError):
            table = read_table(file)
            if isinstance(table.get("state"), str):
                state = table["state"]
            if isinstance(table.get("room"), dict):
                language = table["room"].get("language", language)
    configuration = load(shipped_folder())
    settings = msgspec.structs.replace(configuration.settings, state=state)
    if language in ("en", "zh-CN"):
        settings = msgspec.structs.replace(settings, room=msgspec.structs.replace(settings.room, language=language))
    return msgspec.structs.replace(configuration, settings=settings)


def _semantic(settings: Settings, layers: Layers) -> list[Problem]:
    """What types cannot say: zones that exist, windows that end after they start, codes that are known."""
    from datetime import datetime
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
    if settings.working_hours.start >= settings.working_hours.end:
        say("working_hours.end", settings.working_hours.end, "is not after start", "Let the day end after it starts.")
    for code in settings.patience:
        if code not in KINDS:
            say(f"patience.{code}", "", "is no fault code", "`roomwatch check --faults` lists them.")
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
