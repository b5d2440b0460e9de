"""The table of languages, and the catalogues of everything that people read.

A new language is a folder config/messages/<language>/ and a line in LANGUAGES. An admin's files under
/etc/roomwatch/messages/<language>/ replace single texts of the shipped ones.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from alerting.folders import SYSTEM_FOLDER, shipped_folder
from alerting.spacing import fill


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageTraits:
    """What code must know of a language beside its texts.

    name: in the language itself, for a switch. spaced: words are parted by spaces. comma: between the items of a
    list. stop: at the end of a clause, ``joint`` between two. annotation: the name of an alert's summary in this
    language, "" for ``summary_<language>``. font: its code for fontconfig where an ordinary system lacks a font that
    has it, and the Debian package that brings one; "" for none needed.
    """

    name: str
    spaced: bool = True
    comma: str = ", "
    joint: str = ". "
    stop: str = "."
    annotation: str = ""
    font: str = ""
    font_package: str = ""


LANGUAGES: Mapping[str, LanguageTraits] = {
    "zh-CN": LanguageTraits(
        name="中文",
        spaced=False,
        comma="、",
        joint="；",
        stop="。",
        annotation="summary_zh",
        font="zh-cn",
        font_package="fonts-noto-cjk",
    ),
    "en": LanguageTraits(name="English", annotation="summary"),
}
FALLBACK = "en"
"""For a language that this version does not have, in an older plan or a browser's wish."""

if TYPE_CHECKING:
    Language = str
else:
    Language = Literal[tuple(LANGUAGES)]  # for msgspec: one of the table


def known_language(language: str, otherwise: str = FALLBACK) -> str:
    """The language itself when there are catalogues for it, else ``otherwise``."""
    return language if language in LANGUAGES else otherwise


CHOICE = re.compile(r"\{(\w+):\?([^|{}]*)\|([^{}]*)\}")


def choose(template: str, values: Mapping[str, object]) -> str:
    """The template with each word chosen that goes with a number: "{count} {count:?check|checks}" is "1 check" and
    "2 checks". The number may be a text. Raises KeyError for one that is not given."""
    return template if ":?" not in template else _chosen(template, _ones(template, values))


def _ones(template: str, values: Mapping[str, object]) -> frozenset[str]:
    names = {found[1] for found in CHOICE.finditer(template)}
    return frozenset(name for name in names if str(values[name]) in ("1", "1.0"))


@functools.lru_cache(maxsize=256)
def _chosen(template: str, ones: frozenset[str]) -> str:
    return CHOICE.sub(lambda found: found[2] if found[1] in ones else found[3], template)


class Words:
    """The texts of one language, by dotted key ("fault.link_down.title"), with str.format fields."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self.traits = LANGUAGES[language]
        self._texts = texts

    def text(self, key: str, /, **values: object) -> str:
        """The text with its fields filled in. Raises KeyError with the key and language when there is none."""
        try:
            template = self._texts[key]
        except KeyError:
            raise KeyError(f"no text {key!r} in {self.language}") from None
        return self._filled(template, values) if values else template

    def detail(self, code: str, evidence: Mapping[str, object]) -> str:
        """What this very fault's evidence adds to its words: which port, which server, what it answered.

        ``fault.<code>.detail``, else ``detail_less`` for evidence that lacks one of its fields; "" where both fail.
        """
        said = {name: self._evidence(name, value) for name, value in evidence.items()}
        for part in ("detail", "detail_less"):
            try:
                return self._filled(self._texts[f"fault.{code}.{part}"], said)
            except (KeyError, ValueError, AttributeError, IndexError):
                continue
        return ""

    def _evidence(self, name: str, value: object) -> object:
        """The value in words where the catalogue has some for it: ``evidence.<name>_is`` or ``evidence.word``."""
        return self._texts.get(f"evidence.{name}_is.{value}") or self._texts.get(f"evidence.word.{value}", value)

    def _filled(self, template: str, values: Mapping[str, object]) -> str:
        return choose(template, values).format_map(values) if self.traits.spaced else fill(template, values)

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
