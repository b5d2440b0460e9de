"""The questions of the first hour: in which order they are asked, and what each proposes."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass

import click

from alerting.configuration import Secret
from alerting.delivery.contract import Outcome
from alerting.folders import page
from alerting.messages.reasons import say_reason
from alerting.plan.model import Plan
from alerting.plan.organisation import Contact
from alerting.words import load_words
from monitor.first_hour import screen_user
from monitor.first_hour.answers import ANY, SECRET_FORMS, SHIPPED_ID, Answers, PersonToTell, secret
from monitor.first_hour.asker import Asker
from monitor.first_hour.found import FoundHere
from monitor.first_hour.screen_user import ScreenUserError
from monitor.settings import Settings

CHANNELS = "channels.md"
"""The page that has an address to copy for each channel."""
MAIL = re.compile(r"^[^\s@:/]+@[^\s@:/]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What was answered on the command line; None where it is asked."""

    language: str | None
    name: str | None
    place: str | None
    timezone: str | None
    hours: str | None
    tell: tuple[str, ...]
    test: bool | None
    programs: str | None
    devices: bool | None
    screen_user: str | None


def ask_all(asker: Asker, flags: Flags, settings: Settings, plan: Plan, found: FoundHere) -> Answers:
    room = settings.room
    fresh = room.id == SHIPPED_ID and not room.name
    language = asker.ask("language", found.language if fresh else room.language, asker.language, flags.language)
    asker.words = load_words(language)
    name = asker.ask("name", room.name or found.host, asker.named, flags.name)
    place = asker.ask("place", ", ".join(one for one in (room.floor, room.site) if one), asker.text, flags.place)
    floor, _, site = (one.strip() for one in place.replace("，", ",").partition(","))
    hours, zone = _hours_and_zone(asker, flags, settings, plan, found)
    people = _people(asker, flags, plan, language, name)
    known = tuple(sorted({*found.programs, *watched_names()}))
    programs = asker.ask(
        "programs",
        ", ".join(found.programs) if len(found.programs) == 1 else ANY,
        asker.some_of(known),
        flags.programs,
        found=asker.words.traits.comma.join(found.programs) or asker.words.text("setup.none"),
    )
    devices = [one for one in (found.camera, found.microphone) if one]
    expects = bool(devices) and asker.yes("devices", True, flags.devices, found=asker.words.traits.comma.join(devices))
    return Answers(
        language=language,
        name=name,
        floor=floor,
        site=site,
        timezone=zone,
        hours=hours,
        people=people,
        programs=programs,
        camera=found.camera if expects else "",
        microphone=found.microphone if expects else "",
        screen_user=_screen_user(asker, flags.screen_user),
        host=found.host,
        login=found.login,
    )


def _hours_and_zone(
    asker: Asker, flags: Flags, settings: Settings, plan: Plan, found: FoundHere
) -> tuple[tuple[str, str], str]:
    """One question for both, unless a flag answers one of them."""
    usual = f"{settings.working_hours.start}-{settings.working_hours.end}"
    there = settings.timezone or plan.timezone or found.timezone
    if flags.hours is None and flags.timezone is None and not asker.silent:
        return asker.ask("hours_and_zone", f"{usual} {there}", asker.hours_and_zone(usual, there))
    zone = asker.ask("timezone", there, asker.zone, flags.timezone)
    return asker.ask("hours", usual, asker.hours, flags.hours), zone


def _screen_user(asker: Asker, given: str | None) -> str:
    """Only root can enable the session part, and only where it is installed."""
    if given is None and not (os.geteuid() == 0 and screen_user.is_installed()):
        return ""

    def read(text: str) -> tuple[str, str]:
        if text in ("", ANY):
            return "", ""
        try:
            return screen_user.find(text).name, ""
        except ScreenUserError:
            return "", asker.words.text("setup.wrong.user")

    return asker.ask("screen_user", screen_user.at_the_screen() or ANY, read, given)


def watched_names() -> tuple[str, ...]:
    """Ids of all programs that the product knows."""
    from probes.software.profiles import shipped

    return tuple(shipped())


def _people(asker: Asker, flags: Flags, plan: Plan, language: str, room: str) -> tuple[PersonToTell, ...]:
    """Those of --tell, else one after the other until no name is given."""
    found = [_told(asker, one) for one in flags.tell]
    if found or asker.silent:
        _try(asker, found, flags, language, room)
        return tuple(found)
    there = plan.groups["technical"].members if "technical" in plan.groups else ()
    shown = asker.words.traits.comma.join(plan.contacts[one].name for one in there)
    key, default = ("person_more", "") if shown else ("person", "")
    while True:
        name = asker.ask(key, default, asker.text, there=shown)
        if name in ("", ANY):
            return tuple(found)
        address = asker.ask("address", ANY, lambda text: _address(asker, text), name=name, page=page(CHANNELS))
        person = PersonToTell(name=name, address=address)
        found.append(person)
        if person.address:
            _try(asker, [person], flags, language, room)
        known = dict.fromkeys((*(plan.contacts[one].name for one in there), *(one.name for one in found)))
        shown = asker.words.traits.comma.join(known)
        key = "person_more"


def _told(asker: Asker, text: str) -> PersonToTell:
    name, equals, address = text.partition("=")
    name, wrong = asker.named(name)
    if not equals:
        wrong = wrong or asker.words.text("setup.wrong.tell", page=page(CHANNELS))
    address, bad = _address(asker, address.strip())
    if wrong or bad or not address:
        raise click.BadParameter(
            bad or wrong or asker.words.text("setup.wrong.tell", page=page(CHANNELS)), param_hint="--tell"
        )
    return PersonToTell(name=name, address=address)


def _address(asker: Asker, text: str) -> tuple[str, str]:
    if text in ("", ANY):
        return "", ""
    if MAIL.match(text):
        return "", asker.words.text("setup.wrong.mail", address=text)
    from alerting.sending.addresses import understood

    kind, _, place = text.partition(":")
    if kind in SECRET_FORMS and not place.startswith("//"):
        return text, "" if place else asker.words.text("setup.wrong.address", page=page(CHANNELS))
    good = "://" in text and understood(Secret("literal", text))
    return text, "" if good else asker.words.text("setup.wrong.address", page=page(CHANNELS))


def _try(asker: Asker, people: list[PersonToTell], flags: Flags, language: str, room: str) -> None:
    """A test message, where it is wanted; what became of it. A failed one stops nothing: a token may come later."""
    if not people or (asker.silent and not flags.test) or not asker.yes("test", True, flags.test, name=people[0].name):
        return
    from alerting.sending.trial_message import send_test

    contacts = {}
    for number, person in enumerate(people):
        written = secret(person.address)
        ((kind, place),) = written.items() if isinstance(written, dict) else (("literal", written),)
        contacts[f"p{number}"] = Contact(name=person.name, language=language, channels=(Secret(kind, place),))
    results = asyncio.run(send_test(Plan(contacts=contacts), (), room))
    for person, result in zip(people, results, strict=True):
        if result.outcome is Outcome.SENT:
            click.echo("   ✓ " + asker.words.text("setup.test_sent", name=person.name))
        else:
            detail = say_reason(result.detail, asker.words)
            click.echo(
                "   ✗ " + asker.words.text("setup.test_failed", name=person.name, detail=detail, page=page(CHANNELS))
            )
