"""A simulated fleet at chosen moments of its scenario."""

from prometheus_client.parser import text_string_to_metric_families

from monitor.fleet.simulation.clock import SimulatedClock
from monitor.fleet.simulation.events import timelines
from monitor.fleet.simulation.fleet import SimulatedFleet
from monitor.fleet.simulation.rooms import simulated_rooms
from monitor.fleet.simulation.scenario import Scenario

START = 1_796_004_000.0
"""A Monday, 10:00 UTC."""

Page = dict[str, float]
"""Series as Prometheus writes them, with their values."""


class Stage:
    """now: seconds since the start of the scenario."""

    def __init__(self, scenario: Scenario, rooms: int = 40, *, reduced: bool = False, speed: float = 1.0) -> None:
        self.now = 0.0
        clock = SimulatedClock(START, START, speed, lambda: START + self.now / speed)
        self.fleet = SimulatedFleet(timelines(scenario, simulated_rooms(rooms), START), clock, reduced=reduced)

    def page(self, site: str = "hq", room: str = "1-01") -> Page | None:
        body = self.fleet.page(site, room)
        return None if body is None else read(body)

    def pages(self) -> dict[tuple[str, str], Page | None]:
        rooms = [one.room for one in self.fleet.timelines]
        return {(room.site, room.id): self.page(room.site, room.id) for room in rooms}


def read(body: bytes) -> Page:
    """By Prometheus' own parser."""
    return {
        f"{one.name}{{{','.join(f'{name}={value}' for name, value in sorted(one.labels.items()))}}}": one.value
        for family in text_string_to_metric_families(body.decode())
        for one in family.samples
    }
