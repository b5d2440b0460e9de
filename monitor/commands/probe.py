"""`roomwatch probe NAME`: one probe, once, now; its readings and the verdict."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import click
import msgspec

from alerting.messages.why_not_measured import reason_in, say_code, why
from alerting.words import Words, load_words
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import fail, load_or_fail
from monitor.daemon.state_folder import choose
from monitor.settings import probe_modules
from monitor.user_session_client.client import ask_room, sessions
from probes import PROBES
from probes.child.isolate import Isolation
from probes.judge_reading import Threshold, judge
from probes.reading import CannotMeasure, Context, NothingToMeasure, Outcome, Reading


@click.command()
@click.argument("name", type=click.Choice(list(PROBES)), metavar="NAME")
@config_option
@json_option
def probe(name: str, config: Path | None, as_json: bool) -> None:
    """Run one probe once and show its readings and verdict.

    NAME is one of: network, software, camera, microphone, speaker, display, host, power, acoustic, calendar. Exit
    code 1 when a check
    has failed. Asked for by a person, so devices are opened unless somebody holds them.
    """
    configuration = load_or_fail(config)
    module = probe_modules([name])[name]
    settings = configuration.probes[name]
    context = Context(
        now=time.time,
        monotonic=time.monotonic,
        in_meeting=False,
        wake="once",
        state=choose(configuration.settings.state),
        session=ask_room if sessions() else None,
        memory={"isolation": Isolation()},
    )
    deadline = configuration.settings.schedule[name].deadline
    try:
        outcomes = asyncio.run(asyncio.wait_for(module.probe(settings, context), deadline))  # noqa: TID251 (nobody cancels it)
    except TimeoutError:
        fail(f"the probe {name} gave no answer within {deadline:g} s (schedule.{name}.deadline)")
    rows = [_row(outcome, module.thresholds(settings)) for outcome in outcomes]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, allow_nan=False, default=str))
    else:
        for row in rows:
            _print(row, load_words(configuration.settings.room.language))
    if any(row["status"] == "failed" for row in rows):
        raise SystemExit(1)


def _row(outcome: Outcome, thresholds: tuple[Threshold, ...]) -> dict[str, Any]:
    row: dict[str, Any] = {"check": outcome.check, "target": outcome.target, "fault": "", "values": {}, "evidence": {}}
    if isinstance(outcome, Reading):
        judgement = judge(outcome, thresholds)
        values = {name: value if value == value else None for name, value in outcome.values.items()}
        row |= {
            "status": judgement.status.value,
            "fault": judgement.fault,
            "note": msgspec.to_builtins(judgement.reason),
            "values": values,
            "evidence": msgspec.to_builtins(dict(outcome.evidence)),
            "passive": outcome.passive,
        }
    elif isinstance(outcome, CannotMeasure):
        row |= {"status": "unknown", "note": msgspec.to_builtins(outcome.reason)}
        row |= {"remedy": msgspec.to_builtins(outcome.remedy), "busy": outcome.busy_holder}
    elif isinstance(outcome, NothingToMeasure):
        row |= {"status": "absent", "note": msgspec.to_builtins(outcome.reason)}
    return row


def _print(row: dict[str, Any], words: Words) -> None:
    colours = {"ok": "green", "degraded": "yellow", "failed": "red"}
    place = row["check"] + (f" {row['target']}" if row["target"] else "")
    click.echo(f"{click.style('● ' + row['status'], fg=colours.get(row['status'], 'bright_black'))}  {place}")
    if row.get("note"):
        click.echo(f"    {why(row['note'], words)}")
    if row.get("remedy"):
        click.echo(f"    → {say_code(row['remedy'], words, 'to_do')}")
    for name, value in row["values"].items():
        click.echo(f"    {name} = {'not a number' if value is None else format(value, '.6g')}")
    for name, value in row["evidence"].items():
        click.echo(f"    {name}: {why(value, words) if reason_in(value) else value}")
