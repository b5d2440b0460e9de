"""Told stories whose journals the real engine writes. Every one of them is healthy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from alerting.delivery.contract import Outcome
from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import Fault, FaultClass, Severity
from alerting.plan.contract import Address
from tests.alerting.stage import RUNNING, START, Organisation
from tests.audit.audited_room import CAMERA, EMPTY, HOUR, Room


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


async def overlapping_faults(room: Room) -> None:
    cameras = [Fault(room="R1", code="camera_missing", target=f"cam{n}", since=START + n) for n in range(4)]
    await room.engine.fault_opened(cameras[0], RUNNING)
    await room.until(4)
    await room.engine.fault_opened(cameras[1], RUNNING)
    await room.until(9)
    await room.engine.fault_opened(cameras[2], RUNNING)
    await room.until(200)
    await room.engine.fault_cleared(cameras[0])
    await room.restart()
    await room.until(320)
    room.post.fate["mail"] = Outcome.TEMPORARY
    await room.engine.fault_cleared(cameras[1])
    await room.engine.fault_opened(replace(cameras[3], since=START + 10), RUNNING)
    await room.until(1300)
    room.post.fate.clear()
    await room.engine.paths_returned()
    await room.until(1400)
    await room.engine.fault_cleared(cameras[2])
    await room.until(1600)
    await room.engine.fault_cleared(cameras[3])
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

    def chain(self, fault_class: FaultClass, severity: Severity, at: float) -> tuple[EscalationStep, ...]:
        found = super().chain(fault_class, severity, at)
        first = EscalationStep(name="carrier", audience=("logistics",))
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
        overlapping_faults,
        moved_to_the_backup,
        the_class_is_corrected,
        a_drill_is_aborted,
        observed,
    )
}
