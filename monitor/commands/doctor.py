"""`roomwatch doctor`: what this user may not reach on this machine, and the exact remedy for each."""

from __future__ import annotations

import json
from pathlib import Path

import click

from monitor.commands.local_daemon import CommandFailed, NoDaemon, ask
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import load_or_fail
from monitor.doctor.examine import DoctorFinding, examine
from monitor.settings import Configuration


def _answers(configuration: Configuration) -> list[DoctorFinding]:
    """What the running daemon says of the ways in; nothing where none is configured or no daemon answers."""
    try:
        found = ask(configuration, "GET", "/api/status").get("inbound", [])
    except (NoDaemon, CommandFailed):
        return []
    return [
        DoctorFinding(
            subject=f"answers by {one['source']}",
            ok=not one["problem"],
            found=one["problem"] or ("they are heard" if one["listening"] else "it is connecting"),
            remedy="Mend it at the server or under [inbound], then: systemctl reload roomwatch",
        )
        for one in found
    ]


@click.command()
@config_option
@json_option
def doctor(config: Path | None, as_json: bool) -> None:
    """Say what is missing: groups, capabilities, libraries, sound server, state folder, plan.

    Exit code 1 when something that a configured probe needs is missing.
    """
    configuration = load_or_fail(config)
    findings = [*examine(configuration, config), *_answers(configuration)]
    if as_json:
        click.echo(
            json.dumps([{"subject": f.subject, "ok": f.ok, "found": f.found, "remedy": f.remedy} for f in findings])
        )
    else:
        for finding in findings:
            mark = click.style("✓", fg="green") if finding.ok else click.style("✗", fg="red")
            click.echo(f"{mark} {finding.subject}: {finding.found}")
            if finding.remedy and not finding.ok:
                click.echo(f"    → {finding.remedy}")
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)
