"""`roomwatch drill`: start a drill, end it, and read its score sheet."""

from __future__ import annotations

import time
from pathlib import Path

import click

from alerting.journal.contract import JournalReader
from alerting.papers.drill.score_sheet import score_sheet
from alerting.papers.report.case_file import read_case
from alerting.plan.running_plan import RunningPlan
from alerting.plan.wall_time import clock
from alerting.words import Words, load_words
from alerting.workflows.drill.not_run_list import NOT_RUN, due_at, not_run_line, several_rooms
from alerting.workflows.drill.score import ScoreSheet, score
from monitor.commands.daemon_command import send, spoken, timezone_of
from monitor.commands.options import config_option
from monitor.commands.report import journal_of, phrasing_of, plan_or_fail, write_all
from monitor.configuration_refusal import fail, load_or_fail, load_to_ask
from monitor.daemon.shown_commands import typed


class DrillGroup(click.Group):
    """`roomwatch drill FAULT` is `roomwatch drill start FAULT`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["start", *args]
        return super().resolve_command(ctx, args)


@click.group("drill", cls=DrillGroup)
def drill() -> None:
    """Drill the plan: `roomwatch drill FAULT` lets the monitor see a fault that is not there.

    The real chain runs, every message is marked as a drill, and how it went is scored. It ends when somebody reports
    it as done or starts the backup, when the chain is through, by time, or by `roomwatch drill stop`; it is aborted
    when a real fault arrives.
    """


@drill.command("start")
@click.argument("fault")
@click.option("--room", default="", help="Default: this room.")
@click.option("--target", default="", help="Which camera, port, program.")
@click.option("--limit", type=click.FloatRange(1, 480), default=60.0, show_default=True, help="Minutes until it ends.")
@click.option("--in-meeting", is_flag=True, help="Also during or shortly before a meeting.")
@spoken
def start(fault: str, room: str, target: str, limit: float, in_meeting: bool, by: str, config: Path | None) -> None:
    """Start a drill of FAULT, a code such as camera_missing."""
    answer, words = send(
        config, "drill", by, fault=fault, room=room, target=target, limit=limit * 60, in_meeting=in_meeting
    )
    until = clock(float(answer["until"]), timezone_of(load_to_ask(config)), "%H:%M")
    stopped_by = typed("drill stop", config)
    title = _title(words, fault)
    click.echo(words.text("drill.started", drill=answer["drill"], fault=title, until=until, stop=stopped_by))


@drill.command("stop")
@click.argument("drill_id", metavar="[ID]", default="")
@spoken
def stop(drill_id: str, by: str, config: Path | None) -> None:
    """End the drill that runs."""
    answer, words = send(config, "drill_stop", by, drill=drill_id)
    click.echo(words.text("drill.stopped", drill=answer["drill"]))


@drill.command("list")
@config_option
def list_drills(config: Path | None) -> None:
    """List the drills, and the scheduled ones that did not run, with why."""
    configuration = load_or_fail(config)
    plan = RunningPlan(plan_or_fail(configuration, config))
    words = load_words(configuration.settings.room.language)
    with journal_of(configuration) as reader:
        lines = drill_lines(reader, words, plan)
    click.echo("\n".join(lines) if lines else words.text("drill.none"))


def drill_lines(reader: JournalReader, words: Words, plan: RunningPlan) -> list[str]:
    """The oldest first."""

    def when(at: float) -> str:
        return plan.wall(at).strftime("%Y-%m-%d %H:%M")

    found = []
    for one in reader.incidents():
        if one.drill:
            title = _title(words, one.code)
            said = words.text("drill.title", number=one.id, room=one.room, fault=title, time=when(one.opened_at))
            found.append((one.opened_at, said))
    missed = [event for event in reader.events() if event.verb in NOT_RUN]
    apart = several_rooms(missed)
    for event in missed:
        due, title = due_at(event), _title(words, str(event.data.get("fault", "")))
        room = str(event.data.get("room", "")) if apart else ""
        found.append((due, not_run_line(event, plan.data, words, time=when(due), fault=title, room=room)))
    return [line for _, line in sorted(found)]


@drill.command("show")
@click.argument("number", type=int)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Also write it there as a document.",
)
@config_option
def show(number: int, folder: Path | None, config: Path | None) -> None:
    """Show the score sheet of the drill that was incident NUMBER."""
    configuration = load_or_fail(config)
    plan = RunningPlan(plan_or_fail(configuration, config))
    with journal_of(configuration) as reader:
        incident = reader.incident(number)
        if incident is None or not incident.drill:
            drills = ", ".join(str(one.id) for one in reader.incidents() if one.drill) or "none"
            fail(f"incident {number} is no drill; drills: {drills}")
        sheet = score(incident, reader.events(number), reader.notifications(number), plan.data.targets, plan)
        case = read_case(reader, number, time.time()) if folder is not None else None
    words = load_words(configuration.settings.room.language)
    at = plan.wall(incident.opened_at).strftime("%Y-%m-%d %H:%M")
    title = words.text("drill.title", number=number, room=incident.room, fault=_title(words, incident.code), time=at)
    click.echo("\n".join([title, *sheet_lines(sheet, words, plan)]))
    if folder is not None and case is not None:
        phrasing = phrasing_of(configuration, plan.data, None)
        document = score_sheet(case, sheet, plan.data, phrasing)
        if problems := write_all(document, folder, f"drill-{number}", ()):
            fail("; ".join(problems))


def sheet_lines(sheet: ScoreSheet, words: Words, plan: RunningPlan) -> list[str]:
    """The sheet for a terminal."""

    def span(seconds: float | None) -> str:
        if seconds is None:
            return words.text("drill.never")
        return words.text("drill.seconds", seconds=f"{seconds:.0f}")

    lines = []
    for one in sheet.times:
        mark = words.text("drill.met" if one.met else "drill.missed")
        name = words.text(f"drill.time.{one.name}")
        lines.append(
            "  " + words.text("drill.line", name=name, value=span(one.seconds), target=span(one.target), mark=mark)
        )
    for group in sheet.groups:
        name = plan.data.groups[group.group].name
        lines.append(
            "  "
            + words.text(
                "drill.group", name=name, told=span(group.told), reached=span(group.reached), took=span(group.took)
            )
        )
    verdict = "drill.aborted" if sheet.aborted else "drill.passed" if sheet.passed else "drill.failed"
    return [*lines, words.text(verdict)]


def _title(words: Words, fault: str) -> str:
    key = f"fault.{fault}.title"
    return " ".join(words.text(key, target="", room="").split()) if words.has(key) else fault
