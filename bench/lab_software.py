"""Every situation of the lab of programs and meetings: right, missed or falsely alarmed.

Prints a JSON object a situation, then the sums. Needs root, Xvfb, chromium and PipeWire
(scripts/debian-packages-test). About a quarter of an hour. The tables of docs/software.md: --results FILE --write.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alerting.model.meeting_state import MeetingState
from bench import lab_tables
from bench.software_lab import broken_programs, meetings, usual
from bench.software_lab.meetings import CONF, OWN, Stage
from bench.software_lab.situation import MEETINGS, PROGRAMS, MeetingSituation, ProgramSituation
from bench.software_lab.world import World
from monitor.meeting.room_meeting import RoomMeeting
from monitor.settings import load
from probes.child.isolate import Isolation
from tests.meeting.actor import View
from tests.sound.rig import SoundRig, room_noise

assert usual
assert broken_programs
assert meetings
PAGE = Path(__file__).parent.parent / "docs/software.md"
WORDS: dict[tuple[bool | None, bool | None], str] = {
    (True, True): "meeting",
    (False, False): "free",
    (False, None): "occupied",
}
"""(a meeting runs, hands off) → as the table says it."""
LOOKS = 24
"""Half a second apart at eight times the speed: as long as a minute and a half."""
LOOK_SECONDS = 0.5
SETTLE_SECONDS = 25.0
"""Within this a meeting's verdict must have become right, and it must stay so for HOLD_SECONDS."""
HOLD_SECONDS = 3.0


@dataclass
class Result:
    name: str
    wanted: str
    told: str
    right: bool
    healthy: bool
    verdict: str
    more: dict[str, Any] = field(default_factory=dict)


async def stage_program(situation: ProgramSituation) -> Result:
    with tempfile.TemporaryDirectory() as name:
        world = World(Path(name))
        trouble = ""
        try:
            steps = await asyncio.to_thread(situation.setting, world)
            if steps is not None:
                await asyncio.to_thread(next, steps)
                for _ in range(3):
                    await world.look()
                    await asyncio.sleep(LOOK_SECONDS)
                if world.told:
                    trouble = f"{sorted(world.told)} before anything was set"
                await asyncio.gather(_go_on(world), asyncio.to_thread(next, steps, None))
            for _ in range(LOOKS):
                await world.look()
                await asyncio.sleep(LOOK_SECONDS)
            if steps is not None:
                await asyncio.to_thread(list, steps)
        except (OSError, TimeoutError) as error:
            trouble = f"{type(error).__name__}: {error}"
        finally:
            world.close()
    told = set(world.told)
    said = all(situation.says in world.told.get(fault, "") for fault in situation.faults) if situation.says else True
    right = not trouble and told == situation.faults and said
    wrong = told - situation.faults
    verdict = "right" if right else "trouble" if trouble else "false alarm" if wrong and situation.healthy else "missed"
    if not right and not trouble and wrong and not situation.healthy:
        verdict = "misnamed"
    more = {"trouble": trouble} if trouble else {"causes": world.told} if not said else {}
    wanted = right_answer(situation)
    return Result(situation.name, wanted, ", ".join(sorted(told)) or "nothing", right, situation.healthy, verdict, more)


async def _go_on(world: World) -> None:
    """Looks go on while the situation changes."""
    for _ in range(6):
        await world.look()
        await asyncio.sleep(LOOK_SECONDS)


class Room(RoomMeeting):
    """The daemon's look at this situation's programs alone."""

    view: View

    async def look(self, *, scheduled: bool = False) -> MeetingState:
        self.view.refresh()
        return await super().look(scheduled=scheduled)


@contextlib.contextmanager
def meeting_room(stage: Stage) -> Iterator[Room]:
    file = stage.folder / "roomwatch.toml"
    file.write_text(
        f'[probes.microphone.session]\nruntime_folder = "{stage.rig.runtime}"\n'
        f'[probes.software.applications.{OWN}]\nexecutables = ["{OWN}"]\n'
    )
    view = View(stage.folder / "proc")
    room = Room(
        Isolation(), load(file), proc=view.folder, dev=stage.folder / "dev", sessions=stage.folder / "none",
        monotonic=lambda: time.monotonic() + stage.later, state=stage.folder,
    )  # fmt: skip
    room.view = view
    yield room


async def stage_meeting(situation: MeetingSituation, rig: SoundRig) -> Result:
    with tempfile.TemporaryDirectory() as name:
        stage = Stage(Path(name), rig)
        (stage.folder / "dev" / "snd").mkdir(parents=True)
        stage.camera.touch()
        with stage.open:
            steps = situation.setting(stage)
            with meeting_room(stage) as room:
                try:
                    if steps is not None:
                        next(steps)
                        await _until(room, stage, None)
                        next(steps, None)
                        room.stir()
                    state = await _until(room, stage, (situation.running, situation.hands_off))
                finally:
                    await room.close()
    right = (state.running, state.hands_off) == (situation.running, situation.hands_off)
    safe = not situation.running or state.hands_off is not False
    verdict = "right" if right else "would hit a call" if not safe else "wrong"
    told = WORDS.get((state.running, state.hands_off), f"{state.running}, {state.hands_off}")
    wanted = right_answer(situation)
    reasons = {} if right else {"reasons": [str(one) for one in state.reasons]}
    return Result(situation.name, wanted, told, right, not situation.running, verdict, reasons)


async def _until(room: Room, stage: Stage, wanted: tuple[bool, bool | None] | None) -> MeetingState:
    """The state once it has been as wanted for a while; without a wish after the same time, whatever it is."""
    begun, held = time.monotonic(), None
    seconds = SETTLE_SECONDS if wanted is not None else HOLD_SECONDS
    while True:
        state = await room.look(scheduled=stage.booked)
        now = time.monotonic()
        fits = wanted is None or (state.running, state.hands_off) == wanted
        held = (held if held is not None else now) if fits else None
        if (wanted is not None and held is not None and now - held >= HOLD_SECONDS) or now - begun >= seconds:
            return state
        room.stir()
        await asyncio.sleep(0.5)


def right_answer(situation: ProgramSituation | MeetingSituation) -> str:
    if isinstance(situation, MeetingSituation):
        return WORDS[situation.running, situation.hands_off]
    return ", ".join(sorted(situation.faults)) or "nothing"


def row(part: str, result: Result) -> lab_tables.Row:
    fields = {"case": result.name, "healthy": result.healthy, "right_answer": result.wanted, "told": result.told}
    return {"bench": "lab_software", "part": part, **fields, "verdict": result.verdict, **result.more}


Show = Callable[[lab_tables.Row], None]


async def run_programs(wanted: list[ProgramSituation], at_a_time: int, show: Show) -> None:
    gate = asyncio.Semaphore(at_a_time)

    async def one(situation: ProgramSituation) -> None:
        async with gate:
            show(row("programs", await stage_program(situation)))

    await asyncio.gather(*(one(situation) for situation in wanted))


async def run_meetings(wanted: list[MeetingSituation], show: Show) -> None:
    """One at a time: they share a sound server."""
    with tempfile.TemporaryDirectory() as name, SoundRig(Path(name) / "sound") as rig:
        rig.add_microphone("mic")
        rig.add_sink("speaker")
        rig.pactl("set-default-source", "mic")
        rig.play("mic", room_noise(-50, 2))
        for situation in wanted:
            try:
                result = await stage_meeting(situation, rig)
            except (OSError, TimeoutError, AssertionError) as error:
                more = {"trouble": f"{type(error).__name__}: {error}"}
                result = Result(
                    situation.name, right_answer(situation), "", False, not situation.running, "trouble", more
                )
            show(row("meetings", result))


def main() -> None:
    assert CONF
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], help="Situations whose name holds this text.")
    parser.add_argument("--part", choices=("programs", "meetings"), default="")
    parser.add_argument("--at-a-time", type=int, default=4)
    parser.add_argument("--results", type=Path, help="Keep results in this file; what is right in it is not run again.")
    parser.add_argument("--write", action="store_true", help="Put the tables of --results into docs/software.md.")
    arguments = parser.parse_args()
    known = lab_tables.read(arguments.results)

    def due(name: str) -> bool:
        if arguments.only:
            return any(text in name for text in arguments.only)
        return name not in known or not lab_tables.right(known[name])

    def show(found: lab_tables.Row) -> None:
        known[found["case"]] = found
        lab_tables.keep(arguments.results, found)
        print(json.dumps(found, ensure_ascii=False), flush=True)

    programs = [one for one in PROGRAMS if arguments.part != "meetings" and due(one.name)]
    meetings = [one for one in MEETINGS if arguments.part != "programs" and due(one.name)]
    asyncio.run(run_programs(programs, arguments.at_a_time, show))
    if meetings:
        asyncio.run(run_meetings(meetings, show))
    for part, situations in (("programs", PROGRAMS), ("meetings", MEETINGS)):
        rows = [
            known.get(one.name) or lab_tables.not_run(one.name, right_answer(one), one.healthy) for one in situations
        ]
        hit = sum(one["verdict"] == "would hit a call" for one in rows)
        print(json.dumps({"bench": "lab_software", "part": part, **lab_tables.sums(rows), "would_hit_a_call": hit}))
        if arguments.write:
            lab_tables.write(PAGE, part, rows)


if __name__ == "__main__":
    main()
