"""`roomwatch plan`: check, show, import a roster, approve and render the response plan."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alerting.configuration import ConfigurationError
from alerting.engine.commands import Refused
from alerting.folders import shipped_folder
from alerting.journal import JournalUnavailable, open_reader
from alerting.messages.reasons import say_reason
from alerting.model.catalogue import KINDS
from alerting.model.fault import FaultKind
from alerting.model.meeting_state import MeetingState
from alerting.plan.approval import Action, WrongStep, digest_of, read_records, record_step, state_of
from alerting.plan.check import PlanFinding, RecordedState, check_plan
from alerting.plan.loading import absent, load_plan, no_plan
from alerting.plan.model import Plan
from alerting.plan.preview import Preview, preview
from alerting.plan.running_plan import RunningPlan
from alerting.service.name_lookup import find_contact, unknown_name
from alerting.service.plan_file import plan_file
from alerting.words import Words, load_words
from monitor.commands.language import language_option
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import EXIT_CONFIGURATION, barred, fail, load_or_fail, refuse_plan
from monitor.daemon.state_folder import find
from monitor.first_hour import files
from monitor.pipeline.detection_time import slower_than
from monitor.settings import Settings

if TYPE_CHECKING:
    from alerting.papers.plan.card_sheet import RoomCode

_MEETINGS = {
    "running": MeetingState(running=True),
    "soon": MeetingState(running=False, starts_in=600),
    "none": MeetingState(running=False),
    "unknown": MeetingState(),
}
_plan_option = click.option(
    "--plan", "file", type=click.Path(path_type=Path), default=None, metavar="FILE", help="The plan; default: in use."
)
_language_option = language_option("the room's; of a plan that is named, its own")


@click.group("plan")
def plan() -> None:
    """The response plan: check it, show what it would do, approve it, print it."""


def _load(file: Path | None, config: Path | None) -> tuple[Plan, Path]:
    """The plan given, else the one in use, else the shipped one. Ends the command with every problem."""
    named = file is not None
    if file is None:
        configured = load_or_fail(config).settings.plan
        file, named = plan_file(configured, config), bool(configured)
        if not named and no_plan(file):
            file = shipped_folder() / "plan.toml"
    elif absent(file):
        fail(f"there is no plan at {file}.", EXIT_CONFIGURATION)
    try:
        return load_plan(file, named=named), file
    except ConfigurationError as error:
        refuse_plan(error)


def _words(language: str | None, data: Plan, file: Path | None, config: Path | None) -> Words:
    return load_words(language or (load_or_fail(config).settings.room.language if file is None else data.language))


def _kept(data: Plan, file: Path | None, config: Path | None) -> RecordedState:
    """What this room recorded beside the plan in use; nothing for a file that is named, which may be any room's."""
    if file is not None:
        return RecordedState()
    folder = find(load_or_fail(config).settings.state)
    try:
        signed = state_of(read_records(folder / "plan-approvals.jsonl"), digest_of(data)) == "signed"
    except PermissionError as error:
        click.echo(f"What was signed, tested and counted is left out: {barred(error)}", err=True)
        return RecordedState(signed=True)
    except OSError as error:
        click.echo(f"What was signed, tested and counted is left out: {error.filename}: {error.strerror}.", err=True)
        return RecordedState(signed=True)
    try:
        reader = open_reader(folder)
        try:
            return RecordedState(memory=reader.memories(), signed=signed)
        finally:
            reader.close()
    except JournalUnavailable as error:
        if error.reason.code != "journal_none":
            why = say_reason(error.reason, load_words(load_or_fail(config).settings.room.language))
            click.echo(f"What was tested and counted is left out: {why}", err=True)
        return RecordedState(signed=signed)


def _late(data: Plan, config: Path | None) -> Iterator[PlanFinding]:
    """Probes whose schedule cannot meet the target of the plan in use."""
    for probe, seconds in slower_than(data.targets.detect, load_or_fail(config).settings).items():
        values: dict[str, object] = {"probe": probe, "after": seconds, "target": data.targets.detect}
        yield PlanFinding(code="detect_late", where="targets.detect", error=False, values=values)


@plan.command("check")
@_plan_option
@config_option
@click.option("--reach", is_flag=True, help="Also connect to the far end of every address (sends nothing).")
@_language_option
@json_option
def check(file: Path | None, config: Path | None, reach: bool, language: str | None, as_json: bool) -> None:
    """Find what would fail on the day. Exit code 1 when there is an error; warnings alone give 0."""
    data, source = _load(file, config)
    from alerting.sending.addresses import check_addresses

    found: tuple[PlanFinding, ...] = (*check_addresses(data), *check_plan(data, time.time(), _kept(data, file, config)))
    if file is None:
        found += tuple(_late(data, config))
    if reach:
        from alerting.plan.far_end_check import check_reach

        found += check_reach(data)
    words = _words(language, data, file, config)
    lines = [(one, words.text(f"plan.check.{one.code}", **one.values)) for one in found]
    if as_json:
        level = {True: "error", False: "warning"}
        click.echo(
            json.dumps(
                [
                    {"level": level[one.error], "code": one.code, "where": one.where, "text": text}
                    for one, text in lines
                ],
                ensure_ascii=False,
            )
        )
    else:
        for one, text in lines:
            mark = click.style("✗", fg="red") if one.error else click.style("!", fg="yellow")
            click.echo(f"{mark} {one.where}: {text}")
        errors = sum(one.error for one in found)
        click.echo(words.text("plan.sum", file=source, errors=errors, warnings=len(found) - errors))
    if any(one.error for one in found):
        raise SystemExit(1)


@plan.command("show")
@click.option("--fault", "code", required=True, metavar="CODE", help="A fault code, such as camera_missing.")
@click.option("--at", "at", default=None, metavar="TIME", help='Wall time of the plan\'s zone: "2026-01-09 10:00".')
@click.option("--meeting", type=click.Choice(list(_MEETINGS)), default="running", show_default=True)
@click.option("--important", is_flag=True, help="The meeting is marked important.")
@_plan_option
@config_option
@_language_option
@json_option
def show(
    code: str,
    at: str | None,
    meeting: str,
    important: bool,
    file: Path | None,
    config: Path | None,
    language: str | None,
    as_json: bool,
) -> None:
    """Print who would be told what, when and by which channel, if nobody took the incident."""
    import msgspec

    from alerting.plan.wall_time import FIRST_YEAR, LAST_YEAR, to_unix, typed_time

    data, _ = _load(file, config)
    kind = KINDS.get(code)
    if kind is None:
        import difflib

        near = difflib.get_close_matches(code, KINDS, n=3)
        fail(
            f"there is no fault {code}."
            + (f" Near: {', '.join(near)}." if near else " `roomwatch check --faults` lists them.")
        )
    running = RunningPlan(data)
    try:
        moment = time.time() if at is None else to_unix(typed_time(at), running.zone)
    except ValueError:
        fail(f'"{at}" is no time from {FIRST_YEAR} to {LAST_YEAR}. Write it as "2026-01-09 10:00".')
    import dataclasses

    state = dataclasses.replace(_MEETINGS[meeting], important=important)
    found = preview(running, kind, state, moment, load_or_fail(config).settings.room.id)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for line in _shown(found, running, kind, meeting, _words(language, data, file, config)):
        click.echo(line)
    if not found.told:
        raise SystemExit(1)


def _shown(found: Preview, running: RunningPlan, kind: FaultKind, meeting: str, words: Words) -> Iterator[str]:
    """The preview as lines for a terminal."""

    def say(key: str, **values: object) -> str:
        return words.text(f"plan.show.{key}", **values)

    def ways(them: tuple[str, ...]) -> str:
        return ", ".join(them) or click.style(say("no_channel"), fg="red")

    yield say(
        "head",
        code=kind.code,
        fault_class=words.text(f"class.{kind.fault_class}"),
        meeting=say(f"meeting_{meeting}"),
        severity=words.text(f"severity.{found.severity.word}"),
        chain=found.chain or "—",
        version=running.version,
    )
    if found.peak != 1.0:
        yield say("peak", factor=f"{found.peak:g}")
    for one in found.told:
        when = running.wall(one.at).strftime("%m-%d %H:%M:%S")
        action = say("step_backup") if one.action == "backup" else ""
        waits = say("waits") if one.waits else ""
        yield "  " + say("told", when=when, step=one.step + action, name=one.name, ways=ways(one.ways)) + waits
    if not found.told:
        yield "  " + click.style(say("nobody"), fg="red")
    for thing in found.beside:
        when = running.wall(thing.at).strftime("%m-%d %H:%M:%S") if thing.at is not None else say("when_confirmed")
        people = words.traits.comma.join(say("person", name=name, ways=ways(them)) for name, them in thing.people)
        yield "  " + say(thing.kind, when=when, people=people or click.style(say("nobody"), fg="red"), **thing.values)


@plan.command("import-roster")
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--roster", required=True, metavar="ID", help="The roster that the turns belong to.")
@click.option("--write", is_flag=True, help="Write plan.d/roster-ID.toml beside the plan instead of printing it.")
@_plan_option
@config_option
def import_roster(table: Path, roster: str, write: bool, file: Path | None, config: Path | None) -> None:
    """Read turns from CSV or XLSX: columns start, end, person (or 开始, 结束, 值班人).

    Shows how many turns it read of how many rows, and the turns; takes them with --write.
    """
    from alerting.plan.roster_import import read_roster, roster_toml

    data, source = _load(file, config)
    if roster not in data.rosters:
        fail(f"the plan has no roster {roster}. Rosters: {', '.join(data.rosters) or 'none'}.")
    try:
        found = read_roster(table, data)
    except ConfigurationError as error:
        fail("nothing was imported:\n" + "\n".join(f"  {one}" for one in error.problems), EXIT_CONFIGURATION)
    text = roster_toml(roster, found.turns)
    empty = f", {found.empty} of them empty" if found.empty else ""
    click.echo(f"read {len(found.turns)} turns of {found.rows} rows{empty}", err=True)
    if found.ignored:
        click.echo(f"columns that say nothing here: {', '.join(found.ignored)}", err=True)
    if not write:
        click.echo(text, nl=False)
        return
    overlay = source.parent / "plan.d" / f"roster-{roster}.toml"
    for turn in found.turns:
        people = ", ".join(data.contacts[one].name for one in turn.people)
        click.echo(f"{turn.start:%Y-%m-%d %H:%M} – {turn.end:%Y-%m-%d %H:%M}  {people}")
    files.write([files.FileChange(overlay, None, text)])
    click.echo(f"{len(found.turns)} turns written to {overlay}.")


def _approvals(config: Path | None) -> Path:
    return find(load_or_fail(config).settings.state) / "plan-approvals.jsonl"


@plan.command("approve")
@click.argument("step", type=click.Choice(["draft", "review", "sign", "return", "status"]))
@click.option("--by", default="", metavar="NAME", help="Who does it.")
@click.option("--why", default="", help="The reason of a return.")
@_plan_option
@config_option
def approve(step: Action, by: str, why: str, file: Path | None, config: Path | None) -> None:
    """Record a step of the plan's approval: draft, review, sign, or return it for correction."""
    data, _ = _load(file, config)
    records = _approvals(config)
    if str(step) == "status":
        click.echo(f"version {data.version}: {state_of(read_records(records), digest_of(data))}")
        for one in read_records(records):
            when = RunningPlan(data).wall(one.at).strftime("%Y-%m-%d %H:%M")
            click.echo(f"  {when}  version {one.version} ({one.digest}): {one.action} by {one.by} {one.why}".rstrip())
        return
    if not by:
        fail("say who does it: --by NAME.")
    if data.contacts:
        by = _contact(by, RunningPlan(data), load_or_fail(config).settings.room.language)
    try:
        state = record_step(records, data, step, by=by, at=time.time(), why=why)
    except WrongStep as error:
        fail(f"{error}.")
    click.echo(f"version {data.version}: {state}")


def _contact(name: str, plan: RunningPlan, language: str) -> str:
    """The name of the contact that is meant. Ends the command for a name that nobody has."""
    try:
        found = find_contact(name, plan)
        if found is None:
            raise unknown_name(name, plan)
    except Refused as refusal:
        fail(say_reason(refusal.reason, load_words(language)))
    return plan.data.contacts[found].name


def _room_code(settings: Settings) -> RoomCode | None:
    """What opens the room's page; None where no address of it is known that leads to others than this machine."""
    from alerting.papers.plan.card_sheet import RoomCode
    from monitor.pages.table_sign import qr_svg

    start, room = settings.web.public_url.rstrip("/"), settings.room
    if not start:
        return None
    link = f"{start}/r/{room.id}"
    return RoomCode(svg=qr_svg(link).decode(), link=link, name=room.name or room.id)


@plan.command("render")
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Where to write."
)
@click.option("--format", "formats", multiple=True, type=click.Choice(["html", "pdf", "docx"]), help="Default: all.")
@language_option("the plan's own")
@click.option("--template", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your own .docx.")
@_plan_option
@config_option
def render(
    folder: Path,
    formats: tuple[str, ...],
    language: str | None,
    template: Path | None,
    file: Path | None,
    config: Path | None,
) -> None:
    """Write the plan as a document of five chapters, and the role cards.

    Cards are A6, front and back; as Word document they have a page each. With web.public_url they bear a QR code that
    opens the room's page.
    """
    from alerting.papers.plan.card_sheet import write_cards
    from alerting.papers.plan.document import plan_document
    from monitor.commands.report import write_all, write_each

    data, _ = _load(file, config)
    words = load_words(language or data.language)
    try:
        records = [one for one in read_records(_approvals(config)) if one.digest == digest_of(data)]
    except PermissionError as error:
        records = []
        click.echo(f"The document is without the plan's signatures: {barred(error)}", err=True)
    problems = write_all(plan_document(data, words, records), folder, "plan", formats, template)
    code = _room_code(load_or_fail(config).settings)
    problems += write_each(lambda kind: write_cards(data, words, code, folder, (kind,), template), folder, formats)
    if problems:
        fail("; ".join(dict.fromkeys(problems)))
