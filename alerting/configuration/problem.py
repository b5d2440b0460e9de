"""What is wrong with a file, said so that a person can mend it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from alerting.redaction import without_ways

UNSAID = "…"
"""Stands for a value that may open a door."""

_OPENING = frozenset(
    (
        "body",
        "channel",
        "channels",
        "failure",
        "headers",
        "join",
        "key",
        "keys",
        "password",
        "proxy",
        "secret",
        "secrets",
        "shutdown",
        "token",
        "tokens",
        "url",
        "urls",
        "users",
    )
)
"""Words in the names of keys whose values may open a door: secrets, addresses that hold one, and what is filled with
one (the body of a gateway's request, where a heartbeat's failure and shutdown are told)."""


def may_open(path: str) -> bool:
    """Whether a value at this dotted path may open a door: what it says of itself is the name of a key on the way."""
    return not _OPENING.isdisjoint(re.findall(r"[a-z]+", path.lower()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in one file. path is dotted, value is what stands there, remedy what to do.

    It goes to logs, terminals and pages, so that no value stays in it that may open a door.
    """

    file: str
    path: str = ""
    value: str = ""
    message: str = ""
    remedy: str = ""

    def __post_init__(self) -> None:
        if self.value and (may_open(self.path) or "://" in self.value):
            object.__setattr__(self, "value", UNSAID)
        for name in ("path", "message"):
            object.__setattr__(self, name, without_ways(getattr(self, name)))

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.path else self.file
        found = f" = {self.value}" if self.value else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{place}{found}: {self.message}.{remedy}"


class ConfigurationError(Exception):
    """A configuration that cannot be used; ``problems`` holds all of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
