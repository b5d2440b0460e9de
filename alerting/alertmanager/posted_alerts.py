"""What each member of the cluster was sent, and what it has to be sent now. Pure: the caller gives the time.

Times are seconds of a clock that nobody sets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from alerting.alertmanager.alerts import ENDED_SECONDS, RESEND_SECONDS, Alert, Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """An alert, since when it is shown, and its end, None while it stands."""

    alert: Alert
    shown_at: float
    ended_at: float | None = None

    @property
    def key(self) -> Labels:
        return self.alert.labels


class AlertBoard:
    """Alerts that stand, and those that ended lately; by member, when it last accepted each."""

    def __init__(self) -> None:
        self._shown: dict[Labels, Posted] = {}
        self._accepted: dict[str, dict[Labels, tuple[float, Posted]]] = {}
        """Member → alert → (when, as what)."""

    def show(self, standing: Mapping[Labels, Alert], now: float) -> None:
        """Take the alerts that stand now. One that stood before and is not among them has ended."""
        for key, posted in list(self._shown.items()):
            if key not in standing and posted.ended_at is None:
                self._shown[key] = replace(posted, ended_at=now)
        for key, alert in standing.items():
            before = self._shown.get(key)
            stood = before is not None and before.ended_at is None
            self._shown[key] = Posted(alert=alert, shown_at=before.shown_at if before is not None and stood else now)
        for key in [key for key, one in self._shown.items() if (one.ended_at or math.inf) < now - ENDED_SECONDS]:
            del self._shown[key]

    def keep(self, members: Iterable[str]) -> None:
        """Forget members that are no longer asked."""
        self._accepted = {member: known for member, known in self._accepted.items() if member in set(members)}

    def due(self, member: str, now: float) -> list[Posted]:
        """What the member has to be sent: what is new or changed, and what it last took RESEND_SECONDS ago."""
        return [one for one in self._shown.values() if self._due_at(member, one) <= now]

    def next_at(self, member: str) -> float:
        """When something is due for the member again; infinity while nothing is shown."""
        return min((self._due_at(member, one) for one in self._shown.values()), default=math.inf)

    def accepted(self, member: str, posted: Iterable[Posted], now: float) -> None:
        known = self._accepted.setdefault(member, {})
        known.update({one.key: (now, one) for one in posted})
        for key in known.keys() - self._shown.keys():
            del known[key]

    def all_accepted(self, incident: int) -> bool:
        """Whether each alert of the incident that stands was accepted by some member; False where none stands."""
        standing = self._standing(incident)
        return bool(standing) and all(self._last(one) is not None for one in standing)

    def silent_since(self, incident: int) -> float | None:
        """Since when an alert of the incident is due and no member accepts it; in the future where none is due yet.
        None where none stands."""
        last = ((self._last(one), one.shown_at) for one in self._standing(incident))
        return min((shown if at is None else at + RESEND_SECONDS for at, shown in last), default=None)

    def _standing(self, incident: int) -> list[Posted]:
        return [one for one in self._shown.values() if one.alert.incident == incident and one.ended_at is None]

    def _last(self, posted: Posted) -> float | None:
        """When some member last accepted it as standing."""
        found = (known.get(posted.key) for known in self._accepted.values())
        return max((one[0] for one in found if one is not None and one[1].ended_at is None), default=None)

    def _due_at(self, member: str, posted: Posted) -> float:
        known = self._accepted.get(member, {}).get(posted.key)
        if known is None or known[1].ended_at != posted.ended_at:
            return -math.inf
        if known[1].alert.annotations != posted.alert.annotations:
            return -math.inf
        return known[0] + RESEND_SECONDS
