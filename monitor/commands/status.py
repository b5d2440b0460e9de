"""`roomwatch status` and `roomwatch incidents`: what the running daemon sees. The exit code is for scripts."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import click

from alerting.plan.wall_time import clock
from alerting.service.incident_words import people, real, reported, title, told
from alerting.words import load_words
from monitor.commands.local_daemon import NoDaemon, ask
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import fail, load_to_ask
from monitor.daemon.live_summary import lines


@click.command()
@config_option
@json_option
def status(config: Path | None, as_json: bool) -> None:
    """Show the room as the daemon sees it.

    Exit code: 0 all well, 1 a fault or an incident is open (drills do not count), 2 an incident is open and nobody
    could be told, 3 no daemon answers.
    """
    configuration = load_to_ask(config)
    try:
        found = ask(configuration, "GET", "/api/status")
    except NoDaemon as error:
        fail(str(error), 3)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        columns = shutil.get_terminal_size((100, 40)).columns
        click.echo("\n".join(lines(found, load_words(found["language"]), columns)))
    sys.exit(2 if found["nobody_reachable"] else 1 if found["faults"] or real(found) else 0)


@click.command()
@config_option
@json_option
def incidents(config: Path | None, as_json: bool) -> None:
    """List the open incidents, the worst first, of one severity the newest first.

    Under each: who was told, by which channel and when; under one that a person reported, by whom and in what words.
    """
    configuration = load_to_ask(config)
    try:
        found = ask(configuration, "GET", "/api/status")
    except NoDaemon as error:
        fail(str(error), 3)
    if as_json:
        click.echo(json.dumps(found["incidents"], ensure_ascii=False))
        return
    words = load_words(found["language"])
    if not found["incidents"]:
        click.echo(words.text("page.no_incidents"))
    for one in found["incidents"]:
        began = clock(one["opened_at"], found["timezone"], "%m-%d %H:%M")
        severity = words.text("severity." + one["severity"])
        click.echo(f"#{one['number']}  {began}  {severity}  {title(one, words)}  ({people(one, words)})")
        for said in (told(one, words, found["timezone"]), reported(one, words)):
            if said:
                click.echo(f"    {said}")
