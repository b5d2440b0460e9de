"""`roomwatch review`: evaluate a time over all incidents and drills, and keep the list of open improvements."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from pathlib import Path

import click

from alerting.papers.rendering.formats import FORMATS
from alerting.papers.report.improvements import OpenImprovement
from alerting.papers.report.lessons_chapters import improvement_alone, improvement_text
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.review import figures
from alerting.papers.review.document import open_improvements, review_document
from alerting.papers.review.period import Period, read_period
from alerting.plan.wall_time import typed_time
from alerting.words import LANGUAGES
from monitor.commands.daemon_command import say, send, spoken
from monitor.commands.language import language_option
from monitor.commands.options import config_option, json_option
from monitor.commands.report import journal_of, phrasing_of, plan_or_fail, write_all
from monitor.configuration_refusal import fail, load_or_fail
from monitor.daemon.shown_commands import typed

DEFAULT = "90d"
_UNITS = {"d": 86400.0, "w": 7 * 86400.0, "h": 3600.0}


def moment(text: str, phrasing: Phrasing, now: float) -> float:
    """ "90d", "12w" before now, a day "2026-01-31" in the plan's zone, or "@" and Unix seconds.

    Raises click.BadParameter.
    """
    if re.fullmatch(r"@\d{1,10}(\.\d+)?", text.strip()):
        return float(text.strip()[1:])
    span = re.fullmatch(r"(\d{1,5})([dwh])", text.strip())
    if span is not None:
        return now - int(span[1]) * _UNITS[span[2]]
    try:
        return typed_time(text).replace(tzinfo=phrasing.zone).timestamp()
    except ValueError:
        raise click.BadParameter(f'"{text}" is no time. Write 90d, 12w, or a day such as 2026-01-31.') from None


@click.group("review", invoke_without_command=True)
@click.option("--since", default=DEFAULT, show_default=True, metavar="TIME", help="90d, 12w, or a day: 2026-01-31.")
@click.option("--until", default=None, metavar="TIME", help="Default: now.")
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Where to write."
)
@click.option("--format", "formats", multiple=True, type=click.Choice(FORMATS), help="Default: all.")
@language_option("the plan's own")
@click.option("--template", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your own .docx.")
@config_option
@click.pass_context
def review(
    context: click.Context,
    since: str,
    until: str | None,
    folder: Path,
    formats: tuple[str, ...],
    language: str | None,
    template: Path | None,
    config: Path | None,
) -> None:
    """Evaluate incidents and drills since TIME: times against targets, weak points, open improvements.

    Writes review.html, review.pdf and review.docx, and prints the figures in short.
    """
    if context.invoked_subcommand is not None:
        return
    configuration = load_or_fail(config)
    plan = plan_or_fail(configuration, config)
    phrasing = phrasing_of(configuration, plan, language)
    now = time.time()
    end = now if until is None else moment(until, phrasing, now)
    start = moment(since, phrasing, now)
    if start >= end:
        fail(f"the time begins at {phrasing.date(start)} and ends at {phrasing.date(end)}: --since must be earlier.", 2)
    with journal_of(configuration) as reader:
        period = read_period(reader, start, end, now)
    problems = write_all(review_document(period, plan, phrasing, now), folder, "review", formats, template)
    _print(period, figures.times(period.incidents, plan.targets), phrasing)
    if problems:
        fail("; ".join(problems))


def _print(period: Period, measured: tuple[figures.TimeFigure, ...], phrasing: Phrasing) -> None:
    text = phrasing.text
    for name, count in (("incidents", len(period.incidents)), ("drills", len(period.drills))):
        click.echo(text("event.pair", name=text(f"review.figure.{name}"), value=count))
    for one in measured:
        median = text("review.never") if one.median is None else phrasing.span(one.median)
        target = phrasing.span(one.target)
        said = text("review.measured", median=median, target=target, kept=one.kept, judged=one.judged)
        click.echo(text("event.pair", name=text(f"report.time.{one.name}"), value=said))


def _open_now(config: Path | None) -> tuple[tuple[OpenImprovement, ...], Phrasing]:
    configuration = load_or_fail(config)
    plan = plan_or_fail(configuration, config)
    phrasing = phrasing_of(configuration, plan, configuration.settings.room.language)
    now = time.time()
    with journal_of(configuration) as reader:
        return open_improvements(read_period(reader, now - 86400, now, now), plan), phrasing


@review.command("improvements")
@config_option
@json_option
def improvements(config: Path | None, as_json: bool) -> None:
    """List the open improvements, the most wanted first, with the key by which one is closed."""
    found, phrasing = _open_now(config)
    if as_json:
        told = {one: phrasing.spoken_in(one) for one in LANGUAGES}
        rows = [
            {
                "own": not one.improvement.code,
                "texts": {name: improvement_alone(one.improvement, said) for name, said in told.items()},
                "key": one.improvement.key,
                "text": improvement_text(one.improvement, phrasing),
                "since": one.since,
                "owner": one.improvement.owner,
                "due": one.improvement.due,
                "incidents": list(one.incidents),
            }
            for one in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for number, one in enumerate(found, 1):
        where = phrasing.list(f"#{incident}" for incident in one.incidents[-6:])
        said = improvement_text(one.improvement, phrasing)
        click.echo(f"{number}. {phrasing.day(one.since)}  {said}  {where}".rstrip())
        click.echo(click.style(f"   {one.improvement.key}", dim=True))
    if not found:
        click.echo(phrasing.text("review.no_improvements"))


@review.command("close")
@click.argument("key")
@click.option("--why", required=True, help="What was done.")
@spoken
def close(key: str, why: str, by: str, config: Path | None) -> None:
    """Close the improvement KEY, or the one of that number in the list; the next incident may open it again."""
    found, phrasing = _open_now(config)
    keys = [one.improvement.key for one in found]
    if key.isdecimal() and 0 < int(key) <= len(keys):
        key = keys[int(key) - 1]
    elif key not in keys:
        import difflib

        near = ", ".join(difflib.get_close_matches(key, keys, n=3))
        hint = f"Near: {near}." if near else f"List them: {typed('review improvements', config)}."
        fail(f"no open improvement {key}. {hint}")
    send(config, "improvement_close", by, key=key, text=why)
    click.echo(f"{key}: {phrasing.text('event.improvement_closed')}")


@review.command("add")
@click.argument("text")
@click.option("--owner", default="", help="The contact who sees to it; default: you.")
@click.option("--due", default=None, type=click.DateTime(["%Y-%m-%d"]), help="Until when; default: in 30 days.")
@spoken
def add(text: str, owner: str, due: dt.datetime | None, by: str, config: Path | None) -> None:
    """Add an improvement of your own; its owner is reminded, and it stays on the list until it is closed."""
    day = due.date().isoformat() if due is not None else ""
    answer, words = send(config, "improvement_add", by, text=text, owner=owner, due=day)
    say(words, "improvement_added", name=answer["key"])
