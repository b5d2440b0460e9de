"""`roomwatch camera list|check|learn`: which cameras there are, how they are now, and how they should look."""

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
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import fail, load_or_fail
from monitor.daemon.state_folder import choose
from monitor.settings import Configuration
from probes.camera import PICTURE, Settings, learn, probe
from probes.camera.discovery_linux import list_cameras
from probes.child.isolate import Isolation, IsolationError
from probes.guard import reason_of
from probes.linux.video_holders import find_video_holders
from probes.reading import CannotMeasure, Context, Outcome, Reading

_language = language_option("the room's")


@click.group()
def camera() -> None:
    """List and check the room's cameras, and learn their reference view."""


@camera.command("list")
@config_option
@_language
@json_option
def list_them(config: Path | None, language: str | None, as_json: bool) -> None:
    """Show every camera and who uses it, without opening any."""
    configuration = load_or_fail(config)
    settings = _settings(configuration)
    holders = find_video_holders()
    rows = [
        {
            "camera": one.name,
            "node": one.node,
            "label": one.label,
            "holders": [str(who) for who in holders.of(one.node)],
        }
        for one in list_cameras()
    ]
    rows += [{"camera": name, "node": one.url, "label": "", "holders": []} for name, one in settings.network.items()]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    words = load_words(language or configuration.settings.room.language)
    for row in rows:
        key = "camera.in_use" if row["holders"] else "camera.present"
        click.echo(words.text(key, camera=row["camera"], node=row["node"], holder=", ".join(row["holders"])))
    if not rows:
        click.echo(words.text("camera.none"))


@camera.command()
@config_option
@_language
@json_option
def check(config: Path | None, language: str | None, as_json: bool) -> None:
    """Look at every camera that nobody holds; its light goes on for two seconds. Exit code 1 when one has a fault."""
    configuration = load_or_fail(config)
    outcomes = asyncio.run(probe(_settings(configuration), _context(configuration)))
    judged = [one for one in outcomes if one.check == PICTURE or (isinstance(one, Reading) and one.finding)]
    words = load_words(language or configuration.settings.room.language)
    if as_json:
        click.echo(json.dumps([_row(one) for one in judged], ensure_ascii=False))
    elif judged:
        for one in judged:
            click.echo(_sentence(one, words))
    else:
        click.echo(words.text("camera.none"))
    if any(isinstance(one, Reading) and one.finding for one in judged):
        raise SystemExit(1)


@camera.command("learn")
@click.argument("name", required=False)
@config_option
@_language
@click.option("--also", is_flag=True, help="Beside the views it has, for a camera that turns to several places.")
def learn_view(name: str | None, config: Path | None, language: str | None, also: bool) -> None:
    """Learn how a camera's view should look. Aim the camera, light the room as for a meeting, then run this.

    NAME is as shown by `roomwatch camera list`; with one camera it can be left out. Only numbers are stored. Run it
    again in the evening, or where the camera sees by infrared: each light has a view of its own beside the day's. A
    camera that turns has one for each place: with --also, or by itself where it tells how far it is turned.
    """
    configuration = load_or_fail(config)
    settings = _settings(configuration)
    words = load_words(language or configuration.settings.room.language)
    wanted = name or _only(settings)
    try:
        answer = asyncio.run(learn(wanted, settings, _context(configuration), also=also))
    except (LookupError, IsolationError) as error:
        fail(why(reason_of(error), words))
    path = str(answer.get("learned", ""))
    if not path:
        fail(
            words.text(
                "camera.not_learned", camera=wanted, reason=why(answer.get("reason") or answer.get("state"), words)
            )
        )
    size = Path(path).stat().st_size
    click.echo(words.text("camera.learned", camera=wanted, bytes=size, path=path))


def _settings(configuration: Configuration) -> Settings:
    settings = configuration.probes.get("camera")
    return settings if isinstance(settings, Settings) else Settings()


def _context(configuration: Configuration) -> Context:
    return Context(
        now=time.time,
        monotonic=time.monotonic,
        in_meeting=False,
        wake="once",
        state=choose(configuration.settings.state),
        memory={"isolation": Isolation()},
    )


def _only(settings: Settings) -> str:
    names = [one.name for one in list_cameras()] + list(settings.network)
    if len(names) != 1:
        fail(f"there are {len(names)} cameras: name one of them ({', '.join(names) or 'none is attached'})")
    return names[0]


def _row(outcome: Outcome) -> dict[str, object]:
    row: dict[str, object] = {"check": outcome.check, "camera": outcome.target}
    if isinstance(outcome, Reading):
        label = outcome.finding.removeprefix("camera_") or "healthy"
        row |= {"label": label, "confidence": outcome.confidence, "numbers": dict(outcome.values)}
    else:
        row |= {"label": "unknown", "reason": msgspec.to_builtins(outcome.reason)}
    return row


def _sentence(outcome: Outcome, words: Words) -> str:
    if isinstance(outcome, Reading):
        if not outcome.finding:
            return words.text("camera.healthy", camera=outcome.target)
        title = words.text(f"fault.{outcome.finding}.title")
        return words.text("camera.finding", camera=outcome.target, title=title, confidence=f"{outcome.confidence:.2f}")
    text = words.text("camera.unknown", camera=outcome.target, reason=why(outcome.reason, words))
    remedy = say_code(outcome.remedy, words, "to_do") if isinstance(outcome, CannotMeasure) else ""
    return words.traits.joint.join(filter(None, (text, remedy)))
