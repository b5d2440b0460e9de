"""Personal data in the journal by the plan's rules: anonymised in its time, exported and deleted on request.

Also applies the journal's own retention. Does not run while the clock cannot be believed: what is deleted is gone.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from alerting.configuration import effective
from alerting.engine.commands import Refused
from alerting.journal.anonymise import MACHINE, REMOVED, Replacing, anonymise, find_people, people_of
from alerting.journal.contract import Journal, JournalEditor, JournalUnavailable
from alerting.journal.rows import StoredCase
from alerting.plan.model import Plan

log = logging.getLogger(__name__)

DAY = 86400.0
AT_ONCE = 50
"""Incidents rewritten in one transaction: some 20 ms, for which the next alarm's commit may have to wait."""
BELIEVED = 400 * DAY
"""Seconds of silence in the journal after which the clock is doubted rather than rows deleted: no room stands still
for longer than a year without an inspection, a test or an incident."""
FORGET = "people.forget"


class PeopleData:
    """One journal's people. plan: the plan as it is now."""

    def __init__(self, journal: Journal, plan: Callable[[], Plan]) -> None:
        self._journal, self._plan = journal, plan

    async def tidy(self, now: float, journal_days: int) -> None:
        """Once a day: delete what is over its time, anonymise what is over people's. Never raises for a full disk."""
        try:
            await self._tidy(now, journal_days)
        except JournalUnavailable as error:
            log.error("personal data could not be tidied: %s", error)

    async def _tidy(self, now: float, journal_days: int) -> None:
        last = await self._journal.read(lambda reader: reader.last_time())
        if now > last + BELIEVED and last > 0:
            log.error("the clock is %.0f days ahead of the journal: nothing is deleted", (now - last) / DAY)
            return
        gone = await self._journal.retain(now - journal_days * DAY)
        if gone:
            log.info("%d incidents older than %d days were deleted from the journal", gone, journal_days)
        rules = self._plan().retention
        await self._anonymise("contacts", now - rules.contacts_days * DAY)
        await self._anonymise("reporters", now - rules.reporters_days * DAY)
        for called in await self._journal.change(_asked_to_forget):
            await self._forget(called)
        await self._journal.discard_salvage(now - rules.contacts_days * DAY)

    async def _anonymise(self, sort: str, before: float) -> None:
        """People of one sort in everything closed before that time; what was done stays done."""
        names = {key: one.name for key, one in self._plan().contacts.items()}
        mark = f"anonymised.{sort}"

        def some(editor: JournalEditor) -> bool:
            done = float(editor.memories().get(mark, 0.0))
            found = editor.closed(done, before, AT_ONCE)
            for number, _ in found:
                told = {row.contact for row in editor.case(number).notifications}
                contacts = told | set(names) | set(names.values())
                anonymise(editor, number, names, lambda who, c=contacts: (who in c) is (sort == "contacts"))  # type: ignore[misc]
            if found:
                editor.remember(mark, str(found[-1][1]))
            return bool(found)

        while await self._journal.change(some):
            pass
        await self._journal.change(
            lambda editor: anonymise(editor, 0, names, lambda who: (who in names) is (sort == "contacts"), before)
        )

    # On request

    def called(self, name: str) -> set[str]:
        """Everything that a person is called: the id and the name, where either is the plan's; else what was said.
        Raises Refused for nobody: empty fields are in every row."""
        if name.strip() in ("", MACHINE):
            raise Refused("missing_person")
        for key, contact in self._plan().contacts.items():
            if name in (key, contact.name):
                return {key, contact.name}
        return {name}

    async def export(self, name: str) -> dict[str, Any]:
        """All that is kept of one person, secrets named and not shown. Raises Refused."""
        called = self.called(name)
        contacts = {key: effective(one) for key, one in self._plan().contacts.items() if key in called}
        cases = await self._journal.change(lambda editor: [find_people(case, called) for case in _cases(editor)])
        found = [case for case in cases if case is not None]
        kept = await self._journal.read(lambda reader: reader.memories())
        memory = {key: text for key, text in kept.items() if _mentions(text, called)}
        return {"name": name, "contact": contacts, "journal": found, "memory": memory}

    async def delete(self, name: str) -> dict[str, Any]:
        """Take one person out of every closed incident now, and out of the open ones when they close.

        Raises Refused while the plan still has them: their messages would go on.
        """
        called = self.called(name)
        for key in called & set(self._plan().contacts):
            if not self._plan().contacts[key].left:
                raise Refused("still_in_plan", who=(name,), key=key)
        await self._journal.change(lambda editor: _remember_to_forget(editor, called))
        await self._journal.discard_salvage()
        count, waiting = await self._forget(called)
        return {"name": name, "incidents": count, "open": waiting}

    async def _forget(self, called: set[str]) -> tuple[int, list[int]]:
        """(incidents changed, incidents that are not closed yet and still name them)."""

        def work(editor: JournalEditor) -> tuple[int, list[int]]:
            count, waiting = 0, []
            for case in _cases(editor):
                if not called & set(people_of(case)):
                    continue
                if case.incident is not None and (case.incident.closed_at is None or case.incident.owes):
                    waiting.append(case.incident.id)
                    continue
                editor.replace(case, Replacing(dict.fromkeys(called, REMOVED), addresses=False).case(case))
                count += 1
            _forget_in_memory(editor, called)
            if not waiting:
                left = [one for one in _asked_to_forget(editor) if one != called]
                editor.remember(FORGET, json.dumps([sorted(one) for one in left]))
            return count, waiting

        return await self._journal.change(work)


def _cases(editor: JournalEditor) -> list[StoredCase]:
    return [editor.case(number) for number in (0, *editor.numbers())]


def _asked_to_forget(editor: JournalEditor) -> list[set[str]]:
    return [set(one) for one in json.loads(editor.memories().get(FORGET, "[]"))]


def _remember_to_forget(editor: JournalEditor, called: set[str]) -> None:
    asked = [sorted(one) for one in _asked_to_forget(editor) if one != called]
    editor.remember(FORGET, json.dumps([*asked, sorted(called)]))


def _forget_in_memory(editor: JournalEditor, called: set[str]) -> None:
    """Who took a spare, made a check: small facts that are JSON."""
    replacing = Replacing(dict.fromkeys(called, REMOVED), addresses=False)
    for name, text in editor.memories().items():
        if name != FORGET and _mentions(text, called):
            editor.remember(name, json.dumps(replacing.walk(json.loads(text)), ensure_ascii=False))


def _mentions(text: str, called: set[str]) -> bool:
    if not text.startswith(("{", "[")):
        return False
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return bool(called & set(_strings(found)))


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _strings(item)]
    return [text for item in value for text in _strings(item)] if isinstance(value, list) else []
