"""`roomwatch notify-test`: one test message to each contact, so that a chain is proved before it is needed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from alerting.configuration import ConfigurationError
from alerting.delivery.contract import Outcome
from alerting.messages.reasons import say_reason
from alerting.sending.trial_message import send_test
from alerting.service.plan_file import how_to_reach, plan_file, read_plan
from alerting.words import load_words
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import fail, load_or_fail, refuse_plan


@click.command("notify-test")
@click.option("--to", "only", multiple=True, metavar="CONTACT", help="Only this contact; may be repeated.")
@config_option
@json_option
def notify_test(only: tuple[str, ...], config: Path | None, as_json: bool) -> None:
    """Send a test message to every channel of every contact and say what became of each.

    Exit code 1 when any failed or when the plan reaches nobody.
    """
    settings = load_or_fail(config).settings
    file = plan_file(settings.plan, config)
    try:
        plan = read_plan(file, settings.timezone, named=bool(settings.plan))
    except ConfigurationError as error:
        refuse_plan(error)
    unknown = [one for one in only if one not in plan.contacts]
    if unknown:
        fail(f"nobody is called {', '.join(unknown)}. Contacts: {', '.join(plan.contacts) or 'none'}.")
    room = settings.room
    results = asyncio.run(send_test(plan, only, room.name or room.id, room.floor, room.site))
    if not results:
        fail(f"the plan reaches nobody. {how_to_reach(file)}")
    words = load_words(settings.room.language)
    if as_json:
        click.echo(
            json.dumps([{"key": r.key, "outcome": r.outcome, "detail": say_reason(r.detail, words)} for r in results])
        )
    else:
        for result in results:
            good = result.outcome is Outcome.SENT
            detail = say_reason(result.detail, words)
            mark = click.style("✓" if good else "✗", fg="green" if good else "red")
            click.echo(f"{mark} {result.key}: {result.outcome}{' — ' + detail if detail else ''}")
    if any(result.outcome is not Outcome.SENT for result in results):
        raise SystemExit(1)
