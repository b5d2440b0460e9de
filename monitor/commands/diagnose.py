"""`roomwatch diagnose`: one subject, whole, now, live on the terminal, with the verdict in plain language."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import click

from alerting.words import Words, load_words
from monitor.commands.language import language_option
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import load_or_fail
from monitor.daemon.shown_commands import typed
from monitor.daemon.state_folder import choose
from monitor.user_session_client.client import ask_room, sessions
from monitor.user_session_client.windows import ask_windows
from monitor.views.columns import fold
from probes.child.isolate import Isolation
from probes.reading import ASKED_SECONDS, Context

FACTS = " " * 28
"""Before what a check says beside its name, where it takes a second line."""
MOST_SECONDS = 90.0
"""Longer than every time-out of the ladder, the longest stream and a closer look together."""


@click.group(invoke_without_command=True)
@config_option
@json_option
@language_option("the room's (room.language)")
@click.pass_context
def diagnose(ctx: click.Context, config: Path | None, as_json: bool, language: str | None) -> None:
    """Look at the whole room once, and say on one page what is wrong and what to do first.

    In the plan's order: network, software and PC, devices. It takes about half a minute. Exit code 1 when something is
    broken. Asked for by a person, so devices are opened unless somebody holds them. With a subject: only that, closer.
    """
    if ctx.invoked_subcommand is None:
        _whole(config, as_json, language)


def _whole(config: Path | None, as_json: bool, language: str | None) -> None:
    from monitor.diagnosis import room
    from monitor.diagnosis.network import Rung
    from monitor.diagnosis.terminal_view import conclusion, line

    configuration = load_or_fail(config)
    settings = configuration.settings
    words = load_words(language or settings.room.language)
    name, isolation = settings.room.name or settings.room.id, Isolation()
    shown: list[str] = []

    def context(_: str) -> Context:
        return Context(
            now=time.time,
            monotonic=time.monotonic,
            in_meeting=False,
            wake="once",
            deadline=ASKED_SECONDS,
            state=choose(settings.state),
            session=ask_room if sessions() else None,
            memory={"isolation": isolation, "ask_windows": ask_windows},
        )

    def show(area: str, one: Rung) -> None:
        text = "" if as_json else line(area, one, words, name)
        if text and area not in shown:
            click.secho(("\n" if shown else "") + words.text(f"diagnose.area.{area}"), bold=True)
            shown.append(area)
        if text:
            _say(text, FACTS)

    begun = time.monotonic()
    found, said = asyncio.run(room.look(configuration, context, show))
    lines = conclusion(found, said, words, name, typed("doctor", config))
    if as_json:
        answer = {**room.document(found, said), "sentence": click.unstyle(lines[0])}
        click.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False, default=str))
    else:
        click.echo()
        for one in lines:
            _say(one)
        click.secho(words.text("diagnose.took", seconds=f"{time.monotonic() - begun:.1f}"), fg="bright_black")
    if said.cause:
        raise SystemExit(1)


@diagnose.command()
@config_option
@json_option
@language_option("the room's (room.language)")
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
        deadline=ASKED_SECONDS,
        state=choose(configuration.settings.state),
        memory={"isolation": Isolation()},
    )

    def show(one: subject.Rung) -> None:
        if not as_json and (text := line(one, words)):
            _say(text, FACTS)

    def closer() -> None:
        if sys.stdout.isatty() and not as_json:
            click.secho(words.text("diagnose.closer"), fg="bright_black")

    begun = time.monotonic()
    try:
        rungs, found = asyncio.run(asyncio.wait_for(subject.diagnose(settings, context, show, closer), MOST_SECONDS))  # noqa: TID251 (nobody cancels it)
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


def _say(text: str, indent: str = "") -> None:
    """A line, at a terminal broken between its words."""
    if not sys.stdout.isatty():
        click.echo(text)
        return
    for part in fold(text, shutil.get_terminal_size().columns, indent):
        click.echo(part)


def _conclude(found: Any, told: list[str], words: Words, seconds: float) -> None:
    click.echo()
    if not found.cause:
        click.secho(told[0], fg="green", bold=True)
    else:
        click.secho(words.text(f"fault.{found.cause}.title"), fg="red", bold=True)
        for one in told:
            _say(one)
        _say(words.text("diagnose.network.act", act=words.text(f"fault.{found.cause}.act")))
        for other in found.others:
            _say(words.text("diagnose.network.also", title=words.text(f"fault.{other}.title")))
    click.secho(words.text("diagnose.took", seconds=f"{seconds:.1f}"), fg="bright_black")
