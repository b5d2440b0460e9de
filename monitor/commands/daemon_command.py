"""How a person's word reaches the daemon, and what the terminal answers; numbers complete with the Tab key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from click.shell_completion import CompletionItem

from alerting.configuration import ConfigurationError
from alerting.words import Words, load_words
from monitor.commands.local_daemon import CommandFailed, NoDaemon, ask
from monitor.commands.options import config_option
from monitor.configuration_refusal import fail, load_to_ask
from monitor.settings import Configuration, load

Function = TypeVar("Function", bound=Callable[..., Any])
by_option = click.option(
    "--by", default="", metavar="NAME", help="In whose name: a contact's id or name. Default: your own."
)
text_option = click.option("--text", default="", metavar="TEXT", help="Why, or what was found; the report shows it.")

LONGEST_NUMBER = 18
"""Digits: the journal's own numbers have no more."""


class IncidentNumber(click.ParamType[int]):
    """The number of an open incident. With Tab: the open ones, each with its room and fault."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value).lstrip("#")
        if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER:
            shown = text if len(text) <= LONGEST_NUMBER else f"{text[:LONGEST_NUMBER]}…"
            self.fail(f'"{shown}" is no incident number. `roomwatch incidents` lists them.', param, ctx)
        return int(text)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [
            CompletionItem(str(one["number"]), help=f"{one['room']}: {one['code']}")
            for one in _open_incidents()
            if str(one["number"]).startswith(incomplete.lstrip("#"))
        ]


NUMBER = IncidentNumber()


def number_argument(function: Function) -> Function:
    return click.argument("number", type=NUMBER)(function)


def _open_incidents() -> list[dict[str, Any]]:
    """The open incidents for completion, which must stay silent whatever is wrong."""
    try:
        return list(ask(load(None), "GET", "/api/status")["incidents"])
    except (NoDaemon, CommandFailed, ConfigurationError, KeyError):
        return []


def spoken(function: Function) -> Function:
    """The options of every command that speaks to the daemon in somebody's name."""
    return by_option(config_option(function))


def send(config: Path | None, verb: str, by: str, **arguments: object) -> tuple[dict[str, Any], Words]:
    """The daemon's answer and the words of this room's language. Ends the command when it refuses or is not there."""
    configuration = load_to_ask(config)
    language = configuration.settings.room.language
    try:
        answer = ask(configuration, "POST", f"/api/command/{verb}", {"by": by, "language": language, **arguments})
    except CommandFailed as error:
        fail(str(error))
    except NoDaemon as error:
        fail(str(error), 3)
    return answer, load_words(language)


def timezone_of(configuration: Configuration) -> str:
    """The zone of the plan in force, as the daemon has it; without a daemon the room's. "" is this machine's."""
    try:
        return str(ask(configuration, "GET", "/api/status")["timezone"])
    except (NoDaemon, CommandFailed, KeyError):
        return configuration.settings.timezone


def say(words: Words, key: str, **values: object) -> None:
    """Print the line of ``command.<key>``."""
    click.echo(words.text(f"command.{key}", **values))


def refuse(message: str) -> NoReturn:
    raise click.UsageError(message)
