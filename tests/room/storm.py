"""A storm: faults of the table in random order, overlapping and with pauses, all from one seed; and what must be true
when it is over. How it is drawn needs no guest.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from typing import Any

from alerting.journal.rows import stem
from bench.crash import key_of
from tests.room.faults import FAULTS, Fault
from tests.room.machine import TROUBLE
from tests.room.room_pc import RoomPc

LONGEST_PAUSE, LASTS = 240.0, (5.0, 420.0)
"""Seconds between two beginnings, and that a fault lasts: some end before a look has seen them, some are told."""
MOST_AT_ONCE = 3
"""More would leave the slow guest no time for its probes, and the storm would show the emulation."""
CALM_AFTER = 900.0
"""Seconds after the last end within which all is healthy and all that was decided is sent: a slow guest's recovery
(watching.RECOVERY_SECONDS), then the longest pause between two tries of a message."""
LEFT_OUT = frozenset(
    {
        "host-clock-ahead",  # a wall clock that is set moves what is told in these hours, and the audit by them
        "host-clock-back",
        "host-journal-damaged",  # the audit has to say what was lost
        "host-upgrade",  # a package of apt takes minutes here, and the network must be there
        "host-healthy",
        "host-disk-full",  # apt and the guest's own agent write too
        "camera-covered",  # it learns the view first, which other faults would spoil
    }
)
SENT = """
import json, sqlite3
db = sqlite3.connect("file:/var/lib/roomwatch/journal.db?mode=ro", uri=True)
print(json.dumps({"whole": db.execute("PRAGMA integrity_check").fetchone()[0],
                  "states": dict(db.execute("SELECT key, state FROM notifications WHERE decided_at > ?", [SINCE]))}))
"""
"""SINCE: the snapshot's journal has messages that nobody here has seen."""


@dataclass(frozen=True)
class Act:
    """at: seconds from the storm's begin. begins: else the fault ends then."""

    at: float
    fault: Fault
    begins: bool


def drawn(seed: int, seconds: float, faults: tuple[Fault, ...] = FAULTS) -> list[Act]:
    """In order of time. Of an area one fault at a time: their ends are the same steps."""
    dice, acts, at = random.Random(seed), list[Act](), 0.0
    usable = [one for one in faults if one.name not in LEFT_OUT and not one.once]
    until: dict[str, float] = {}
    while True:
        at += dice.uniform(0.0, LONGEST_PAUSE)
        if at >= seconds:
            return sorted(acts, key=lambda one: one.at)
        free = [one for one in usable if until.get(one.area, 0.0) <= at]
        if not free or sum(end > at for end in until.values()) >= MOST_AT_ONCE:
            continue
        fault = dice.choice(free)
        end = min(at + dice.uniform(*LASTS), seconds)
        until[fault.area] = end
        acts += [Act(at, fault, True), Act(end, fault, False)]


def rage(room: RoomPc, acts: list[Act]) -> list[str]:
    """Plays it. Returns the names of steps that the guest could not do, which are no verdict on the product."""
    begun, undone = time.monotonic(), []
    for act in acts:
        time.sleep(max(0.0, begun + act.at - time.monotonic()))
        for step in (*act.fault.first, *act.fault.begin) if act.begins else act.fault.end:
            try:
                step(room)
            except TROUBLE as error:
                undone.append(f"{act.fault.name}: {error}"[:200])
    return undone


def settle(room: RoomPc) -> None:
    """Everything that the storm may have left is put back; whatever is open must end by itself then."""
    room.surroundings.sound()
    room.machine.link(True)
    room.machine.power()
    room.shell("pkill -CONT -x pipewire; tc qdisc delete dev eth0 root; networkctl reconfigure eth0", check=False)
    for order in ("usbcam-unplug", "usbmic-unplug"):  # whatever is plugged in, and wherever
        room.shell(f"/opt/rig/rig.sh {order}", check=False)
    room.plug_all()
    for order in ("usbcam-order run", "usbcam-order rate 5", "usbmic-order room", "program-signal CONT"):
        room.shell(f"/opt/rig/rig.sh {order}", check=False)
    room.shell("pgrep -f ^/usr/local/bin/room-client || /opt/rig/rig.sh program-start", check=False)


def complaints(room: RoomPc, *, copies: int = 0) -> list[str]:
    """What must not be, once all has been put back. copies: how many messages may have come twice."""
    seen, begun = room.surroundings.seen, time.monotonic()
    found: list[str] = []
    try:
        room.wait(lambda: seen.answered > begun and not seen.open, CALM_AFTER, "nothing is open")
        room.wait(lambda: not unfinished(room), CALM_AFTER, "nothing waits to be sent")
    except TimeoutError as error:
        found.append(f"{error}; open: {sorted(seen.open)}, waiting: {unfinished(room)}")
    journal = _journal(room)
    if journal["whole"] != "ok":
        found.append(f"the journal is not whole: {journal['whole']}")
    came = [(key_of(one["text"]), str(one["way"])) for one in seen.messages if one["text"].strip()]
    states = journal["states"]
    found += [f"sent, and did not come: {key}" for key in not_come(states, came)]
    found += [f"came, and was not decided: {key}" for key in {key for key, _ in came} - states.keys()]
    if (twice := len(came) - len({key for key, _ in came})) > copies:
        found.append(f"{twice} messages came twice")
    audit = room.machine.shell("roomwatch audit --json", seconds=300, check=False)
    if audit.returncode:
        found.append(f"the audit: {audit.stdout[-1000:]}{audit.stderr[-300:]}")
    return found


def not_come(states: dict[str, str], came: list[tuple[str, str]]) -> list[str]:
    """Keys of messages that were sent and are not among those that came (key, way). What went by another way, here by
    mail, bears the key of its decision."""
    keys = {key for key, _ in came}
    return [
        key
        for key, state in states.items()
        if state == "sent" and ((stem(key), "mail") not in came if "+" in key else key not in keys)
    ]


def unfinished(room: RoomPc) -> list[str]:
    return [key for key, state in _journal(room)["states"].items() if state in ("pending", "sending")]


def _journal(room: RoomPc) -> dict[str, Any]:
    asked = SENT.replace("SINCE", repr(room.restored))
    return dict(json.loads(room.machine.shell("python3 -", data=asked.encode()).stdout))
