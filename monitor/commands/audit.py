"""`roomwatch audit`: an independent check of the journal. Reads it without the daemon's help; changes nothing."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
import msgspec

from alerting.audit.auditor import audit as audit_journal
from alerting.audit.auditor import changed, confirmed, owed_to_nobody
from alerting.configuration import ConfigurationError, overlays
from alerting.journal import JournalReader, JournalUnavailable
from alerting.model.incident import Phase
from alerting.model.reason import because
from alerting.plan.running_plan import RunningPlan
from alerting.plan.wall_time import clock
from alerting.service.plan_file import plan_file, read_plan
from alerting.service.scheduled_audit import RECHECK, in_words
from alerting.words import load_words
from monitor.commands.local_daemon import CommandFailed, NoDaemon, NotAnswering, ask
from monitor.commands.options import config_option, json_option
from monitor.commands.report import journal_of, phrasing_of
from monitor.commands.review import moment
from monitor.configuration_refusal import EXIT_CONFIGURATION, fail, load_or_fail
from monitor.settings import Configuration

EXIT_NO_JOURNAL = 3


@click.command()
@click.option("--since", default="30d", show_default=True, metavar="TIME", help="90d, 12w, or a day: 2026-01-31.")
@config_option
@json_option
def audit(since: str, config: Path | None, as_json: bool) -> None:
    """Check the journal: was every step of the plan taken in time, was everybody told?

    Exit code: 0 all was done, 1 something was not, 3 there is no journal to read.
    """
    configuration = load_or_fail(config)
    with journal_of(configuration, EXIT_NO_JOURNAL) as reader:
        found = _audited(reader, since, configuration, config, as_json)
    sys.exit(1 if found else 0)


def _audited(
    reader: JournalReader, since: str, configuration: Configuration, config: Path | None, as_json: bool
) -> bool:
    """Prints what was found; whether anything was. Raises JournalUnavailable, also for rows that make no sense."""
    settings = configuration.settings
    file = plan_file(settings.plan, config)
    try:
        plan = RunningPlan(read_plan(file, settings.timezone, named=bool(settings.plan)))
    except ConfigurationError as error:
        fail(str(error), EXIT_CONFIGURATION)
    running = _running(configuration)
    phrasing = phrasing_of(configuration, plan.data, settings.room.language)
    start = moment(since, phrasing, time.time())
    suspect = any(one.code == "clock_suspect" and one.phase is not Phase.CLOSED for one in reader.live_incidents())
    last = reader.last_time()
    # Without a daemon nothing could happen since; under a suspect clock only the journal's own time counts.
    now = last if suspect or not running else max(last, time.time())
    parts = [one for one in (file, *overlays(file.parent / "plan.d")) if one.is_file()]
    written = max((one.stat().st_mtime for one in parts), default=0.0)
    incidents = changed(reader, start)
    known = plan if parts else None  # without a plan's file nobody can say whom it named
    found = list(audit_journal(reader, now=now, since=start, plan=known, plan_since=written))
    if found and running:
        time.sleep(RECHECK)  # a daemon that has just woken up writes down what was due while it slept
        now = now if suspect else max(last, time.time())
        found = confirmed(found, audit_journal(reader, now=now, since=start, plan=known, plan_since=written))
    waiting, to_nobody = len(reader.unfinished()), owed_to_nobody(reader, incidents)
    if reader.unreadable:  # what they said is not known: nobody is praised or accused for it
        raise JournalUnavailable(because("journal_damaged"))
    if as_json:
        counted = {"incidents": len(incidents), "waiting": waiting, "owed_to_nobody": to_nobody}
        answer = {"now": now, "running": running, **counted, "findings": found}
        click.echo(msgspec.json.encode(answer).decode())
    else:
        words = load_words(settings.room.language)
        if not running:
            at = clock(last, plan.data.timezone, "%m-%d %H:%M") if last else "-"
            click.echo(words.text("audit.not_running", time=at))
        head = "audit.summary" if found else "audit.clean_so_far" if waiting else "audit.clean"
        click.echo(words.text(head, count=len(incidents), found=len(found)))
        for one in found:
            click.echo("  " + in_words(one, settings.room.language, plan.data.timezone))
            click.echo(f"      {phrasing.reason(one.detail)}")
        if waiting:
            click.echo(words.text("audit.waiting", count=waiting))
        if to_nobody:
            click.echo(words.text("audit.owed_to_nobody", count=to_nobody))
    return bool(found)


def _running(configuration: Configuration) -> bool:
    try:
        ask(configuration, "GET", "/api/status")
    except (NotAnswering, CommandFailed):
        return True
    except NoDaemon:
        return False
    return True
