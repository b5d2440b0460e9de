"""What is looked at for an incident as it opens: the whole room, and the network's way where that is the trouble."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from alerting.model.catalogue import NETWORK_CODES
from monitor.diagnosis.evidence_queue import Attach, EvidenceQueue
from monitor.diagnosis.network import diagnose, document
from monitor.diagnosis.room import state_of
from monitor.pipeline.probing import Probing
from monitor.pipeline.snapshot import Snapshot
from monitor.settings import Configuration

ROOM_SETTLE_SECONDS = 2.0
"""The alarm goes first; and what the fault brings with it is seen by then."""


class IncidentEvidence:
    """attach: hands evidence over to the journal. network, room: one queue each, whose loops the daemon runs."""

    def __init__(
        self, attach: Attach, configuration: Callable[[], Configuration], probing: Probing, snapshot: Snapshot
    ) -> None:
        self._configuration, self._probing, self._snapshot = configuration, probing, snapshot
        self.network = EvidenceQueue("network", self._diagnose_network, attach)
        self.room = EvidenceQueue("room", self._describe_room, attach, settle=ROOM_SETTLE_SECONDS)

    def gather(self, incident: int, code: str) -> None:
        """Begin to look; code: of the incident's fault."""
        self.room.begin(incident)
        if code in NETWORK_CODES:
            self.network.begin(incident)

    async def _diagnose_network(self) -> Mapping[str, object]:
        """A fresh context for each look, so that the meeting is the present one."""
        begun = time.time()
        rungs, found = await diagnose(self._configuration().probes["network"], self._probing.context("once"))
        return {"begun_at": round(begun, 3), "seconds": round(time.time() - begun, 3), **document(rungs, found)}

    async def _describe_room(self) -> Mapping[str, object]:
        return dict(state_of(self._snapshot, time.time()))
