"""The service's tie to Alertmanager: shows it what stands in the incidents, and looks again at what it accepted."""

from __future__ import annotations

from collections.abc import Callable

from alerting.alertmanager.alerts import alerts_of
from alerting.alertmanager.cluster import Cluster
from alerting.engine.engine import Engine
from alerting.engine.transaction import Transaction
from alerting.service.settings import ServiceSettings


class AlertmanagerTie:
    """settings: as they are now. steady: seconds of a clock that nobody sets. ``engine`` is set once it is made: its
    workflows ask the cluster."""

    engine: Engine

    def __init__(self, settings: Callable[[], ServiceSettings], steady: Callable[[], float]) -> None:
        self._settings = settings
        self.cluster = Cluster(
            lambda: settings().alertmanager,
            acting=lambda: settings().mode == "act",
            steady=steady,
            on_accepted=self._accepted,
        )

    def show(self) -> None:
        """Bring what Alertmanager is sent up to date."""
        settings = self._settings()
        if not settings.alertmanager.urls:
            return
        rooms = {one.id: one for one in (settings.home, *settings.rooms)}
        self.cluster.show(
            alerts_of(
                self.engine.incidents(),
                rooms,
                meetings=[room for room in rooms if self.engine.meeting(room).running],
                labels=settings.alertmanager.labels,
                public_url=settings.public_url,
            )
        )

    async def _accepted(self, numbers: set[int]) -> None:
        """A first acceptance is written down at once."""
        waiting = [
            one.id
            for one in self.engine.incidents()
            if one.id in numbers and one.handover is not None and one.handover.accepted_at is None
        ]
        if waiting:

            def look(transaction: Transaction) -> None:
                for number in waiting:
                    transaction.look_at(number, transaction.now)

            await self.engine.change(look)
