"""Journals that the real engine writes: told stories, and random days of a room. Every one of them is healthy."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

from alerting.audit.auditor import audit
from alerting.audit.finding import Finding
from alerting.chain import Address, Step
from alerting.delivery.outbound import Outcome
from alerting.duty.watch import WatchTrace
from alerting.fault import Fault, FaultClass, Severity
from alerting.journal import JournalReader
from alerting.meeting_state import MeetingState
from alerting.verbs import Refused
from tests.alerting.stage import RUNNING, START, Organisation, Stage

CAMERA = Fault(room="R1", code="camera_missing", target="cam0", since=START)
EMPTY = MeetingState(running=False)
HOUR = 3600.0


class Room(Stage):
    """A stage whose journal is audited wherever the story pauses; ``findings`` collects what was said."""

    def __init__(self, folder: Path, plan: Organisation | None = None) -> None:
        self.findings: list[Finding] = []
        self.plan_since = START
        super().__init__(folder, plan)

    def open(self, mode: str = "act") -> None:
        file = self.folder / "journal.db"
        last = 0.0
        if file.exists():
            reader = JournalReader(file)
            last = reader.last_time()
            reader.close()
        self.duties = [WatchTrace(last)]
        super().open(mode)

    async def until(self, seconds: float) -> None:
        await super().until(seconds)
        self.findings += self.audit()

    def audit(self) -> list[Finding]:
        reader = JournalReader(self.folder / "journal.db")
        try:
            return list(audit(reader, now=self.clock.now, plan=self.plan, plan_since=self.plan_since))
        finally:
            reader.close()

    async def restart(self, seconds: float = 1.0) -> None:
        """The daemon ends, is away for a while, and comes back."""
        await self.close()
        self.clock.now += seconds
        self.open()

    async def new_plan(self, plan: Organisation) -> None:
        self.plan = plan
        self.plan_since = self.clock.now + 0.001
        await self.engine.change_plan(plan)


async def nobody_answers(room: Room) -> None:
    await room.engine.fault_opened(CAMERA, RUNNING)
    for minute in (3, 6, 16, 21, 26, 40, 58, 120):
        await room.until(minute * 60)


async def taken_and_repaired(room: Room) -> None:
    number = await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(330)
    await room.engine.command("take", number, by="wang")
    await room.engine.command("confirm", number, by="wang")
    await room.until(600)
    await room.engine.command("order", number, by="chen", to=["zhao"], text="bring the spare camera")
    await room.engine.command("assign", number, by="wang", to=["li"], text="please hold the ladder")
    await room.until(900)
    await room.engine.fault_cleared(CAMERA)
    await room.until(2 * HOUR)


async def taken_and_forgotten(room: Room) -> None:
    number = await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(60)
    await room.engine.command("take", number, by="wang")
    await room.until(2 * HOUR)
    await room.engine.command("take", number, by="li")
    await room.engine.command("take", number, by="wang")
    await room.until(4 * HOUR)


async def snoozed(room: Room) -> None:
    number = await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(200)
    await room.engine.command("snooze", number, by="wang", until=START + 1000)
    await room.until(999)
    await room.until(1400)
    await room.engine.command("snooze", number, by="wang", until=START + 2000)
    await room.engine.command("take", number, by="li")
    await room.until(6000)


async def meeting_begins(room: Room) -> None:
    await room.engine.fault_opened(CAMERA, EMPTY)
    await room.until(600)
    await room.engine.meeting_changed("R1", RUNNING)
    await room.until(1000)
    await room.engine.meeting_changed("R1", EMPTY)
    await room.until(HOUR)


async def rises_while_taken(room: Room) -> None:
    number = await room.engine.fault_opened(CAMERA, EMPTY)
    await room.until(60)
    await room.engine.command("take", number, by="wang")
    await room.until(100)
    await room.engine.meeting_changed("R1", RUNNING)
    await room.until(2 * HOUR)


async def mail_is_down_for_hours(room: Room) -> None:
    room.post.fate["mail"] = Outcome.TEMPORARY
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(3 * HOUR)
    room.post.fate.clear()
    await room.engine.paths_returned()
    await room.until(5 * HOUR)


async def over_before_the_mail_is_back(room: Room) -> None:
    room.post.fate["mail"] = Outcome.TEMPORARY
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(300)
    await room.engine.fault_cleared(CAMERA)
    await room.until(600)
    room.post.fate.clear()
    await room.engine.paths_returned()
    await room.until(3 * HOUR)


async def mail_is_down_for_days(room: Room) -> None:
    room.post.fate["mail"] = Outcome.TEMPORARY
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(30 * HOUR)
    room.post.fate.clear()
    await room.engine.paths_returned()
    await room.until(33 * HOUR)


async def a_second_way(room: Room) -> None:
    room.plan.ways["wang"] = (*room.plan.ways["wang"], Address(channel="sms", url="test://sms", path="modem"))
    room.post.fate["mail"] = Outcome.TEMPORARY
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(400)
    room.post.fate.clear()
    await room.engine.paths_returned()
    await room.until(2000)
    await room.engine.fault_cleared(CAMERA)
    await room.until(2 * HOUR)


async def the_address_is_wrong(room: Room) -> None:
    room.post.fate["wang/mail"] = Outcome.PERMANENT
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(HOUR)
    await room.engine.fault_cleared(CAMERA)
    await room.until(3 * HOUR)


async def nobody_has_an_address(room: Room) -> None:
    room.plan.ways.clear()
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(2 * HOUR)


async def restarts(room: Room) -> None:
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(100)
    await room.restart()
    await room.until(250)
    await room.restart(700)
    await room.until(1300)
    await room.restart(2 * HOUR)
    await room.until(4 * HOUR)
    await room.engine.fault_cleared(CAMERA)
    await room.restart(2 * HOUR)
    await room.until(8 * HOUR)


async def asleep(room: Room) -> None:
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(100)
    room.clock.now += 5 * HOUR  # suspended to memory: nothing ran
    await room.until(6 * HOUR)


async def the_plan_changes(room: Room) -> None:
    number = await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(310)
    ways = {name: way for name, way in room.plan.ways.items() if name != "li"}
    await room.new_plan(replace(room.plan, version="2", ways=ways))
    await room.until(1000)
    await room.engine.command("confirm", number, by="wang")
    await room.until(1300)
    await room.engine.fault_cleared(CAMERA)
    await room.until(3 * HOUR)


async def the_plan_loses_its_only_responder(room: Room) -> None:
    room.post.fate["mail"] = Outcome.TEMPORARY
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(100)
    groups = {**room.plan.groups_of, "technical": ("li",)}
    ways = {name: way for name, way in room.plan.ways.items() if name != "wang"}
    await room.new_plan(replace(room.plan, version="2", ways=ways, groups_of=groups))
    room.post.fate.clear()
    await room.until(HOUR)


async def the_plan_is_repaired(room: Room) -> None:
    room.post.fate["mail"] = Outcome.PERMANENT
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(100)
    room.post.fate.clear()
    await room.new_plan(replace(room.plan, version="2", steps=room.plan.steps[1:]))
    await room.until(2 * HOUR)
    await room.engine.fault_cleared(CAMERA)
    await room.until(3 * HOUR)


async def quiet_hours(room: Room) -> None:
    room.plan.quiet = START + 8 * HOUR
    await room.engine.fault_opened(CAMERA, EMPTY)
    await room.until(7 * HOUR)
    await room.until(9 * HOUR)
    await room.engine.fault_cleared(CAMERA)
    await room.until(12 * HOUR)


async def over_in_the_quiet_hours(room: Room) -> None:
    room.plan.quiet = START + 8 * HOUR
    await room.engine.fault_opened(CAMERA, EMPTY)
    await room.until(2 * HOUR)
    await room.engine.fault_cleared(CAMERA)
    await room.until(10 * HOUR)


async def a_storm(room: Room) -> None:
    faults = [Fault(room=f"R{n}", code="app_not_running", since=START) for n in range(40)]
    for fault in faults:
        await room.engine.fault_opened(fault, RUNNING)
        room.clock.now += 0.02
    await room.until(400)
    for fault in faults[:30]:
        await room.engine.fault_cleared(fault)
        room.clock.now += 0.02
    await room.until(2 * HOUR)


async def a_digest_that_comes_after_the_end(room: Room) -> None:
    faults = [Fault(room=f"R{n}", code="app_not_running", since=START) for n in range(12)]
    for fault in faults[:6]:
        await room.engine.fault_opened(fault, RUNNING)
    await room.until(1)
    room.post.fate["mail"] = Outcome.TEMPORARY
    for fault in faults[6:]:
        await room.engine.fault_opened(fault, RUNNING)
    await room.until(100)
    for fault in faults:
        await room.engine.fault_cleared(fault)
    await room.until(200)
    room.post.fate.clear()
    await room.engine.paths_returned()
    await room.until(2 * HOUR)


async def many_faults_and_a_report(room: Room) -> None:
    link = Fault(room="R1", code="link_down", target="eth0", since=START)
    dns = Fault(room="R1", code="dns_dead", since=START)
    await room.engine.fault_opened(link, RUNNING)
    await room.engine.fault_opened(dns, RUNNING)
    await room.engine.report_by_person("R1", by="guest", fault_class=FaultClass.NETWORK, text="no sound")
    await room.until(500)
    await room.engine.fault_cleared(dns)
    await room.until(700)
    await room.engine.fault_cleared(link)
    await room.until(2 * HOUR)


async def moved_to_the_backup(room: Room) -> None:
    number = await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(700)
    await room.engine.command("mitigate", number, by="wang", text="Zoom")
    await room.until(2 * HOUR)
    await room.engine.command("resolve", number, by="wang", force=True)
    await room.until(4 * HOUR)


class ByClass(Organisation):
    """A network fault is told to zhao first, then as any other."""

    def chain(self, fault_class: FaultClass, severity: Severity, at: float) -> tuple[Step, ...]:
        found = super().chain(fault_class, severity, at)
        first = Step(name="carrier", audience=("logistics",))
        return (first, *found[1:]) if fault_class is FaultClass.NETWORK else found


async def the_class_is_corrected(room: Room) -> None:
    await room.new_plan(ByClass())
    number = await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(330)
    await room.engine.command("class", number, by="wang", fault_class="network")
    await room.until(700)
    await room.engine.command("class", number, by="wang", fault_class="device")
    await room.until(1000)
    await room.engine.command("take", number, by="wang")
    await room.engine.command("class", number, by="wang", fault_class="network")
    await room.until(2 * HOUR)
    await room.engine.fault_cleared(CAMERA)
    await room.until(4 * HOUR)


async def a_drill_is_aborted(room: Room) -> None:
    drill = Fault(room="R1", code="mic_missing", target="mic0", since=START, drill=True)
    await room.engine.fault_opened(drill, RUNNING)
    await room.until(200)
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(2 * HOUR)


async def observed(room: Room) -> None:
    await room.close()
    room.open(mode="observe")
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(HOUR)
    await room.engine.fault_cleared(CAMERA)
    await room.until(3 * HOUR)


STORIES: Mapping[str, Callable[[Room], Awaitable[None]]] = {
    story.__name__: story
    for story in (
        nobody_answers,
        taken_and_repaired,
        taken_and_forgotten,
        snoozed,
        meeting_begins,
        rises_while_taken,
        mail_is_down_for_hours,
        over_before_the_mail_is_back,
        mail_is_down_for_days,
        a_second_way,
        the_address_is_wrong,
        nobody_has_an_address,
        restarts,
        asleep,
        the_plan_changes,
        the_plan_loses_its_only_responder,
        the_plan_is_repaired,
        quiet_hours,
        over_in_the_quiet_hours,
        a_storm,
        a_digest_that_comes_after_the_end,
        many_faults_and_a_report,
        moved_to_the_backup,
        the_class_is_corrected,
        a_drill_is_aborted,
        observed,
    )
}


ACTS = (
    *("open", "open", "clear", "meeting", "take", "confirm", "snooze", "order"),
    *("down", "up", "up", "restart", "plan", "mitigate"),
)


async def random_day(room: Room, seed: int, acts: int = 25) -> None:
    """Faults, people, outages, restarts and plans in any order, at any distance."""
    chance = random.Random(seed)
    room.plan.holds = chance.choice([600, 3600])
    open_faults: list[Fault] = []
    at = 0.0
    for act in range(acts):
        at = max(at, room.clock.now - START) + chance.choice([0, 1, 5, 40, 130, 300, 700, 2000, 5000])
        await room.until(at)
        match chance.choice(ACTS):
            case "open":
                code, target = chance.choice(
                    [("camera_missing", f"cam{act}"), ("app_not_running", ""), ("link_down", "e0")]
                )
                fault = Fault(room=f"R{chance.randint(1, 3)}", code=code, target=target, since=room.clock.now)
                open_faults.append(fault)
                await room.engine.fault_opened(fault, chance.choice([RUNNING, EMPTY, MeetingState()]))
            case "clear" if open_faults:
                await room.engine.fault_cleared(open_faults.pop(chance.randrange(len(open_faults))))
            case "meeting":
                await room.engine.meeting_changed(f"R{chance.randint(1, 3)}", chance.choice([RUNNING, EMPTY]))
            case "down":
                room.post.fate[chance.choice(["mail", "sms", "wang/mail", "li/mail"])] = chance.choice(
                    [Outcome.TEMPORARY, Outcome.PERMANENT, Outcome.THROTTLED]
                )
            case "up":
                room.post.fate.clear()
                await room.engine.paths_returned()
            case "restart":
                await room.restart(chance.choice([1, 100, 4000]))
            case "plan":
                ways = dict(room.plan.ways)
                ways["wang"] = (*ways["wang"][:1], Address(channel="sms", url="test://sms", path="modem"))
                await room.new_plan(replace(room.plan, version=str(act), ways=ways))
            case "take" | "confirm" | "snooze" | "order" | "mitigate" as verb:
                for incident in room.engine.incidents()[:1]:
                    try:
                        await room.engine.command(
                            verb,
                            incident.id,
                            by=chance.choice(["wang", "li"]),
                            until=room.clock.now + 400,
                            to=["zhao"],
                            text="please",
                        )
                    except Refused:
                        pass
    room.post.fate.clear()
    await room.engine.paths_returned()
    await room.until(room.clock.now - START + chance.choice([10, 4 * HOUR]))
