"""`roomwatch acoustic check`: the room listens to itself, now, and says what it heard."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import click
import msgspec

from alerting.messages.why_not_measured import say_code, why
from alerting.words import Words, load_words
from monitor.commands.language import language_option
from monitor.commands.local_daemon import CommandFailed, NoDaemon, ask
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import fail, load_or_fail
from monitor.daemon.state_folder import choose
from monitor.settings import Configuration
from monitor.user_session_client.client import ask_room
from probes.acoustic import Settings, probe
from probes.child.isolate import Isolation
from probes.reading import CannotMeasure, Context, Outcome, Reading


@click.group()
def acoustic() -> None:
    """Let the room listen to itself: loudspeaker, room and microphone in one."""


@acoustic.command()
@config_option
@language_option("the room's")
@json_option
def check(config: Path | None, language: str | None, as_json: bool) -> None:
    """Play a quiet sweep of less than two seconds and judge what the microphone hears.

    Only in an empty room outside meetings, and only where probes.acoustic.allowed says so. Exit code 1 when something
    is wrong, 2 when it could not be checked.
    """
    configuration = load_or_fail(config)
    words = load_words(language or configuration.settings.room.language)
    settings = configuration.probes.get("acoustic")
    assert isinstance(settings, Settings)
    if not settings.allowed:
        fail(words.text("acoustic.not_allowed"))
    if not as_json:
        click.echo(words.text("acoustic.playing"), err=True)
    (outcome,) = asyncio.run(probe(settings, _context(configuration)))
    click.echo(json.dumps(_row(outcome), ensure_ascii=False) if as_json else sentence(outcome, words))
    if not isinstance(outcome, Reading):
        raise SystemExit(2)
    if outcome.finding:
        raise SystemExit(1)


def _context(configuration: Configuration) -> Context:
    """With the meeting as the running daemon knows it; without one, what the sound server shows must do."""
    in_meeting: bool | None = False
    starts_in: float | None = None
    try:
        meeting = ask(configuration, "GET", "/api/status")["meeting"]
        in_meeting, starts_in = True if meeting["occupied"] else meeting["running"], meeting.get("starts_in")
    except NoDaemon:
        pass
    except (CommandFailed, KeyError, TypeError):
        in_meeting = None
    return Context(
        now=time.time,
        monotonic=time.monotonic,
        in_meeting=in_meeting,
        meeting_in_seconds=starts_in,
        wake="once",
        state=choose(configuration.settings.state),
        memory={"isolation": Isolation()},
        session=ask_room,
    )


def _row(outcome: Outcome) -> dict[str, object]:
    if isinstance(outcome, Reading):
        return {
            "status": "failed" if outcome.finding else "ok",
            "fault": outcome.finding,
            "confidence": outcome.confidence,
            "numbers": dict(outcome.values),
            "evidence": msgspec.to_builtins(dict(outcome.evidence)),
        }
    return {"status": "unknown", "reason": msgspec.to_builtins(outcome.reason)}


def sentence(outcome: Outcome, words: Words) -> str:
    if isinstance(outcome, Reading):
        names = {key: str(outcome.evidence.get(key, "")) for key in ("loudspeaker", "microphone")}
        if outcome.finding:
            title, act = (words.text(f"fault.{outcome.finding}.{part}") for part in ("title", "act"))
            return words.text("acoustic.finding", title=title, act=act, **names)
        delay = f"{outcome.values.get('delay_seconds', 0.0) * 1000:.0f}"
        return words.text("acoustic.healthy", delay=delay, gain=f"{outcome.values.get('gain_db', 0.0):.0f}", **names)
    text = words.text("acoustic.unknown", reason=why(outcome.reason, words))
    remedy = say_code(outcome.remedy, words, "to_do") if isinstance(outcome, CannotMeasure) else ""
    return words.traits.joint.join(filter(None, (text, remedy)))
