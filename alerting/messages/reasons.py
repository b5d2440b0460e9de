"""Says a reason in one language: its text from the catalogue, each value by what its name holds.

A code that the catalogue does not know, written by a newer version, is shown readably as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from alerting.messages.check_readings import value_name
from alerting.messages.system_errors import say_system_error
from alerting.model.reason import Reason, Value
from alerting.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonNames:
    """What the ids within a reason are called. entry: a backup or a material of the plan."""

    person: Callable[[str], str] = str
    entry: Callable[[str], str] = str


def say_reason(reason: Reason, words: Words, names: ReasonNames = ReasonNames(), table: str = "reason") -> str:
    """ "" for no reason. table: where in the catalogue the words stand."""
    if not reason:
        return ""
    said = {name: _say_value(name, value, words, names, table) for name, value in reason.values.items()}
    key = f"{table}.{reason.code}"
    try:
        return words.text(key, **said)
    except KeyError:
        return " ".join([reason.code.replace("_", " "), *(f"({name}: {value})" for name, value in said.items())])


def _say_value(name: str, value: Value, words: Words, names: ReasonNames, table: str) -> str:
    match name, value:
        case _, Reason():
            return say_reason(value, words, names, table)
        case "span", int() | float():
            return say_span(value, words)
        case "people" | "who", tuple():
            return _listed((names.person(one) for one in value), words)
        case "entry", str():
            return names.entry(value)
        case "channel", str():
            return say_way(value, words)
        case "faults" | "over", tuple():
            return _listed((say_fault(one, words) for one in value), words)
        case "fault", str():
            return say_fault(value, words)
        case _, str() if name in _TERMS:
            return _say_term(name, value, words)
        case "reading", str():
            return value_name(value, words)
        case "detail", str():
            return say_system_error(value, words)
        case _, tuple():
            return _listed(value, words)
        case _, float():
            return f"{value:g}"
        case _:
            return str(value)


def _listed(items: Iterable[str], words: Words) -> str:
    return enumerate_words(items, words) or words.text("word.none")


_TERMS: Mapping[str, tuple[str, ...]] = {
    "phase": ("word.phase",),
    "run_state": ("word.run_state",),
    "report_state": ("report.state",),
    "action": ("word.action",),
    "verb": ("event",),
    "held": ("severity", "class", "word.phase"),
    "found": ("severity", "class", "word.phase"),
}
"""Values that are one word of the program → where in the catalogue it has words."""


def _say_term(name: str, value: str, words: Words) -> str:
    key = next((f"{place}.{value}" for place in _TERMS[name] if words.has(f"{place}.{value}")), "")
    return words.text(key) if key else value.replace("_", " ")


def say_fault(code_and_target: str, words: Words) -> str:
    """The title of a fault, given as its code and, after a space, its target."""
    code, _, target = code_and_target.partition(" ")
    key = f"fault.{code}.title"
    if not words.has(key):
        return code_and_target
    title = words.text(key, target=target, room="").strip()
    return f"{title} ({target})" if target and target not in title else title


def say_span(seconds: float, words: Words) -> str:
    """Seconds below two minutes, minutes and seconds below two hours, then hours and minutes."""
    whole = round(max(0.0, seconds))
    if whole < 1:
        return words.text("report.instant")
    if whole < 120:
        return words.text("report.seconds", n=whole)
    if whole < 7200:
        key = "report.minutes" if whole % 60 == 0 else "report.minutes_seconds"
        return words.text(key, n=whole // 60, seconds=whole % 60)
    hours, minutes = divmod(round(whole / 60), 60)
    return words.text("report.hours", n=hours, minutes=minutes)


def say_way(path: str, words: Words) -> str:
    """A kind of way out by its name."""
    key = f"report.way.{path}"
    return words.text(key) if words.has(key) else path.replace("_", " ")


def enumerate_words(items: Iterable[str], words: Words) -> str:
    return words.traits.comma.join(items)
