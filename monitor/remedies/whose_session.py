"""In whose session a remedy belongs, by the room's configuration; and the seam that the daemon hands to the plan."""

from __future__ import annotations

from collections.abc import Callable

from alerting.model.remedy_outcome import CarryOut, RemedyOutcome
from monitor.remedies import carry_out
from monitor.settings import Configuration
from probes.software import watched


def user_of(configuration: Configuration, kind: str, target: str) -> str:
    """The profile's user; for the sound server and links that of the only profile user; "" where nobody is named."""
    profiles = watched(configuration.probes["software"])
    if kind == "restart_application":
        return profiles[target].user if target in profiles else ""
    users = {one.user for one in profiles.values() if one.user}
    return users.pop() if len(users) == 1 else ""


def carrier(configuration: Callable[[], Configuration]) -> CarryOut:
    """What the plan's engine calls. configuration: the one in force now."""

    async def carry(kind: str, target: str, dry: bool) -> RemedyOutcome:
        return await carry_out(kind, target, dry_run=dry, user=user_of(configuration(), kind, target))

    return carry
