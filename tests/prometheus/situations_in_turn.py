"""Situations of rooms one after the other, of what nobody may be told, and of what stays so while a room is off."""

from __future__ import annotations

from tests.prometheus.situations_faults import fault
from tests.prometheus.situations_quiet import DAY, GO, NEXT, NO_GO, quiet
from tests.prometheus.situations_silence import MAINTENANCE, OTHERS, floor
from tests.prometheus.stage import Change, Situation, StagedRoom

Room = StagedRoom
CAMERA = 'roomwatch_check_state{check="camera", target="front"}'
BEAT = 'roomwatch_heartbeat_up{switch="x"}'
CERTIFICATE = 'roomwatch_certificate_expiry_timestamp_seconds{target="idp"}'
FREE, FREE_BYTES = (f'roomwatch_disk_free_{unit}{{target="/"}}' for unit in ("ratio", "bytes"))
OLDEST = "roomwatch_notifications_oldest_pending_timestamp_seconds"
OBSERVING = {"roomwatch_observing": 1.0}


def in_turn(count: int, metric: str, each: float, bad: float, good: float) -> list[StagedRoom]:
    """One room after the other, each for some minutes, without a gap between them."""
    rooms: list[tuple[float, Change, Change]] = [
        (one * each, (one * each, bad), ((one + 1) * each, good)) for one in range(count)
    ]
    return [
        Room(f"6-{number}", "osaka", "6", more={metric: [(0, good), *changes] if start else list(changes)})
        for number, (start, *changes) in enumerate(rooms)
    ]


IN_TURN = [
    quiet("the camera of one room after the other cannot be measured for ten minutes",
          *in_turn(5, CAMERA, 10, -1, 0), at=(32, 41, 49)),
    quiet("a deployment changes the files of one room after the other, ten minutes each",
          *in_turn(8, "roomwatch_config_differs", 10, 1, 0), at=(62, 75)),
    quiet("the heartbeat of one room after the other fails for five minutes",
          *in_turn(5, BEAT, 5, 0, 1), at=(16, 21, 24)),
    Situation(
        "the heartbeat of one room fails for good while those of others fail for a moment",
        [*in_turn(4, BEAT, 5, 0, 1), Room("6-9", "osaka", "6", more={BEAT: 0.0})],
        {12: {}, 18: {"HeartbeatFailing": 1}},
    ),
    quiet("a technician pulls the plugs of a room in its maintenance",
          Room("a", more={'roomwatch_faults_total{code="usb"}': "0+0.25", MAINTENANCE: [(0, 1500)]}), at=(12, 20, 27)),
    quiet("a room in observe mode has a fault, a meeting, and an incident that nobody takes",
          Room("a", meeting=[(0, 40)], more=fault("dns_dead", "critical") | OBSERVING
               | {"roomwatch_incidents_unanswered": 1, "roomwatch_incidents_told_nobody": 1}), at=(6, 12)),
    quiet("a room in observe mode is not ready for its meeting",
          Room("a", more=OBSERVING | {NEXT: 900, NO_GO: 1, GO: 0}), at=(4, 10)),
    quiet("three rooms in observe mode have the same fault", *floor(3, more=fault("dns_dead", "critical") | OBSERVING)),
    Situation(
        "a fault at leisure stays one alert through a meeting",
        [Room("a", meeting=[(8, 14)], more=fault("app_restarted", "notice")), *OTHERS],
        {7: {"RoomFault": 1}, 11: {"RoomFault": 1}, 17: {"RoomFault": 1}},
    ),
    Situation(
        "the clock of Prometheus is wrong at night, when most rooms are off",
        [*floor(4, skew=200, working=False), *floor(8, number="2", working=False, down=[(2, 60)], ends="poweroff")],
        {12: {"ClockOfPrometheusWrong": 1}},
    ),
    quiet("a certificate whose end is not known", Room("a", more={CERTIFICATE: 0.0}), at=(16,)),
    Situation(
        "a site is switched off in the evening: its certificate still ends, its full disk is still full",
        floor(3, down=[(20, 60)], ends="poweroff", more={CERTIFICATE: 10 * DAY, FREE: 0.03}),
        {19: {"CertificateEnding": 1, "DiskFilling": 3}, 40: {"CertificateEnding": 1, "DiskFilling": 3}},
    ),
    Situation(
        "an incident of which nobody could be told is no better when its room is switched off",
        [Room("a", down=[(8, 60)], ends="poweroff", more={"roomwatch_incidents_told_nobody": 1}), *OTHERS],
        {6: {"NobodyReachable": 1}, 20: {"NobodyReachable": 1}},
    ),
    quiet("a room is switched on in the morning and loads updates for half an hour",
          Room("a", more={FREE: [(0, 0.19), (15, 0.18)], FREE_BYTES: "19000000000+-10000000"}), at=(17, 30)),
    Situation(
        "a log fills a disk for an hour and a half",
        [Room("a", more={FREE: 0.15, FREE_BYTES: "15000000000+-10000000"}), *OTHERS], {50: {}, 92: {"DiskFilling": 1}},
    ),
    quiet("two of a site's rooms, and a third for a moment, cannot be used as the day begins",
          *floor(3, more={'roomwatch_room_state{state="usable"}': [(0, 0), (10, 1)],
                          'roomwatch_room_state{state="unusable"}': [(0, 1), (10, 0)]}), at=(8, 15, 20)),
    Situation(
        "three of four rooms cannot be used for three quarters of an hour and longer",
        [*floor(3, more={'roomwatch_room_state{state="usable"}': 0, 'roomwatch_room_state{state="unusable"}': 1}),
         Room("1-9")], {25: {}, 48: {"AvailabilityBurnsFast": 1, "AvailabilityBurns": 1}},
    ),
    quiet("a storm: something waits to be sent at every scrape, and nothing for long",
          Room("a", more={"roomwatch_notifications_pending": 2, OLDEST: "-5+15"}), at=(14, 20)),
    Situation(
        "a plan that was never looked at since the start",
        [Room("a", more={"roomwatch_last_tick_timestamp_seconds": 0}), *OTHERS], {8: {}, 13: {"RoomBlind": 1}},
    ),
    quiet("a page that leaves out its checks' states, as the reduced one, of a room in maintenance",
          Room("a", more={MAINTENANCE: 3600, CAMERA: -1}), at=(32,)),
]  # fmt: skip

OVER_DAYS = [
    Situation(
        "an inventory ahead of the installation is told once a day has passed",
        [Room("a", down=[(0.0, 1e6)], bare=True), Room("b", bare=True)], {1400: {}, 1452: {"RoomsNeverHeard": 1}},
    ),
    Situation(
        "observe mode is forgotten in a room that is off each night",
        [Room("a", down=[(600, 1300)], more=OBSERVING), Room("b", bare=True)],
        {1400: {}, 1452: {"ObserveMode": 1}},
    ),
    Situation(
        "observe mode while one room after the other is set up, half a day each",
        [Room("a", more={"roomwatch_observing": [(0, 1), (720, 0)]}),
         Room("b", more={"roomwatch_observing": [(0, 0), (720, 1), (1440, 0)]}),
         Room("c", more={"roomwatch_observing": [(0, 0), (1440, 1)]})], {1448: {}, 1500: {}},
    ),
    Situation(
        "the room that was left behind by an update is off each night",
        [Room("a", down=[(600, 1300), (2040, 2740)], more={'roomwatch_build_info{version="0.9"}': 1,
              'roomwatch_build_info{version="1.0"}': [(0, None)]}),
         Room("b", more={"roomwatch_working_time": 0})],
        {2800: {}, 2900: {"VersionSkew": 1}},
    ),
]  # fmt: skip
"""Scraped each four minutes: two days are soon played."""
