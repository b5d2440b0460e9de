"""Document → one self-contained HTML page.

The only place that uses jinja2 for documents. The page loads nothing from elsewhere.
"""

from __future__ import annotations

from pathlib import Path

import jinja2

from alerting.papers.rendering.content import Document

MOST_IN_FOOT = 110
"""Letters: two lines of the foot in 9 pt, beside the number of the page."""
_FOLDER = Path(__file__).parent / "templates"


def render_html(document: Document) -> str:
    """The page, style included; all texts escaped."""
    blocks = [(type(block).__name__, block) for block in document.blocks]
    return template("document.html").render(
        document=document,
        blocks=blocks,
        style=template("document.css").render(),
        footer=in_style(_short(document.footer)),
    )


def _short(text: str) -> str:
    """The text as it fits into the foot of a page, on two lines at most: its end says number and version."""
    half = MOST_IN_FOOT // 2
    return text if len(text) <= MOST_IN_FOOT else f"{text[:half]}…{text[-half:]}"


def template(name: str) -> jinja2.Template:
    """One of the folder's, with every text escaped and nothing left out in silence."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(name)


def in_style(text: str) -> str:
    """The text for a string in a style sheet: nothing in it can end the string or the sheet."""
    return "".join(one if one.isalnum() or one == " " else f"\\{ord(one):x} " for one in text)
