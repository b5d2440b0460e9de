"""Situations of rooms that go away: which must be told, and which must not."""

from __future__ import annotations

from tests.prometheus.stage import Situation, StagedRoom

Room = StagedRoom


def floor(count: int, *, site: str = "hq", number: str = "1", **more: object) -> list[StagedRoom]:
    return [Room(f"{number}-{one:02}", site, number, **more) for one in range(1, count + 1)]  # type: ignore[arg-type]


OTHERS = floor(4, number="9")
"""Healthy ones elsewhere in the building."""

MAINTENANCE = "roomwatch_maintenance_end_timestamp_seconds"

SILENCE = [
    Situation("nothing happens", OTHERS, {5: {}, 20: {}}),
    Situation(
        "a room dies in working hours: after two minutes, not before, and it ends when the room is back",
        [Room("a", down=[(5, 12)]), *OTHERS],
        {6.5: {}, 9: {"RoomSilent": 1}, 14: {}},
    ),
    Situation(
        "a room dies in a meeting",
        [Room("a", meeting=[(0, 30)], down=[(5, 30)]), *OTHERS],
        {5.25: {}, 7: {"RoomSilentInMeeting": 1}, 15: {"RoomSilentInMeeting": 1}},
    ),
    Situation("one lost scrape", [Room("a", down=[(5, 5.25), (8, 8.25)]), *OTHERS], {5.25: {}, 6: {}, 9: {}}),
    Situation(
        "two lost scrapes in a meeting", [Room("a", meeting=[(0, 30)], down=[(5, 5.5)]), *OTHERS],
        {5.25: {}, 5.5: {}, 6: {}, 8: {}},
    ),
    Situation(
        "a room is shut down in order in working hours", [Room("a", down=[(5, 30)], ends="poweroff"), *OTHERS],
        {6: {}, 9: {}, 25: {}},
    ),
    Situation(
        "a room is shut down in order while its meeting is said to run",
        [Room("a", meeting=[(0, 30)], down=[(5, 30)], ends="poweroff"), *OTHERS], {6: {}, 9: {}, 20: {}},
    ),
    Situation(
        "a room was shut down, came back, and dies after that",
        [Room("a", down=[(5, 8)], ends="stop"), Room("b", down=[(12, 30)]), *OTHERS], {10: {}, 18: {"RoomSilent": 1}},
    ),
    Situation(
        "the monitor is restarted", [Room("a", meeting=[(0, 30)], down=[(5, 6)], ends="restart"), *OTHERS],
        {5.5: {}, 6: {}, 9: {}},
    ),
    Situation(
        "a PC reboots and does not come back", [Room("a", down=[(5, 40)], ends="reboot"), *OTHERS],
        {10: {}, 18: {"RoomNotBack": 1}},
    ),
    Situation(
        "patch day: 40 rooms of a floor restart in order at the same time",
        [*floor(40, switch="sw1", down=[(5, 8)], ends="reboot"), *OTHERS], {6: {}, 7.5: {}, 10: {}},
    ),
    Situation(
        "a room dies at night", [Room("a", working=False, down=[(5, 40)]), *floor(4, number="9", working=False)],
        {10: {}, 18: {"RoomSilentOffHours": 1}},
    ),
    Situation(
        "a site is switched off in the evening, in order",
        floor(40, switch="sw1", working=False, down=[(5, 40)], ends="poweroff"), {6: {}, 10: {}, 25: {}},
    ),
    Situation(
        "a site is shut down on Saturday room by room",
        [
            *(Room(f"1-{one}", switch="sw1", working=False, down=[(5 + one, 60)], ends="stop") for one in range(10)),
        ],
        {9: {}, 12: {}, 25: {}},
    ),
    Situation(
        "the switch of 40 rooms dies in working hours",
        [*floor(40, switch="sw1", down=[(5, 9)]), *floor(12, number="2", bare=True)],
        {5: {}, 6: {"SwitchSilent": 1}, 11: {}},
    ),
    Situation(
        "the switch of 40 rooms dies, two of them are in a meeting",
        [
            *floor(38, switch="sw1", down=[(5, 20)]),
            Room("1-88", switch="sw1", meeting=[(0, 30)], down=[(5, 20)]),
            Room("1-89", switch="sw1", meeting=[(0, 30)], down=[(5, 20)]),
            *floor(12, number="2", bare=True),
        ],
        {6: {"SwitchSilent": 1, "RoomSilentInMeeting": 2}},
    ),
    Situation(
        "the switch of 40 rooms dies off hours",
        [*floor(40, switch="sw1", working=False, down=[(5, 9)]),
         *floor(12, number="2", bare=True)],
        {6: {"SwitchSilentOffHours": 1}, 11: {}},
    ),
    Situation(
        "a room in maintenance is unplugged, and is still away when the maintenance ends",
        [Room("a", down=[(5, 60)], more={MAINTENANCE: [(4, 1200)]}), *OTHERS], {12: {}, 19: {}, 24: {"RoomSilent": 1}},
    ),
    Situation(
        "a meeting runs in a room in maintenance, and it goes silent",
        [Room("b", meeting=[(0, 30)], down=[(5, 60)], more={MAINTENANCE: [(4, 1200)]}), *OTHERS],
        {8: {"RoomSilentInMeeting": 1}},
    ),
    Situation(
        "a switch is exchanged: all of its rooms are in maintenance",
        floor(12, switch="sw7", down=[(5, 30)], more={MAINTENANCE: [(2, 1800)]}), {6: {}, 12: {}, 20: {}},
    ),
    Situation(
        "a switch is exchanged, and a room behind it is in a meeting",
        [*floor(8, switch="sw7", down=[(5, 30)], more={MAINTENANCE: [(2, 1800)]}),
         Room("1-99", switch="sw7", meeting=[(0, 40)], down=[(5, 30)]), *OTHERS], {8: {"RoomSilentInMeeting": 1}},
    ),
    Situation(
        "a page with a series for each reason of an end, as of an older version",
        [Room("c", down=[(5, 30)], ends="poweroff",
              more={f'roomwatch_stopping{{reason="{one}"}}': 0 for one in ("reboot", "restart", "stop")}), *OTHERS],
        {9: {}, 20: {}},
    ),
    Situation(
        "rooms of one floor number at two sites: one site's floor goes silent",
        [*floor(6, site="shanghai", number="3", down=[(4, 30)]), *floor(6, site="berlin", number="3")],
        {6: {"SiteSilent": 1, "FloorSilent": 1}},
    ),
    Situation(
        "a floor of five: three silent, one switched off in order, one heard",
        [*floor(3, site="berlin", number="2", down=[(4, 30)]), Room("2-8", "berlin", "2", down=[(3, 30)], ends="stop"),
         Room("2-9", "berlin", "2"), *floor(6, site="berlin", number="1")],
        {6: {"FloorSilent": 1}},
    ),
    Situation(
        "a floor goes silent and no switch is known", [*floor(10, down=[(5, 9)]), *floor(8, number="2")],
        {6: {"FloorSilent": 1}, 11: {}},
    ),
    Situation(
        "two rooms of a floor of ten go silent: single rooms",
        [*floor(8), Room("1-91", down=[(5, 20)]), Room("1-92", down=[(5, 20)]), *OTHERS], {9: {"RoomSilent": 2}},
    ),
    Situation(
        "a whole site goes silent",
        [*floor(5, down=[(5, 8)]), *floor(5, number="2", down=[(5, 8)]), *floor(10, site="lab")],
        {6: {"SiteSilent": 1, "FloorSilent": 2}},
    ),
    Situation(
        "all sites go silent at once",
        [*floor(5, down=[(5, 8)]), *floor(5, site="lab", down=[(5, 8)])],
        {6: {"NothingAnswers": 1, "SiteSilent": 2, "FloorSilent": 2}},
    ),
    Situation(
        "most rooms of a floor are switched off in order and two that are on stay on",
        [*floor(8, down=[(5, 30)], ends="poweroff"), *floor(2, number="2")], {7: {}, 20: {}},
    ),
    Situation(
        "a room flaps",
        [Room("a", down=[(one, one + 1) for one in range(2, 22, 4)]), *OTHERS],
        {12: {}, 20: {"RoomFlapping": 1}},
    ),
    Situation(
        "Prometheus was down for four minutes, a room was off before that",
        [Room("a", down=[(2, 30)], absent=[(5, 9)], ends="poweroff"),
         *floor(4, number="9", absent=[(5, 9)])],
        {10: {}, 15: {}},
    ),
    Situation(
        "a room is off and its meeting starts in ten minutes",
        [Room("a", down=[(3, 40)], ends="poweroff",
              more={"roomwatch_next_meeting_start_timestamp_seconds": 1200}), *OTHERS],
        {8: {}, 12.5: {"RoomOffBeforeMeeting": 1}},
    ),
    Situation(
        "no room is known", [Room("a", absent=[(0, 30)])], {3: {}, 9: {"NoRoomsKnown": 1}},
    ),
    Situation(
        "the scrape configuration loses most of a site",
        [*floor(8, absent=[(10, 60)]), *floor(2, number="2"), *floor(8, site="lab")],
        {9: {}, 18: {"RoomsVanished": 1}},
    ),
    Situation(
        "one room of ten leaves the inventory", [Room("a", absent=[(10, 60)]), *floor(9)], {14: {}, 25: {}},
    ),
]  # fmt: skip
