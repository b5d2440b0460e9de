"""Words of one notification for one contact: room and fault first, then what to do and how to take it. Pure.

Refuses meeting titles and attendees; every text comes from the catalogues.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from alerting.thin.incident import Incident
from alerting.words import Words, load_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """title: one line that says room and fault in its first 40 characters. body: plain text."""

    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Why a message is written. kind: a key below ``thin.kind``. who, note: for what people did."""

    kind: str
    now: float
    room_name: str = ""
    who: str = ""
    note: str = ""
    journal_ok: bool = True


def fault_title(incident: Incident, words: Words) -> str:
    """The fault in people's words."""
    target = incident.faults[0].target if incident.faults else ""
    return words.text(f"fault.{incident.code}.title", target=target, room=incident.room)


def _clock(at: float) -> str:
    return time.strftime("%m-%d %H:%M", time.localtime(at))


def _minutes(seconds: float) -> str:
    return f"{max(0, round(seconds / 60))}"


def compose(incident: Incident, occasion: Occasion, language: str, *, short: bool, key: str) -> Text:
    """Title and body in the contact's language; short for SMS and the like: one line of body."""
    words = load_words(language)
    room = occasion.room_name or incident.room
    fault = fault_title(incident, words)
    drill = words.text("thin.drill") + " " if incident.drill else ""
    severity = words.text(f"severity.{incident.severity.word}")
    state = words.text(f"thin.kind.{occasion.kind}", who=occasion.who, severity=severity)
    title = f"{drill}{words.text('thin.title', room=room, fault=fault)} · {state}"
    number = incident.number
    take = words.text("thin.take", number=number)
    over = occasion.kind in ("resolved", "passed")
    if short:
        tail = "" if over else take
        return Text(title=title, body=f"{words.text('thin.number', number=number)} {tail}".strip())
    target = incident.faults[0].target if incident.faults else ""
    fields = {"target": target, "room": room}
    lines = []
    if over:
        lasted = (incident.resolved_at or occasion.now) - incident.opened_at
        lines.append(words.text(f"thin.{occasion.kind}", start=_clock(incident.opened_at), minutes=_minutes(lasted)))
        if incident.taken_by:
            lines.append(words.text("thin.handled_by", name=incident.taken_by))
    else:
        lines.append(words.text(f"fault.{incident.code}.what", **fields))
        lines.append("→ " + words.text(f"fault.{incident.code}.act", **fields))
        lines.append(words.text("thin.since", time=_clock(incident.opened_at), severity=severity))
        if target:
            lines.append(words.text("thin.where", target=target))
        if incident.symptoms:
            names = [words.text(f"fault.{code}.title", target="", room=room) for code in incident.symptoms]
            lines.append(words.text("thin.symptoms", symptoms=words.text("thin.comma").join(names)))
        if incident.taken_by:
            lines.append(words.text("thin.taken_by", name=incident.taken_by))
        if occasion.note:
            lines.append(words.text("thin.note", note=occasion.note))
        if not incident.taken_by:
            lines.append(take)
    if not occasion.journal_ok:
        lines.append(words.text("thin.journal_not_written"))
    lines.append(f"{words.text('thin.number', number=number)} · {key}")
    return Text(title=title, body="\n".join(lines))
