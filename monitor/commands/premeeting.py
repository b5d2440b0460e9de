"""`roomwatch premeeting`: is the room ready for a meeting? All probes fresh, one go or no-go."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from alerting.words import load_words
from monitor.commands.language import language_option
from monitor.commands.local_daemon import CommandFailed, NoDaemon, ask
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import fail, load_or_fail
from monitor.premeeting.readiness import MOST_SECONDS
from monitor.views.premeeting import details, headline, state


@click.command()
@config_option
@json_option
@language_option("the room's (room.language)")
def premeeting(config: Path | None, as_json: bool, language: str | None) -> None:
    """Check now whether the room is ready for a meeting.

    The running daemon wakes every probe and waits for fresh looks, up to 75 s; devices that somebody uses are left
    alone. Exit code: 0 go, 1 no-go, 2 the daemon refused, 3 no daemon answers, 4 cannot tell: nothing of
    camera, microphone and network could be looked at.
    """
    configuration = load_or_fail(config)
    words = load_words(language or configuration.settings.room.language)
    if not as_json:
        click.echo(words.text("premeeting.looking"), err=True)
    try:
        found = ask(configuration, "POST", "/api/command/premeeting", {}, seconds=MOST_SECONDS + 15)
    except NoDaemon as error:
        fail(str(error), 3)
    except CommandFailed as error:
        fail(str(error), 2)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        colour = {"go": "green", "no_go": "red", "cannot_tell": "yellow"}[state(found)]
        click.secho("● " + headline(found, words), fg=colour, bold=True)
        room = configuration.settings.room.name or configuration.settings.room.id
        for line in details(found, words, room):
            click.echo("  " + line)
    sys.exit({"go": 0, "no_go": 1, "cannot_tell": 4}[state(found)])
