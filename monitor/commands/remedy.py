"""`roomwatch remedy`: approve, refuse or start a remedy of an incident, or try one by hand."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.commands.daemon_command import number_argument, say, send, spoken, text_option
from monitor.commands.remedy_try import try_remedy

_which = click.argument("name", default="", metavar="[ID]")


@click.group()
def remedy() -> None:
    """Approve, refuse or start a remedy.

    Those that the plan allows; people in the room are told before it runs.
    """


remedy.add_command(try_remedy)


@remedy.command("approve")
@number_argument
@_which
@text_option
@spoken
def approve(number: int, name: str, text: str, by: str, config: Path | None) -> None:
    """Give the word that a remedy waits for.

    It covers the meeting that runs now, not one that begins later. ID: which, where several wait.
    """
    _, words = send(config, "remedy_approve", by, incident=number, name=name, text=text)
    say(words, "remedy_approved", number=number)


@remedy.command("refuse")
@number_argument
@_which
@text_option
@spoken
def refuse_remedy(number: int, name: str, text: str, by: str, config: Path | None) -> None:
    """Keep a remedy from running.

    Also one that is announced already; those who expected it hear so.
    """
    _, words = send(config, "remedy_refuse", by, incident=number, name=name, text=text)
    say(words, "remedy_refused", number=number)


@remedy.command("start")
@number_argument
@click.argument("name", metavar="ID")
@spoken
def start_remedy(number: int, name: str, by: str, config: Path | None) -> None:
    """Ask for remedy ID of the plan.

    In incident NUMBER, also one that was tried already. The notice time still runs first.
    """
    _, words = send(config, "remedy_start", by, incident=number, name=name)
    say(words, "remedy_approved", number=number)
