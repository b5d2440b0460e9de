"""`roomwatch simulate`: the metrics pages of many rooms that are not there, by a scenario."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alerting.configuration import ConfigurationError
from alerting.folders import shipped_folder
from monitor.commands.serving import serve_until_ended
from monitor.configuration_refusal import EXIT_CONFIGURATION, fail

if TYPE_CHECKING:
    from monitor.fleet.simulation.scenario import Scenario

DURATIONS = '"90s", "10m", "2h" or "1d"'


@click.command()
@click.option("--rooms", "count", default=200, show_default=True, type=click.IntRange(1, 50_000), help="How many.")
@click.option(
    "--scenario",
    "name",
    default="normal-day",
    show_default=True,
    help="A file, or one that is shipped in config/scenarios: normal-day, switch-dies, bad-update, storm, "
    "saturday-night, demo.",
)
@click.option("--listen", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=9723, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free one.")
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0.01, 3600), help="Of simulated time.")
@click.option(
    "--series",
    default="full",
    show_default=True,
    type=click.Choice(["full", "reduced"]),
    help="Reduced: at most 100 a room, for 10,000 rooms.",
)
@click.option("--targets", type=click.Path(dir_okay=False, path_type=Path), help="Write a file_sd of the rooms here.")
@click.option("--history", default="", metavar="FILE", help="Write series as OpenMetrics instead; - is the output.")
@click.option("--for", "lasts", default="24h", show_default=True, metavar="SPAN", help="Of the history, until now.")
@click.option("--step", default="60s", show_default=True, metavar="SPAN", help="Between two samples of the history.")
@click.option("--only", multiple=True, metavar="NAME", help="Beginning of metric names in the history; repeat it.")
def simulate(
    count: int,
    name: str,
    listen: str,
    port: int,
    speed: float,
    series: str,
    targets: Path | None,
    history: str,
    lasts: str,
    step: str,
    only: tuple[str, ...],
) -> None:
    """Play the metrics pages of many rooms over time: for demonstrations, sizing and tests.

    Each room is at /room/SITE/ID/metrics, all together are at /targets (http_sd). With --history a file for
    `promtool tsdb create-blocks-from openmetrics` is written, and nothing is served.
    """
    from monitor.fleet.simulation.clock import SimulatedClock
    from monitor.fleet.simulation.events import timelines
    from monitor.fleet.simulation.fleet import SimulatedFleet
    from monitor.fleet.simulation.rooms import simulated_rooms
    from monitor.fleet.simulation.serving import application

    scenario = _scenario(name)
    if history:
        _write_history(scenario, count, Path(history), _span(lasts), _span(step), only, series == "reduced")
        return
    start, now = scenario.begins(), time.time()
    clock = SimulatedClock(start, now, speed)
    rooms = simulated_rooms(count, scenario.rooms_a_floor)
    fleet = SimulatedFleet(timelines(scenario, rooms, start), clock, reduced=series == "reduced")
    if targets is not None:
        if port == 0:
            fail("--targets needs a port: write --port too")
        try:
            targets.write_text(fleet.target_groups(f"{f'[{listen}]' if ':' in listen else listen}:{port}"), "utf-8")
        except OSError as error:
            fail(f"cannot write {targets}: {error.strerror}")
    asyncio.run(serve_until_ended(application(fleet), listen, port, "/targets"))


def _write_history(
    scenario: Scenario, count: int, file: Path, lasts: float, step: float, only: tuple[str, ...], reduced: bool
) -> None:
    from monitor.fleet.simulation.clock import SimulatedClock
    from monitor.fleet.simulation.events import timelines
    from monitor.fleet.simulation.fleet import SimulatedFleet
    from monitor.fleet.simulation.history import write_history
    from monitor.fleet.simulation.rooms import simulated_rooms

    now = time.time() // step * step
    start = scenario.begins(lambda: now) if scenario.start else now - lasts
    end = min(now, start + lasts)
    clock = SimulatedClock(start, start)
    rooms = simulated_rooms(count, scenario.rooms_a_floor)
    fleet = SimulatedFleet(timelines(scenario, rooms, start), clock, reduced=reduced)
    try:
        if str(file) == "-":
            samples = write_history(sys.stdout, fleet, start, end, step, only)
        else:
            with file.open("w", encoding="utf-8") as out:
                samples = write_history(out, fleet, start, end, step, only)
    except OSError as error:
        fail(f"cannot write {file}: {error.strerror}")
    click.echo(f"{samples} samples of {count} rooms", err=True)


def _scenario(name: str) -> Scenario:
    from monitor.fleet.simulation.scenario import read_scenario

    file = Path(name)
    shipped = shipped_folder() / "scenarios" / f"{name}.toml"
    if not file.exists() and shipped.is_file():
        file = shipped
    try:
        return read_scenario(file)
    except ConfigurationError as error:
        fail("\n  ".join(["the scenario cannot be used:", *map(str, error.problems)]), EXIT_CONFIGURATION)


def _span(text: str) -> float:
    from monitor.fleet.simulation.scenario import is_span, span

    if not is_span(text) or span(text) <= 0:
        fail(f'"{text}" is no span of time such as {DURATIONS}')
    return span(text)
