"""`roomwatch take`, `ack`, `confirm`, `note` and `resolve`: what people say of an incident."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from monitor.commands.local_daemon import CommandFailed, NoDaemon, ask
from monitor.commands.options import config_option, fail, load_or_fail


def _tell(config: Path | None, verb: str, number: int, by: str, text: str = "") -> dict[str, Any]:
    configuration = load_or_fail(config)
    try:
        return ask(configuration, "POST", f"/api/command/{verb}", {"incident": number, "by": by, "text": text})
    except CommandFailed as error:
        fail(str(error))
    except NoDaemon as error:
        fail(str(error), 3)


_by = click.option("--by", default="", metavar="NAME", help="In whose name. Default: your login name.")


@click.command()
@click.argument("number", type=int)
@_by
@config_option
def take(number: int, by: str, config: Path | None) -> None:
    """Take incident NUMBER (to acknowledge it): escalation stops, those who were told hear of it."""
    answer = _tell(config, "take", number, by)
    click.echo(f"Incident #{number} is taken by {answer['by']}.")


@click.command()
@click.argument("number", type=int)
@_by
@config_option
def confirm(number: int, by: str, config: Path | None) -> None:
    """Confirm the fault of incident NUMBER (technical group): leadership is told at once."""
    answer = _tell(config, "confirm", number, by)
    click.echo(f"Incident #{number} is confirmed by {answer['by']}.")


@click.command()
@click.argument("number", type=int)
@click.argument("text")
@_by
@config_option
def note(number: int, text: str, by: str, config: Path | None) -> None:
    """Add a note to incident NUMBER; it will stand in the report."""
    _tell(config, "note", number, by, text)
    click.echo(f"Noted in incident #{number}.")


@click.command()
@click.argument("number", type=int)
@_by
@config_option
def resolve(number: int, by: str, config: Path | None) -> None:
    """Declare incident NUMBER over, for faults that no probe sees."""
    _tell(config, "resolve", number, by)
    click.echo(f"Incident #{number} is resolved.")
