"""`roomwatch doctor`: what this user may not reach on this machine, and the exact remedy for each."""

from __future__ import annotations

import json
from pathlib import Path

import click

from monitor.commands.options import config_option, json_option
from monitor.doctor.examine import examine
from monitor.refusal import load_or_fail


@click.command()
@config_option
@json_option
def doctor(config: Path | None, as_json: bool) -> None:
    """Say what is missing: groups, capabilities, libraries, sound server, state folder, plan.

    Exit code 1 when something that a configured probe needs is missing.
    """
    findings = examine(load_or_fail(config), config)
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
