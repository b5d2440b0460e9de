"""`roomwatch backup`: start the way on for a meeting, record and list the tests of backups."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
import msgspec

from alerting.messages.reasons import say_reason
from alerting.model.reason import Reason
from monitor.commands.daemon_command import number_argument, refuse, say, send, spoken, text_option
from monitor.commands.options import json_option

_which = click.argument("name", default="", metavar="[ID]")


@click.group()
def backup() -> None:
    """Start a backup, record its tests.

    Ways to go on with a meeting, in the order of the plan.
    """


@backup.command("start")
@number_argument
@_which
@spoken
def start_backup(number: int, name: str, by: str, config: Path | None) -> None:
    """Start a backup and tell participants where to go.

    The one proposed in incident NUMBER, or the one named ID.
    """
    _, words = send(config, "backup_start", by, incident=number, name=name)
    say(words, "backup_started", number=number)


@backup.command("failed")
@number_argument
@text_option
@spoken
def failed(number: int, text: str, by: str, config: Path | None) -> None:
    """Say that the backup does not work.

    The next in order is proposed in incident NUMBER.
    """
    _, words = send(config, "backup_failed", by, incident=number, text=text)
    say(words, "backup_failed", number=number)


@backup.command("tested")
@click.argument("name", metavar="ID")
@click.option("--ok/--failed", "good", default=None, help="Whether it can be used.")
@text_option
@spoken
def tested(name: str, good: bool | None, text: str, by: str, config: Path | None) -> None:
    """Record that you looked at backup ID.

    One that fails is used last until it is good again.
    """
    if good is None:
        refuse("say whether it can be used: --ok or --failed.")
    answer, words = send(config, "backup_tested", by, name=name, ok=good, text=text)
    say(words, "backup_tested", name=answer["backup"], next=answer["next"])


@backup.command("test")
@click.argument("name", metavar="ID")
@spoken
def test(name: str, by: str, config: Path | None) -> None:
    """Open the link of backup ID now.

    The result is in `roomwatch backup list` within a minute.
    """
    answer, words = send(config, "backup_test", by, name=name)
    say(words, "backup_testing", name=answer["backup"])


@backup.command("list")
@json_option
@spoken
def list_backups(as_json: bool, by: str, config: Path | None) -> None:
    """List the backups with their last tests."""
    answer, words = send(config, "backups", by)
    if as_json:
        click.echo(json.dumps(answer["backups"], ensure_ascii=False))
        return
    for one in answer["backups"]:
        state = words.text(f"command.tested_{'never' if one['ok'] is None else 'ok' if one['ok'] else 'failed'}")
        when = time.strftime("%m-%d %H:%M", time.localtime(one["tested"])) if one["tested"] else ""
        detail = say_reason(msgspec.convert(one["detail"], Reason), words)
        click.echo(" ".join(part for part in (one["id"], one["name"], one["place"], state, when, detail) if part))
