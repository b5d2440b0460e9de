"""What the reader of an incident's page may press now: its buttons and their fields, in order. Pure.

What a verb does and who may do it is decided behind the one entrance for commands; this only offers it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from alerting.model.fault import FaultClass, Severity
from alerting.model.incident import Incident, Phase
from alerting.model.measures import RemedyState
from alerting.plan.model import Plan
from alerting.plan.offered_measures import backups, remedies
from alerting.service.cleaned_text import one_line
from alerting.words import Words
from monitor.pages.participant_report import LONGEST_TEXT

FIELDS: Mapping[str, tuple[str, ...]] = {
    "take": (),
    "confirm": ("text",),
    "note": ("text",),
    "done": ("text",),
    "class": ("fault_class", "text"),
    "severity": ("severity", "text"),
    "assign": ("to", "text"),
    "accept": (),
    "decline": ("text",),
    "order": ("to", "text"),
    "remedy_start": ("name",),
    "remedy_approve": ("name",),
    "remedy_refuse": ("name", "text"),
    "backup_start": ("name",),
    "backup_failed": ("text",),
    "mitigate": ("text",),
    "resolve": ("text", "force"),
}
"""Verbs that the page has → the fields of a form that are handed on; others are left out."""

NEEDED = frozenset({"note", "done", "order"})
"""Verbs that say nothing without words."""

Button = Callable[[str], Mapping[str, str]]
"""A verb → the hidden fields of its button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One form. label: of its button. hidden: fields that nobody sees. choices: the field of that name, (value, words)
    each; chosen: the value that stands there. text: the label of its line of text, "" for none. tick: the same of a
    box (name, words). first: the button that comes first to mind."""

    verb: str
    label: str
    hidden: Mapping[str, str]
    choices: tuple[str, str, tuple[tuple[str, str], ...]] | None = None
    chosen: str = ""
    text: str = ""
    needed: bool = False
    tick: tuple[str, str] | None = None
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionGroup:
    """Folded under its head; id: for the address bar and for what stays open."""

    id: str
    head: str
    actions: tuple[Action, ...]


def arguments(verb: str, form: Mapping[str, str]) -> dict[str, Any]:
    """What the form says to the verb: no field but its own, one line of text each."""
    given: dict[str, Any] = {}
    for name in FIELDS[verb]:
        value = one_line(form.get(name, ""), LONGEST_TEXT)
        if name == "to":
            given[name] = [value] if value else []
        elif name == "force":
            given[name] = bool(value)
        elif value:
            given[name] = value
    return given


class Actions:
    """Makes the forms of one page. people: (id, name) of those who can be asked."""

    def __init__(self, incident: Incident, plan: Plan, me: str, words: Words, button: Button, now: float) -> None:
        self._incident, self._plan, self._me, self._words = incident, plan, me, words
        self._button, self._now = button, now

    def first(self) -> tuple[Action, ...]:
        """The one or two that come first, always in sight: take it, answer a call for help, confirm it."""
        incident, found = self._incident, []
        if not incident.phase.live:
            return ()
        if any(one.contact == self._me and not one.answer for one in incident.help):
            found += [self._make("accept", first=True), self._make("decline")]
        held = incident.taken(self._now)
        if not (held and incident.taken_by == self._me):
            found.append(self._make("take", label="take_over" if held else "take", first=not held))
        elif not incident.confirmed_by:
            found.append(self._make("confirm", first=True))
        return tuple(found)

    def groups(self) -> tuple[ActionGroup, ...]:
        """The others, folded."""
        incident = self._incident
        if not incident.phase.live:
            return (self._group("words", "done", "note"),)
        found = [self._words_group(), self._remedies(), self._move(), self._help(), self._judge(), self._over()]
        return tuple(one for one in found if one.actions)

    def _words_group(self) -> ActionGroup:
        return self._group("words", "note", "done")

    def _remedies(self) -> ActionGroup:
        made = []
        waiting = [one for one in self._incident.remedies if one.state in (RemedyState.PROPOSED, RemedyState.ANNOUNCED)]
        for run in waiting:
            what = self._remedy(run.kind, run.target)
            made.append(self._make("remedy_approve", what=what, hidden={"name": run.name}, first=True))
            made.append(self._make("remedy_refuse", what=what, hidden={"name": run.name}))
        if not any(not one.state.over for one in self._incident.remedies):
            offered = {
                name: self._remedy(one.kind, one.target or fault.target)
                for fault in self._incident.open_faults
                for name, one in remedies(self._plan, fault.code)
            }
            for name, what in offered.items():
                made.append(self._make("remedy_start", what=what, hidden={"name": name}))
        return ActionGroup(id="remedy", head=self._text("group.remedy"), actions=tuple(made))

    def _move(self) -> ActionGroup:
        """Start a way of going on, say that it runs, or that it does not work."""
        incident, made = self._incident, []
        run = incident.backup
        ways = [(name, one.name) for name, one in backups(self._plan, incident.room)]
        started = run is not None and run.state.value != "proposed"
        if incident.phase is Phase.OPEN and ways and not started:
            chosen = run.name if run is not None else ways[0][0]
            choices = ("name", self._text("field.way"), tuple(ways))
            made.append(self._make("backup_start", choices=choices, chosen=chosen, first=True))
        if incident.phase is Phase.OPEN:
            made.append(self._make("mitigate", text="where", first=started))
        if run is not None:
            made.append(self._make("backup_failed", what=run.title, text="why"))
        return ActionGroup(id="move", head=self._text("group.move"), actions=tuple(made))

    def _help(self) -> ActionGroup:
        people = [(key, one.name) for key, one in self._plan.contacts.items() if not one.left and key != self._me]
        groups = [(key, one.name) for key, one in self._plan.groups.items() if one.members]
        if not people:
            return ActionGroup(id="help", head="", actions=())
        choices = ("to", self._text("field.to"), (*people, *groups))
        made = (
            self._make("assign", text="help", choices=choices),
            self._make("order", text="order", choices=choices),
        )
        return ActionGroup(id="help", head=self._text("group.help"), actions=made)

    def _judge(self) -> ActionGroup:
        classes = tuple((one.value, self._words.text(f"class.{one.value}")) for one in FaultClass)
        levels = tuple((one.word, self._words.text(f"severity.{one.word}")) for one in reversed(Severity))
        made = (
            self._make(
                "class",
                choices=("fault_class", self._text("field.class"), classes),
                chosen=self._incident.fault_class.value,
            ),
            self._make(
                "severity",
                choices=("severity", self._text("field.severity"), levels),
                chosen=self._incident.severity.word,
            ),
        )
        return ActionGroup(id="judge", head=self._text("group.judge"), actions=made)

    def _over(self) -> ActionGroup:
        seen = any(not one.reported_by for one in self._incident.open_faults)
        tick = ("force", self._text("field.force")) if seen else None
        made = (self._make("resolve", text="done", tick=tick),)
        return ActionGroup(id="over", head=self._text("group.over"), actions=made)

    def _group(self, name: str, *verbs: str) -> ActionGroup:
        made = tuple(self._make(verb, text=verb) for verb in verbs)
        return ActionGroup(id=name, head=self._text(f"group.{name}"), actions=made)

    def _make(
        self,
        verb: str,
        *,
        label: str = "",
        what: str = "",
        text: str = "",
        hidden: Mapping[str, str] | None = None,
        choices: tuple[str, str, tuple[tuple[str, str], ...]] | None = None,
        chosen: str = "",
        tick: tuple[str, str] | None = None,
        first: bool = False,
    ) -> Action:
        return Action(
            verb=verb,
            label=self._words.text(f"pages.incident.button.{label or verb}", what=what),
            hidden={**self._button(verb), **(hidden or {})},
            choices=choices,
            chosen=chosen,
            text=self._text(f"field.{text}") if text else "",
            needed=verb in NEEDED,
            tick=tick,
            first=first,
        )

    def _text(self, key: str) -> str:
        return self._words.text(f"pages.incident.{key}")

    def _remedy(self, kind: str, target: str) -> str:
        return self._words.text(f"course.remedy.{kind}", target=target).strip()
