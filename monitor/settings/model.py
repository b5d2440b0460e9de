"""The daemon's configuration: one frozen struct, made of the shipped file, the fleet's base and the room's overlays.

Owns what belongs to the daemon; each probe owns its own settings. An unknown key is an error.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from alerting.alertmanager.settings import AlertmanagerSettings
from alerting.configuration import INLINE, Layers, Secret
from alerting.inbound.settings import InboundWays
from alerting.model.room import Room
from monitor.sign_in.password import well_formed
from probes import PROBES
from probes.calendar import Settings as Calendar

Seconds = Annotated[float, msgspec.Meta(ge=0)]
Clock = Annotated[
    str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="a time of day", examples=["08:00"])
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


HOME_NETWORKS = (
    "127.0.0.0/8",
    "::1/128",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
)
"""Who is in the building, where nothing else is said: the private addresses of RFC 1918, RFC 4193 and RFC 4291."""


class Web(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pages and metrics. Loopback unless told otherwise; public_url is what a responder's phone can reach.

    hosts: further names, with dots, under which the pages are asked for; addresses, this machine's own name and that of
    public_url are known. tls_certificate, tls_key: PEM files; both or none. users: contact → the hash of their
    password, as `roomwatch web-password` prints it; without any, nobody signs in.
    scrapers: addresses or networks of Prometheus servers: places are kept for them however many others connect.
    proxies: those of reverse proxies before the pages; what they say of who asks is believed.
    """

    listen: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 9720
    scrapers: tuple[str, ...] = ()
    public_url: str = ""
    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    report_networks: tuple[str, ...] = HOME_NETWORKS
    tls_certificate: str = ""
    tls_key: str = ""
    users: dict[str, Secret] = {}

    def __post_init__(self) -> None:
        if bool(self.tls_certificate) != bool(self.tls_key):
            there, missing = ("tls_certificate", "tls_key") if self.tls_certificate else ("tls_key", "tls_certificate")
            raise ValueError(f"{there} is set and {missing} is not: write both files, or none")
        for name, written in self.users.items():
            if written.origin == INLINE and not well_formed(written.reveal()):
                raise ValueError(f"users.{name} is no hash of a password: write what `roomwatch web-password` prints")


class Metrics(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The metrics page. port: of an endpoint for scrapers alone; 0 has none, and the pages' address serves it.

    web_config: a web.yml of Prometheus' exporter-toolkit for that endpoint; "" is plain HTTP without passwords.
    series: "reduced" leaves out single readings, histograms and the monitor itself: at most 100, for 10,000 rooms.
    """

    listen: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    web_config: str = ""
    series: Literal["full", "reduced"] = "full"

    def __post_init__(self) -> None:
        if self.web_config and not self.port:
            raise ValueError("web_config is set and port is not: the pages' address is not protected by it; set port")


class WorkingHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a camera's light may go on in an empty room, and when staff is expected."""

    days: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")
    start: Clock = "08:00"
    end: Clock = "19:00"


class ProbeSchedule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


def usual_schedules() -> dict[str, ProbeSchedule]:
    """Every probe's schedule as the table of probes has it."""
    return {
        name: ProbeSchedule(
            interval=probe.interval,
            deadline=probe.deadline,
            confirm_interval=probe.confirm_interval,
            fail_after=probe.fail_after,
            recover_after=probe.recover_after,
        )
        for name, probe in PROBES.items()
    }


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


class MeetingBroker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[meeting]: where a program says itself that it is in a call. Empty broker: nobody is asked.

    application: the profile that it speaks for. topic: its topicPrefix. password: { file }, { env } or { credential }.
    """

    broker: str = ""
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 1883
    tls: bool = False
    user: str = ""
    password: dict[str, str] = {}
    topic: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] = "teams"
    application: str = "teams"

    def __post_init__(self) -> None:
        if self.password and (len(self.password) > 1 or next(iter(self.password)) not in ("file", "env", "credential")):
            raise ValueError('password must be one of { file = "/path" }, { env = "NAME" } or { credential = "name" }')

    def reveal(self) -> str | None:
        """The password, None where none is set. Raises LookupError naming its place."""
        return next((Secret(kind, place).reveal() for kind, place in self.password.items()), None)


class PreMeeting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Checks before the calendar's meetings. minutes: how long before each. tell: who hears a no-go, by the plan."""

    enabled: bool = True
    minutes: tuple[Annotated[int, msgspec.Meta(ge=1, le=240)], ...] = (15, 5)
    tell: tuple[str, ...] = ("technical",)


class RetentionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class Commands(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a login of this machine may say for others; both names are in the journal.

    for_anybody: logins, and groups as "@group", that may enter for every contact. for_callers: groups of the plan whose
    members may enter what callers report.
    """

    for_anybody: tuple[str, ...] = ("root", "@roomwatch")
    for_callers: tuple[str, ...] = ("office",)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything of roomwatch.toml that is not a probe's own."""

    mode: Literal["act", "observe"] = "act"
    timezone: str = ""
    state: str = ""
    plan: str = ""
    expected: tuple[str, ...] = ()
    room: Room = Room()
    web: Web = Web()
    metrics: Metrics = Metrics()
    working_hours: WorkingHours = WorkingHours()
    meeting: MeetingBroker = MeetingBroker()
    calendar: Calendar = Calendar()
    premeeting: PreMeeting = PreMeeting()
    schedule: dict[str, ProbeSchedule] = msgspec.field(default_factory=usual_schedules)
    patience: dict[str, Seconds] = {}
    flapping: Flapping = Flapping()
    maintenance: dict[str, Maintenance] = {}
    history: RetentionSettings = RetentionSettings()
    audit: Audit = Audit()
    heartbeat: dict[str, Heartbeat] = {}
    alertmanager: AlertmanagerSettings = AlertmanagerSettings()
    inbound: InboundWays = InboundWays()
    commands: Commands = Commands()


class Configuration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole: the daemon's settings, each enabled probe's own, and where every value came from."""

    settings: Settings
    probes: dict[str, Any]
    layers: Layers
