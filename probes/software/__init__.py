"""Conferencing programs: is each expected one alive, whole, single, steady and answering. Profiles are data.

Does not make those pay for the probe who only want its profiles or its reading of /proc: it is loaded when it looks.
"""

from __future__ import annotations

from probes.reading import Context, Outcome
from probes.software.profiles import Application, Expected
from probes.software.settings import Settings, thresholds, unwatched, watched

__all__ = ["Application", "Expected", "Settings", "probe", "thresholds", "unwatched", "watched"]


async def probe(settings: Settings, context: Context) -> list[Outcome]:
    """Readings for each application; those never seen and not expected here are nothing to measure."""
    from probes.software.look_at_programs import look

    return await look(settings, context)
