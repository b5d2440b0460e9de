"""Each fault of camera, microphone, loudspeaker and the way between them: what a person sees or hears, what to try."""

from __future__ import annotations

import re

import pytest

from alerting.model.catalogue import KINDS
from alerting.words import LANGUAGES, load_words

DEVICES = ("camera", "microphone", "speaker", "acoustic")
CODES = sorted(code for code, kind in KINDS.items() if kind.check.partition(".")[0] in DEVICES)

PERCEIVED = {
    "en": re.compile(
        r"\b(sees?|seen|hears?|heard|picture|pictures|voices?|sound|looks|read|recognised|view)\b", re.IGNORECASE
    ),
    "zh-CN": re.compile("看|听|画面|人声|声音|拍到|辨认|可见"),
}
"""What people say that they perceive, and no part of a circuit."""

MOST_LETTERS = {"en": 160, "zh-CN": 70}
"""Of one line on a phone's screen in two rows."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_it_says_in_one_line_what_is_perceived_and_in_another_what_to_try_first(code: str, language: str) -> None:
    words = load_words(language)
    what, act = (words.text(f"fault.{code}.{part}") for part in ("what", "act"))
    for line in (what, act):
        assert "\n" not in line and len(line) <= MOST_LETTERS[language], (len(line), line)
        assert line.endswith("." if language == "en" else "。"), line
    assert PERCEIVED[language].search(what), what
    assert what != act


def test_the_catalogue_is_walked() -> None:
    assert len(CODES) > 45
