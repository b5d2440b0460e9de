"""Makes lines of text out of a mail's HTML: tags fall out, quotations are marked with ">". Pure and linear.

No parser of HTML: the library's take time that grows with the square of a malformed page.
"""

from __future__ import annotations

import html

_BLOCKS = frozenset(
    ("p", "div", "td", "tr", "table", "li", "ul", "ol", "h1", "h2", "h3", "h4", "hr", "blockquote", "pre", "body")
)
_SILENT = frozenset(("head", "style", "script", "title"))
"""Elements whose text nobody sees."""


def html_text(source: str) -> str:
    """What a reader of the page sees: a line for each line break, a paragraph for each block."""
    lines = [""]
    silent = ""
    quoted = 0
    first, *tagged = _without_comments(source).split("<")
    lines[-1] += _plain(first)
    for chunk in tagged:
        tag, _, text = chunk.partition(">")
        name = (tag[:40].split(maxsplit=1) or [""])[0].lower()
        closing, name = name.startswith("/"), name.strip("/")
        if name in _SILENT:
            silent = "" if closing else name
        if name == "blockquote":
            quoted = max(0, quoted - 1) if closing else quoted + 1
        mark = "> " if quoted else ""
        if name == "br":
            lines.append(mark)
        elif name in _BLOCKS:
            lines += ["", mark]
        if not silent:
            lines[-1] += _plain(text)
    return "\n".join(lines)


def _without_comments(source: str) -> str:
    first, *rest = source.split("<!--")
    return first + "".join(one.partition("-->")[2] for one in rest)


def _plain(text: str) -> str:
    try:
        text = html.unescape(text)
    except ValueError:  # a character's number of thousands of digits
        return ""
    return text.replace("\r", " ").replace("\n", " ").replace("\t", " ")
