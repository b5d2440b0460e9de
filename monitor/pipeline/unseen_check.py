"""What is true of a check that a run of its probe did not report. Pure.

It is not known, and a fault of it stays open, unless something else that the run saw shows that it is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probes import PROBES
from probes.judge_reading import Judgement, Status
from probes.reading import Outcome, Reading
from probes.why import Why

ONE_DEVICE = frozenset(check for probe in PROBES.values() for check in probe.single)
"""Checks of the one device that a room has of a kind. Where it is seen, it has its own name; where it is missing, the
name in the configuration, or none. So a device that is seen under another name counts as the one that was missing."""

ONE_WAY = frozenset({"network.link", "network.address", "network.gateway", "network.gateway6", "network.wired"})
"""Checks of the one way that the room's network takes. Where it leads by another port now, what was wrong with the old
one matters no more under this name: while Wi-Fi stands in for a dead wall port, network.wired has the port's name."""

EXPLAINS: Mapping[str, str] = {
    "network.clock": "network.service",
    "network.mtu": "network.service",
    "network.portal": "network.service",
    "network.proxy": "network.service",
    "network.resolver": "network.dns",
}
"""Checks that are made only while they may be the cause of another one's failure, or while the room's PC is set up for
them (a proxy, a second resolver), and that other check. Where it works, there is nothing left of the cause."""


def judge_unseen(
    check: str, fault: str, outcomes: Sequence[Outcome], reason: Why, *, doubtful: bool
) -> Judgement | None:
    """The judgement of a check that is not among a run's ``outcomes``; None where it need not be kept any more.

    fault: the open one, "" for none. doubtful: a fault is open or waits to be confirmed. reason: why it is not known.
    """
    beside = [one for one in outcomes if isinstance(one, Reading) and _speaks_for(check, one)]
    if beside and not doubtful:
        return None
    shown = [why for one in beside if (why := _why_over(check, fault, one)) is not None]
    return Judgement(status=Status.OK, reason=shown[0]) if shown else Judgement(status=Status.UNKNOWN, reason=reason)


def _speaks_for(check: str, other: Reading) -> bool:
    if other.check == check:
        return check in ONE_WAY or check in ONE_DEVICE
    return EXPLAINS.get(check) == other.check and not other.finding


def _why_over(check: str, fault: str, other: Reading) -> Why | None:
    """Why a fault of the check is over, by a reading that speaks for it; None where it may still be there."""
    if other.check != check:
        return Why("explains_nothing", {"name": other.target or other.check})
    if check in ONE_WAY:
        return Why("other_used", {"name": other.target})
    no_more_missing = fault.endswith("_missing") and other.finding != fault
    return Why("other_there", {"name": other.target}) if no_more_missing or not other.finding else None
