"""Values that a report speaks of and that each language says its own way. Refuses words."""

from __future__ import annotations

from dataclasses import dataclass

from alerting.model.reason import Reason


@dataclass(frozen=True, slots=True)
class Span:
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
class Room:
    id: str


@dataclass(frozen=True, slots=True)
class Way:
    """A kind of way out, as the plan's [paths] name it, or an Apprise scheme."""

    path: str


@dataclass(frozen=True, slots=True)
class Term:
    """A text of the catalogue by its key ("severity.critical")."""

    key: str


Value = str | int | float | Span | At | People | FaultName | Room | Way | Term | Reason
