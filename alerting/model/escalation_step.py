"""One step of an escalation chain, as an incident carries it."""

from __future__ import annotations

import msgspec


class EscalationStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an escalation chain.

    after: seconds since the chain began (the waiting since the step before it counts from that step's first
    accepted delivery). audience: group ids and contact ids. deputies: tell the deputies of those told so far.
    repeat_every (seconds, 0 for never), repeat_times: the same people again while nobody takes it.
    action: "tell", or "backup" to tell the audience to start the backup plan.
    """

    name: str
    after: float = 0.0
    audience: tuple[str, ...] = ()
    deputies: bool = False
    repeat_every: float = 0.0
    repeat_times: int = 0
    action: str = "tell"

    @property
    def whom(self) -> tuple[tuple[str, ...], bool, str]:
        """Whom it tells to do what: two steps that agree in it are one to people, whatever their times."""
        return (self.audience, self.deputies, self.action)
