"""People in the journal's rows: found, and replaced by "person 1", "person 2" once their time is over.

The caller says whose time is over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from alerting.journal.contract import JournalEditor
from alerting.journal.rows import Event, Notification, StoredCase
from alerting.model.incident import Incident

MACHINE = "roomwatch"
REMOVED = "person removed"
_PEOPLE_FIELDS = frozenset(
    {
        "by",
        "contact",
        "owner",
        "opened_by",
        "assessed_by",
        "taken_by",
        "confirmed_by",
        "reported_by",
        "asked_by",
        "approved_by",
        "report_approved_by",
    }
)
_PEOPLE_LISTS = frozenset({"contacts", "helpers", "told", "to", "people"})
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.])\+?\d[\d -]{6,}\d(?![\w.])")
_FIXED = frozenset(
    {
        "action",
        "area",
        "channel",
        "check",
        "class",
        "code",
        "digest",
        "entered_why",
        "fault_class",
        "from",
        "kind",
        "language",
        "material",
        "path",
        "phase",
        "plan_version",
        "report",
        "room",
        "roster",
        "scope",
        "scopes",
        "severity",
        "state",
        "status",
        "target",
        "verb",
    }
)
"""Fields that hold a word of the program or of the room's own settings. Whoever reports may call themselves like one of
them, and must not take it along when their time is over."""
_ADDRESS_FIELDS = frozenset({"address"})
"""Fields that hold the address from which somebody acted: it may be their own device."""
_TEXT_FIELDS = frozenset({"text", "body", "title", "short", "done", "detail"})


def people_of(case: StoredCase) -> list[str]:
    """Ids and names of everybody whom a field of the rows names, in the order in which they come."""
    found: dict[str, None] = {}
    _collect(msgspec.to_builtins(case.incident), found)
    for _, event in case.events:
        _collect(msgspec.to_builtins(event), found)
    for row in case.notifications:
        _collect(msgspec.to_builtins(row), found)
    return [name for name in found if name and name != MACHINE]


def _collect(value: Any, found: dict[str, None]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if key in _PEOPLE_FIELDS and isinstance(item, str):
                found[item] = None
            elif key in _PEOPLE_LISTS and isinstance(item, (list, tuple)):
                found.update((one, None) for one in item if isinstance(one, str))
            _collect(item, found)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _collect(item, found)


def _fixed(field: str, value: Any) -> bool:
    if field == "to":  # a severity or a class beside "from"; people are a list
        return isinstance(value, str)
    return field in _FIXED and (isinstance(value, str) or field == "scopes")


class Replacing:
    """Replaces people in any row. aliases: id or name → what stands there from now on."""

    def __init__(self, aliases: Mapping[str, str], *, addresses: bool = True) -> None:
        """addresses: also take mail addresses and telephone numbers out of what people wrote."""
        self._aliases = dict(aliases)
        self._addresses = addresses
        names = sorted((re.escape(one) for one in aliases if len(one) > 1), key=len, reverse=True)
        # A Latin id is a word of its own; a Chinese name stands between other characters.
        self._words = (
            re.compile("|".join(rf"(?<![A-Za-z0-9_]){one}(?![A-Za-z0-9_])" for one in names)) if names else None
        )

    def text(self, value: str, field: str = "") -> str:
        if value in self._aliases:
            return self._aliases[value]
        if self._addresses and field in _ADDRESS_FIELDS:
            return "…"
        if self._words is not None:
            value = self._words.sub(lambda match: self._aliases[match[0]], value)
        if self._addresses and field in _TEXT_FIELDS:
            value = _PHONE.sub("…", _MAIL.sub("…", value))
        return value

    def walk(self, value: Any, field: str = "") -> Any:
        if isinstance(value, str):
            return self.text(value, field)
        if isinstance(value, dict):
            return {key: item if _fixed(key, item) else self.walk(item, key) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.walk(item, field) for item in value]
        return value

    def case(self, case: StoredCase) -> StoredCase:
        incident = case.incident
        return StoredCase(
            incident=None if incident is None else msgspec.convert(self.walk(msgspec.to_builtins(incident)), Incident),
            events=[(seq, msgspec.convert(self.walk(msgspec.to_builtins(event)), Event)) for seq, event in case.events],
            notifications=[
                msgspec.convert(self.walk(msgspec.to_builtins(row)), Notification) for row in case.notifications
            ],
        )


def anonymise(
    editor: JournalEditor,
    number: int,
    names: Mapping[str, str],
    wanted: Callable[[str], bool],
    before: float | None = None,
) -> None:
    """Give everybody in one incident whom ``wanted`` names an alias. names: contact id → the name in messages."""
    case = editor.case(number, before)
    if case.incident is not None and case.incident.owes:
        return
    aliases: dict[str, str] = {}
    for count, person in enumerate(people_of(case), 1):
        if wanted(person) and not person.startswith("person "):
            # Within an incident the report stays readable; over incidents nobody is followed.
            aliases[person] = f"person {count}" if number else REMOVED
            if names.get(person):
                aliases.setdefault(names[person], aliases[person])
    if aliases:
        editor.replace(case, Replacing(aliases).case(case))


def find_people(case: StoredCase, called: Iterable[str]) -> dict[str, Any] | None:
    """What one incident's rows hold of a person, for an export; None where they are not in it."""
    wanted = set(called)

    def names(row: Any) -> bool:
        found: dict[str, None] = {}
        _collect(msgspec.to_builtins(row), found)
        return bool(wanted & set(found))

    events = [msgspec.to_builtins(event) for _, event in case.events if names(event)]
    rows = [msgspec.to_builtins(row) for row in case.notifications if row.contact in wanted]
    part = [key for key, value in msgspec.to_builtins(case.incident or {}).items() if names({key: value})]
    if not events and not rows and not part:
        return None
    return {
        "incident": case.incident.id if case.incident is not None else 0,
        "room": case.incident.room if case.incident is not None else "",
        "stands_in": part,
        "events": events,
        "notifications": rows,
    }
