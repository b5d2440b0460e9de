"""Days of a room at random but by seed, each of them healthy for the engine however rough for the people."""

from __future__ import annotations

import random
from dataclasses import replace

from alerting.delivery.contract import Outcome
from alerting.engine.commands import Refused
from alerting.model.fault import Fault
from alerting.model.meeting_state import MeetingState
from alerting.plan.contract import Address
from tests.alerting.stage import RUNNING, START
from tests.audit.audited_room import EMPTY, HOUR, Room

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
