"""Situations in which nobody may be told anything."""

from __future__ import annotations

from tests.prometheus.situations_faults import fault
from tests.prometheus.situations_silence import floor
from tests.prometheus.stage import Situation, StagedRoom

Room = StagedRoom
NEXT = "roomwatch_next_meeting_start_timestamp_seconds"
NO_GO, GO = (f'roomwatch_next_meeting_readiness{{state="{state}"}}' for state in ("no_go", "go"))
DAY = 86400.0


def quiet(name: str, *rooms: StagedRoom, at: tuple[float, ...] = (4, 10)) -> Situation:
    return Situation(name, [*rooms, Room("neighbour", working=rooms[0].working)], {minute: {} for minute in at})


QUIET = [
    quiet("scrapes lost here and there", Room("a", down=[(3, 3.25)]), Room("b", down=[(4, 4.25), (6, 6.25)])),
    quiet("a fault of half a minute", Room("a", more=fault("dns_dead", "warning", [(3, 1), (3.5, None)]))),
    quiet(
        "a fault of one scrape in a meeting",
        Room("a", meeting=[(0, 30)], more=fault("dns_dead", "critical", [(3, 1), (3.25, None)])), at=(3, 3.25, 4, 8),
    ),
    quiet("symptoms only", Room("a", more=fault("dns_dead", "critical", cause="link_down"))),
    quiet("a meeting that begins and ends", Room("a", meeting=[(2, 6)])),
    quiet("nobody knows whether there is a meeting", Room("a", more={'roomwatch_meeting_state{state="unknown"}': 1})),
    quiet("the monitor restarts twice", Room("a", down=[(2, 2.5), (6, 6.5)], ends="restart"), at=(2.25, 4, 6.25, 10)),
    quiet("a PC reboots for three minutes", Room("a", down=[(3, 6)], ends="reboot"), at=(4, 5.5, 8)),
    quiet("a PC is shut down at night", Room("a", working=False, down=[(3, 30)], ends="poweroff"), at=(20,)),
    quiet("a room unplugged at night for five minutes", Room("a", working=False, down=[(3, 8)]), at=(5, 7.5, 12)),
    quiet("a room is off, its meeting is tomorrow", Room("a", down=[(3, 30)], ends="poweroff", more={NEXT: DAY})),
    quiet("a room is off, its meeting was before that",
          Room("a", down=[(3, 30)], ends="poweroff", more={NEXT: 1}), at=(25,)),
    quiet("two rooms share an id at two sites, one off", Room("101"), Room("101", "lab", down=[(3, 30)], ends="stop")),
    quiet("a clock 20 seconds off", Room("a", skew=20)),
    quiet("a clock that jumps for a minute", Room("a", more={"roomwatch_time_seconds": [(3, 400), (4, None)]})),
    quiet("a certificate of a year", Room("a", more={"roomwatch_certificate_expiry_timestamp_seconds": 365 * DAY})),
    quiet("a disk half full", Room("a", more={"roomwatch_disk_free_ratio": 0.5}), at=(22,)),
    quiet("go before a meeting", Room("a", more={NEXT: 900, GO: 1, NO_GO: 0})),
    quiet("no go in maintenance", Room("a", more={NEXT: 900, NO_GO: 1, "roomwatch_maintenance": 1})),
    quiet("what a room never could measure", Room("a", more={'roomwatch_check_state{check="camera"}': -2}), at=(35,)),
    quiet("a check unknown for ten minutes", Room("a", more={'roomwatch_check_state{check="x"}': [(2, -1), (12, 0)]})),
    quiet(
        "a room that starts: nothing is known for two minutes",
        Room("a", more={'roomwatch_checks{state="ok"}': [(0, 0), (2, 30)]}),
    ),
    quiet("a plan without people in observe mode",
          Room("a", more={"roomwatch_plan_reaches_somebody": 0, "roomwatch_observing": 1}), at=(20,)),
    quiet("notifications wait for five minutes",
          Room("a", more={"roomwatch_notifications_pending": [(2, 1), (7, 0)]}), at=(6, 12)),
    quiet("a heartbeat fails for five minutes",
          Room("a", more={'roomwatch_heartbeat_up{switch="x"}': [(0, 1), (2, 0), (7, 1)]})),
    quiet("a channel is down for five minutes", Room("a", more={"roomwatch_channels_down": [(2, 1), (7, 0)]})),
    quiet("files differ while a deployment runs", Room("a", more={"roomwatch_config_differs": [(2, 1), (12, 0)]})),
    quiet("a drill is open", Room("a", more={'roomwatch_incidents_open{taken="no", drill="yes"}': 1})),
    quiet("a site that has no floors", Room("a", floor=""), Room("b", floor="", down=[(5, 30)], ends="stop")),
    quiet("a room moves to another floor", Room("a", absent=[(5, 60)]), Room("a", floor="2", absent=[(0, 5)])),
    quiet("a PC is replaced within an hour", Room("a", instance="old", down=[(3, 3.5)], absent=[(3.5, 60)]),
          Room("a", instance="new", absent=[(0, 6)]), at=(3.25, 5, 9)),
    quiet("overlays differ from room to room",
          Room("a", more={'roomwatch_config_info{base_hash="1", overlay_hash="2"}': 1}),
          Room("b", more={'roomwatch_config_info{base_hash="1", overlay_hash="3"}': 1})),
    quiet("a page is nearly full for ten minutes", Room("a", more={'roomwatch_series_left_out{of="readings"}': 7})),
    quiet("all of a small site restart at once", *floor(5, number="2", down=[(4, 5)], ends="restart"), at=(4.5, 5, 8)),
    quiet("Prometheus was away for two minutes", Room("a", absent=[(4, 6)], meeting=[(0, 30)]), at=(6, 8)),
    quiet("three clocks 29 seconds behind", *floor(3, site="osaka", number="4", skew=-29), at=(8, 15)),
    quiet("a certificate that ends in 15 days",
          Room("4-2", "osaka", "4", more={'roomwatch_certificate_expiry_timestamp_seconds{target="idp"}': 15 * DAY}),
          at=(4, 16)),
    quiet("a disk with 6 % left that does not fill",
          Room("4-3", "osaka", "4", more={'roomwatch_disk_free_ratio{target="/var"}': 0.06,
                                          'roomwatch_disk_free_bytes{target="/var"}': 6e9}), at=(22,)),
    quiet("a probe that breaks once in four runs",
          Room("4-4", "osaka", "4", more={'roomwatch_probe_failures_total{probe="network"}': "0+0.25",
                                          'roomwatch_probe_duration_seconds_count{probe="network"}': "0+1"}),
          at=(12, 22)),
    quiet("a fault comes and goes five times in an hour",
          Room("4-5", "osaka", "4", more={'roomwatch_faults_total{code="usb"}': "0+0.02"}), at=(30, 62)),
    quiet("faults of three rooms in a meeting, all in maintenance",
          *floor(3, site="osaka", number="5", meeting=[(0, 30)],
                 more=fault("app_hung", "critical", held="maintenance")),
          at=(8, 20)),
    quiet("two floors of one site are shut down one after the other",
          *floor(5, site="osaka", number="6", down=[(3, 40)], ends="poweroff"),
          *floor(5, site="osaka", number="7", down=[(6, 40)], ends="stop"), at=(4, 7, 15)),
    quiet("a room in maintenance restarts for eight minutes",
          Room("4-6", "osaka", "4", down=[(4, 12)], ends="reboot",
               more={"roomwatch_maintenance_end_timestamp_seconds": 1800, "roomwatch_maintenance": 1}), at=(6, 11, 14)),
]  # fmt: skip
