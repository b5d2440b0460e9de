"""`roomwatch roster`: the owner confirms who is on duty."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.commands.daemon_command import say, send, spoken


@click.group()
def roster() -> None:
    """Confirm the duty roster."""


@roster.command("confirm")
@click.argument("name", default="", metavar="[ID]")
@spoken
def confirm(name: str, by: str, config: Path | None) -> None:
    """Confirm that roster ID holds.

    Its owner does so each month; without ID the only one.
    """
    answer, words = send(config, "roster_confirm", by, name=name)
    say(words, "recorded", name=answer["roster"], next=answer["next"])
