"""Remedies (处置措施), the machine part: does what the plan's engine asks, on this machine, and says what came of it.

Owns how; refuses whether and when: that is the plan's. Nothing here runs as root: what needs its rights is a fixed
oneshot unit, and what belongs to the room user's session is done by the session part.
"""

from __future__ import annotations

import importlib
import logging

from alerting.model.reason import because
from alerting.model.remedy_outcome import RemedyOutcome
from alerting.plan.remedy_format import REMEDIES
from monitor.remedies.remedy import Remedy, cannot

log = logging.getLogger("roomwatch.remedies")


def remedy_of(kind: str, target: str, user: str = "") -> Remedy:
    """The remedy, as the function ``remedy`` of the module of its name makes it. user: the one whose session it is."""
    made: Remedy = importlib.import_module(f"monitor.remedies.{kind}").remedy(target, user)
    return made


async def carry_out(kind: str, target: str, *, dry_run: bool, user: str = "") -> RemedyOutcome:
    """Do it, or only look whether it could be done. Raises nothing but cancellation."""
    if kind not in REMEDIES:
        return cannot(because("remedy_unknown", kind=kind, known=tuple(REMEDIES)))
    if not target and REMEDIES[kind].needs_target:
        return cannot(because("remedy_without_target", kind=kind))
    remedy = remedy_of(kind, target, user)
    try:
        outcome = await (remedy.dry_run() if dry_run else remedy.run())
    except OSError as error:
        outcome = cannot(because("broke", detail=str(error)))
    log.info("%s%s: %s", remedy.describe(), " (dry run)" if dry_run else "", outcome.detail)
    return outcome
