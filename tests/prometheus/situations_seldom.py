"""Situations of rooms that were never heard, do not come back, or come and go."""

from __future__ import annotations

from tests.prometheus.situations_faults import fault
from tests.prometheus.situations_quiet import NEXT, quiet
from tests.prometheus.situations_silence import MAINTENANCE, OTHERS, floor
from tests.prometheus.stage import Situation, StagedRoom

Room = StagedRoom
NEVER = [(0.0, 10000.0)]
AT_NIGHT = floor(4, number="9", working=False)
FLAPS = [(one, one + 1) for one in range(2, 22, 4)]
ON_PATCH_DAY = {"ends": "reboot", "down": [(5, 60)]}

SELDOM = [
    quiet("an inventory that is ahead of the installation: a site of which no PC was ever heard",
          *floor(10, site="osaka", number="1", down=NEVER), at=(1, 3, 10, 30)),
    quiet("a floor of a site that works is in the inventory and is not installed yet",
          *floor(10, site="hq", number="7", down=NEVER), at=(1, 3, 20)),
    quiet("a room that was never heard, at night", Room("a", down=NEVER, working=False)),
    quiet("a PC is installed: heard for the first time, shut down in order, heard again",
          Room("a", down=[(0, 5), (10, 60)], ends="poweroff"), at=(3, 8, 20)),
    Situation(
        "a PC is installed, heard for the first time, and dies",
        [Room("a", down=[(0, 5), (8, 60)]), *OTHERS], {3: {}, 7: {}, 12: {"RoomSilent": 1}},
    ),
    Situation(
        "a floor of twelve of which eight were never heard: its switch dies, and four go silent",
        [*floor(8, number="4", down=NEVER), *(Room(f"4-9{one}", "hq", "4", down=[(5, 30)]) for one in range(4)),
         *OTHERS],
        {4: {}, 7: {"FloorSilent": 1}},
    ),
    Situation(
        "a site with ten rooms of which nine were never heard: the one that is in use dies",
        [*floor(9, site="osaka", number="1", down=NEVER), Room("1-99", "osaka", down=[(5, 30)]), *OTHERS],
        {8: {"RoomSilent": 1}},
    ),
    Situation(
        "Prometheus comes back after ten minutes and a room died in between: that is silence, it was heard before",
        [Room("a", absent=[(5, 15)], down=[(15, 60)]), *floor(4, number="9", absent=[(5, 15)])],
        {19: {"RoomSilent": 1}},
    ),
    quiet("the old PC of a room, out of use, is still in the inventory for a few minutes",
          Room("a", instance="old", down=[(2, 60)], more=fault("camera_black", "warning", [(1, 1)])),
          Room("a", instance="new"), at=(4, 8)),
    Situation(
        "the fault of an old PC that stays in the inventory ends when the new PC is heard without it",
        [Room("a", instance="old", down=[(8, 60)], more=fault("camera_black", "warning", [(2, 1)])),
         Room("a", instance="new", absent=[(0, 7)]), *OTHERS],
        {6: {"RoomFault": 1}, 11: {}, 16: {}, 19: {"RoomDuplicate": 1}},
    ),
    Situation(
        "patch night: twelve PCs restart in order and none comes back",
        floor(12, working=False, **ON_PATCH_DAY), {10: {}, 18: {"RoomsNotBackOffHours": 1, "RoomNotBackOffHours": 12}},
    ),
    Situation(
        "an update in working hours leaves five of twelve rooms behind",
        [*floor(5, number="4", **ON_PATCH_DAY), *floor(7, number="5", bare=True)],
        {10: {}, 18: {"RoomsNotBack": 1, "RoomNotBack": 5}},
    ),
    Situation(
        "one PC restarts at night and does not come back: that waits for the morning",
        [Room("a", working=False, **ON_PATCH_DAY), *AT_NIGHT], {18: {"RoomNotBackOffHours": 1}},
    ),
    Situation(
        "a PC is reinstalled in its maintenance, and is still away when that ends",
        [Room("a", **ON_PATCH_DAY, more={MAINTENANCE: [(1, 1800)]}), *OTHERS], {18: {}, 28: {}, 32: {"RoomNotBack": 1}},
    ),
    Situation(
        "a PC restarts in a meeting and does not come back",
        [Room("a", meeting=[(0, 60)], **ON_PATCH_DAY), *OTHERS],
        {8: {}, 11: {"RoomSilentInMeeting": 1}, 20: {"RoomSilentInMeeting": 1}},
    ),
    Situation(
        "a switch that restarts again and again: its rooms flap together",
        [*floor(8, number="4", down=FLAPS), *OTHERS],
        {20: {"RoomsFlapping": 1, "RoomFlapping": 8}},
    ),
    quiet("a room whose cables are exchanged in its maintenance comes and goes",
          Room("a", down=FLAPS, more={MAINTENANCE: [(0.5, 1800)]}), at=(12, 20, 29, 33)),
    quiet("a room is shut down in its maintenance, and its calendar has a meeting",
          Room("a", down=[(3, 60)], ends="poweroff", more={MAINTENANCE: [(1, 3600)], NEXT: 900}), at=(8, 14)),
    quiet("three scrapes are lost everywhere, as the network of Prometheus is switched over",
          *(Room(f"1-{one}", site, down=[(5, 5.75)]) for site in ("hq", "lab", "osaka") for one in range(4)),
          at=(5.5, 5.75, 6, 8)),
    Situation(
        "a room is open all night at a site where nobody works, and another room is unplugged",
        [Room("a", working=False, down=[(5, 60)]), Room("guards"), *AT_NIGHT], {18: {"RoomSilentOffHours": 1}},
    ),
    Situation(
        "a room is unplugged at night and still is when work begins",
        [Room("a", working=False, down=[(5, 60)]),
         *(Room(f"9-{one}", more={"roomwatch_working_time": [(0, 0), (20, 1)]}) for one in range(4))],
        {18: {"RoomSilentOffHours": 1}, 24: {"RoomSilent": 1}},
    ),
]  # fmt: skip
