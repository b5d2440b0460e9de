"""Open faults as alerts of Alertmanager's API, version 2. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alerting.encodable import encodable
from alerting.messages.message_text import fault_title
from alerting.messages.place import say_place
from alerting.model.catalogue import KINDS
from alerting.model.incident import FaultRecord, Incident
from alerting.model.room import Room
from alerting.words import LANGUAGES, load_words

NAME = "RoomwatchFault"
"""Another name than that of the rules of Prometheus, so that the two never end each other's alert."""

OWN_LABELS = frozenset(
    ("alertname", "kind", "site", "floor", "room", "code", "target", "fault_class", "severity", "incident")
)

RESEND_SECONDS = 60.0
"""Prometheus' own delay (--rules.alert.resend-delay): an alert that still stands is sent again."""
STANDS_SECONDS = 4 * RESEND_SECONDS
"""An alert ends by itself so long after it was last sent: Prometheus lets three sendings be lost too."""
ENDED_SECONDS = 900.0
"""An alert's end is sent again for so long, as Prometheus does: a member that was away hears of it."""

SUMMARIES = {
    language: traits.annotation or f"summary_{language.lower().replace('-', '_')}"
    for language, traits in LANGUAGES.items()
}
"""Language → annotation, as the shipped templates name them."""

Labels = tuple[tuple[str, str], ...]
"""Sorted pairs of a label and its value: what makes an alert the same one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One fault of one incident. starts_at: Unix seconds. link: the incident's page, "" where none can be reached."""

    incident: int
    labels: Labels
    annotations: Mapping[str, str]
    starts_at: float
    link: str = ""

    def document(self, ends_at: float) -> dict[str, Any]:
        """As the API takes it. ends_at: Unix seconds; in the past it says that the alert is over. An alert that begins
        after its end is refused: it may, where the clock was set meanwhile."""
        found: dict[str, Any] = {
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            "startsAt": _written(min(self.starts_at, ends_at)),
            "endsAt": _written(ends_at),
        }
        return found | ({"generatorURL": self.link} if self.link else {})


def fault_labels(room: Room, code: str, target: str, more: Mapping[str, str]) -> dict[str, str]:
    """Labels of a fault that belongs to no incident yet; empty ones are left out. more: labels of the settings."""
    kind = KINDS.get(code)
    labels = {
        "alertname": NAME,
        "kind": "room",
        "site": room.site,
        "floor": room.floor,
        "room": room.id,
        "code": code,
        "target": target,
        "fault_class": kind.fault_class.value if kind is not None else "",
    }
    return {name: encodable(value) for name, value in {**more, **labels}.items() if value}


def alerts_of(
    incidents: Iterable[Incident],
    rooms: Mapping[str, Room],
    *,
    meetings: Iterable[str] = (),
    labels: Mapping[str, str],
    public_url: str = "",
) -> dict[Labels, Alert]:
    """The alerts that stand now: one for each open fault of a live incident that is no drill. meetings: ids of the
    rooms in which one runs. rooms: by id."""
    found: dict[Labels, Alert] = {}
    running = frozenset(meetings)
    for incident in incidents:
        if incident.drill or not incident.phase.live:
            continue
        room = rooms.get(incident.room) or Room(id=incident.room)
        link = f"{public_url.rstrip('/')}/i/{incident.id}" if public_url else ""
        for fault in incident.open_faults or (_reopened(incident),):
            own = fault_labels(room, fault.code, fault.target, labels)
            own |= {"severity": incident.severity.word, "incident": str(incident.id)}
            key = tuple(sorted(own.items()))
            found[key] = Alert(
                incident=incident.id,
                labels=key,
                annotations=_annotations(room, fault, link, meeting=room.id in running),
                starts_at=fault.since,
                link=link,
            )
    return found


def _reopened(incident: Incident) -> FaultRecord:
    """An incident that a person opened again may have no fault that a probe sees."""
    return FaultRecord(code=incident.code, since=incident.opened_at)


def _annotations(room: Room, fault: FaultRecord, link: str, *, meeting: bool) -> dict[str, str]:
    said = {}
    for language, name in SUMMARIES.items():
        words = load_words(language)
        place = say_place(words, room.name or room.id, room.floor, room.site)
        title = fault_title(words, fault.code, fault.target, place)
        named = fault.target and fault.target not in title
        key = "message.title_state" if named else "message.title"
        said[name] = words.text(key, room=place, fault=title, state=fault.target)
        said[name] += words.text("message.during_meeting") if meeting else ""
    words = load_words(room.language)
    if words.has(key := f"fault.{fault.code}.act"):
        said["description"] = words.text(key, target=fault.target, room=room.name or room.id)
    if link:
        said["runbook_url"] = link
    return {name: encodable(text) for name, text in said.items()}


def _written(moment: float) -> str:
    return dt.datetime.fromtimestamp(moment, dt.UTC).isoformat(timespec="milliseconds")
