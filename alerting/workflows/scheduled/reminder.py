"""A message that belongs to no incident: once for each occasion, never at night."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping

import msgspec

from alerting.engine.transaction import Transaction
from alerting.messages.reasons import say_reason
from alerting.model.fault import Severity
from alerting.model.reason import Reason
from alerting.plan.contract import ResponsePlan
from alerting.plan.wall_time import to_unix, to_wall, zone_of
from alerting.words import Words, known_language, load_words

log = logging.getLogger("roomwatch.duty")

DAY_BEGINS = dt.time(8, 30)
DAY_ENDS = dt.time(19, 0)
"""Wall time of the plan's zone within which people are reminded: a duty is never worth waking somebody, whatever the
quiet hours of the plan are."""


def wall(plan: ResponsePlan, at: float) -> dt.datetime:
    """Naive wall time in the plan's zone."""
    return to_wall(at, zone_of(plan.data.timezone))


def unix(plan: ResponsePlan, moment: dt.datetime) -> float:
    """Unix seconds of a wall time of the plan's zone."""
    return to_unix(moment, zone_of(plan.data.timezone))


def day_open(plan: ResponsePlan, at: float) -> bool:
    """True in the hours in which a reminder may come."""
    return DAY_BEGINS <= wall(plan, at).time() < DAY_ENDS


def next_morning(plan: ResponsePlan, at: float) -> float:
    """The next time at which a day of reminders begins."""
    here = wall(plan, at)
    day = here.date() if here.time() < DAY_BEGINS else here.date() + dt.timedelta(days=1)
    return unix(plan, dt.datetime.combine(day, DAY_BEGINS))


def remind(
    transaction: Transaction,
    occasion: str,
    audience: Iterable[str],
    topic: str,
    values: Mapping[str, object],
    *,
    attachments: tuple[str, ...] = (),
    shown: Mapping[str, Mapping[str, object]] | None = None,
) -> bool:
    """Tell groups and contacts, once for this occasion; False where they were told before.

    Words stand under ``duty.<topic>.title`` and ``duty.<topic>.body`` and take ``values``; reasons among them are said
    in the reader's language. shown: language → further values, which no journal keeps: sentences of the catalogue.
    """
    mark = f"reminded.{occasion}"
    if transaction.recall(mark) is not None:
        return False
    people = dict.fromkeys(person for one in audience for person in transaction.plan.members(one, transaction.now))
    reach = [person for person in people if transaction.plan.addresses(person)]
    transaction.remember(mark, f"{transaction.now:.0f}")
    data = {"topic": topic, "occasion": occasion, "to": reach, **msgspec.to_builtins(values)}
    transaction.event("reminded", data=data)
    if not reach:
        log.warning("nobody can be reminded of %s (%s)", topic, occasion)
    for person in reach:
        language = transaction.plan.language(person)
        words = load_words(known_language(language))
        told = {name: _said(value, words) for name, value in values.items()}
        told |= (shown or {}).get(words.language, {})
        title = words.text(f"duty.{topic}.title", **told)
        body = words.text(f"duty.{topic}.body", **told)
        address = transaction.plan.addresses(person)[0]
        until = transaction.plan.quiet_until(person, Severity.NOTICE, transaction.now)
        row = transaction.shared.notifications.reminder(
            occasion, person, address, transaction.now, title, body, words.language, until
        )
        transaction.post(msgspec.structs.replace(row, attachments=attachments))
    return True


def _said(value: object, words: Words) -> object:
    return say_reason(value, words) if isinstance(value, Reason) else value
