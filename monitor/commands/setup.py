"""`roomwatch setup`: the first hour of a room in some questions, each with a default and a flag."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from alerting.configuration import ConfigurationError
from alerting.folders import SYSTEM_FOLDER, shipped_folder
from alerting.plan.loading import absent, load_plan
from alerting.plan.model import Plan
from alerting.words import LANGUAGES, Words, load_words
from monitor.commands.local_daemon import CommandFailed, NoDaemon, ask
from monitor.commands.session import let_answer
from monitor.configuration_refusal import EXIT_CONFIGURATION, fail, load_or_fail, refuse_plan
from monitor.daemon.shown_commands import commands
from monitor.first_hour import files, screen_user
from monitor.first_hour.answers import Answers, tables
from monitor.first_hour.asker import COLUMNS, Asker
from monitor.first_hour.found import FoundHere, look
from monitor.first_hour.questions import Flags, ask_all
from monitor.first_hour.screen_user import ScreenUserError
from monitor.settings import Settings
from monitor.views.columns import fold
from probes.software import watched

TELL = "NAME=ADDRESS"


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
        answers = ask_all(asker, flags, settings, plan, found)
        written = _write(asker, answers, settings, plan, base)
        if answers.screen_user:
            _enable_session(asker.words, answers.screen_user)
        if written:
            _next(asker.words, base, config, bool(answers.people) or _reached(plan))
    except (click.Abort, KeyboardInterrupt):
        click.echo()
        fail("\n  ".join(_broken_off(asker.words, config)), 130)


def _broken_off(words: Words, config: Path | None) -> list[str]:
    said = [words.text("setup.broken_off")]
    if not sys.stdin.isatty():  # a script: nobody is there to be asked
        said.append(words.text("setup.no_terminal", command=f"{commands(config)['setup']} --yes"))
    return said


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
        kept = load_plan(plan if not absent(plan) else shipped_folder() / "plan.toml")
    except ConfigurationError as error:
        refuse_plan(error)
    return base, settings, kept, look(watched(there.probes["software"]))


def _enable_session(words: Words, name: str) -> None:
    try:
        let_answer(screen_user.find(name), words)
    except ScreenUserError as error:
        click.echo(words.text("setup.session_failed", detail=str(error)), err=True)


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
