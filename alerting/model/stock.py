"""What is in the store: the plan's quantity less what was taken out, kept in the journal's memory. Else pure."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

Recall = Callable[[str], str | None]


class TakenPiece(msgspec.Struct, frozen=True, kw_only=True):
    """One piece that is out. incident: 0 where it was taken for none."""

    by: str
    at: float
    incident: int = 0


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """One material. declared: the plan's quantity when this was written: a later edit of the plan is counted in.

    here: pieces in the store. changed_at: Unix seconds, 0 where nobody ever took anything. checked: ISO day of the
    last check that was recorded by command.
    """

    declared: int
    here: int
    out: tuple[TakenPiece, ...] = ()
    changed_at: float = 0.0
    checked: str = ""


def name_of(material: str) -> str:
    """The name in the journal's memory."""
    return f"stock.{material}"


def stock_of(recall: Recall, material: str, declared: int) -> Stock:
    """The stock as it is now; pieces that the plan counts more or less than before are added or taken off."""
    text = recall(name_of(material))
    if text is None:
        return Stock(declared=declared, here=declared)
    known = msgspec.json.decode(text, type=Stock)
    here = max(0, known.here + declared - known.declared)
    return msgspec.structs.replace(known, declared=declared, here=here)


def on_hand(recall: Recall, material: str, declared: int) -> int:
    """Pieces in the store."""
    return stock_of(recall, material, declared).here
