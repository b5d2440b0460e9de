"""Restart services of the room user's own service manager: a program's unit, or the sound server's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

from monitor.linux.run_command import execute
from monitor.user_session.problems import RemedyRequest, SessionProblem, answer

START_SECONDS = 12.0
"""Together with the end below the session part's own limit of 25 s."""

STEADY_SECONDS = 1.0
"""A program that lives for so long after its start did not fail at once."""

SOUND_UNITS = ("pipewire.service", "pipewire-pulse.service", "wireplumber.service", "pulseaudio.service")
SOUND_SERVERS = ("pipewire.service", "pulseaudio.service")


async def restart_sound(request: RemedyRequest) -> dict[str, float]:
    """Restart the session's sound server, whichever of the known units is loaded."""
    if os.getuid() == 0:
        return answer(SessionProblem.ROOT)
    code, _ = await execute("systemctl", "--user", "show-environment")
    if code:
        return answer(SessionProblem.NO_USER_MANAGER)
    units = [unit for unit in SOUND_UNITS if (await unit_facts(unit)).get("LoadState") == "loaded"]
    # What its socket starts again by itself counts too; what was never started stays as it was.
    units = [
        unit for unit in units if (await unit_facts(unit)).get("ActiveState") in ("active", "failed", "activating")
    ]
    return await restart_units(units, request.dry) if units else answer(SessionProblem.NO_SOUND_SERVER)


async def restart_units(units: Sequence[str], dry: bool) -> dict[str, float]:
    """Restart, and see that each became active after that."""
    before = {unit: await unit_facts(unit) for unit in units}
    if any(facts.get("LoadState") != "loaded" for facts in before.values()):
        return answer(SessionProblem.NO_UNIT)
    if dry:
        return answer(SessionProblem.NONE, units=len(units))
    # What failed too often is not started again until somebody says so: that is what this is for.
    await execute("systemctl", "--user", "reset-failed", "--", *units)
    code, _ = await execute("systemctl", "--user", "restart", "--", *units, seconds=START_SECONDS)
    await asyncio.sleep(STEADY_SECONDS)
    for unit, old in before.items():
        if len(units) > 1 and unit not in SOUND_SERVERS and old.get("ActiveState") != "active":
            continue  # a helper that did not run before need not run afterwards
        now = await unit_facts(unit)
        began = now.get("ActiveEnterTimestampMonotonic")
        if code or now.get("ActiveState") != "active" or began == old.get("ActiveEnterTimestampMonotonic"):
            return answer(SessionProblem.DID_NOT_START)
    return answer(SessionProblem.NONE, units=len(units))


async def unit_facts(unit: str) -> dict[str, str]:
    wanted = "--property=LoadState,ActiveState,Result,ActiveEnterTimestampMonotonic,MainPID"
    _, text = await execute("systemctl", "--user", "show", wanted, "--", unit)
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
