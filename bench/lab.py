"""Every situation of the lab, by the network probe with its real schedule: right, missed or falsely alarmed.

Prints a JSON object a situation, then the sums. Needs root and the Debian packages of scripts/debian-packages-test.
About a minute a situation, four at a time. The table of docs/network.md: --results FILE, in as many parts as you like,
and --write with the last.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from bench import lab_tables
from bench.network_lab import (
    far,
    faulty_logins,
    faulty_media,
    faulty_names,
    faulty_neighbours,
    faulty_proxies,
    faulty_service,
    faulty_way_out,
    sound,
    sound_links,
    sound_own_rules,
    sound_proxies,
)
from bench.network_lab.situation import SITUATIONS, Situation
from bench.network_lab.world import World

STAGED = (
    faulty_way_out, faulty_names, faulty_logins, faulty_proxies, faulty_neighbours, faulty_service, faulty_media,
    sound, sound_links, sound_own_rules, sound_proxies,
)  # fmt: skip
"""Each puts its situations into SITUATIONS."""
HEALTHY_SECONDS = 62.0
"""A healthy network is watched over four intervals, and one full look."""
CALM_SECONDS = 12.0
"""After the right faults: what follows them may be wrong."""
WARM_SECONDS = 40.0
PAGE, MARK = Path(__file__).parent.parent / "docs/network.md", "situations"
INTERVAL_SECONDS = 15.0
"""The moment of the setting is at random in it, another one for each situation."""
SETTINGS: dict[str, Any] = {
    "internet": list(far.TARGETS),
    "internet6": ["2001:db8:2::1"],
    "portal_url": "http://page.lab.example/",
    "portal_expect": "as expected",
    "services": ["meet"],
    "proxy": "none",
}


@dataclass
class Result:
    """told: the faults, as they were told. seconds: until the last right one; None where one is missing."""

    situation: Situation
    told: list[str] = field(default_factory=list)
    seconds: float | None = None
    trouble: str = ""
    status: dict[str, str] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        wanted, allowed = self.situation.faults, self.situation.faults | self.situation.may
        in_time = not wanted or (self.seconds is not None and self.seconds <= self.situation.within)
        return not self.trouble and wanted <= set(self.told) <= allowed and in_time

    @property
    def verdict(self) -> str:
        if self.right:
            return "right"
        wrong = set(self.told) - self.situation.faults - self.situation.may
        if self.trouble:
            return "trouble"
        if self.situation.healthy and wrong:
            return "false alarm"
        if not self.situation.faults <= set(self.told):
            return "missed" if not wrong else "misnamed"
        return "more than asked" if wrong else "late"


class Daemon:
    """The probe inside a world, and what it says."""

    def __init__(self, world: World, folder: Path) -> None:
        settings = {"services_file": f"{folder}/services.toml", "ca_file": f"{folder}/ca-ca.pem"}
        (folder / "settings.json").write_text(json.dumps({**SETTINGS, **settings, **world.settings}))
        (folder / "state").mkdir()
        inside = [sys.executable, "-m", "bench.network_lab.inside"]
        self.process = world.start(world.room, *inside, f"{folder}/settings.json", f"{folder}/state")
        self.said: Queue[dict[str, Any]] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(ValueError):
            for line in self.process.stdout:
                self.said.put(json.loads(line))

    def until(self, seconds: float) -> Iterator[dict[str, Any]]:
        """What it says within this time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            with contextlib.suppress(Empty):
                yield self.said.get(timeout=left)

    def ask(self, what: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()


def stage(situation: Situation, number: int, talk: bool) -> Result:
    result = Result(situation)
    with tempfile.TemporaryDirectory() as name:
        world = World(Path(name), f"rwl{os.getpid() % 10000}x{number}")
        try:
            _stage(situation, world, Path(name), result, talk)
        except (OSError, AssertionError, subprocess.CalledProcessError) as error:
            result.trouble = f"{type(error).__name__}: {error} {getattr(error, 'stderr', '')}"
        finally:
            world.close()
    return result


def _stage(situation: Situation, world: World, folder: Path, result: Result, talk: bool) -> None:
    steps = situation.setting(world)
    if steps is not None:
        next(steps)
    daemon = Daemon(world, folder)
    begun = time.monotonic()
    if steps is not None:
        runs = 0
        for said in daemon.until(WARM_SECONDS):
            runs += "run" in said
            if "opened" in said:
                result.trouble = f"{said['opened']} before anything was set"
                return
            if runs == 2:  # the second one comes by the interval: from here on it is a daemon that knows its room
                break
        time.sleep(random.Random(situation.name).uniform(0.0, INTERVAL_SECONDS))
        next(steps, None)
        begun = time.monotonic()
    left = HEALTHY_SECONDS if not situation.faults else situation.within + 10.0
    for said in daemon.until(left):
        if talk:
            print(situation.name, f"{time.monotonic() - begun:.1f}", json.dumps(said), file=sys.stderr, flush=True)
        if "opened" in said:
            result.told.append(said["opened"])
            if situation.faults and situation.faults <= set(result.told):
                result.seconds = time.monotonic() - begun
                break
    for said in daemon.until(CALM_SECONDS if situation.faults else 0.1):
        if talk:
            print(situation.name, f"{time.monotonic() - begun:.1f}", json.dumps(said), file=sys.stderr, flush=True)
        if "opened" in said:
            result.told.append(said["opened"])
    if not result.right:
        daemon.ask("status")
        result.status = next((said["status"] for said in daemon.until(2.0) if "status" in said), {})


def row(result: Result) -> dict[str, Any]:
    situation = result.situation
    return {
        "bench": "lab",
        "case": situation.name,
        "healthy": situation.healthy,
        "from_the_start": situation.from_the_start,
        "right_answer": sorted(situation.faults),
        "told": result.told,
        "verdict": result.verdict,
        "seconds": round(result.seconds, 1) if result.seconds is not None else None,
        **({"trouble": result.trouble} if result.trouble else {}),
        **({"status": result.status} if result.status else {}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], help="Situations whose name holds this text.")
    parser.add_argument("--at-a-time", type=int, default=4)
    parser.add_argument("--results", type=Path, help="Keep results in this file; what is right in it is not run again.")
    parser.add_argument("--minutes", type=float, default=600.0, help="Begin no further situation after this time.")
    parser.add_argument("--write", action="store_true", help="Put the table of --results into docs/network.md.")
    parser.add_argument("--talk", action="store_true", help="Print what the probe says, on standard error.")
    arguments = parser.parse_args()
    known = lab_tables.read(arguments.results)
    until = time.monotonic() + 60 * arguments.minutes
    chosen = [one for one in SITUATIONS if not arguments.only or any(text in one.name for text in arguments.only)]
    if not arguments.only:
        chosen = [one for one in chosen if one.name not in known or not lab_tables.right(known[one.name])]
    with ThreadPoolExecutor(arguments.at_a_time) as pool:

        def one(number: int) -> None:
            if time.monotonic() < until:
                found = row(stage(chosen[number], number, arguments.talk))
                known[found["case"]] = found
                lab_tables.keep(arguments.results, found)
                print(json.dumps(found), flush=True)

        list(pool.map(one, range(len(chosen))))
    rows = [known.get(one.name) or lab_tables.not_run(one.name, sorted(one.faults), one.healthy) for one in SITUATIONS]
    print(json.dumps({"bench": "lab", **lab_tables.sums(rows)}))
    if arguments.write:
        lab_tables.write(PAGE, MARK, rows)


if __name__ == "__main__":
    main()
