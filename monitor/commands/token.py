"""`roomwatch token`: what programs use the API with."""

from __future__ import annotations

import json
from pathlib import Path

import click

from alerting.plan.wall_time import clock
from alerting.service.api_tokens import SCOPES
from monitor.commands.daemon_command import say, send, spoken, timezone_of
from monitor.commands.options import json_option
from monitor.commands.unwritten_answer import AnswerUnwritten, fail_unwritten
from monitor.configuration_refusal import load_to_ask


@click.group()
def token() -> None:
    """Make, list and revoke tokens for programs that use the API."""


@token.command("make")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="What it may do.")
@click.option("--for", "contact", default="", metavar="CONTACT", help="In whose name it acts; for respond and admin.")
@spoken
def make(name: str, scopes: tuple[str, ...], contact: str, by: str, config: Path | None) -> None:
    """Make a token called NAME and print it, once.

    read: rooms, incidents, duty, history. report: report a fault. respond: act on incidents. admin: all, and tokens.
    """
    answer, words = send(config, "token_make", by, name=name, scopes=list(scopes), contact=contact)
    try:
        say(words, "token_made", name=answer["name"], scopes=words.traits.comma.join(answer["scopes"]))
        click.echo(answer["token"])
    except (AnswerUnwritten, BrokenPipeError) as error:  # nobody will ever know its secret
        send(config, "token_revoke", by, name=answer["name"])
        fail_unwritten(error, "The token is revoked again.")


@token.command("list")
@json_option
@spoken
def list_tokens(as_json: bool, by: str, config: Path | None) -> None:
    """List the tokens, without their secrets."""
    answer, words = send(config, "tokens", by)
    if as_json:
        click.echo(json.dumps(answer["tokens"], ensure_ascii=False))
        return
    zone = timezone_of(load_to_ask(config))
    for one in answer["tokens"]:
        made, scopes = clock(one["made_at"], zone, "%Y-%m-%d"), words.traits.comma.join(one["scopes"])
        say(words, "token_line", id=one["id"], name=one["name"], scopes=scopes, person=one["contact"] or "—", made=made)
    if not answer["tokens"]:
        say(words, "no_tokens")


@token.command("revoke")
@click.argument("name", metavar="TOKEN")
@spoken
def revoke(name: str, by: str, config: Path | None) -> None:
    """Revoke a token by its id or name; whoever uses it is refused from now on."""
    answer, words = send(config, "token_revoke", by, name=name)
    say(words, "token_revoked", name=answer["name"])
