"""`roomwatch setup`: the first hour of a room in some questions, each with a default and a flag."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from alerting.configuration import ConfigurationError, Secret
from alerting.delivery.contract import Outcome
from alerting.folders import SYSTEM_FOLDER, shipped_folder
from alerting.messages.reasons import say_reason
from alerting.plan.loading import load_plan
from alerting.plan.model import Plan
from alerting.plan.organisation import Contact
from alerting.words import LANGUAGES, Words, load_words
from monitor.commands.local_daemon import CommandFailed, NoDaemon, ask
from monitor.commands.session import let_answer
from monitor.configuration_refusal import EXIT_CONFIGURATION, fail, load_or_fail
from monitor.daemon.shown_commands import commands
from monitor.first_hour import files, screen_user
from monitor.first_hour.answers import ANY, SECRET_FORMS, SHIPPED_ID, Answers, PersonToTell, secret, tables
from monitor.first_hour.asker import COLUMNS, Asker
from monitor.first_hour.found import FoundHere, look
from monitor.first_hour.screen_user import ScreenUserError
from monitor.settings import Settings
from monitor.views.columns import fold
from probes.software import watched

MAIL = re.compile(r"^[^\s@:/]+@[^\s@:/]+$")
TELL = "NAME=ADDRESS"


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


@click.command()
@click.option("--language", default=None, help=f"{' or '.join(LANGUAGES)}: of screens, messages and documents.")
@click.option("--name", default=None, help="The room as people call it.")
@click.option("--place", default=None, metavar="FLOOR,SITE", help="Where it is.")
@click.option("--timezone", default=None, metavar="ZONE", help="Such as Asia/Shanghai.")
@click.option("--hours", default=None, metavar="FROM-TO", help="Working hours, such as 08:00-19:00.")
@click.option(
    "--tell", multiple=True, metavar=TELL, help="Who is told by which address; may be repeated. See channels.md."
)
@click.option("--test/--no-test", default=None, help="Send everybody given a test message.")
@click.option(
    "--programs", default=None, metavar="IDS", help='Meeting programs that must run in working hours; "-": none.'
)
@click.option("--devices/--no-devices", default=None, help="The camera and microphone that were found must be there.")
@click.option(
    "--screen-user", default=None, metavar="USER", help='Who is logged in at the room\'s screen; "-": nobody.'
)
@click.option("--yes", is_flag=True, help="Ask nothing: take the default of whatever no flag answers, and write.")
@click.option(
    "--config", type=click.Path(path_type=Path), default=None, metavar="PATH", help="Default: /etc/roomwatch."
)
def setup(yes: bool, config: Path | None, **given: Any) -> None:
    """Set a room up: its name, who is told, its programs and devices.

    Writes conf.d/setup.toml and plan.d/setup.toml, which go over what stands in the other files; nothing else is
    changed. Shows first what would change, and keeps a backup. Run it again whenever something changes. Whoever
    breaks it off leaves everything as it was.

    As root it then enables the session part for the user of the room's screen, as `roomwatch session enable` does.
    """
    base, settings, plan, found = _present(config)
    flags = Flags(**given)
    asker = Asker(load_words(flags.language if flags.language in LANGUAGES else settings.room.language), silent=yes)
    try:
        if not yes:
            click.echo("\n".join(fold(asker.words.text("setup.how"), COLUMNS, "")))
        answers = _answers(asker, flags, settings, plan, found)
        written = _write(asker, answers, settings, plan, base)
        if answers.screen_user:
            _enable_session(asker.words, answers.screen_user)
        if written:
            _next(asker.words, base, config, bool(answers.people) or _reached(plan))
    except (click.Abort, KeyboardInterrupt):
        click.echo()
        fail(asker.words.text("setup.broken_off"), 130)


def _present(config: Path | None) -> tuple[Path, Settings, Plan, FoundHere]:
    """Where the configuration is, what it says now, and what the machine tells."""
    if config is None and not os.access(SYSTEM_FOLDER if SYSTEM_FOLDER.exists() else SYSTEM_FOLDER.parent, os.W_OK):
        fail(f"this user may not write {SYSTEM_FOLDER}. Use sudo, or name a folder of your own: --config ~/room")
    base, _ = files.places(config or SYSTEM_FOLDER, "")
    if config is not None and base.parent == config and config.exists() and not config.is_dir():
        fail(f"{config} is no folder and no .toml file. Name a folder, such as --config ~/room")
    there = load_or_fail(base if base.exists() else shipped_folder())
    settings = there.settings
    _, plan = files.places(base, settings.plan)
    try:
        kept = load_plan(plan if plan.exists() else shipped_folder() / "plan.toml")
    except ConfigurationError as error:
        fail("the plan has problems:\n" + "\n".join(f"  {one}" for one in error.problems), EXIT_CONFIGURATION)
    return base, settings, kept, look(watched(there.probes["software"]))


def _answers(asker: Asker, flags: Flags, settings: Settings, plan: Plan, found: FoundHere) -> Answers:
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


def _enable_session(words: Words, name: str) -> None:
    try:
        let_answer(screen_user.find(name), words)
    except ScreenUserError as error:
        click.echo(words.text("setup.session_failed", detail=str(error)), err=True)


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
        address = asker.ask("address", ANY, lambda text: _address(asker, text), name=name)
        if address:
            person = PersonToTell(name=name, address=address)
            found.append(person)
            _try(asker, [person], flags, language, room)
        shown = asker.words.traits.comma.join(one.name for one in found)
        key = "person_more"


def _told(asker: Asker, text: str) -> PersonToTell:
    name, equals, address = text.partition("=")
    name, wrong = asker.named(name)
    if not equals:
        wrong = wrong or asker.words.text("setup.wrong.tell")
    address, bad = _address(asker, address.strip())
    if wrong or bad or not address:
        raise click.BadParameter(bad or wrong or asker.words.text("setup.wrong.tell"), param_hint="--tell")
    return PersonToTell(name=name, address=address)


def _address(asker: Asker, text: str) -> tuple[str, str]:
    if text in ("", ANY):
        return "", ""
    if MAIL.match(text):
        return "", asker.words.text("setup.wrong.mail", address=text)
    from alerting.sending.addresses import understood

    kind, _, place = text.partition(":")
    if kind in SECRET_FORMS and not place.startswith("//"):
        return text, "" if place else asker.words.text("setup.wrong.address")
    good = "://" in text and understood(Secret("literal", text))
    return text, "" if good else asker.words.text("setup.wrong.address")


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
            click.echo("   ✗ " + asker.words.text("setup.test_failed", name=person.name, detail=detail))


def _write(asker: Asker, answers: Answers, settings: Settings, plan: Plan, base: Path) -> bool:
    """Whether something was written."""
    words = asker.words
    _, plan_file = files.places(base, settings.plan)
    wanted = files.changes(base, plan_file, tables(answers, settings, plan, words), words)
    if not wanted:
        click.echo(words.text("setup.nothing_new"))
        return False
    try:
        files.prove(base, plan_file, wanted)
    except ConfigurationError as error:
        fail("\n".join(f"  {one}" for one in error.problems), EXIT_CONFIGURATION)
    click.echo()
    for change in wanted:
        click.echo(click.style(f"{change.file}:", bold=True))
        lines = files.difference(change) if change.old is not None or change.file.name == files.OVERLAY else []
        for line in lines or [words.text("setup.copied")]:
            for part in fold(f"  {line}", COLUMNS, "    "):
                click.echo(click.style(part, fg={"+": "green", "-": "red"}.get(line[:1])))
    if not asker.silent and not asker.yes("write", True):
        fail(words.text("setup.broken_off"), 1)
    kept = files.write(wanted)
    for backup in kept:
        click.echo(words.text("setup.backup", file=backup))
    return True


def _reached(plan: Plan) -> bool:
    return any(one.channels and not one.left for one in plan.contacts.values())


def _next(words: Words, base: Path, config: Path | None, reached: bool) -> None:
    """What to type now."""
    paste = commands(config)
    configuration = load_or_fail(base)
    try:
        running = ask(configuration, "GET", "/api/status", seconds=3.0)["commands"]["run"]
        # A daemon with another configuration, such as that of a trial, would read its own again.
        same = shlex.split(running)[1:] == shlex.split(paste["run"])[1:]
        start, how = (paste["reload"], "reload") if same else (paste["run"], "start")
    except (NoDaemon, CommandFailed):
        start, how = "systemctl enable --now roomwatch" if config is None else paste["run"], "start"
    click.echo(words.text("setup.done"))
    if not reached:
        click.echo(words.text("setup.nobody_yet"))
    for key, command in (("check", paste["check"]), (how, start), ("test", paste["test"])):
        click.echo(f"  # {words.text(f'setup.next.{key}')}\n  {command}")
