"""Rooms that were taken out, or have another id now: what was open in them ends, for nobody would ever see its end."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace

from alerting.engine.engine import Engine
from alerting.model.catalogue import KINDS
from alerting.model.fault import UNWATCHED

log = logging.getLogger(__name__)


async def end_unwatched(engine: Engine, home: str, watched: Collection[str]) -> None:
    """home, watched: ids of the rooms that there are now. What is still broken is found and told anew under the room's
    present id; the service's own faults, which no probe finds, move at once."""
    left = [fault for fault in engine.open_faults() if fault.room != home and fault.room not in watched]
    for fault in left:
        await engine.fault_cleared(replace(fault, evidence={**fault.evidence, UNWATCHED: True}))
        if fault.code in KINDS and not KINDS[fault.code].check:
            await engine.fault_opened(replace(fault, room=home))
    for room in dict.fromkeys(fault.room for fault in left):
        codes = ", ".join(f"{one.code} {one.target}".strip() for one in left if one.room == room)
        log.warning(
            "%s is watched no more, or has another id now: its open faults end here (%s), and what is still broken is "
            "told anew under the present id",
            room,
            codes,
        )
