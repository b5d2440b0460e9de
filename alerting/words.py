"""The catalogues of everything that people read, zh-CN and en. Refuses a language or a key that does not exist.

Shipped words come first; an admin's files under /etc/roomwatch/messages/<language>/ replace single texts.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alerting.folders import SYSTEM_FOLDER, shipped_folder

LANGUAGES = ("zh-CN", "en")


class Words:
    """The texts of one language, by dotted key ("fault.link_down.title"), with str.format fields."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def text(self, key: str, **values: object) -> str:
        """The text with its fields filled in. Raises KeyError with the key and language when there is none."""
        try:
            template = self._texts[key]
        except KeyError:
            raise KeyError(f"no text {key!r} in {self.language}") from None
        return template.format_map(values) if values else template

    def detail(self, code: str, evidence: Mapping[str, object]) -> str:
        """What this very fault's evidence adds to its words (``fault.<code>.detail``): which port, which server.
        "" where it has no such text or the evidence lacks one of its fields."""
        template = self._texts.get(f"fault.{code}.detail", "")
        try:
            return template.format_map(evidence)
        except (KeyError, ValueError, AttributeError, IndexError):
            return ""

    def has(self, key: str) -> bool:
        return key in self._texts

    def keys(self) -> frozenset[str]:
        return frozenset(self._texts)

    def under(self, prefix: str) -> dict[str, str]:
        """All texts below a dotted prefix, keys without it: what a page hands to the browser."""
        start = prefix + "."
        return {key.removeprefix(start): text for key, text in self._texts.items() if key.startswith(start)}


@functools.cache
def load_words(language: str, overrides: Path = SYSTEM_FOLDER / "messages") -> Words:
    """Read a language's catalogues once. Raises LookupError for an unknown language."""
    folder = shipped_folder() / "messages" / language
    if language not in LANGUAGES or not folder.is_dir():
        raise LookupError(f"no language {language!r}; there are {', '.join(LANGUAGES)}")
    texts: dict[str, str] = {}
    for place in (folder, overrides / language):
        for file in sorted(place.glob("*.toml")):
            _flatten(tomllib.loads(file.read_text(encoding="utf-8")), "", texts)
    return Words(language, texts)


def _flatten(table: Mapping[str, Any], at: str, into: dict[str, str]) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _flatten(value, f"{at}{key}.", into)
        else:
            into[f"{at}{key}"] = str(value)
