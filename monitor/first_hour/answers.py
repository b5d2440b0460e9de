"""The answers of the first hour, and the tables that they become. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from alerting.plan.model import Plan
from alerting.words import Words
from monitor.settings import Settings

SHIPPED_ID = "room"
"""The id of a room that nobody named yet."""
SECRET_FORMS = ("file", "env", "credential")
ANY = "-"
"""The answer that leaves something out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonToTell:
    """name: as people call them. address: an address of docs/channels.md, or where it is kept: "file:/path"; "" where
    it is not known yet."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """hours: "08:00-19:00". programs: ids that must run in working hours. camera, microphone: that must be there.
    screen_user: for whom the session part is enabled; no file holds it. host: the machine's name.
    login: of who sets up a room of their own, without being root; "" where the service's rules hold."""

    language: str
    name: str
    floor: str = ""
    site: str = ""
    timezone: str
    hours: tuple[str, str]
    people: tuple[PersonToTell, ...] = ()
    programs: tuple[str, ...] = ()
    camera: str = ""
    microphone: str = ""
    screen_user: str = ""
    host: str = ""
    login: str = ""


@dataclass(slots=True)
class Tables:
    """What goes over roomwatch.toml and over plan.toml."""

    room: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)


def tables(answers: Answers, settings: Settings, plan: Plan, words: Words) -> Tables:
    """settings, plan: what is in force; lists are written whole, with what they hold already."""
    room: dict[str, Any] = {"name": answers.name, "floor": answers.floor, "site": answers.site}
    if settings.room.id == SHIPPED_ID and (chosen := _room_id(answers)):
        room = {"id": chosen, **room}
    room["language"] = answers.language
    start, end = answers.hours
    made = Tables()
    made.room = {
        "timezone": answers.timezone,
        "room": room,
        "working_hours": {"start": start, "end": end},
    }
    if answers.login and answers.login not in settings.commands.for_anybody:
        made.room["commands"] = {"for_anybody": [*settings.commands.for_anybody, answers.login]}
    probes: dict[str, Any] = {}
    if answers.programs:
        probes["software"] = {"applications": {one: {"expected": "hours"} for one in answers.programs}}
    if answers.camera:
        probes["camera"] = {"cameras": [answers.camera]}
    if answers.microphone:
        probes["microphone"] = {"source": answers.microphone}
    if probes:
        made.room["probes"] = probes
    made.plan = {"language": answers.language, "timezone": answers.timezone}
    if answers.language != plan.language:
        made.plan["title"] = words.text("setup.plan_title")
        made.plan["groups"] = {
            one: {"name": words.text(f"setup.group.{one}")} for one in plan.groups if words.has(f"setup.group.{one}")
        }
    made.plan = merged(made.plan, _people(answers, plan, words))
    return made


def _room_id(answers: Answers) -> str:
    """From the room's name; from the machine's where letters of the name have no place in an id: a fleet that is named
    in Chinese must not become 500 rooms of one id."""
    plain = unicodedata.normalize("NFKD", answers.name)
    lost = any(sign.isalnum() and not sign.isascii() for sign in plain)
    return (slug(answers.host) if lost else "") or slug(answers.name) or slug(answers.host)


def _people(answers: Answers, plan: Plan, words: Words) -> dict[str, Any]:
    contacts: dict[str, Any] = {}
    members = list(plan.groups["technical"].members) if "technical" in plan.groups else []
    for person in answers.people:
        ident = contact_id(person.name, plan, contacts)
        kept = plan.contacts.get(ident)
        channels: list[Any] = [_written(one.origin, one.reveal) for one in kept.channels] if kept is not None else []
        added = [secret(person.address)] if person.address else []
        contacts[ident] = {
            "name": person.name,
            "language": (kept.language if kept is not None else None) or answers.language,
            "channels": [*(one for one in added if one not in channels), *channels],
        }
        if ident not in members:
            members.append(ident)
    if not contacts:
        return {}
    found: dict[str, Any] = {"contacts": contacts, "groups": {"technical": {"members": members}}}
    if "technical" not in plan.groups:
        found["groups"]["technical"]["name"] = words.text("setup.group.technical")
    return found


def _written(origin: str, reveal: Any) -> Any:
    """A secret as it stands in a file."""
    kind, _, place = origin.partition(" ")
    return {kind: place} if kind in SECRET_FORMS and place else reveal()


def secret(address: str) -> Any:
    """ "file:/path", "env:NAME" and "credential:name" as a table; every other address as it is."""
    kind, colon, place = address.partition(":")
    return {kind: place} if colon and kind in SECRET_FORMS and not place.startswith("//") else address


def contact_id(name: str, plan: Plan, taken: Iterable[str] = ()) -> str:
    """The contact who has that name, else a new id that neither a contact nor a group has."""
    for ident, contact in plan.contacts.items():
        if name in (ident, contact.name):
            return ident
    wanted = slug(name) or "person"
    number, ident = 1, wanted
    while ident in plan.contacts or ident in plan.groups or ident in taken:
        number += 1
        ident = f"{wanted}{number}"
    return ident


def slug(name: str) -> str:
    """The name in lower case letters, digits and dashes; "" where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40]


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The old table with the new one over it; what the new one does not name stays."""
    out = dict(old)
    for key, value in new.items():
        kept = out.get(key)
        out[key] = merged(kept, value) if isinstance(kept, Mapping) and isinstance(value, Mapping) else value
    return out
