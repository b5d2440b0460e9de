"""Small pieces of wording that the plan's documents share: lists, heads of tables, spans, names."""

from __future__ import annotations

from collections.abc import Iterable

from alerting.plan.model import Plan
from alerting.words import Words


def joined(words: Words, items: Iterable[str]) -> str:
    """A list in a line, each thing once."""
    return words.traits.comma.join(dict.fromkeys(items))


def head(words: Words, *names: str) -> tuple[str, ...]:
    return tuple(words.text(f"document.head_{name}") for name in names)


def span(words: Words, seconds: float) -> str:
    """Seconds below a minute and a half, then minutes, hours from three on, days from three on."""
    if seconds < 90:
        return words.text("document.seconds", seconds=f"{seconds:g}")
    if seconds < 3 * 3600:
        return words.text("document.minutes", minutes=seconds / 60)
    if seconds < 3 * 86400:
        return words.text("document.hours", hours=f"{seconds / 3600:g}")
    return words.text("document.whole_days", days=f"{seconds / 86400:g}")


def audience(plan: Plan, words: Words, ids: Iterable[str]) -> str:
    """Groups and people by name."""
    names = {name: one.name for name, one in plan.groups.items()} | {n: one.name for n, one in plan.contacts.items()}
    return joined(words, (names.get(one, one) for one in ids))


def fault_of_any(code: str, words: Words) -> str:
    """A fault as a plan speaks of it: of any program or device, where the title names one incident's."""
    if words.has(f"document.risk.{code}"):
        return words.text(f"document.risk.{code}")
    if not words.has(f"fault.{code}.title"):
        return ""
    program = words.text("document.any_program")
    title = words.text(f"fault.{code}.title").replace(f"{program} {{", "{").replace("{target}", program)
    # Without spaces between words there is none between the program and what it does; a Latin name has one.
    return title if words.traits.spaced else title.replace(f"{program} ", program)
