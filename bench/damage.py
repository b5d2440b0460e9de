"""Damages the state folder of a killed daemon and starts it again: does it watch, alarm and say what it lost, how soon?

Each trial copies the folder, spoils the copy (one flipped bit, or a kind of bench/damage_kinds.py), starts the daemon
ends a program as soon as the daemon says that it watches, and waits for the alarm at an HTTP receiver. A start is good
when that took at most 5 s in all and nothing in the log is a traceback. Prints JSON lines. Exits 0 whatever the figures
are.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import aiohttp

from alerting.journal import JournalUnavailable, open_reader
from bench.damage_kinds import STRUCTURAL, copied, flip_a_bit
from bench.room import PROGRAM, Receiver, Room, compile_packages, line
from monitor.pipeline.history import ReadingHistory

IN_TIME = 5.0
"""Seconds from the start of the process to the message at the receiver."""
GIVEN_UP = 30.0
INCIDENTS = 30
QUIET = "".join(
    f"[schedule.{name}]\nenabled = false\n"
    for name in ("network", "camera", "microphone", "speaker", "host", "display")
)
SETTINGS = f"""[patience]
app_not_running = 0
{QUIET}[schedule.software]
fail_after = 1
[probes.software]
use_known = false
[probes.software.applications.conf]
executables = ["{PROGRAM}"]
"""


class Trials:
    """A base folder and what became of each spoilt copy of it."""

    def __init__(self, folder: Path, receiver: Receiver) -> None:
        self.folder, self.receiver = folder, receiver
        self.base = folder / "base" / "state"
        self.seconds: list[float] = []
        self.late: list[str] = []
        self.broken: list[str] = []
        self.lost: list[str] = []

    async def make_base(self) -> None:
        """Thirty incidents in both languages, killed in the middle of them."""
        self.base.parent.mkdir()
        room = Room(self.base.parent, self.receiver.port, SETTINGS)
        self._write_plan(self.base.parent)
        await room.start()
        connector = aiohttp.UnixConnector(str(self.base / "control.sock"))
        async with aiohttp.ClientSession(connector=connector) as session:
            for number in range(INCIDENTS):
                words = {"room": f"会议室 {number}", "by": "王强", "class": "device", "text": "没有声音"}
                async with session.post("http://daemon/api/command/declare", json=words) as answer:
                    opened = (await answer.json())["number"]
                if number % 3:
                    words = {"incident": opened, "by": "base", "text": "plugged it in"}
                    for verb in ("take", "note") if number % 3 == 1 else ("take", "resolve"):
                        await session.post(f"http://daemon/api/command/{verb}", json=words)
        assert room.daemon is not None
        room.daemon.kill()
        room.daemon.wait()
        history = ReadingHistory(self.base / "readings.db", keep_days=7)
        await history.record([(float(n), "camera", "cam0", "fps", 25.0) for n in range(5000)], 0.0)
        history.close()

    def _write_plan(self, folder: Path) -> None:
        """Programs are told to somebody else than everything before: a storm to one target becomes a digest."""
        people = "".join(
            f'[contacts.{one}]\nname = "{one}"\nlanguage = "en"\nchannels = ["json://127.0.0.1:{self.receiver.port}/hook"]\n'
            f'[groups.{one}s]\nname = "{one}"\nmembers = ["{one}"]\n'
            f"[chains.{chain}]\nsteps = [{{ after = 0, tell = ['{one}s'] }}]\n"
            for one, chain in (("base", "default"), ("it", "software"))
        )
        (folder / "plan.toml").write_text(people)

    async def trial(self, kind: str, chance: random.Random) -> None:
        """kind: of STRUCTURAL, "" for a flipped bit."""
        place = self.folder / "trial"
        place.mkdir()
        state = copied(self.base, place / "state")
        name = kind or flip_a_bit(state, chance)
        if kind:
            STRUCTURAL[kind](state, chance)
        room = Room(place, self.receiver.port, SETTINGS)
        self._write_plan(place)
        room.start_program()
        while not self.receiver.messages.empty():
            self.receiver.messages.get_nowait()
        begun = asyncio.get_running_loop().time()
        with (place / "log").open("wb") as log:
            daemon = subprocess.Popen(room.command(), stderr=log, env=room.environment())
        try:
            async with asyncio.timeout(GIVEN_UP):
                while b" 200 " not in (await room.ask("/readyz"))[:20]:
                    await asyncio.sleep(0.02)
                room.kill_program()
                took = await self.receiver.next("not running", GIVEN_UP) - begun
        except TimeoutError:
            took = GIVEN_UP
            room.kill_program()
        daemon.kill()
        daemon.wait()
        self.seconds.append(took)
        if took > IN_TIME:
            self.late.append(name)
        if b"Traceback" in (place / "log").read_bytes():
            self.broken.append(name)
            print((place / "log").read_text(errors="replace")[-3000:], file=sys.stderr)
        if self._incidents(state) < INCIDENTS:
            self.lost.append(name)
        shutil.rmtree(place)

    @staticmethod
    def _incidents(state: Path) -> int:
        with contextlib.suppress(JournalUnavailable):
            reader = open_reader(state)
            try:
                return len(reader.incidents())
            finally:
                reader.close()
        return 0

    def tell(self, case: str) -> None:
        count = len(self.seconds)
        line("damage", case, "starts", count, "1")
        line("damage", case, "starts_that_alarmed_within_5_s", count - len(self.late), "1")
        line("damage", case, "starts_with_a_traceback", len(self.broken), "1")
        line("damage", case, "starts_that_lost_an_incident", len(self.lost), "1")
        line("damage", case, "time_to_alarm_median", statistics.median(self.seconds), "s")
        line("damage", case, "time_to_alarm_max", max(self.seconds), "s")
        for what, names in (("late", self.late), ("traceback", self.broken), ("lost an incident", self.lost)):
            if names:
                print(f"{case}, {what}: {json.dumps(names, ensure_ascii=False)}", file=sys.stderr)


async def bench(flips: int, structural: int, seed: int) -> None:
    compile_packages()
    receiver = Receiver()
    await receiver.start()
    try:
        for case, count in (("flipped bit", flips), ("structural damage", structural)):
            if not count:
                continue
            with tempfile.TemporaryDirectory() as name:
                trials = Trials(Path(name), receiver)
                await trials.make_base()
                for number in range(count):
                    chance = random.Random(f"{seed}/{number}")

                    kind = "" if case == "flipped bit" else list(STRUCTURAL)[number % len(STRUCTURAL)]
                    await trials.trial(kind, chance)
                trials.tell(case)
    finally:
        await receiver.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog="A trial takes two to three seconds on two cores.")
    parser.add_argument("--flips", type=int, default=300)
    parser.add_argument("--structural", type=int, default=len(STRUCTURAL))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    asyncio.run(bench(options.flips, options.structural, options.seed))


if __name__ == "__main__":
    main()
