"""`roomwatch spare`, `inspection` and `roster`: the store and the regular checks, recorded by who does them."""

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
