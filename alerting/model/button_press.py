"""A press of a button on a page: what makes it count once, in one browser, and for what its page showed."""

from __future__ import annotations

import msgspec


class Press(msgspec.Struct, frozen=True, kw_only=True):
    """mark: of this button alone; a second press has the same. link, browser: the link that led to the page ("" for
    somebody who signed in) and the browser that holds it, as hashes. seen: the fact that this button changes, as its
    page showed it; None where the page showed none."""

    mark: str
    link: str = ""
    browser: str = ""
    seen: str | None = None
