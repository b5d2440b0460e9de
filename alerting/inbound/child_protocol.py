"""What the daemon and an inbound child say to each other: one line of JSON each. Types only.

A child hands over these and nothing else, in lines of at most LONGEST_LINE bytes.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

LONGEST_LINE = 4096

Short = Annotated[str, msgspec.Meta(max_length=320)]
"""A mail address has at most 254 characters, a topic and an item less than 300."""

Line = Annotated[str, msgspec.Meta(max_length=400)]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What a child is told first. way: which listener. topics: to listen on. aside: items that broke a child before
    and are not read. own_servers: who writes Authentication-Results here."""

    way: Literal["mail", "mqtt", "ntfy"]
    host: str = ""
    port: int = 0
    url: str = ""
    user: str = ""
    secret: str = ""
    security: Literal["tls", "starttls", "none"] = "tls"
    folder: str = "INBOX"
    poll_seconds: float = 15.0
    topics: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    own_servers: tuple[str, ...] = ()


class Opening(msgspec.Struct, frozen=True, tag="opening"):
    """It begins to read this item: what happens to it now is this item's doing."""

    item: Short


class ReadItem(msgspec.Struct, frozen=True, kw_only=True, tag="heard"):
    """What one item says. sender: a mail address in lower case, or a topic. verb: "" where it says none. number: the
    incident beside the verb. codes: (incident, token). about: the incident that it mentions. sent_at: Unix seconds, 0.0
    where unknown. mark: why it must not be believed. The daemon answers with Done."""

    item: Short = ""
    sender: Short = ""
    verb: Literal["take", "confirm", ""] = ""
    number: int = 0
    codes: Annotated[
        tuple[tuple[int, Annotated[str, msgspec.Meta(max_length=14)]], ...], msgspec.Meta(max_length=4)
    ] = ()
    about: int = 0
    sent_at: float = 0.0
    mark: Literal["", "machine", "sender", "unauthentic", "unreadable"] = ""


class State(msgspec.Struct, frozen=True, kw_only=True, tag="state"):
    """Said at least once in ALIVE_SECONDS. problem: "" or one line with the server's own words. refused: topics that it
    does not let us read. dropped: items that came faster than they are taken, since the start."""

    listening: bool = False
    problem: Line = ""
    refused: tuple[Short, ...] = ()
    dropped: int = 0


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The daemon has carried out, answered or refused what the item said; it is not to be read again."""

    item: Short


FromChild = Opening | ReadItem | State

ALIVE_SECONDS = 30.0
