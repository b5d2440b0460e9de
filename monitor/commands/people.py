"""`roomwatch people`: what is kept of a person, and taking them out of it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from monitor.commands.daemon_command import say, send, spoken


@click.group()
def people() -> None:
    """Export or delete a person's data."""


@people.command("export")
@click.argument("name", metavar="NAME")
@click.option("--to", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write here, not to the terminal.")
@spoken
def export(name: str, file: Path | None, by: str, config: Path | None) -> None:
    """Print all that is kept of NAME as JSON.

    NAME: a contact's id or name, or a reporter as they gave it. Addresses that are secrets are named, not shown.
    """
    answer, words = send(config, "people_export", by, name=name)
    text = json.dumps(answer["data"], ensure_ascii=False, indent=2)
    if file is None:
        click.echo(text)
        return
    file.touch(mode=0o600)
    file.write_text(text + "\n", encoding="utf-8")
    say(words, "people_exported", name=name, file=file)


@people.command("delete")
@click.argument("name", metavar="NAME")
@click.confirmation_option(prompt="What is taken out of the journal does not come back. Go on?")
@spoken
def delete(name: str, by: str, config: Path | None) -> None:
    """Take NAME out of the journal.

    Out of closed incidents at once, out of open ones when they close. Somebody who is still in the plan is refused.
    """
    answer, words = send(config, "people_delete", by, name=name)
    say(words, "people_deleted", name=name, count=answer["incidents"])
    if answer["open"]:
        say(words, "people_later", numbers=", ".join(f"#{number}" for number in answer["open"]))
