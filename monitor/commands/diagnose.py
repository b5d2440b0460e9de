"""`roomwatch diagnose`: one subject, whole, now, live on the terminal, with the verdict in plain language."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
import unicodedata
from pathlib import Path

import click

from alerting.words import LANGUAGES, Words, load_words
from monitor.commands.options import config_option, json_option, load_or_fail
from monitor.diagnosis.network import Rung, rung, verdict
from probes.isolate import Isolation
from probes.reading import Context, Outcome

COLOURS = {"ok": "green", "degraded": "yellow", "failed": "red"}
NAME_COLUMNS = 22
MOST_SECONDS = 60.0
"""Longer than every time-out of the ladder together with the longest stream."""


@click.group()
def diagnose() -> None:
    """Look at one subject whole, once, and say what is wrong."""


@diagnose.command()
@config_option
@json_option
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="Default: the room's (room.language).")
def network(config: Path | None, as_json: bool, language: str | None) -> None:
    """Walk the network from the cable to the meeting service and name the first broken hop.

    Exit code 1 when something is broken. No probe stream is sent unless nobody is known to be in a meeting; a person
    who types this is taken to know.
    """
    import probes.network as subject
    from probes.network.ladder import probe

    configuration = load_or_fail(config)
    words = load_words(language or configuration.settings.room.language)
    settings = configuration.probes["network"]
    limits = subject.thresholds(settings)
    rungs: list[Rung] = []

    def step(outcome: Outcome) -> None:
        one = rung(outcome, limits)
        rungs.append(one)
        if not as_json:
            click.echo(line(one, words))

    context = Context(
        now=time.time, monotonic=time.monotonic, in_meeting=False, wake="once", memory={"isolation": Isolation()}
    )
    try:
        asyncio.run(asyncio.wait_for(probe(settings, context, step), MOST_SECONDS))
    except TimeoutError:
        raise click.ClickException(f"no answer within {MOST_SECONDS:g} s") from None
    found = verdict(rungs)
    if as_json:
        rows = [dataclasses.asdict(one) for one in rungs]
        sentence = words.text(f"fault.{found.cause}.what") if found.cause else words.text("diagnose.network.well")
        answer = {"rungs": rows, **dataclasses.asdict(found), "sentence": sentence}
        click.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False))
    else:
        click.echo()
        if not found.cause:
            click.secho(words.text("diagnose.network.well"), fg="green", bold=True)
        else:
            click.secho(words.text(f"fault.{found.cause}.title"), fg="red", bold=True)
            click.echo(words.text(f"fault.{found.cause}.what"))
            click.echo(words.text("diagnose.network.act", act=words.text(f"fault.{found.cause}.act")))
            for other in found.others:
                click.echo(words.text("diagnose.network.also", title=words.text(f"fault.{other}.title")))
    if found.cause:
        raise SystemExit(1)


def line(one: Rung, words: Words) -> str:
    """One rung on one line: mark, name, target, time, note."""
    name = words.text(f"diagnose.{one.check}")
    mark = {"ok": "✓", "degraded": "!", "failed": "✗", "unknown": "?"}.get(one.status, "–")
    colour = COLOURS.get(one.status, "bright_black")
    wide = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in name)
    text = click.style(f"{mark} {name}{' ' * max(1, NAME_COLUMNS - wide)}", fg=colour)
    took = f"{one.seconds * 1000:.1f} ms" if one.seconds is not None else ""
    text += f"{took:>10}  "
    if one.fault:
        text += click.style(words.text(f"fault.{one.fault}.title"), fg=colour) + "  "
    detail = one.note or ", ".join(f"{key}: {value}" for key, value in list(one.evidence.items())[:2])
    return (text + click.style(" ".join(filter(None, (one.target, detail))), fg="bright_black")).rstrip()
