"""`roomwatch spare`: what is taken from the store of spares, brought back and checked."""

from __future__ import annotations

import json
from pathlib import Path

import click

from alerting.plan.wall_time import clock
from monitor.commands.daemon_command import NUMBER, say, send, spoken, text_option, timezone_of
from monitor.commands.options import json_option
from monitor.configuration_refusal import load_to_ask

_material = click.argument("name", metavar="MATERIAL")


@click.group()
def spare() -> None:
    """Take a spare, bring it back, record a check."""


@spare.command("take")
@_material
@click.option("--for", "number", type=NUMBER, default=None, metavar="NUMBER", help="The incident that it is for.")
@spoken
def take(name: str, number: int | None, by: str, config: Path | None) -> None:
    """Record that you take one out.

    MATERIAL: its id or name in the plan. The answer says where it lies and how many are left.
    """
    answer, words = send(config, "spare_take", by, name=name, incident=number)
    say(words, "spare_taken", name=answer["material"], place=answer["place"] or "—", left=answer["left"])


@spare.command("return")
@_material
@spoken
def bring_back(name: str, by: str, config: Path | None) -> None:
    """Record that one is back in its place."""
    answer, words = send(config, "spare_return", by, name=name)
    say(words, "spare_returned", name=answer["material"], place=answer["place"] or "—", left=answer["left"])


@spare.command("checked")
@_material
@text_option
@spoken
def checked(name: str, text: str, by: str, config: Path | None) -> None:
    """Record that you checked it."""
    answer, words = send(config, "spare_checked", by, name=name, text=text)
    say(words, "recorded", name=answer["material"], next=answer["next"])


@spare.command("list")
@json_option
@spoken
def list_spares(as_json: bool, by: str, config: Path | None) -> None:
    """List the store: how many, where, who has what."""
    answer, words = send(config, "spares", by)
    if as_json:
        click.echo(json.dumps(answer["spares"], ensure_ascii=False))
        return
    zone = timezone_of(load_to_ask(config))
    for one in answer["spares"]:
        key = "spare_short" if one["here"] < one["minimum"] else "spare_line"
        say(words, key, id=one["id"], name=one["name"], here=one["here"], place=one["place"] or "—")
        for piece in one["out"]:
            say(words, "spare_out", by=piece["by"], since=clock(piece["at"], zone, "%m-%d %H:%M"))
