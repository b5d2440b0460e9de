"""What is usual in this room's networks, kept over restarts: silence means something only where there was an answer."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import msgspec

FILE = "network-usual.json"
MOST_NETWORKS = 16
"""A room's PC sees a cable, a Wi-Fi and a spare mobile one; the oldest of more are forgotten."""
MOST_THINGS = 64
STALE_SECONDS = 30 * 86400.0
"""What has not answered for a month is not usual any more."""
SPEED_SECONDS = 7 * 86400.0
"""A port that runs slower for a week was meant to: it may be another switch."""
KEEP_SECONDS = 3600.0
"""Times change at each look; only news is written at once, since a room's disk is a card that wears out."""


class Network(msgspec.Struct, kw_only=True):
    """One network by its addresses and gateway. answered: what answered there → when last, Unix seconds.

    The names in it: "internet", "internet6", "service <id>", "stun <host:port>".
    """

    seen: float = 0.0
    answered: dict[str, float] = {}


class Speed(msgspec.Struct, kw_only=True):
    """The best that a port negotiated, and since when it runs slower (0: it does not)."""

    best: float
    slower_since: float = 0.0


class Usual(msgspec.Struct, kw_only=True):
    """wired: the cabled port used last. had_ipv4: ports that had an IPv4 address. networks: by their own name.

    speeds: by port. addresses: host of a service → those that it answered at.
    """

    wired: str = ""
    had_ipv4: set[str] = set()
    networks: dict[str, Network] = {}
    speeds: dict[str, Speed] = {}
    addresses: dict[str, tuple[str, ...]] = {}


class Book:
    """Reads and writes it."""

    def __init__(self) -> None:
        self.usual = Usual()
        self._file: Path | None = None
        self._written: Any = None
        self._written_at = 0.0

    def open(self, state: Path) -> None:
        """Read what an earlier daemon wrote; a file that cannot be read is begun anew."""
        file = state / FILE
        if self._file == file:
            return
        self._file = file
        with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
            self.usual = msgspec.json.decode(file.read_bytes(), type=Usual)
        self._written = self._news()

    def network(self, name: str, now: float) -> Network:
        """What is known of the network of this name, which is in use now."""
        networks = self.usual.networks
        known = networks.setdefault(name, Network())
        known.seen = now
        for old in sorted(networks, key=lambda one: networks[one].seen)[:-MOST_NETWORKS]:
            del networks[old]
        return known

    def answered(self, network: str, thing: str, now: float) -> None:
        known = self.network(network, now)
        known.answered[thing] = now
        for old in sorted(known.answered, key=lambda one: known.answered[one])[:-MOST_THINGS]:
            del known.answered[old]

    def answers(self, network: str, thing: str, now: float) -> bool:
        """True where it answered here within the last month; behind any gateway in a subnet that has none now."""
        known = (
            one for name, one in self.usual.networks.items() if name == network or name.startswith(f"{network} via ")
        )
        return any(now - one.answered.get(thing, -STALE_SECONDS) < STALE_SECONDS for one in known)

    def serves(self, network: str) -> bool:
        """True where a meeting service ever answered in this network."""
        known = self.usual.networks.get(network)
        return known is not None and any(one.startswith("service ") for one in known.answered)

    def serving(self, network: str) -> str:
        """Another network in which a meeting service answered, the latest such; "" for none."""
        others = {
            name: max(at for thing, at in one.answered.items() if thing.startswith("service "))
            for name, one in self.usual.networks.items()
            if name != network and self.serves(name)
        }
        return max(others, key=lambda name: others[name], default="")

    def slower(self, port: str, speed: float, now: float) -> float:
        """The speed that this port had before, where it runs slower now; 0.0 where it does not."""
        known = self.usual.speeds.setdefault(port, Speed(best=speed))
        if speed >= known.best:
            self.usual.speeds[port] = Speed(best=speed)
            return 0.0
        known.slower_since = known.slower_since or now
        if now - known.slower_since >= SPEED_SECONDS:
            self.usual.speeds[port] = Speed(best=speed)
            return 0.0
        return known.best

    def keep(self, now: float) -> None:
        """Write it down: news at once, times once an hour. A disk that is full costs the memory over a restart."""
        news = self._news()
        if self._file is None or (news == self._written and now - self._written_at < KEEP_SECONDS):
            return
        self._written, self._written_at = news, now
        with contextlib.suppress(OSError):
            fresh = self._file.with_suffix(".new")
            fresh.write_bytes(msgspec.json.encode(self.usual))
            fresh.replace(self._file)

    def _news(self) -> Any:
        usual = self.usual
        things = {name: frozenset(one.answered) for name, one in usual.networks.items()}
        speeds = {port: (one.best, one.slower_since > 0) for port, one in usual.speeds.items()}
        return usual.wired, frozenset(usual.had_ipv4), things, speeds, dict(usual.addresses)
