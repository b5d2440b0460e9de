"""Values that a report speaks of and that each language says its own way."""

from __future__ import annotations

from dataclasses import dataclass

from alerting.model.reason import Reason


@dataclass(frozen=True, slots=True)
class Duration:
    seconds: float


@dataclass(frozen=True, slots=True)
class At:
    """Unix seconds."""

    moment: float


@dataclass(frozen=True, slots=True)
class People:
    """Contact ids, or names where somebody is no contact."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FaultName:
    code: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class RoomName:
    id: str


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A kind of way out, as the plan's [paths] name it, or an Apprise scheme."""

    path: str


@dataclass(frozen=True, slots=True)
class RemedyName:
    """A kind of remedy and what it is done to."""

    kind: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class EntryName:
    """A backup or a material, by its id in the plan or by its name."""

    id: str


@dataclass(frozen=True, slots=True)
class Term:
    """A text of the catalogue by its key ("severity.critical")."""

    key: str


Value = (
    str
    | int
    | float
    | Duration
    | At
    | People
    | FaultName
    | RoomName
    | ChannelKind
    | RemedyName
    | EntryName
    | Term
    | Reason
)
