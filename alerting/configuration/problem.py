"""What is wrong with a file, said so that a person can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in one file. path is dotted, value is what stands there, remedy what to do."""

    file: str
    path: str = ""
    value: str = ""
    message: str = ""
    remedy: str = ""

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
