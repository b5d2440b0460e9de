"""How much disk a room takes in Prometheus: a block of two hours of simulated rooms, as Prometheus keeps its past.

The whole page at 15 s, and the reduced set at 60 s; recorded series are not in it. About two minutes. Prints JSON
lines; no root.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from bench.room import line
from monitor.fleet.simulation.clock import SimulatedClock
from monitor.fleet.simulation.events import timelines
from monitor.fleet.simulation.fleet import SimulatedFleet
from monitor.fleet.simulation.history import write_history
from monitor.fleet.simulation.rooms import simulated_rooms
from monitor.fleet.simulation.scenario import read_scenario
from scripts.fleet_demo import CONFIG

BLOCK = 7200
"""Seconds of the blocks that Prometheus writes."""
DAY = 86400


def measure(rooms: int, step: int, reduced: bool, folder: Path) -> None:
    scenario = read_scenario(CONFIG / "scenarios" / "normal-day.toml")
    # Within one block, which begins at a multiple of its length.
    start = scenario.begins() // BLOCK * BLOCK
    fleet = SimulatedFleet(timelines(scenario, simulated_rooms(rooms), start), SimulatedClock(start, start),
                           reduced=reduced)  # fmt: skip
    file = folder / "past.om"
    with file.open("w", encoding="utf-8") as out:
        written = write_history(out, fleet, start, start + BLOCK - step, step)
    blocks = folder / "data"
    made = ("promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(file), str(blocks))
    subprocess.run(made, check=True, capture_output=True)
    file.unlink()
    (meta,) = blocks.glob("*/meta.json")
    samples = json.loads(meta.read_text())["stats"]["numSamples"]
    if samples != written:
        raise SystemExit(f"{written} samples were written, and the block holds {samples}")
    size = sum(one.stat().st_size for one in meta.parent.rglob("*") if one.is_file())
    case = f"{'reduced' if reduced else 'full'}, {step} s"
    line("fleet_disk", case, "sample", size / samples, "B", samples=samples, rooms=rooms, includes="index")
    line("fleet_disk", case, "room_and_day", size / rooms * DAY / BLOCK / 2**20, "MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=40, help="with the whole page; five times as many reduced")
    options = parser.parse_args()
    for rooms, step, reduced in ((options.rooms, 15, False), (options.rooms * 5, 60, True)):
        with tempfile.TemporaryDirectory() as name:
            measure(rooms, step, reduced, Path(name))


if __name__ == "__main__":
    main()
