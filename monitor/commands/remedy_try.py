"""`roomwatch remedy try`: one remedy by hand, or only whether it could be done."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from alerting.messages.reasons import say_reason
from alerting.plan.remedy_format import REMEDIES
from alerting.words import load_words
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import load_or_fail
from monitor.remedies import carry_out
from monitor.remedies.whose_session import user_of

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
    outcome = asyncio.run(asyncio.wait_for(carry_out(kind, target, dry_run=dry_run, user=whose), SECONDS))  # noqa: TID251 (nobody cancels it)
    detail = say_reason(outcome.detail, load_words(configuration.settings.room.language))
    if as_json:
        answer = {"ok": outcome.ok, "code": outcome.detail.code, "detail": detail, "command": outcome.command}
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        mark = click.style("✓", fg="green") if outcome.ok else click.style("✗", fg="red")
        click.echo(f"{mark} {detail}")
        if outcome.command and (dry_run or not outcome.ok):
            click.echo(click.style(f"  by hand: {outcome.command}", dim=True))
    if not outcome.ok:
        raise SystemExit(1)
