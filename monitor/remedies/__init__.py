"""Remedies (处置措施), the machine part: does what the plan's engine asks, on this machine, and says what came of it.

Owns how; refuses whether and when: that is the plan's. Nothing here runs as root: what needs its rights is a fixed
oneshot unit, and what belongs to the room user's session is done by the session part.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from alerting.model.reason import because
from alerting.model.remedy_outcome import RemedyOutcome
from monitor.remedies.remedy import Remedy, cannot
from monitor.remedies.renew_dhcp import RenewDhcp
from monitor.remedies.reset_usb import ResetUsb
from monitor.remedies.restart_application import RestartApplication
from monitor.remedies.restart_sound_server import RestartSoundServer
from monitor.remedies.restart_unit import RestartUnit
from monitor.remedies.start_backup import StartBackup

log = logging.getLogger("roomwatch.remedies")

REMEDIES: Mapping[str, Callable[[str, str], Remedy]] = {
    "restart_unit": lambda target, user: RestartUnit(target=target),
    "restart_application": lambda target, user: RestartApplication(target=target, user=user),
    "restart_sound_server": lambda target, user: RestartSoundServer(user=user),
    "reset_usb": lambda target, user: ResetUsb(target=target),
    "renew_dhcp": lambda target, user: RenewDhcp(target=target),
    "start_backup": lambda target, user: StartBackup(target=target, user=user),
}
"""Kind → (target, user of the session) → remedy."""

WITHOUT_TARGET = frozenset({"restart_sound_server"})


async def carry_out(kind: str, target: str, *, dry_run: bool, user: str = "") -> RemedyOutcome:
    """Do it, or only look whether it could be done. Raises nothing but cancellation."""
    make = REMEDIES.get(kind)
    if make is None:
        return cannot(because("remedy_unknown", kind=kind, known=tuple(REMEDIES)))
    if not target and kind not in WITHOUT_TARGET:
        return cannot(because("remedy_without_target", kind=kind))
    remedy = make(target, user)
    try:
        outcome = await (remedy.dry_run() if dry_run else remedy.run())
    except OSError as error:
        outcome = cannot(because("broke", detail=str(error)))
    log.info("%s%s: %s", remedy.describe(), " (dry run)" if dry_run else "", outcome.detail)
    return outcome
