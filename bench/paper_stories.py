"""Ten stories, played through the engine with its journal and its real words. Time travel only.

Each is a function of the stage: it lets things happen and comes back when the day is over.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from alerting.delivery.contract import Outcome
from alerting.engine.workflow import ScheduledTask
from alerting.journal import open_journal
from alerting.messages.facts import HowToTake
from alerting.messages.notice_of import Wording
from alerting.model.fault import Fault, FaultClass
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import Reason, because
from alerting.model.remedy_outcome import RemedyOutcome
from alerting.model.room import Room
from alerting.plan.remedy_format import PlannedRemedy
from alerting.plan.running_plan import RunningPlan
from alerting.service.display_names import DisplayNames
from alerting.workflows.backup import BackupPlan
from alerting.workflows.drill.drill_under_way import DrillOrder
from alerting.workflows.drill.drills import Drills
from alerting.workflows.remedies import Remedies
from alerting.workflows.report import PostIncidentReport
from alerting.workflows.scheduled.uptime_record import WatchTrace
from alerting.workflows.spare_requests import Logistics
from alerting.workflows.workflow_order import in_order
from tests.alerting.stage import RUNNING, START, PlannedStage, StageEngine
from tests.report.story import example_plan

MINUTE, HOUR = 60.0, 3600.0
NIGHT = 9 * HOUR
"""After the start of the stories: one o'clock at night in the plan's zone."""
ROOMS = {"R301": "301会议室", "R305": "305会议室"}
PLACES = {one: Room(id=one, name=name, floor="3", site="总部") for one, name in ROOMS.items()}
EMPTY = MeetingState(running=False)
SOUND = PlannedRemedy(
    kind="restart_sound_server", faults=("microphone_stalled",), automatic=True, notice=60, verify=120
)


def plan_in(language: str) -> RunningPlan:
    data = example_plan().data
    return RunningPlan(msgspec.structs.replace(data, language=language, remedies={"sound": SOUND}))


class PaperStage(PlannedStage[RunningPlan]):
    """A stage with the words of the product, and a machine in each room that answers what ``answers`` says."""

    def __init__(self, folder: Path, language: str) -> None:
        self.answers: dict[bool, RemedyOutcome] = {
            dry: RemedyOutcome(ok=True, detail=because("sound_ready" if dry else "sound_active"))
            for dry in (True, False)
        }
        self.language = language
        self.drills = Drills(lambda: tuple(ROOMS), self._inject, self._withdraw)
        super().__init__(folder, plan_in(language))

    def open(self, mode: str = "act") -> None:
        self.journal = open_journal(self.folder)
        data = self.plan.data
        names = {one: contact.name for one, contact in data.contacts.items()}
        names_of = DisplayNames(lambda: self.plan, lambda: PLACES)
        tasks: tuple[ScheduledTask, ...] = (WatchTrace(self.journal.reader.last_time()), self.drills)
        self.engine = StageEngine(
            journal=self.journal,
            plan=self.plan,
            now=lambda: self.clock.now,
            outbound=self.post,
            render=Wording(
                room_name=lambda room: ROOMS.get(room, room),
                contact_name=lambda one: names.get(one, one),
                meeting=self._meeting,
                participant=names_of.is_participant,
                role=names_of.role,
                whereabouts=names_of.whereabouts,
                material=names_of.material,
                how_to_take=lambda facts: HowToTake(host="room-301", by=facts.contact),
                timezone=data.timezone,
            ),
            mode="act",
            room="R301",
            workflows=in_order(
                Remedies(lambda room: self._carry_out),
                BackupPlan(),
                Logistics(),
                self.drills,
                PostIncidentReport(),
            ),
            tasks=tasks,
        )

    def _meeting(self, room: str) -> MeetingState:
        return self.engine.meeting(room)

    async def _carry_out(self, kind: str, target: str, dry: bool) -> RemedyOutcome:
        return self.answers[dry]

    async def _inject(self, order: DrillOrder) -> Reason:
        return Reason()

    async def _withdraw(self, order: DrillOrder) -> None: ...

    async def breaks(
        self, code: str, target: str = "", room: str = "R301", meeting: MeetingState = RUNNING, drill: bool = False
    ) -> tuple[int, Fault]:
        fault = Fault(room=room, code=code, target=target, since=self.clock.now - 12, drill=drill)
        return await self.engine.fault_opened(fault, meeting), fault

    async def answered(self, number: int, by: str = "wang") -> None:
        await self.engine.command("take", number, by=by)
        await self.engine.command("confirm", number, by=by)


async def quiet_hours(stage: PaperStage) -> None:
    """A notice at night: it waits for the morning, and is over before anybody reads it."""
    await stage.until(NIGHT)
    _, fault = await stage.breaks("microphone_hum", "mic0", meeting=EMPTY)
    await stage.until(NIGHT + 40 * MINUTE)
    number, other = await stage.breaks("camera_missing", "cam0", room="R305", meeting=EMPTY)
    await stage.engine.command("severity", number, by="wang", severity="critical")
    await stage.until(NIGHT + 50 * MINUTE)
    await stage.answered(number)
    await stage.engine.command("done", number, by="wang", text="重新插拔线缆")
    await stage.engine.fault_cleared(other)
    await stage.engine.fault_cleared(fault)
    await stage.until(NIGHT + HOUR)


async def failed_remedy(stage: PaperStage) -> None:
    """Announced to those in the room, and it fails; then a backup that does not work."""
    stage.answers[False] = RemedyOutcome(ok=False, detail=because("broke", detail="[Errno 13] Permission denied"))
    number, fault = await stage.breaks("microphone_stalled", "mic0", meeting=EMPTY)
    await stage.until(5 * MINUTE)
    await stage.answered(number)
    await stage.engine.command("backup_start", number, by="wang")
    await stage.until(7 * MINUTE)
    await stage.engine.command("backup_failed", number, by="wang", text="链接打不开")
    await stage.until(9 * MINUTE)
    await stage.engine.command("note", number, by="wang", text="手动重启声音服务")
    await stage.engine.fault_cleared(fault)


async def failed_channel(stage: PaperStage) -> None:
    """Wang's messenger refuses for good, chen's mail server does not answer."""
    stage.post.fate["wang/1"] = Outcome.PERMANENT
    stage.post.fate["chen/1"] = Outcome.TEMPORARY
    number, fault = await stage.breaks("camera_missing", "cam0")
    await stage.until(3 * MINUTE)
    await stage.answered(number)
    await stage.until(20 * MINUTE)
    await stage.engine.command("done", number, by="wang", text="更换线缆")
    await stage.engine.fault_cleared(fault)


async def drill(stage: PaperStage) -> None:
    given = {"fault": "camera_missing", "target": "cam0", "room": "R301"}
    await stage.engine.task_command("drill", by="chen", **given)
    await stage.until(MINUTE)
    number, fault = await stage.breaks("camera_missing", "cam0", meeting=EMPTY, drill=True)
    await stage.until(3 * MINUTE)
    await stage.answered(number)
    await stage.until(8 * MINUTE)
    await stage.engine.command("done", number, by="wang", text="演练：检查线缆")
    await stage.engine.fault_cleared(fault)


async def declared_by_phone(stage: PaperStage) -> None:
    text = "投影机不亮，董事会马上开始"
    number = await stage.engine.report_by_person(
        "R301", by="刘洋", fault_class=FaultClass.OTHER, text=text, declare=True
    )
    await stage.until(2 * MINUTE)
    await stage.answered(number)
    await stage.engine.command("order", number, by="chen", to=["he"], text="把备用投影机送到 301")
    await stage.engine.command("assign", number, by="wang", to=["li"], text="请到场协助")
    await stage.until(4 * MINUTE)
    await stage.engine.command("decline", number, by="li", text="在外地")
    await stage.until(20 * MINUTE)
    await stage.engine.command("resolve", number, by="wang", text="更换投影机")


async def storm(stage: PaperStage) -> None:
    """Many faults within seconds: digests take the place of messages."""
    kinds = (
        ("camera_missing", "cam0"),
        ("microphone_digital_silence", "mic0"),
        ("disk_full", "/"),
        ("clock_wrong", ""),
    )
    faults = [(await stage.breaks(code, target, room=room))[1] for code, target in kinds for room in ROOMS]
    await stage.until(10 * MINUTE)
    for fault in faults:
        await stage.engine.fault_cleared(fault)
    await stage.until(12 * MINUTE)


async def unattended(stage: PaperStage) -> None:
    """Told to the last step, and nobody answers."""
    _, fault = await stage.breaks("link_down", "eth0")
    await stage.until(3 * HOUR)
    await stage.engine.fault_cleared(fault)


async def reboot(stage: PaperStage) -> None:
    """The room's computer is off for seven minutes in the middle of it."""
    number, fault = await stage.breaks("camera_missing", "cam0")
    await stage.until(2 * MINUTE)
    await stage.answered(number)
    await stage.close()
    stage.clock.now += 7 * MINUTE
    stage.open()
    await stage.until(12 * MINUTE)
    await stage.engine.command("mitigate", number, by="wang", text="会议转至 305 会议室")
    await stage.until(25 * MINUTE)
    await stage.engine.fault_cleared(fault)


async def two_rooms(stage: PaperStage) -> None:
    one, first = await stage.breaks("camera_missing", "cam0")
    two, second = await stage.breaks("microphone_digital_silence", "mic0", room="R305", meeting=EMPTY)
    await stage.until(3 * MINUTE)
    await stage.answered(one)
    await stage.until(9 * MINUTE)
    await stage.engine.fault_cleared(second)
    await stage.until(15 * MINUTE)
    await stage.engine.fault_cleared(first)
    assert one != two


async def healed_by_itself(stage: PaperStage) -> None:
    _, fault = await stage.breaks("dns_dead", "10.0.0.53")
    await stage.until(40)
    await stage.engine.fault_cleared(fault)


async def report_of(stage: PaperStage) -> None:
    """The office finishes what is owed; it is signed in the evening, so that quiet hours hold it for some."""
    owed = [one for one in stage.journal.reader.incidents(drills=False) if one.report_due is not None]
    for one in owed[:1]:
        text = "线缆**没有固定**，会前被碰落。\n- 固定线缆\n- 更换接头"
        await stage.engine.command("report_edit", one.id, by="sun", chapter="cause", text=text)
        for verb, by in (("report_submit", "sun"), ("report_approve", "wang"), ("report_sign", "chen")):
            await stage.engine.command(verb, one.id, by=by)
    await stage.until(stage.clock.now - START + MINUTE)


Story = Callable[[PaperStage], Awaitable[None]]
STORIES: Mapping[str, Story] = {
    one.__name__: one
    for one in (
        quiet_hours,
        failed_remedy,
        failed_channel,
        drill,
        declared_by_phone,
        storm,
        unattended,
        reboot,
        two_rooms,
        healed_by_itself,
    )
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as it arrived. at: seconds after the start. language: its reader's."""

    at: float
    contact: str
    title: str
    body: str
    short: str
    language: str


async def play(name: str, folder: Path, language: str) -> tuple[list[Sent], float]:
    """What arrived, and the Unix time at the end. The journal is left in the folder."""
    stage = PaperStage(folder, language)
    await STORIES[name](stage)
    await stage.until(stage.clock.now - START + MINUTE)
    await report_of(stage)
    end = stage.clock.now
    await stage.close()
    sent = [Sent(at, who, row.title, row.body, row.short, row.language) for at, who, row in stage.post.arrived]
    return sent, end
