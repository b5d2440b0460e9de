"""`roomwatch report`: draw up the post-incident report, edit it, and take it through review to its signature."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from alerting.configuration import ConfigurationError
from alerting.journal import JournalReader, JournalUnavailable, open_reader
from alerting.messages.reasons import say_reason
from alerting.model.catalogue import KINDS
from alerting.model.incident import Incident, ReportState
from alerting.model.reason import because
from alerting.model.report_chapters import CHAPTERS
from alerting.papers.rendering.formats import FORMATS, write_document
from alerting.papers.report.case_file import CaseFile, Series, read_case
from alerting.papers.report.distribution import distribution_lines, state_said
from alerting.papers.report.document import edited, report_document
from alerting.papers.report.phrasing import Phrasing
from alerting.plan.model import Plan
from alerting.plan.wall_time import clock
from alerting.service.plan_file import plan_file, read_plan
from alerting.words import load_words
from alerting.workflows.report_approval import TEXT_LIMIT
from monitor.commands.daemon_command import say, send, spoken, timezone_of
from monitor.commands.language import language_option
from monitor.commands.local_daemon import say_another_configuration
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import fail, load_or_fail, load_to_ask, refuse_plan
from monitor.daemon.state_folder import find
from monitor.pipeline.history import read_around
from monitor.settings import Configuration

AROUND = 3600.0
"""Seconds of readings read before and after an incident; the chart shows as much of it as helps."""


class NumberFirst(click.Group):
    """`roomwatch report 3` draws up report 3; anything else is a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].lstrip("#").isdecimal():
            args = ["draft", args[0].lstrip("#"), *args[1:]]
        return super().parse_args(ctx, args)


@click.group("report", cls=NumberFirst)
def report() -> None:
    """The post-incident report of an incident: `roomwatch report 3` draws it up from the journal.

    It then goes from draft to review to signature: edit, submit, approve or return, sign.
    """


@contextlib.contextmanager
def journal_of(configuration: Configuration, exit_code: int = 1) -> Iterator[JournalReader]:
    """For all commands that read it. What keeps it from being read, at once or on the way, ends the command with one
    sentence: a damaged file may show its damage by its last row. Rows that were passed over are told beside the
    answer."""
    words = load_words(configuration.settings.room.language)
    try:
        with contextlib.closing(open_reader(find(configuration.settings.state))) as reader:
            try:
                yield reader
            finally:
                if reader.unreadable:
                    click.echo(f"roomwatch: {say_reason(because('journal_rows_passed_over'), words)}", err=True)
    except JournalUnavailable as error:
        fail(say_reason(error.reason, words), exit_code)


def plan_or_fail(configuration: Configuration, config: Path | None) -> Plan:
    if config is None:
        say_another_configuration(configuration, None, "the people and language of its plan")
    try:
        settings = configuration.settings
        return read_plan(plan_file(settings.plan, config), settings.timezone, named=bool(settings.plan))
    except ConfigurationError as error:
        refuse_plan(error)


def phrasing_of(configuration: Configuration, plan: Plan, language: str | None) -> Phrasing:
    room = configuration.settings.room
    names = {room.id: room.name} if room.name else {}
    return Phrasing(load_words(language or plan.language), plan, lambda one: names.get(one, one))


@report.command("draft")
@click.argument("number", type=int)
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Where to write."
)
@click.option("--format", "formats", multiple=True, type=click.Choice(FORMATS), help="Default: all.")
@language_option("the plan's own")
@click.option("--template", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your own .docx.")
@config_option
def draft(
    number: int,
    folder: Path,
    formats: tuple[str, ...],
    language: str | None,
    template: Path | None,
    config: Path | None,
) -> None:
    """Write the report of incident NUMBER as report-NUMBER.html, .pdf and .docx."""
    configuration = load_or_fail(config)
    plan = plan_or_fail(configuration, config)
    case = _case(configuration, number)
    document = report_document(case, plan, phrasing_of(configuration, plan, language))
    problems = write_all(document, folder, f"report-{number}", formats, template)
    signed = signed_folder(find(configuration.settings.state), number)
    if case.incident.report is ReportState.SENT and any(signed.glob("*.pdf")) and folder.resolve() != signed.resolve():
        click.echo(f"The signed report is in {signed}; what was written here is drawn up anew.", err=True)
    if problems:
        fail("; ".join(problems))


def write_all(
    document: Any, folder: Path, name: str, formats: tuple[str, ...], template: Path | None = None
) -> list[str]:
    """Write the document in every format; returns what went wrong."""
    return write_each(lambda kind: write_document(document, folder, name, (kind,), template), folder, formats)


def write_each(write: Callable[[str], Iterator[Path]], folder: Path, formats: tuple[str, ...]) -> list[str]:
    """Write every format by itself, so that one that cannot be made does not cost the others; returns what went
    wrong."""
    from alerting.papers.rendering.content import CannotRender

    problems = []
    for kind in formats or FORMATS:
        try:
            for file in write(kind):
                click.echo(file)
        except CannotRender as error:
            problems.append(f"cannot write the {kind}: {error}")
        except OSError as error:
            problems.append(f"cannot write {folder}: {error.strerror or error}")
            break
    return problems


def signed_folder(state: Path, number: int) -> Path:
    """Where the daemon keeps what was signed."""
    return state / "reports" / str(number)


def _case(configuration: Configuration, number: int) -> CaseFile:
    with journal_of(configuration) as reader:
        now = time.time()
        case = read_case(reader, number, now)
        if case is None:
            fail(f"the journal holds no incident {number}; the last one is {reader.last_number()}.")
        state = find(configuration.settings.state)
        kind = KINDS.get(case.incident.code)
        family = kind.check.partition(".")[0] if kind is not None else ""
        found = read_around(state / "readings.db", family, case.began - AROUND, case.end + AROUND)
        readings = [Series(check=c, target=t, name=n, points=tuple(p)) for (c, t, n), p in found.items()]
        incident = case.incident
        readings.sort(key=lambda one: _rank(one, incident))
        return read_case(reader, number, now, readings) or case


def _rank(series: Series, incident: Incident) -> tuple[bool, bool, str]:
    """The failing device first, what never changed last."""
    targets = {fault.target for fault in incident.faults}
    flat = len({value for _, value in series.points}) < 2
    return (flat, series.target not in targets, series.name)


@report.command("list")
@config_option
@json_option
def list_reports(config: Path | None, as_json: bool) -> None:
    """List the reports that have not reached everybody yet, the most urgent first."""
    configuration = load_or_fail(config)
    plan = plan_or_fail(configuration, config)
    with journal_of(configuration) as reader:
        on_the_way = {row.incident for row in reader.unfinished() if row.kind == "report_sent"}
        known = reader.incidents(drills=False)
    waiting = [one for one in known if one.report not in (ReportState.NONE, ReportState.SENT) or one.id in on_the_way]
    waiting.sort(key=lambda one: one.report_due or one.opened_at)
    if as_json:
        keys = [{"number": i.id, "room": i.room, "state": i.report.value, "due": i.report_due} for i in waiting]
        click.echo(json.dumps(keys))
        return
    phrasing = phrasing_of(configuration, plan, configuration.settings.room.language)
    for one in waiting:
        due = phrasing.date(one.report_due) if one.report_due is not None else "—"
        late = one.report_due is not None and one.report_due < time.time()
        state = phrasing.text("report.state.sending" if one.id in on_the_way else f"report.state.{one.report}")
        title = phrasing.fault(one.code, one.faults[0].target if one.faults else "")
        click.echo(f"#{one.id}  {click.style(due, fg='red' if late else None)}  {state}  {one.room}  {title}")
    if not waiting:
        click.echo(phrasing.text("report.no_reports"))


@report.command("show")
@click.argument("number", type=int)
@config_option
def show(number: int, config: Path | None) -> None:
    """Print where the report of incident NUMBER stands, and the texts that the office wrote."""
    configuration = load_or_fail(config)
    plan = plan_or_fail(configuration, config)
    case = _case(configuration, number)
    phrasing = phrasing_of(configuration, plan, configuration.settings.room.language)
    click.echo(f"#{number}  {state_said(case, phrasing)}")
    if case.incident.report_due is not None:
        click.echo(phrasing.text("report.until", at=phrasing.date(case.incident.report_due)))
    for event in case.events:
        if event.verb.startswith("report_") and event.verb != "report_joined":
            chapter = event.data.get("chapter")
            what = phrasing.text(f"report.chapter.{chapter}") if chapter in CHAPTERS else phrasing.reason(event.why)
            label = phrasing.either(f"event.{event.verb}", event.verb)
            click.echo(f"  {phrasing.date(event.at)}  {label}  {phrasing.name(event.by)}  {what}".rstrip())
    for line in distribution_lines(case, phrasing):
        click.echo(f"  {line}")
    for chapter, text in edited(case).items():
        click.echo(f"\n{phrasing.text(f'report.chapter.{chapter}')}\n{text}")


@report.command("edit")
@click.argument("number", type=int)
@click.option("--chapter", required=True, type=click.Choice(CHAPTERS))
@click.option("--text", default=None, help="The chapter's text; an empty one gives the drafted text back.")
@click.option(
    "--file", "source", type=click.File(encoding="utf-8"), default=None, help='Read it from a file; "-": stdin.'
)
@spoken
def edit(number: int, chapter: str, text: str | None, source: Any, by: str, config: Path | None) -> None:
    """Put your own text in place of a chapter's drafted sentences; tables and charts stay."""
    if (text is None) == (source is None):
        fail("give the text with --text or with --file, one of them.", 2)
    try:
        words = source.read(TEXT_LIMIT + 1) if text is None else text
    except UnicodeDecodeError:
        fail(f"{source.name} is not UTF-8 text.")
    if len(words) > TEXT_LIMIT:
        fail(f"{source.name if source else '--text'} is longer than a chapter may be: {TEXT_LIMIT:,} characters.")
    _, said = send(config, "report_edit", by, incident=number, chapter=chapter, text=words)
    say(said, "report_changed", number=number, chapter=chapter)


@report.command("submit")
@click.argument("number", type=int)
@click.option("--text", default="", help="A word to the reviewers.")
@spoken
def submit(number: int, text: str, by: str, config: Path | None) -> None:
    """Submit the report for review; the reviewers are told."""
    _, words = send(config, "report_submit", by, incident=number, text=text)
    say(words, "report_submitted", number=number)


@report.command("approve")
@click.argument("number", type=int)
@click.option("--text", default="", help="A remark.")
@spoken
def approve(number: int, text: str, by: str, config: Path | None) -> None:
    """Approve the report (for its reviewers); the signers are told."""
    _, words = send(config, "report_approve", by, incident=number, text=text)
    say(words, "report_approved", number=number)


@report.command("return")
@click.argument("number", type=int)
@click.option("--why", required=True, help="What is to be corrected.")
@spoken
def send_back(number: int, why: str, by: str, config: Path | None) -> None:
    """Return the report for correction (for its reviewers and signers); the office is told."""
    _, words = send(config, "report_return", by, incident=number, text=why)
    say(words, "report_returned", number=number)


@report.command("sign")
@click.argument("number", type=int)
@click.option("--text", default="", help="A remark.")
@spoken
def sign(number: int, text: str, by: str, config: Path | None) -> None:
    """Sign the report (for its signers); it is sent to management and circulated."""
    answer, words = send(config, "report_sign", by, incident=number, text=text)
    say(words, "report_signed", number=number)
    comma, waits = words.traits.comma, [one for one in answer["sends"] if one["until"] is not None]
    at_once = [one["name"] for one in answer["sends"] if one["until"] is None]
    zone = timezone_of(load_to_ask(config)) if waits else ""
    if at_once:
        say(words, "report_goes_out", people=comma.join(at_once))
    for one in waits:
        say(words, "report_waits", people=one["name"], time=clock(one["until"], zone, "%m-%d %H:%M"))
    if not answer["sends"]:
        say(words, "report_for_nobody")


@click.command("feedback")
@click.argument("number", type=int)
@click.option("--score", required=True, type=click.IntRange(1, 5), help="1 (bad) to 5 (good).")
@click.option("--text", default="", help="What the participant says.")
@click.option("--anonymous", is_flag=True, help="Keep no name.")
@spoken
def feedback(number: int, score: int, text: str, anonymous: bool, by: str, config: Path | None) -> None:
    """Enter a participant's feedback on incident NUMBER; the report shows it."""
    _, words = send(config, "feedback", by, incident=number, score=score, text=text, anonymous=anonymous)
    say(words, "feedback_noted", number=number)


if __name__ == "__main__":
    sys.exit(report())
