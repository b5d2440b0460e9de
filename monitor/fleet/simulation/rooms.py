"""The simulated rooms themselves: who they are and what they are fitted with."""

from __future__ import annotations

from dataclasses import dataclass

SITES = ("hq", "lab", "shanghai", "berlin", "austin")
CLASSES = ("huddle", "huddle", "standard", "standard", "board")
MODELS = ("Mini PC 5", "Mini PC 7", "All-in-one 24")

ROOMS_A_FLOOR = 20
"""As many as an access switch of 48 ports serves with desks beside."""
FLOORS_A_SITE = 8


@dataclass(frozen=True, slots=True)
class SimulatedRoom:
    """One room. (site, id) is its identity: each site has a room 1-01."""

    site: str
    id: str
    floor: str
    room_class: str
    model: str

    @property
    def name(self) -> str:
        return f"{self.floor}F {self.id}"

    @property
    def key(self) -> str:
        return f"{self.id}@{self.site}"

    @property
    def switch(self) -> str:
        """One for each floor."""
        return f"sw-{self.site}-{self.floor}"

    @property
    def switch_port(self) -> str:
        return f"Gi1/0/{int(self.id.rpartition('-')[2])}"

    def labels(self) -> dict[str, str]:
        """What Prometheus adds to its series, as from an inventory."""
        return {
            "room": self.id,
            "site": self.site,
            "floor": self.floor,
            "class": self.room_class,
            "model": self.model,
        }


def simulated_rooms(count: int, rooms_a_floor: int = ROOMS_A_FLOOR) -> tuple[SimulatedRoom, ...]:
    """So many rooms, floor by floor, spread over at least two sites, so that room ids occur twice."""
    sites = max(2, -(-count // (rooms_a_floor * FLOORS_A_SITE)))
    made = []
    for number in range(count):
        site, place = number % sites, number // sites
        floor, room = place // rooms_a_floor + 1, place % rooms_a_floor + 1
        name = SITES[site] if site < len(SITES) else f"site-{site + 1}"
        kind, model = CLASSES[room % len(CLASSES)], MODELS[number % len(MODELS)]
        made.append(SimulatedRoom(name, f"{floor}-{room:02}", str(floor), kind, model))
    return tuple(made)
