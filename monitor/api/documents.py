"""The documents of the API: what comes in and what goes out. The OpenAPI document is made of these types."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from alerting.service.permissions import IncidentVerb
from alerting.words import FALLBACK, Language
from monitor.pages.participant_report import ReportKind

Number = Annotated[int, msgspec.Meta(ge=1, le=999_999_999_999)]
Text = Annotated[str, msgspec.Meta(max_length=500)]


class ProblemDetails(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457. reason: the code of a refusal and its values."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    reason: dict[str, Any] | None = None


class RoomDocument(msgspec.Struct, frozen=True, kw_only=True):
    """usable: "ready", "limited", "not_now" or "unknown". meeting: whether one runs, null where that is unknown."""

    id: str
    name: str
    floor: str
    site: str
    usable: Literal["ready", "limited", "not_now", "unknown"]
    meeting: bool | None
    open_incidents: int


class Rooms(msgspec.Struct, frozen=True, kw_only=True):
    items: list[RoomDocument]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """values: the readings by name. limits: of those that have one. note: words in the asked language. at, since: Unix
    seconds."""

    check: str
    target: str
    state: str
    values: dict[str, float | None]
    limits: dict[str, Any] = {}
    note: str
    fault: str
    at: float | None = None
    since: float | None = None


class Checks(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Check]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    state: str
    channel: str
    at: float | None


class OpenFaultDocument(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    target: str
    since: float


class IncidentDocument(msgspec.Struct, frozen=True, kw_only=True, rename={"fault_class": "class"}):
    """Times are Unix seconds. text: what a participant said."""

    number: int
    room: str
    room_name: str
    scope: str
    code: str
    fault_class: str
    severity: str
    phase: str
    opened_at: float
    taken_by: str
    confirmed_by: str
    told: list[Told]
    reported_by: str
    text: str
    faults: list[OpenFaultDocument]
    drill: bool
    report: str


class Incidents(msgspec.Struct, frozen=True, kw_only=True):
    """next: hand it on as ``before`` for the next page; null on the last one."""

    items: list[IncidentDocument]
    next: int | None


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """by: a name, "roomwatch" for the program itself. why: words in the asked language."""

    at: float
    verb: str
    by: str
    why: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    items: list[TimelineEntry]


class ActionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """verb: what to do. The other fields are those of the incident's page; each verb takes its own."""

    verb: IncidentVerb
    text: Text = ""
    to: Annotated[str, msgspec.Meta(max_length=100)] = ""
    fault_class: Annotated[str, msgspec.Meta(max_length=40)] = ""
    severity: Annotated[str, msgspec.Meta(max_length=40)] = ""
    name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    force: bool = False


class ReportRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """kind: what people see. name: who reports it."""

    kind: ReportKind
    text: Text = ""
    name: Annotated[str, msgspec.Meta(max_length=80)] = ""


class ReportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """joined: the incident was open already."""

    number: int
    joined: bool


class PersonDocument(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str


class DutyDay(msgspec.Struct, frozen=True, kw_only=True):
    day: str
    roster: str
    group: str
    people: list[PersonDocument]


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    items: list[DutyDay]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """available: share of the watched time without a critical incident; null where nothing was watched. broken: class →
    seconds."""

    day: str
    available: float | None
    watched: float
    broken: dict[str, float]


class Month(msgspec.Struct, frozen=True, kw_only=True):
    month: str
    incidents: int
    drills: int


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """points = 50 × available + 30 × in_time + 20 × meetings, rounded."""

    points: int | None
    available: float
    in_time: float
    meetings: float


class History(msgspec.Struct, frozen=True, kw_only=True):
    """lost: seconds of meetings without the room. hit: incidents that cost a meeting a minute or more."""

    days: list[Day]
    months: list[Month]
    incidents: int
    drills: int
    lost: float
    hit: int
    score: Score


class Token(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    scopes: list[str]
    contact: str
    made_at: float
    made_by: str


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Token]


class NoQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Takes no parameters."""


class IncidentsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """state: "open" or "all". room: of this room alone. before: numbers below it, 0 for all. limit: of one page."""

    state: Literal["open", "all"] = "all"
    room: Annotated[str, msgspec.Meta(max_length=100)] = ""
    before: Annotated[int, msgspec.Meta(ge=0, le=999_999_999_999)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class LanguageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """lang: of the words in the answer."""

    lang: Language = FALLBACK


class DutyQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    days: Annotated[int, msgspec.Meta(ge=1, le=62)] = 14


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30
