"""What a person asks for and what became of it, the same for every entrance. Types only; each edge makes the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alerting.model.actor import Actor
from alerting.model.button_press import Press
from alerting.model.reason import Reason

LONGEST_REQUEST = 256 * 1024
"""Bytes of a whole request: a chapter of 20,000 signs fits, even where each is spelled with twelve bytes, as JSON and
web forms spell rare ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRequest:
    """actor: who typed or pressed it. in_name_of: whom they named, as it was typed, "" for nobody. arguments: the
    verb's own, as they came in. press: the button of a page by which it came, None for every other way."""

    verb: str
    actor: Actor
    in_name_of: str = ""
    incident: int | None = None
    press: Press | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAnswer:
    """refused: why it was not carried out, None where it was. number: the incident's, 0 for none. by: the name of
    the person in whose name it counts. document: what this verb says beside that, JSON-ready."""

    verb: str
    refused: Reason | None = None
    number: int = 0
    by: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
