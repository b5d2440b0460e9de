"""A contact's answer from afar, once it is known whose it is; and what is wrong with one that is not carried out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Way = Literal["mail", "mqtt", "ntfy"]

CLOCKS_DIFFER = 300.0
"""Seconds by which the writer's clock may be behind ours."""


class Wrong(StrEnum):
    """Why an answer is not carried out. Each has words under ``message.reply.<value>``."""

    UNCLEAR = "unclear"
    NO_CODE = "no_code"
    WRONG_CODE = "wrong_code"
    EXPIRED = "expired"
    TOO_OLD = "too_old"
    UNAUTHENTIC = "unauthentic"
    USED = "used"
    TAKEN_MEANWHILE = "taken_meanwhile"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one contact wrote. token: proves it, and is remembered once it has served. verb: "" where ``wrong`` says
    why nothing is carried out. incident: 0 where it names none. source, item: where it stood, "" where nothing tells
    it from others. sent_at: Unix seconds, 0.0 where unknown."""

    contact: str
    way: Way
    verb: Literal["take", "confirm", ""] = ""
    incident: int = 0
    token: str = ""
    wrong: Wrong | None = None
    source: str = ""
    item: str = ""
    sent_at: float = 0.0
