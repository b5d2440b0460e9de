"""Where a call's packets get lost: before the gateway, by the gateway's own answers, or beyond it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from probes.linux import rtnetlink
from probes.network import gateway, media_relays
from probes.network.link import Port
from probes.reading import Outcome, Reading


@dataclass(frozen=True, slots=True)
class Place:
    """The first hop of one walk. here: this PC's own address."""

    port: Port
    route: rtnetlink.Route
    own: frozenset[bytes]
    here: str

    async def told(self, one: Outcome, limit: float) -> Outcome:
        """The outcome, with "lost_from" and "lost_to" in its evidence where it shows a loss above ``limit``."""
        lost = one.values.get("media_loss_ratio", 0.0) if isinstance(one, Reading) else 0.0
        if not isinstance(one, Reading) or lost <= limit or self.route.gateway is None:
            return one
        try:
            near = media_relays.least_loss(*await gateway.loss(self.port, self.route, self.own))
        except OSError:
            return one  # no privilege: the place stays unknown
        gate, far = str(self.route.gateway), str(one.evidence.get("address", one.target))
        between = (self.here, gate) if near >= lost / 2 else (gate, far)
        return replace(one, evidence={**one.evidence, "lost_from": between[0], "lost_to": between[1]})
