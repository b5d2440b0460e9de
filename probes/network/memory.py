"""What the network probe keeps between runs, as long as the daemon lives. Refuses to decide anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from probes.network import service
from probes.network.neighbour_linux import Neighbours
from probes.reading import Outcome


@dataclass
class Memory:
    """interface: the port used last. wired: the cabled port used last. had_ipv4: ports that had an IPv4 address.

    kept: outcomes of slow rungs with the time they were made. probed: addresses asked for a second owner.
    """

    interface: str = ""
    wired: str = ""
    had_ipv4: set[str] = field(default_factory=set)
    access_point: tuple[str, str] = ("", "")
    roams: int = 0
    neighbours: Neighbours = field(default_factory=Neighbours)
    kept: dict[str, tuple[float, list[Outcome]]] = field(default_factory=dict)
    probed: tuple[str, ...] = ()
    clients: dict[str, Any] = field(default_factory=dict)
    context_of: str | None = None
    tls: Any = None

    def tls_context(self, ca_file: str) -> Any:
        """The shared context: a new one for each request costs nine times a request. Raises OSError."""
        if self.context_of != ca_file:
            self.tls, self.context_of = service.tls_context(ca_file), ca_file
            self.clients.clear()
        return self.tls

    def client(self, ca_file: str, proxy_url: str) -> Any:
        """The shared client for one proxy ("": none). Raises OSError for a bad file of authorities, ValueError or
        ImportError for a proxy that cannot be used."""
        context = self.tls_context(ca_file)
        if proxy_url not in self.clients:
            self.clients[proxy_url] = service.make_client(context, proxy_url)
        return self.clients[proxy_url]

    def roamed(self, network: str, access_point: str) -> int:
        """Count a change of access point within one network; how many there were."""
        if access_point and self.access_point[0] == network and self.access_point[1] not in ("", access_point):
            self.roams += 1
        if access_point:
            self.access_point = (network, access_point)
        return self.roams
