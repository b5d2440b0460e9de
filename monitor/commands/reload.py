"""`roomwatch reload`: the running daemon takes the files on the disk, and says what became of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from alerting.words import load_words
from monitor.commands.local_daemon import CommandFailed, NoDaemon, ask
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import fail, load_to_ask

LONGEST_SECONDS = 120.0
"""A reload waits for the one before it and for the ends of running looks, each up to its deadline."""


@click.command()
@config_option
@json_option
def reload(config: Path | None, as_json: bool) -> None:
    """Let the running daemon read its configuration and its plan anew, and wait for the result.

    All of it is taken or nothing. What changed is listed, and so is what takes effect at a restart only.
    Exit code: 0 taken, 1 refused (the old configuration keeps running), 2 the daemon broke on it, 3 no daemon answers.
    """
    configuration = load_to_ask(config)
    words = load_words(configuration.settings.room.language)
    try:
        found = ask(configuration, "POST", "/api/command/reload", {}, seconds=LONGEST_SECONDS)
    except NoDaemon as error:
        fail(str(error), 3)
    except CommandFailed as error:
        fail(str(error), 2)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    elif not found["taken"]:
        click.echo(words.text("command.reload_refused"), err=True)
        for line in found["problems"]:
            click.echo(f"  {line}", err=True)
    else:
        changed = words.text("message.enumeration").join(found["changed"])
        click.echo(words.text("command.reload_changed", keys=changed) if changed else words.text("command.reload_same"))
        if waiting := words.text("message.enumeration").join(found["restart_needed"]):
            click.echo(words.text("command.reload_restart", keys=waiting))
    sys.exit(0 if found["taken"] else 1)
