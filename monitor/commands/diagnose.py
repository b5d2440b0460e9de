"""`roomwatch diagnose`: one subject, whole, now, live on the terminal, with the verdict in plain language."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from alerting.words import LANGUAGES, Words, load_words
from monitor.commands.options import config_option, json_option, load_or_fail
from monitor.state_folder import choose
from probes.isolate import Isolation
from probes.reading import Context

MOST_SECONDS = 90.0
"""Longer than every time-out of the ladder, the longest stream and a closer look together."""


@click.group()
def diagnose() -> None:
    """Look at one subject whole, once, and say what is wrong."""


@diagnose.command()
@config_option
@json_option
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="Default: the room's (room.language).")
def network(config: Path | None, as_json: bool, language: str | None) -> None:
    """Walk the network from the cable to the meeting service and name the first broken hop.

    Where something is broken it looks closer for some seconds more: is a lease offered, between which hops do packets
    get lost. Exit code 1 when something is broken. The probe stream (under 100 kbit/s) is sent even during a meeting:
    a person who types this is taken to know.
    """
    from monitor.diagnosis import network as subject
    from monitor.diagnosis.network_view import line

    configuration = load_or_fail(config)
    words = load_words(language or configuration.settings.room.language)
    settings = configuration.probes["network"]
    context = Context(
        now=time.time,
        monotonic=time.monotonic,
        in_meeting=False,
        wake="once",
        state=choose(configuration.settings.state),
        memory={"isolation": Isolation()},
    )

    def show(one: subject.Rung) -> None:
        if not as_json and (text := line(one, words)):
            click.echo(text)

    def closer() -> None:
        if sys.stdout.isatty() and not as_json:
            click.secho(words.text("diagnose.closer"), fg="bright_black")

    begun = time.monotonic()
    try:
        rungs, found = asyncio.run(asyncio.wait_for(subject.diagnose(settings, context, show, closer), MOST_SECONDS))
    except TimeoutError:
        raise click.ClickException(f"no answer within {MOST_SECONDS:g} s") from None
    told = subject.sentences(rungs, found, words)
    if as_json:
        answer = {**subject.document(rungs, found), "sentence": told[0]}
        click.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False))
    else:
        _conclude(found, told, words, time.monotonic() - begun)
    if found.cause:
        raise SystemExit(1)


def _conclude(found: Any, told: list[str], words: Words, seconds: float) -> None:
    click.echo()
    if not found.cause:
        click.secho(told[0], fg="green", bold=True)
    else:
        click.secho(words.text(f"fault.{found.cause}.title"), fg="red", bold=True)
        for one in told:
            click.echo(one)
        click.echo(words.text("diagnose.network.act", act=words.text(f"fault.{found.cause}.act")))
        for other in found.others:
            click.echo(words.text("diagnose.network.also", title=words.text(f"fault.{other}.title")))
    click.secho(words.text("diagnose.took", seconds=f"{seconds:.1f}"), fg="bright_black")
