"""Says values in one language: times in the plan's zone, people by name, faults by title.

Never fails for a missing word: an unknown verb, fault or reason is shown readably as it is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from alerting.messages.reasons import ReasonNames, enumerate_words, say_reason, say_span, say_way
from alerting.model.reason import Reason
from alerting.papers.plan.phrases import fault_of_any
from alerting.papers.report.terms import (
    At,
    ChannelKind,
    Duration,
    EntryName,
    FaultName,
    People,
    RemedyName,
    RoomName,
    Term,
    Value,
)
from alerting.plan.model import Plan
from alerting.plan.running_plan import ORGANISER
from alerting.plan.wall_time import zone_of
from alerting.words import Words, load_words


class Phrasing:
    """room_name: id → the name that people use."""

    def __init__(self, words: Words, plan: Plan, room_name: Callable[[str], str] = str) -> None:
        self.words, self.plan, self._room_name = words, plan, room_name
        self.zone: dt.tzinfo | None = zone_of(plan.timezone)

    def spoken_in(self, language: str) -> Phrasing:
        return Phrasing(load_words(language), self.plan, self._room_name)

    def text(self, key: str, **values: Value) -> str:
        """The catalogue's text with its values said in this language."""
        return self.words.text(key, **{name: self.say(value) for name, value in values.items()})

    def counted(self, key: str, count: int, **values: Value) -> str:
        """The text for one or for several: ``<key>.one`` where the language tells them apart, else ``<key>.many``."""
        one = f"{key}.one"
        return self.text(one if count == 1 and self.words.has(one) else f"{key}.many", count=count, **values)

    def head(self, *names: str) -> tuple[str, ...]:
        """The head of a table."""
        return tuple(self.words.text(f"report.head.{name}") for name in names)

    def either(self, key: str, otherwise: str) -> str:
        """The catalogue's text, else a readable form of the name itself."""
        return self.words.text(key) if self.words.has(key) else otherwise.replace("_", " ")

    def labelled(self, key: str, name: str) -> str:
        """The catalogue's text; for what it does not know, the name in English and a neutral word in other languages,
        in which an identifier would be a foreign word."""
        if key and self.words.has(key):
            return self.words.text(key)
        return name.replace("_", " ") if self.words.language == "en" else self.words.text("report.other")

    def say(self, value: Value) -> str:
        match value:
            case Duration():
                return self.span(value.seconds)
            case At():
                return self.date(value.moment)
            case People():
                return self.names(value.ids)
            case FaultName():
                return self.fault(value.code, value.target)
            case RoomName():
                return self._room_name(value.id)
            case ChannelKind():
                return say_way(value.path, self.words)
            case RemedyName():
                return self.remedy(value.kind, value.target)
            case EntryName():
                return self.entry(value.id)
            case Term():
                return self.either(value.key, value.key.rpartition(".")[2])
            case Reason():
                return self.reason(value)
            case float():
                return f"{value:g}"
            case _:
                return str(value)

    def span(self, seconds: float) -> str:
        return say_span(seconds, self.words)

    def wall(self, moment: float) -> dt.datetime:
        return dt.datetime.fromtimestamp(moment, self.zone)

    def date(self, moment: float) -> str:
        """Day and minute, in full."""
        wall = self.wall(moment)
        clock = wall.strftime("%H:%M")
        return self.words.text("report.date", year=wall.year, month=wall.month, day=wall.day, clock=clock)

    def day(self, moment: float) -> str:
        return self.wall(moment).strftime("%Y-%m-%d")

    def clock(self, moment: float, beside: float) -> str:
        """To the second; with its day where that is another than ``beside``'s."""
        wall = self.wall(moment)
        return wall.strftime("%H:%M:%S" if wall.date() == self.wall(beside).date() else "%m-%d %H:%M:%S")

    def name(self, who: str) -> str:
        if not who:
            return self.words.text("report.anonymous")
        if who == "roomwatch":
            return self.words.text("report.machine")
        contact = self.plan.contacts.get(who)
        if contact is not None:
            return contact.name
        group = self.plan.groups.get(who)
        return group.name if group is not None else who.removeprefix(ORGANISER)

    def entry(self, one: str) -> str:
        """A backup's or a material's own name."""
        found = self.plan.backups.get(one) or self.plan.materials.get(one)
        return found.name if found is not None else one

    def remedy(self, kind: str, target: str = "") -> str:
        """A remedy as people speak of it."""
        key = f"course.remedy.{kind}"
        if not self.words.has(key):
            return f"{kind.replace('_', ' ')} {target}".strip()
        return self.words.text(key, target=target).strip()

    def names(self, who: Iterable[str]) -> str:
        return self.list(self.name(one) for one in who)

    def list(self, items: Iterable[str]) -> str:
        return enumerate_words(items, self.words)

    def fault(self, code: str, target: str = "") -> str:
        """Without a target: as of any program or disk."""
        key = f"fault.{code}.title"
        if not self.words.has(key):
            return code.replace("_", " ")
        return self.words.text(key, target=target, room="").strip() if target else fault_of_any(code, self.words)

    def reason(self, reason: Reason) -> str:
        return say_reason(reason, self.words, ReasonNames(person=self.name, entry=self.entry))

    def sentence(self, parts: Iterable[str]) -> str:
        """Clauses as one sentence in Chinese, as sentences in English."""
        clauses = [part for part in parts if part]
        if not clauses:
            return ""
        return self.words.traits.joint.join(clauses) + self.words.traits.stop
