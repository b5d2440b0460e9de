"""Which entry of a calendar is a meeting (no cancelled, free, declined or all-day one), and which meeting is important.

Runs in the child alone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WITHOUT_END_SECONDS = 3600.0
"""A meeting that names neither end nor duration is taken as an hour."""

ALL_DAY = ("X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY")

FREE = frozenset({"FREE", "WORKINGELSEWHERE"})


@dataclass
class MeetingRules:
    """What makes a meeting important, and whose answer counts. Titles are matched here and go no further."""

    categories: frozenset[str] = frozenset()
    organisers: frozenset[str] = frozenset()
    titles: tuple[re.Pattern[str], ...] = ()
    priority: bool = True
    address: str = ""
    all_day: bool = False


def meeting_of(event: Any, zone: dt.tzinfo | None, rules: MeetingRules) -> list[Any] | None:
    """The occurrence as numbers, organiser and importance; None where it keeps nobody in the room."""
    text = {name: str(event.get(name, "")).upper() for name in ("STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS")}
    if text["STATUS"] == "CANCELLED" or text["TRANSP"] == "TRANSPARENT" or text["X-MICROSOFT-CDO-BUSYSTATUS"] in FREE:
        return None
    start = event["DTSTART"].dt
    if not rules.all_day and (not isinstance(start, dt.datetime) or _all_day(event)):
        return None
    if _declined(event, rules.address):
        return None
    begin = _unix(start, zone)
    if "DTEND" in event:
        end = _unix(event["DTEND"].dt, zone)
    elif "DURATION" in event:
        end = begin + event["DURATION"].dt.total_seconds()
    else:
        end = begin + (WITHOUT_END_SECONDS if isinstance(start, dt.datetime) else 86400.0)
    if end <= begin:
        end = begin + WITHOUT_END_SECONDS
    organiser = _address(event.get("ORGANIZER"))
    return [begin, end, _important(event, organiser, rules), organiser[:80]]


def _unix(value: dt.date, zone: dt.tzinfo | None) -> float:
    moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone) if zone is not None else moment.astimezone()
    return moment.timestamp()


def _all_day(event: Any) -> bool:
    """By the properties with which some programs mark an entry that they write from midnight to midnight."""
    return any(str(event.get(name, "")).strip().upper() in ("TRUE", "1") for name in ALL_DAY)


def _declined(event: Any, address: str) -> bool:
    attendees = event.get("ATTENDEE", [])
    for one in attendees if isinstance(attendees, list) else [attendees]:
        params: Mapping[str, Any] = getattr(one, "params", {})
        if address and _address(one) == address.lower() and str(params.get("PARTSTAT", "")).upper() == "DECLINED":
            return True
    return False


def _address(value: Any) -> str:
    return str(value or "").strip().lower().removeprefix("mailto:")


def _important(event: Any, organiser: str, rules: MeetingRules) -> bool:
    categories = event.get("CATEGORIES", [])
    names: set[str] = set()
    for one in categories if isinstance(categories, list) else [categories]:
        names.update(str(name).strip().casefold() for name in getattr(one, "cats", [one]))
    if names & rules.categories or organiser in rules.organisers:
        return True
    priority = str(event.get("PRIORITY", "0")).strip()
    high = priority.isdigit() and 1 <= int(priority) <= 4
    if rules.priority and (high or str(event.get("X-MICROSOFT-CDO-IMPORTANCE", "")).strip() == "2"):
        return True
    title = str(event.get("SUMMARY", ""))
    return any(rule.search(title) for rule in rules.titles)
