"""`roomwatch inspection`: regular checks, recorded by who does them, and what is due."""

from __future__ import annotations

import json
from pathlib import Path

import click

from alerting.plan.wall_time import clock
from monitor.commands.daemon_command import say, send, spoken, timezone_of
from monitor.commands.options import json_option
from monitor.configuration_refusal import load_to_ask


@click.group()
def inspection() -> None:
    """Record regular checks, list what is due."""


@inspection.command("done")
@click.argument("name", metavar="ID")
@click.option("--text", required=True, metavar="TEXT", help="What was found.")
@spoken
def inspection_done(name: str, text: str, by: str, config: Path | None) -> None:
    """Record what inspection ID found."""
    answer, words = send(config, "inspection_done", by, name=name, text=text)
    say(words, "recorded", name=answer["inspection"], next=answer["next"])


@inspection.command("list")
@json_option
@spoken
def list_inspections(as_json: bool, by: str, config: Path | None) -> None:
    """List the plan's inspections: last done, due, next."""
    answer, words = send(config, "inspections", by)
    if as_json:
        click.echo(json.dumps(answer["inspections"], ensure_ascii=False))
        return
    zone = timezone_of(load_to_ask(config))
    for one in answer["inspections"]:
        last = clock(one["last"], zone, "%Y-%m-%d") if one["last"] else "—"
        key = "inspection_due" if one["due"] else "inspection_line"
        say(words, key, id=one["id"], name=one["name"], last=last, by=one["by"], due=one["due"], next=one["next"])
