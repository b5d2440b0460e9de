"""A report from the room: what kinds there are, what to try meanwhile, and how many may come. Pure but for its memory.

Kinds follow what people see, not what the plan calls it: the plan's class comes from the table.
"""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from alerting.model.fault import FaultClass
from alerting.words import load_words

ReportKind = Literal["picture", "sound", "software", "network", "other", "everything"]

KINDS: Mapping[str, FaultClass] = {
    "picture": FaultClass.DEVICE,
    "sound": FaultClass.DEVICE,
    "software": FaultClass.SOFTWARE,
    "network": FaultClass.NETWORK,
    "other": FaultClass.OTHER,
    "everything": FaultClass.OTHER,
}
LONGEST_TEXT = 500
LONGEST_NAME = 80

FROM_ONE, FROM_ALL = 3, 30
WINDOW = 600.0
"""Reports that one address may send, and that one room takes, within ten minutes. A phone that sends more than three is
played with; forty phones of one meeting are the same fault, and the open incident takes them all."""


def inside(address: str, networks: Sequence[str]) -> bool:
    """Whether an address lies in one of the networks. An IPv4 address that IPv6 carries counts as itself."""
    try:
        given = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    given = getattr(given, "ipv4_mapped", None) or given
    return any(given in ipaddress.ip_network(one, strict=False) for one in networks if _same_kind(given, one))


def _same_kind(address: ipaddress.IPv4Address | ipaddress.IPv6Address, network: str) -> bool:
    return ipaddress.ip_network(network, strict=False).version == address.version


@dataclass(slots=True)
class ReportLimit:
    """Counts reports by address and by room. now: seconds of a clock that never runs back. from_all: those of one room
    within ten minutes. from_one: those of one address."""

    now: Callable[[], float]
    from_all: int = FROM_ALL
    from_one: int = FROM_ONE
    _by_address: dict[str, deque[float]] = field(default_factory=dict)
    _by_room: dict[str, deque[float]] = field(default_factory=dict)

    def allows(self, address: str, room: str) -> bool:
        """Counts one report; False where it is one too many."""
        before = self.now() - WINDOW
        for key in [key for key, times in self._by_address.items() if not times or times[-1] < before]:
            del self._by_address[key]
        mine = self._by_address.setdefault(address, deque())
        all_here = self._by_room.setdefault(room, deque())  # of rooms that there are: no stranger names one
        for times in (mine, all_here):
            while times and times[0] < before:
                times.popleft()
        if len(mine) >= self.from_one or len(all_here) >= self.from_all:
            return False
        mine.append(self.now())
        all_here.append(self.now())
        return True


def kind_words(kind: str, language: str) -> str:
    """What is kept of a report without a sentence. language: the room's."""
    return load_words(language).text(f"pages.report.kind.{kind}")
