"""What the auditor found wrong, as data. Its words are in the message catalogues under ``audit.<code>``."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from alerting.model.reason import Reason


class Code(StrEnum):
    """What kind of promise was broken."""

    MISSED = "missed"
    """A step that the chain owed was not taken."""
    LATE = "late"
    EARLY = "early"
    """A step or the end of the chain came before its time."""
    NOT_TOLD = "not_told"
    """Somebody who had to be told has no message."""
    NOBODY = "nobody"
    """An incident that nobody was told of."""
    WRONG_CONTACT = "wrong_contact"
    """Somebody was told whom the plan does not name here, or a step was taken for the wrong people."""
    TOLD_TWICE = "told_twice"
    UNASKED = "unasked"
    """A message that nothing called for."""
    UNFINISHED = "unfinished"
    """A message that was decided and is neither sent nor given up."""
    LOST = "lost"
    """Rows that others speak of are not there."""
    OUT_OF_ORDER = "out_of_order"
    CONTRADICTION = "contradiction"
    """Two places of the journal do not say the same."""
    UNNAMED = "unnamed"
    """A fault of an incident was named to nobody, or is believed to be broken though it works again."""
    DAMAGED = "damaged"
    """Rows were lost with damage of the journal: nobody can say what of it was kept. No promise of anybody's."""


class AuditFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One broken promise. at: Unix seconds at which it was due. what: a step's name or a message's kind.

    place: what makes it the same finding in the next audit. contact: whom it concerns, "" for the incident itself.
    detail: what exactly is wrong.
    """

    code: Code
    incident: int
    at: float
    what: str
    contact: str = ""
    place: str = ""
    detail: Reason = Reason()

    @property
    def key(self) -> str:
        """The same in every audit of the same journal."""
        return f"{self.incident}/{self.code}/{self.what}/{self.place}/{self.contact}"
