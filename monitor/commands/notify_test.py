"""`roomwatch notify-test`: one test message to each contact, so that a chain is proved before it is needed."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import click

from alerting.configuration import ConfigurationError, SecretUnreadable
from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from alerting.messages.facts import Notice
from alerting.messages.kinds import MESSAGE_KINDS
from alerting.messages.message import render
from alerting.messages.reasons import say_reason
from alerting.model.reason import because
from alerting.plan.model import Plan
from alerting.sending.client import ChildSender
from alerting.service.plan_file import how_to_reach, plan_file, read_plan
from alerting.words import load_words
from monitor.commands.options import config_option, json_option
from monitor.configuration_refusal import fail, load_or_fail


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
        plan = read_plan(file, settings.timezone)
    except ConfigurationError as error:
        fail(f"the plan has problems:\n{error}", 78)
    unknown = [one for one in only if one not in plan.contacts]
    if unknown:
        fail(f"nobody is called {', '.join(unknown)}. Contacts: {', '.join(plan.contacts) or 'none'}.")
    results = asyncio.run(_send(plan, only, settings.room.name or settings.room.id))
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


async def _send(plan: Plan, only: tuple[str, ...], room: str) -> list[SendResult]:
    messages: list[OutgoingMessage] = []
    results: list[SendResult] = []
    for name, contact in plan.contacts.items():
        if contact.left or (only and name not in only):
            continue
        for number, channel in enumerate(contact.channels):
            key = f"{name}/{number}"
            try:
                url = channel.reveal()
            except SecretUnreadable as error:
                results.append(
                    SendResult(
                        key=key, outcome=Outcome.PERMANENT, detail=because("secret_unreadable", place=error.place)
                    )
                )
                continue
            notice = Notice(kind=MESSAGE_KINDS["test"], room=room, now=time.time())
            words = render(notice, language=contact.language, key=key)
            messages.append(
                OutgoingMessage(
                    key=key,
                    contact=name,
                    channel=str(number),
                    url=url,
                    title=words.title,
                    body=words.body,
                    short=words.short,
                )
            )
    sender = ChildSender()
    try:
        results.extend(await sender.send(messages))
    finally:
        await sender.close()
    return results
