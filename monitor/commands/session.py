"""`roomwatch session`: the session part for the user of the room's screen, on and off."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from alerting.words import Words, load_words
from monitor.configuration_refusal import fail, load_to_ask
from monitor.first_hour import screen_user
from monitor.first_hour.screen_user import Command, ScreenUser, ScreenUserError


@click.group()
def session() -> None:
    """Let the user of the room's screen answer what only that user may see: sound, and who holds the camera."""


_dry_run = click.option("--dry-run", is_flag=True, help="Print the commands that are needed, and run none.")


@session.command()
@click.argument("user")
@_dry_run
def enable(user: str, dry_run: bool) -> None:
    """Put USER into the group roomwatch-session and enable its socket. Prints each command that it runs."""
    words = load_words(load_to_ask(None).settings.room.language)
    try:
        found = screen_user.find(user)
        if dry_run:
            show(screen_user.enabling(found))
        else:
            let_answer(found, words)
    except ScreenUserError as error:
        fail(f"{error}.")


@session.command()
@click.argument("user")
@_dry_run
def disable(user: str, dry_run: bool) -> None:
    """Take back what `enable` did for USER. Prints each command that it runs."""
    try:
        needed = screen_user.disabling(screen_user.find(user))
        show(needed) if dry_run else _run(needed)
    except ScreenUserError as error:
        fail(f"{error}.")


def let_answer(user: ScreenUser, words: Words) -> None:
    """Raises ScreenUserError."""
    try:
        _run(screen_user.enabling(user))
    except ScreenUserError as error:
        if user.reachable:
            raise
        raise ScreenUserError(f"{error}\n{words.text('command.session_no_bus', user=user.name)}") from None
    click.echo(words.text("command.session_undo", user=user.name))
    if user.logged_in and not user.member:
        click.echo(words.text("command.session_log_out", user=user.name))


def _run(needed: Sequence[Command]) -> None:
    for command in needed:
        show([command])
        screen_user.carry_out(command)


def show(needed: Sequence[Command]) -> None:
    for command in needed:
        click.echo(f"  {shlex.join(command)}")
