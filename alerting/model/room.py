"""A room as the service, its messages and its metrics know it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from alerting.words import Language


class Room(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """id names the room in metrics and the journal; name is what people read.

    A room whose id changes is another room: what was open under the old one ends as no longer watched, and what is
    still broken is told anew under the new one.
    """

    id: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
            description="an id of letters, digits, dot, dash and underscore",
            examples=["3f-lakeside"],
        ),
    ] = "room"
    name: str = ""
    floor: str = ""
    site: str = ""
    language: Language = "en"
