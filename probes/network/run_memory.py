"""What the network probe keeps between runs, as long as the daemon lives."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any

from probes.network import authorities, service
from probes.network.neighbour_linux import Neighbours
from probes.network.proxy_choice import ProxyChoice
from probes.network.system_names import NameLookup
from probes.network.usual_networks import Book


@dataclass
class Memory:
    """interface: the port used last. lit: ports that had a signal while the cable was in use.
    stood_in: another port has carried the room.

    kept: what slow rungs said, with the time. book: what is usual here, which outlives the daemon. names: the resolver.
    proxies: which one each page goes through.
    """

    interface: str = ""
    lit: frozenset[str] = frozenset()
    stood_in: bool = False
    access_point: tuple[str, str] = ("", "")
    roams: int = 0
    neighbours: Neighbours = field(default_factory=Neighbours)
    kept: dict[str, tuple[float, Any]] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    names: NameLookup = field(default_factory=NameLookup)
    proxies: ProxyChoice = field(default_factory=ProxyChoice)
    own_authorities: frozenset[str] = frozenset()
    context_of: str | None = None
    tls: ssl.SSLContext | None = None

    def tls_context(self, ca_file: str) -> ssl.SSLContext:
        """The shared context: a new one for each request costs nine times a request. Raises OSError."""
        if self.tls is None or self.context_of != ca_file:
            self.tls, self.context_of = service.tls_context(ca_file), ca_file
            self.own_authorities = authorities.own(ca_file)
        return self.tls

    def roamed(self, network: str, access_point: str) -> int:
        """Count a change of access point within one network; how many there were."""
        if access_point and self.access_point[0] == network and self.access_point[1] not in ("", access_point):
            self.roams += 1
        if access_point:
            self.access_point = (network, access_point)
        return self.roams
