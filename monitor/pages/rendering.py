"""Templates to pages, in one of the languages. The one door to jinja2 for the web.

It is loaded with the first page: 2 MiB that a room whose pages nobody opens does without.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerting.words import FALLBACK, LANGUAGES, Words, load_words

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent
STATIC_KINDS = {".css": "text/css", ".js": "text/javascript"}


def read_static(folder: Path) -> dict[str, str]:
    """The texts by their names. While a package is upgraded, dpkg's copies lie beside them."""
    return {one.name: one.read_text(encoding="utf-8") for one in sorted(folder.iterdir()) if one.suffix in STATIC_KINDS}


STATIC = read_static(FOLDER / "static")
"""What /static serves: stylesheets and scripts."""


@functools.cache
def environment() -> Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def page(template: str, words: Words, **values: Any) -> str:
    """A whole page. ``t(key, …)`` in a template is the text ``pages.<key>``; every value is escaped."""

    def t(key: str, **fields: object) -> str:
        return words.text(f"pages.{key}", **fields)

    return (
        environment()
        .get_template(template)
        .render(t=t, words=words, language=words.language, languages=LANGUAGES, **values)
    )


def choose_language(asked: str, accepted: str, otherwise: str = FALLBACK) -> Words:
    """asked: the switch on the page. accepted: the browser's Accept-Language. The first known one is taken."""
    wanted = [asked, *(part.partition(";")[0].strip() for part in accepted.split(",")[:10])]
    for one in wanted:
        exact = next((known for known in LANGUAGES if known.lower() == one.lower()), "")
        start = one.partition("-")[0].lower()
        same = next((known for known in LANGUAGES if start and known.partition("-")[0] == start), "")
        if exact or same:
            return load_words(exact or same)
    return load_words(otherwise)
