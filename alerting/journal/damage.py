"""What was found damaged in a journal, as it is kept in the journal's memory until it was told."""

from __future__ import annotations

import msgspec

FOUND = "journal.damage"
"""The small fact that holds damage which nobody was told of yet; "" or absent where there is none."""


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """mended: rows of which one bit was turned back. lost: rows that make no sense, set aside in ``files``.

    incidents: whose rows were lost. any_incident: rows of others may be missing too, and nobody can say whose.
    """

    mended: int = 0
    lost: int = 0
    incidents: tuple[int, ...] = ()
    any_incident: bool = False
    files: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.mended or self.lost or self.any_incident)

    def and_then(self, later: Damage) -> Damage:
        """Both together."""
        return Damage(
            mended=self.mended + later.mended,
            lost=self.lost + later.lost,
            incidents=tuple(sorted({*self.incidents, *later.incidents})),
            any_incident=self.any_incident or later.any_incident,
            files=tuple(dict.fromkeys((*self.files, *later.files))),
        )


def read_damage(text: str | None) -> Damage:
    """The small fact's value, as damage."""
    try:
        return msgspec.json.decode(text, type=Damage) if text else Damage()
    except (msgspec.MsgspecError, ValueError):
        return Damage(any_incident=True)


def damage_text(damage: Damage) -> str:
    return msgspec.json.encode(damage).decode()
