"""`roomwatch remedy try`: one remedy by hand, or only whether it could be done."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from monitor.commands.options import config_option, json_option
from monitor.refusal import load_or_fail
from monitor.remedies import REMEDIES, carry_out
from monitor.remedies.users import user_of

SECONDS = 150.0
"""Longer than the slowest: a unit's 90 s and what it must bring back."""


@click.command("try")
@click.argument("kind", type=click.Choice(list(REMEDIES)), metavar="KIND")
@click.argument("target", default="")
@click.option("--dry-run", is_flag=True, help="Only look whether it could be done; change nothing.")
@click.option("--user", default="", metavar="NAME", help="Whose session. Default: the profile's user, or the only one.")
@config_option
@json_option
def try_remedy(kind: str, target: str, dry_run: bool, user: str, config: Path | None, as_json: bool) -> None:
    """Carry out one remedy on this machine now, and look whether it helped.

    KIND is one of: restart_unit UNIT, restart_application PROFILE, restart_sound_server, reset_usb PORT (or camera),
    renew_dhcp INTERFACE, start_backup LINK. Nobody is told and no limit is kept: that is the plan's part, which asks
    for the same remedies. Exit code 1 when it could not be done.
    """
    configuration = load_or_fail(config)
    whose = user or user_of(configuration, kind, target)
    outcome = asyncio.run(asyncio.wait_for(carry_out(kind, target, dry_run=dry_run, user=whose), SECONDS))
    if as_json:
        click.echo(json.dumps({"ok": outcome.ok, "detail": outcome.detail, "command": outcome.command}))
    else:
        mark = click.style("✓", fg="green") if outcome.ok else click.style("✗", fg="red")
        click.echo(f"{mark} {outcome.detail}")
        if outcome.command and (dry_run or not outcome.ok):
            click.echo(click.style(f"  by hand: {outcome.command}", dim=True))
    if not outcome.ok:
        raise SystemExit(1)
