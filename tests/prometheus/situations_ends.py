"""Situations around an orderly end, a second PC of a room, and a Prometheus that was away itself."""

from __future__ import annotations

from tests.prometheus.situations_faults import fault
from tests.prometheus.situations_quiet import NEXT
from tests.prometheus.situations_silence import MAINTENANCE, OTHERS, floor
from tests.prometheus.stage import Situation, StagedRoom

Room = StagedRoom
SAYS_RESTART = {'roomwatch_stopping{reason="restart"}': [(0.0, None), (4.75, 1.0), (5.0, None)]}
AWAY_TEN, AWAY_FORTY = [(5, 15)], [(5, 45)]

ENDS = [
    Situation(
        "an update restarts a monitor in a meeting, it is back, and the PC dies a minute later",
        [Room("a", meeting=[(0, 30)], down=[(5, 5.5), (6.5, 30)], more=SAYS_RESTART), *OTHERS],
        {5.25: {}, 6: {}, 8.5: {"RoomSilentInMeeting": 1}, 12: {"RoomSilentInMeeting": 1}},
    ),
    Situation(
        "the old PC of a room is shut down in order, and the new one dies a minute later in a meeting",
        [
            Room("a", instance="old", down=[(5, 30)], ends="poweroff"),
            Room("a", instance="new", meeting=[(0, 40)], down=[(6, 30)]),
            *OTHERS,
        ],
        {5.5: {}, 8: {"RoomSilentInMeeting": 1}},
    ),
    Situation(
        "Prometheus was down for ten minutes, a room was unplugged in its maintenance before that",
        [
            Room("a", down=[(3, 50)], absent=AWAY_TEN, more={MAINTENANCE: [(1, 3600)]}),
            *floor(4, number="9", absent=AWAY_TEN),
        ],
        {16: {}, 22: {}},
    ),
    Situation(
        "a maintenance was ended early, and the room goes silent after that",
        [Room("a", down=[(6, 50)], more={MAINTENANCE: [(1, 3600), (4, 0)]}), *OTHERS],
        {10: {"RoomSilent": 1}},
    ),
    Situation(
        "Prometheus was down for forty minutes, a room was off before that",
        [Room("a", down=[(2, 90)], absent=AWAY_FORTY, ends="poweroff"), *floor(4, number="9", absent=AWAY_FORTY)],
        {46: {}, 52: {}},
    ),
    Situation(
        "Prometheus was down for forty minutes, a room was silent before that",
        [Room("a", down=[(2, 90)], absent=AWAY_FORTY), *floor(4, number="9", absent=AWAY_FORTY)],
        {49: {"RoomSilent": 1}},
    ),
    Situation(
        "a switch dies for eight minutes as meetings are near: its rooms have no other alerts than single rooms have",
        [*floor(8, switch="sw1", down=[(5, 30)], more={NEXT: 900}), *floor(12, number="3", bare=True)],
        {8: {"SwitchSilent": 1, "RoomSilent": 8, "RoomOffBeforeMeeting": 8}, 13: {
            "SwitchSilent": 1, "RoomSilent": 8, "RoomOffBeforeMeeting": 8}},
    ),
    Situation(
        "a room with a fault is renamed",
        [
            Room("a", absent=[(8, 60)], configured=("hq", "b"), more=fault("camera_black", "warning", [(2, 1)])),
            Room("b", absent=[(0, 8)], more=fault("camera_black", "warning", [(2, 1)])),
            *OTHERS,
        ],
        {7: {"RoomFault": 1}, 9.5: {"RoomFault": 1}, 12: {"RoomFault": 1}},
    ),
]  # fmt: skip

AT_A_MINUTE = [
    Situation("a scrape is lost in a meeting", [Room("a", meeting=[(0, 60)], down=[(10, 11)]), *OTHERS],
              {10: {}, 11: {}, 12: {}, 14: {}}),
    Situation("a room dies in a meeting", [Room("a", meeting=[(0, 60)], down=[(10, 30)]), *OTHERS],
              {11: {}, 15: {"RoomSilentInMeeting": 1}}),
    Situation("a room is switched off in order", [Room("a", down=[(10, 60)], ends="poweroff"), *OTHERS],
              {11: {}, 15: {}, 50: {}}),
    Situation("a switch dies", [*floor(8, switch="sw1", down=[(10, 20)]), *floor(10, number="2", bare=True)],
              {10: {}, 13: {"SwitchSilent": 1}, 24: {}}),
]  # fmt: skip
"""Scraped each 60 seconds, by rules that are made for it."""
