"""Remedies, told as stories: announced first, never under a meeting without a word, limited, judged by the probes."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from alerting.engine.commands import Refused
from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingSign, MeetingState
from alerting.model.reason import because
from alerting.model.remedy_outcome import CarryOut, RemedyOutcome
from alerting.plan.model import Plan
from alerting.plan.organisation import Contact
from alerting.plan.remedies import PlannedRemedy
from alerting.plan.resources import PlanRoom
from alerting.workflows.remedies import Remedies
from probes.reading import Context, Reading
from probes.software import Settings, probe
from tests.alerting.stage import RUNNING, START, Organisation, Stage

EMPTY = MeetingState(running=False)
SOUND = Fault(room="R1", code="sound_server_down", since=START)
RESTART = PlannedRemedy(
    kind="restart_sound_server", faults=("sound_server_down",), automatic=True, notice=60, verify=120
)


class Machine:
    """Does nothing but note what it was asked, and answer what the test says."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bool]] = []
        self.answer: RemedyOutcome | Exception = RemedyOutcome(
            ok=True, detail=because("sound_active"), command="systemctl restart"
        )
        self.ready = RemedyOutcome(ok=True, detail=because("sound_ready"))
        """What a dry run before the announcement says."""
        self.trials: list[tuple[str, str]] = []
        self.runs: Callable[[], bool] = lambda: False
        """Whether a remedy runs: then a dry run is a drill's, and not the look before the announcement."""
        self.others: dict[str, OtherMachine] = {}

    def of(self, room: str) -> CarryOut | None:
        """R1 has a machine; in stories of several rooms each of them has one, which answers as that of R1."""
        if room == "R1":
            return self
        return self.others.setdefault(room, OtherMachine(self)) if room in Stage.twins else None

    async def __call__(self, kind: str, target: str, dry: bool) -> RemedyOutcome:
        if dry and not self.runs():
            self.trials.append((kind, target))
            return self.ready
        self.asked.append((kind, target, dry))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class OtherMachine(Machine):
    def __init__(self, first: Machine) -> None:
        super().__init__()
        self.first = first

    async def __call__(self, kind: str, target: str, dry: bool) -> RemedyOutcome:
        self.answer, self.ready, self.runs = self.first.answer, self.first.ready, self.first.runs
        return await super().__call__(kind, target, dry)


class RemedyStage(Stage):
    def __init__(self, folder: Path, *remedies: PlannedRemedy) -> None:
        self.machine = Machine()
        self.remedies = remedies or (RESTART,)
        once = (EscalationStep(name="technical", audience=("technical",)),)
        organisation = Organisation(
            steps=once, data=Plan(remedies={f"r{n}": one for n, one in enumerate(self.remedies)})
        )
        super().__init__(folder, organisation, workflows=(Remedies(self.machine.of),))
        self.machine.runs = lambda: "running" in self.states()

    def reopen(self) -> None:
        self.workflows = (Remedies(self.machine.of),)
        self.open()

    def states(self) -> list[str]:
        return [run.state.value for incident in self.engine.incidents() for run in incident.remedies]

    def commands(self) -> list[str]:
        return [event.verb for event in self.events() if event.verb.startswith("remedy")]

    def told(self) -> list[tuple[float, str, str]]:
        return [one for one in self.story() if one[2].startswith("remedy")]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[RemedyStage]:
    made = RemedyStage(tmp_path)
    yield made
    await made.close()


async def test_in_an_empty_room_people_are_told_the_notice_time_runs_and_the_probes_say_that_it_helped(
    stage: RemedyStage,
) -> None:
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(59)
    assert stage.told() == [(0, "wang", "remedy_announced")]
    assert stage.machine.asked == []
    await stage.until(61)
    assert stage.machine.asked == [("restart_sound_server", "", False)]
    assert stage.states() == ["done"]
    await stage.engine.fault_cleared(SOUND)
    await stage.until(90)
    assert stage.states() == ["verified"]
    assert stage.commands() == [f"remedy_{v}" for v in ("proposed", "announced", "running", "done", "verified")]


async def test_what_did_not_help_is_said_and_the_next_remedy_of_the_plan_follows(tmp_path: Path) -> None:
    by_hand = PlannedRemedy(kind="restart_unit", target="pipewire.service", faults=("sound_server_down",))
    stage = RemedyStage(tmp_path, RESTART, by_hand)
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(179)
    assert stage.states() == ["done"]
    await stage.until(181)
    assert stage.states() == ["not_helped", "proposed"]
    assert [kind for _, who, kind in stage.told() if who == "wang"] == [
        "remedy_announced",
        "remedy_not_helped",
        "remedy_proposed",
    ]
    await stage.close()


async def test_under_a_running_or_unknown_meeting_nothing_happens_without_a_word(tmp_path: Path) -> None:
    for meeting in (RUNNING, MeetingState(), MeetingState(running=False, starts_in=30)):
        folder = tmp_path / str(meeting.running) / str(meeting.starts_in)
        folder.mkdir(parents=True)
        stage = RemedyStage(folder)
        number = await stage.engine.fault_opened(SOUND, meeting)
        await stage.until(3600)
        assert stage.machine.asked == []
        assert [kind for _, who, kind in stage.told() if who == "wang"] == ["remedy_proposed"]
        await stage.engine.command("remedy_approve", number, by="wang")
        await stage.until(3659)
        assert stage.machine.asked == []
        await stage.until(3661)
        assert len(stage.machine.asked) == 1
        await stage.close()


async def test_an_automatic_remedy_waits_for_the_end_of_the_meeting(stage: RemedyStage) -> None:
    await stage.engine.fault_opened(SOUND, RUNNING)
    await stage.until(600)
    await stage.engine.meeting_changed("R1", EMPTY)
    await stage.until(661)
    assert len(stage.machine.asked) == 1


async def test_a_program_that_crashed_in_a_call_is_started_again_at_once_and_nothing_else_is_touched(
    tmp_path: Path,
) -> None:
    again = PlannedRemedy(
        kind="restart_application", faults=("app_not_running",), automatic=True, notice=60, verify=120
    )
    gone = Fault(room="R1", code="app_not_running", target="zoom", since=START)
    interrupted = MeetingState(running=True, reasons=(MeetingSign("interrupted", "zoom"),))
    for number, (remedy, fault, meeting, asked) in enumerate(
        (
            (again, gone, interrupted, 1),
            (again, gone, replace(interrupted, occupied=True), 0),
            (again, gone, MeetingState(running=True, reasons=(MeetingSign("interrupted", "teams"),)), 0),
            (again, gone, MeetingState(running=True, reasons=(MeetingSign("just_ended"),)), 0),
            (RESTART, SOUND, interrupted, 0),
        )
    ):
        (tmp_path / str(number)).mkdir()
        stage = RemedyStage(tmp_path / str(number), remedy)
        await stage.engine.fault_opened(fault, meeting)
        await stage.until(61)
        assert len(stage.machine.asked) == asked, meeting
        await stage.close()


async def test_a_meeting_that_begins_within_the_notice_time_puts_it_off_and_an_older_word_does_not_cover_it(
    stage: RemedyStage,
) -> None:
    number = await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.engine.command("remedy_approve", number, by="wang")
    await stage.until(30)
    await stage.engine.meeting_changed("R1", RUNNING)
    await stage.until(300)
    assert stage.machine.asked == []
    assert stage.states() == ["proposed"]
    assert "remedy_put_off" in [kind for _, _, kind in stage.told()]
    await stage.engine.command("remedy_approve", number, by="wang")
    await stage.until(361)
    assert len(stage.machine.asked) == 1


async def test_it_is_tried_no_oftener_than_the_plan_allows_over_incidents_and_restarts(stage: RemedyStage) -> None:
    for round_ in range(3):
        await stage.engine.fault_opened(SOUND, EMPTY)
        await stage.until(round_ * 100 + 70)
        await stage.engine.fault_cleared(SOUND)
        await stage.until(round_ * 100 + 100)
        await stage.close()
        stage.reopen()
    assert len(stage.machine.asked) == RESTART.limit
    assert stage.states() == ["verified", "verified", "refused"]
    assert stage.told()[-1][1:] == ("wang", "remedy_limited")
    number = await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.engine.command("remedy_start", number, by="wang", name="r0")
    await stage.until(800)
    assert len(stage.machine.asked) == RESTART.limit


async def test_a_fault_that_heals_within_the_notice_time_calls_the_remedy_off(stage: RemedyStage) -> None:
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(30)
    await stage.engine.fault_cleared(SOUND)
    await stage.until(300)
    assert stage.machine.asked == []
    assert stage.states() == ["withdrawn"]


async def test_a_person_stops_it_before_it_begins(stage: RemedyStage) -> None:
    number = await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(30)
    await stage.engine.command("remedy_refuse", number, by="wang", text="I am at the rack")
    await stage.until(300)
    assert stage.machine.asked == []
    assert stage.states() == ["refused"]
    with pytest.raises(Refused, match=r"no_remedy_waits.*r0 \(refused\)"):
        await stage.engine.command("remedy_approve", number, by="wang")


async def test_a_machine_that_refuses_is_told_with_its_reason(stage: RemedyStage) -> None:
    stage.machine.answer = RemedyOutcome(ok=False, detail=because("not_permitted", place="/etc/x"))
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(70)
    assert stage.states() == ["failed"]
    assert stage.told()[-1] == (1, "wang", "remedy_failed")
    assert stage.engine.incidents()[0].remedies[0].detail == because("not_permitted", place="/etc/x")


async def test_a_machine_part_that_breaks_is_a_failure_and_not_silence(stage: RemedyStage) -> None:
    stage.machine.answer = OSError("bus is gone")
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(70)
    assert stage.states() == ["failed"]


async def test_in_a_drill_and_in_observe_mode_nothing_is_really_done(stage: RemedyStage) -> None:
    drill = Fault(room="R1", code="sound_server_down", since=START, drill=True)
    await stage.engine.fault_opened(drill, EMPTY)
    await stage.until(70)
    assert stage.machine.asked == [("restart_sound_server", "", True)]
    assert stage.states() == ["withdrawn"]
    await stage.engine.fault_cleared(drill)
    await stage.close()
    stage.workflows = (Remedies(stage.machine.of),)
    stage.open(mode="observe")
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(140)
    assert stage.machine.asked[1:] == [("restart_sound_server", "", True)]


async def test_another_room_s_machine_is_left_alone(stage: RemedyStage) -> None:
    number = await stage.engine.fault_opened(Fault(room="R2", code="sound_server_down", since=START), EMPTY)
    await stage.until(300)
    assert stage.states() == []
    with pytest.raises(Refused, match="remedies_elsewhere"):
        await stage.engine.command("remedy_start", number, by="wang", name="r0")


async def test_what_the_plan_does_not_allow_any_more_is_not_done(stage: RemedyStage) -> None:
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(30)
    await stage.engine.change_plan(Organisation(version="2"))
    await stage.until(300)
    assert stage.machine.asked == []
    assert stage.states() == ["withdrawn"]


WORKER = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.alerting.test_remedies import EMPTY, SOUND, RemedyStage
from alerting.model.reason import because
from alerting.model.remedy_outcome import CarryOut, RemedyOutcome

async def main(folder, at):
    stage = RemedyStage(Path(folder))
    async def really(kind, target, dry):
        if dry:
            return RemedyOutcome(ok=True, detail=because("sound_ready"))
        with (Path(folder) / "done").open("a") as stream:
            stream.write(kind + "\\n")
        return RemedyOutcome(ok=True, detail=because("sound_active"))
    stage.machine.__class__.__call__ = lambda self, *a: really(*a)
    write, commits = stage.journal.write, 0
    def die(batch):
        nonlocal commits
        write(batch)
        commits += bool(batch)
        if commits == at:
            os.kill(os.getpid(), signal.SIGKILL)
    stage.journal.write = die
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(250)
    print("lived", flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@pytest.mark.slow
async def test_killed_after_any_commit_it_is_never_done_twice_and_never_forgotten(tmp_path: Path) -> None:
    ends = set()
    for at in range(1, 20):
        folder = tmp_path / str(at)
        folder.mkdir()
        worker = subprocess.run(
            [sys.executable, "-c", WORKER, str(folder), str(at)],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if "lived" in worker.stdout:
            break
        assert worker.returncode == -signal.SIGKILL, worker.stderr
        done = (folder / "done").read_text().count("\n") if (folder / "done").exists() else 0
        stage = RemedyStage(folder)
        stage.clock.now = max(START, stage.journal.reader.last_time())
        await stage.engine.meeting_changed("R1", EMPTY)
        await stage.until(900)
        (state,) = stage.states()
        ends.add(state)
        assert done + len(stage.machine.asked) <= 1
        # Whoever finds it running after a crash is told so; whoever finds it waiting does it.
        assert state == ("not_helped" if done + len(stage.machine.asked) and state != "unknown" else "unknown")
        if state == "unknown":
            assert ("wang", "remedy_unknown") in [one[1:] for one in stage.told()]
        await stage.close()
    else:
        pytest.fail("the worker never came to its end")
    assert ends == {"not_helped", "unknown"}


async def test_a_real_program_that_died_is_started_again_and_its_own_probe_says_that_it_helped(tmp_path: Path) -> None:
    """The software probe watches a real process; the remedy starts it anew."""
    program = tmp_path / f"conf-{os.getpid()}"
    sleep = shutil.which("sleep")
    assert sleep is not None
    shutil.copy(sleep, program)
    running: list[subprocess.Popen[bytes]] = []
    conf = {"executables": [program.name], "expected": "always"}
    settings = msgspec.convert({"use_known": False, "applications": {"conf": conf}}, Settings)

    async def is_there() -> bool:
        context = Context(now=time.time, monotonic=time.monotonic, in_meeting=False, state=tmp_path)
        (process,) = [one for one in await probe(settings, context) if one.check == "software.process"]
        assert isinstance(process, Reading)
        assert process.finding in ("", "app_not_running")
        return process.finding == ""

    async def restart(kind: str, target: str, dry: bool) -> RemedyOutcome:
        if not dry:
            running.append(subprocess.Popen([str(program), "600"]))
        return RemedyOutcome(ok=True, detail=because("application_runs", what=target), command=str(program))

    again = PlannedRemedy(kind="restart_application", faults=("app_not_running",), automatic=True, notice=5, verify=60)
    stage = RemedyStage(tmp_path, again)
    await stage.close()
    stage.workflows = (Remedies(lambda room: restart),)
    stage.open()
    gone = Fault(room="R1", code="app_not_running", target="conf", since=START)
    try:
        assert not await is_there()
        await stage.engine.fault_opened(gone, EMPTY)
        await stage.until(10)
        assert stage.states() == ["done"]
        async with asyncio.timeout(30):
            while not await is_there():
                await asyncio.sleep(0.1)
        await stage.engine.fault_cleared(gone)
        await stage.until(12)
        assert stage.states() == ["verified"]
        assert len(running) == 1
    finally:
        for one in running:
            one.kill()
            one.wait()
        await stage.close()


async def test_a_meeting_that_came_near_while_nothing_else_changed_puts_it_off(stage: RemedyStage) -> None:
    await stage.engine.fault_opened(SOUND, MeetingState(running=False, starts_in=170))
    await stage.until(59)
    assert stage.states() == ["announced"]
    stage.engine.meeting_seen("R1", MeetingState(running=False, starts_in=111))
    await stage.until(61)
    assert stage.machine.asked == []
    assert stage.told()[-1][2] == "remedy_put_off"


IMPOSSIBLE = RemedyOutcome(ok=False, detail=because("session_none"))


async def test_what_its_own_dry_run_knows_to_be_impossible_is_neither_offered_nor_announced(stage: RemedyStage) -> None:
    stage.machine.ready = IMPOSSIBLE
    number = await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(300)
    assert stage.told() == []
    assert stage.machine.asked == []
    assert stage.commands() == ["remedy_proposed", "remedy_impossible"]
    told = [event for event in stage.events() if event.verb == "remedy_impossible"]
    assert [event.why.code for event in told] == ["session_none"]
    (run,) = stage.engine.incidents()[0].remedies
    assert (run.state.value, run.why) == ("refused", "impossible")
    await stage.engine.command("remedy_start", number, by="wang", name="r0")
    await stage.until(310)
    assert stage.told()[-1][1:] == ("wang", "remedy_failed"), "who asked for it hears why it cannot be done"


async def test_the_dry_run_is_asked_again_after_a_restart_in_the_middle_of_it(stage: RemedyStage) -> None:
    waiting = asyncio.Event()
    slow = stage.machine.__class__.__call__

    async def late(machine: Machine, kind: str, target: str, dry: bool) -> RemedyOutcome:
        await waiting.wait()
        return await slow(machine, kind, target, dry)

    Machine.__call__ = late  # type: ignore[method-assign]
    try:
        await stage.engine.fault_opened(SOUND, EMPTY)
        await stage.engine.tick()
        assert stage.told() == []
    finally:
        Machine.__call__ = slow  # type: ignore[method-assign]
        waiting.set()
    await stage.until(1)
    assert stage.told()[0][1:] == ("wang", "remedy_announced")


async def test_whoever_heard_the_announcement_hears_that_it_failed(stage: RemedyStage) -> None:
    stage.plan.data = msgspec.structs.replace(
        stage.plan.data,
        contacts={"zhao": Contact(name="Zhao")},
        rooms={room: PlanRoom(participants=("zhao",)) for room in ("R1", *Stage.twins)},
    )
    stage.machine.answer = RemedyOutcome(ok=False, detail=because("no_result"))
    await stage.engine.fault_opened(SOUND, EMPTY)
    await stage.until(70)
    kinds = {who: [kind for _, name, kind in stage.told() if name == who] for who in ("wang", "zhao")}
    assert kinds["zhao"] == ["remedy_announced", "remedy_failed"] == kinds["wang"]
