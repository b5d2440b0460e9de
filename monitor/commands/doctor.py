"""`roomwatch doctor`: what this user may not reach on this machine, and the exact remedy for each."""

from __future__ import annotations

import json
from pathlib import Path

import click

from alerting.messages.why_not_measured import say_code
from alerting.words import Words, load_words
from monitor.commands.language import language_option
from monitor.commands.local_daemon import CommandFailed, NoDaemon, ask, say_another_configuration
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import load_or_fail
from monitor.daemon.shown_commands import typed
from monitor.doctor.examine import DoctorFinding, examine
from monitor.settings import Configuration
from probes.why import Why, to_do


def _answers(configuration: Configuration, config: Path | None) -> list[DoctorFinding]:
    """What the running daemon says of the ways in; nothing where none is configured or no daemon answers."""
    try:
        found = ask(configuration, "GET", "/api/status").get("inbound", [])
    except (NoDaemon, CommandFailed):
        return []
    return [
        DoctorFinding(
            subject=str(one["source"]),
            ok=not one["problem"],
            found=Why("way_in_broken", {"detail": str(one["problem"])})
            if one["problem"]
            else Why("way_in_heard" if one["listening"] else "way_in_connecting"),
            remedy=to_do("mend_way_in", reload=typed("reload", config)),
        )
        for one in found
    ]


@click.command()
@config_option
@language_option("the room's (room.language)")
@json_option
def doctor(config: Path | None, language: str | None, as_json: bool) -> None:
    """Say what is missing: groups, capabilities, libraries, sound server, state folder, plan, programs.

    Exit code 1 when something that a configured probe needs is missing.
    """
    configuration = load_or_fail(config)
    say_another_configuration(configuration, config, "what it finds of the configuration that runs")
    words = load_words(language or configuration.settings.room.language)
    findings = [*examine(configuration, config, words), *_answers(configuration, config)]
    rows = [row(one, words) for one in findings]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for one in rows:
            mark = click.style("✓", fg="green") if one["ok"] else click.style("✗", fg="red")
            click.echo(f"{mark} {words.text('doctor.line', subject=one['name'], found=one['found'])}")
            if one["remedy"]:
                click.echo(f"    → {one['remedy']}")
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)


def row(finding: DoctorFinding, words: Words) -> dict[str, str | bool]:
    """subject: the stable id; name, found and remedy in words, remedy "" where nothing is wrong."""
    subject = f"doctor.subject.{finding.subject}"
    return {
        "subject": finding.subject,
        "name": words.text(subject) if words.has(subject) else words.text("doctor.way_in", name=finding.subject),
        "ok": finding.ok,
        "found": say_code(finding.found, words, "why" if finding.by_probe else "doctor"),
        "remedy": "" if finding.ok else say_code(finding.remedy, words, "to_do"),
    }
