"""Both languages say the same things, with the same fields, and every fault has its words."""

import string
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from alerting.folders import shipped_folder
from alerting.model.catalogue import KINDS
from alerting.words import LANGUAGES, load_words


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def keys_of(table: Mapping[str, Any], at: str = "") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from keys_of(value, f"{at}{name}.")
        else:
            yield f"{at}{name}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_keys_of_english(language: str) -> None:
    keys, english = load_words(language).keys(), load_words("en").keys()
    assert not english - keys, f"config/messages/{language}/ lacks {', '.join(sorted(english - keys))}"
    assert not keys - english, (
        f"config/messages/{language}/ has what English lacks: {', '.join(sorted(keys - english))}"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_has_the_same_fields_in_every_language(language: str) -> None:
    words, english = load_words(language), load_words("en")
    differing = [key for key in sorted(english.keys()) if fields_of(words.text(key)) != fields_of(english.text(key))]
    assert not differing, f"other fields than in English: {', '.join(differing)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_stands_in_one_file(language: str) -> None:
    """Whoever edits it in the other would change nothing."""
    files: dict[str, list[str]] = {}
    for file in sorted((shipped_folder() / "messages" / language).glob("*.toml")):
        for key in keys_of(tomllib.loads(file.read_text(encoding="utf-8"))):
            files.setdefault(key, []).append(file.name)
    assert {key: places for key, places in files.items() if len(places) > 1} == {}


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(LookupError, match="zh-CN, en"):
        load_words("xx")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_has_title_meaning_and_first_action(language: str) -> None:
    words = load_words(language)
    missing = [
        f"{code}.{part}" for code in KINDS for part in ("title", "what", "act") if not words.has(f"fault.{code}.{part}")
    ]
    assert not missing, f"{language} lacks {', '.join(missing)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_of_the_catalogue_has_a_name_that_people_read(language: str) -> None:
    words = load_words(language)
    missing = sorted(
        {f"check.{kind.check}" for kind in KINDS.values() if kind.check and not words.has(f"check.{kind.check}")}
    )
    assert not missing, f"{language} lacks {', '.join(missing)}"
