"""A day of random faults, and power cuts one after the other, in the virtual room's PC."""

from __future__ import annotations

import json
import os
import random
import time

import pytest

from tests.room.room_pc import RoomPc, folder
from tests.room.steps import again, told
from tests.room.storm import complaints, drawn, rage, settle

HOURS = float(os.environ.get("ROOMWATCH_STORM_HOURS", "24"))
SEED = int(os.environ.get("ROOMWATCH_STORM_SEED", "1"))
CUTS = int(os.environ.get("ROOMWATCH_STORM_CUTS", "20"))
LONGEST_UNTIL_CUT = 8.0
"""Seconds from the fault to the cut: detection, the decision's write and the sending all fall into it."""


def keep(row: dict[str, object]) -> None:
    print(row)
    with (folder() / "storms.jsonl").open("a") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


@pytest.mark.room
def test_after_a_day_of_random_faults_all_is_well_and_all_was_told(room: RoomPc) -> None:
    room.restore()
    acts = drawn(SEED, HOURS * 3600)
    undone = rage(room, acts)
    settle(room)
    found = complaints(room)
    faults = sorted({one.fault.name for one in acts})
    told_of = sorted(room.surroundings.seen.faults)
    kept = {"storm": SEED, "hours": HOURS, "acts": len(acts), "faults": faults, "told": told_of}
    keep({**kept, "undone": undone, "complaints": found})
    assert found == []


@pytest.mark.room
def test_power_cuts_lose_nothing(room: RoomPc) -> None:
    """Each cut falls at a random moment after a fault; the disk is examined as it was at that moment."""
    room.restore()
    dice, damaged = random.Random(SEED), []
    for number in range(CUTS):
        room.shell("pgrep -f ^/usr/local/bin/room-client || /opt/rig/rig.sh program-start")
        room.wait(lambda: "app_not_running" not in room.surroundings.seen.open, 300, "the program is seen again")
        room.act("/opt/rig/rig.sh program-signal KILL")
        if number % 2:
            told("app_not_running")(room)
        time.sleep(dice.uniform(0.0, LONGEST_UNTIL_CUT))
        if said := room.machine.power_cut_and_examine():
            damaged.append(f"cut {number}: {said}")
        room.set_clocks()
        room.plug_all()
        again(room)
    settle(room)
    found = complaints(room, copies=CUTS)
    keep({"cuts": CUTS, "damaged": damaged, "complaints": found})
    assert damaged == []
    assert found == []
