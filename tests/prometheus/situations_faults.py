"""Situations of faults, names, clocks and the monitor itself."""

from __future__ import annotations

from collections.abc import Sequence

from tests.prometheus.situations_silence import OTHERS, floor
from tests.prometheus.stage import Change, Situation, StagedRoom

Room = StagedRoom


def fault(
    code: str, severity: str, when: Sequence[Change] = ((5, 1),), *, target: str = "", held: str = "no", cause: str = ""
) -> dict[str, Sequence[Change] | str | float]:
    own = f'code="{code}", target="{target}", severity="{severity}", held="{held}", cause="{cause}", fault_class="x"'
    return {f"roomwatch_fault_open{{{own}}}": when}


DISPLAYS = fault("display_unplugged", "warning", target="1") | fault("display_unplugged", "warning", target="2")
DISPLAYS |= fault("display_unplugged", "warning", target="3")

FAULTS = [
    Situation(
        "a fault in an empty room is a warning, and ends",
        [Room("a", more=fault("camera_black", "warning", [(5, 1), (10, None)])), *OTHERS],
        {5.5: {}, 7: {"RoomFault": 1}, 13: {}},
    ),
    Situation(
        "a fault in a meeting", [Room("a", meeting=[(0, 30)], more=fault("link_down", "critical")), *OTHERS],
        {6: {"RoomFaultInMeeting": 1}},
    ),
    Situation(
        "a meeting in lab/101 does not make a fault in hq/101 critical",
        [Room("101", more=fault("camera_black", "warning")), Room("101", "lab", meeting=[(0, 30)]), *OTHERS],
        {7: {"RoomFault": 1}},
    ),
    Situation(
        "a fault whose scrape is lost once stays one alert",
        [Room("a", down=[(8, 8.25)], more=fault("camera_black", "warning")), *OTHERS],
        {7: {"RoomFault": 1}, 8: {"RoomFault": 1}, 8.5: {"RoomFault": 1}, 10: {"RoomFault": 1}},
    ),
    Situation(
        "a clean stop does not resolve what is not repaired",
        [Room("a", down=[(8, 30)], ends="poweroff", more=fault("camera_black", "warning")), *OTHERS],
        {7: {"RoomFault": 1}, 20: {"RoomFault": 1}},
    ),
    *(
        Situation(
            f"a fault that is held: {held}",
            [Room("a", meeting=[(0, 40)], more=fault("dns_dead", "critical", held=held)), *OTHERS], {6: {}, 12: {}},
        )
        for held in ("maintenance", "quiet", "drill", "declared")
    ),
    Situation(
        "symptoms of a cause",
        [Room("a", more=fault("link_down", "critical") | fault("dns_dead", "critical", cause="link_down")), *OTHERS],
        {8: {"RoomFault": 1}},
    ),
    Situation("three unplugged displays of one room", [Room("a", more=DISPLAYS), *OTHERS], {10: {"RoomFault": 1}}),
    Situation(
        "patch day: 40 rooms have a notice", floor(40, more=fault("app_restarted", "notice")), {10: {"RoomFault": 40}},
    ),
    Situation(
        "patch day in maintenance: the programs of 40 rooms are gone",
        floor(40, more=fault("app_not_running", "critical", held="maintenance")), {10: {}},
    ),
    Situation(
        "one critical fault in three rooms, one of them in a meeting",
        [*floor(2, more=fault("dns_dead", "critical")),
         Room("1-77", meeting=[(0, 30)], more=fault("dns_dead", "critical")), *OTHERS],
        {8: {"ManyRoomsSameFault": 1, "RoomFault": 2, "RoomFaultInMeeting": 1}},
    ),
    Situation(
        "the same fault at three sites, one room each",
        [Room("a", one, more=fault("camera_black", "warning")) for one in ("hq", "lab", "berlin")],
        {8: {"RoomFault": 3}},
    ),
    Situation(
        "a warning in five rooms of a site", [*floor(5, more=fault("camera_black", "warning")), *OTHERS],
        {9: {"ManyRoomsSameWarning": 1, "RoomFault": 5}},
    ),
    Situation(
        "three black cameras among 200 rooms are no common cause",
        [*floor(197, bare=True), *floor(3, number="8", more=fault("camera_black", "warning"))], {9: {"RoomFault": 3}},
    ),
    Situation(
        "a fault in a meeting, and the room goes silent with it",
        [Room("5-31", "shanghai", "5", meeting=[(0, 40)], down=[(8, 30)], more=fault("usb_disconnected", "critical")),
         *OTHERS],
        {7: {"RoomFaultInMeeting": 1}, 12: {"RoomFaultInMeeting": 1, "RoomSilentInMeeting": 1}},
    ),
    Situation(
        "a meeting ends and its fault stays",
        [Room("5-32", "shanghai", "5", meeting=[(0, 9)], more=fault("microphone_dead", "critical")), *OTHERS],
        {7: {"RoomFaultInMeeting": 1}, 12: {"RoomFault": 1}},
    ),
    Situation(
        "two faults of one room, one held by a drill",
        [Room("7", more=fault("camera_black", "warning") | fault("dns_dead", "critical", held="drill")), *OTHERS],
        {8: {"RoomFault": 1}},
    ),
    Situation(
        "the same critical fault in five rooms, of which two are the old and the new PC of one",
        [*floor(2, more=fault("dns_dead", "critical")),
         Room("x", instance="old", more=fault("dns_dead", "critical")),
         Room("x", instance="new", absent=[(0, 4)], more=fault("dns_dead", "critical")), *OTHERS],
        {8: {"ManyRoomsSameFault": 1, "RoomFault": 3}},
    ),
    Situation(
        "a fault comes and goes six times", [Room("a", more={'roomwatch_faults_total{code="usb"}': "0+0.25"}), *OTHERS],
        {4: {}, 12: {"FaultFlapping": 1}},
    ),
]  # fmt: skip

ITSELF = [
    Situation(
        "an old and a new PC of one room overlap for five minutes",
        [Room("a", instance="old", down=[(8, 10)], absent=[(10, 60)]),
         Room("a", instance="new", absent=[(0, 5)], more=fault("camera_black", "warning", [(6, 1)])), *OTHERS],
        {6.5: {}, 9: {"RoomFault": 1}, 15: {"RoomFault": 1}},
    ),
    Situation(
        "two PCs of one room for a quarter of an hour",
        [Room("a", instance="old"), Room("a", instance="new", floor="2"), *OTHERS], {5: {}, 15: {"RoomDuplicate": 1}},
    ),
    Situation("one room id at two sites", [Room("101"), Room("101", "lab"), *OTHERS], {15: {}}),
    Situation(
        "a PC that believes to be another room", [Room("a", configured=("hq", "b")), *OTHERS],
        {5: {}, 15: {"RoomMisnamed": 1}},
    ),
    Situation(
        "a PC that believes to be at another site", [Room("a", configured=("lab", "a")), *OTHERS],
        {15: {"RoomMisnamed": 1}},
    ),
    Situation("a PC that names no site", [Room("a", configured=("", "a")), *OTHERS], {15: {}}),
    Situation(
        "a room is renamed", [Room("a", absent=[(10, 60)]), Room("b", absent=[(0, 10)]), *OTHERS], {12: {}, 25: {}},
    ),
    Situation("a clock three seconds off", [Room("a", skew=3), Room("b", skew=-3), *OTHERS], {15: {}}),
    Situation("a clock 90 seconds ahead is no stall", [Room("a", skew=90), *OTHERS], {4: {}, 12: {"ClockWrong": 1}}),
    Situation("a clock 90 seconds behind is no stall", [Room("a", skew=-90), *OTHERS], {12: {"ClockWrong": 1}}),
    Situation(
        "the clock of Prometheus is wrong", floor(10, skew=200), {12: {"ClockOfPrometheusWrong": 1}},
    ),
    Situation(
        "a monitor that stalls", [Room("a", more={"roomwatch_last_tick_timestamp_seconds": 240}), *OTHERS],
        {5: {}, 8: {"MonitorStalled": 1}},
    ),
    Situation(
        "all checks of a room unknown",
        [Room("a", more={'roomwatch_checks{state="ok"}': 0, 'roomwatch_checks{state="unknown"}': 30}), *OTHERS],
        {8: {}, 12: {"RoomBlind": 1}},
    ),
    Situation(
        "a check that ten rooms cannot measure any more is one alert; what was never seen working is none",
        floor(10, more={'roomwatch_check_state{check="host.clock", target=""}': -1,
                        'roomwatch_check_state{check="camera", target="v"}': -2}),
        {20: {}, 32: {"CheckBlind": 1}},
    ),
    Situation(
        "a check that two sites cannot measure: one alert for each",
        [*floor(3, site="berlin", more={'roomwatch_check_state{check="camera", target="front"}': -1}),
         *floor(2, site="osaka", more={'roomwatch_check_state{check="camera", target="front"}': -1})],
        {25: {}, 36: {"CheckBlind": 2}},
    ),
    Situation(
        "a monitor of a room with a wrong clock stalls: both are told, by the room's own clock",
        [Room("a", skew=600, more={"roomwatch_last_tick_timestamp_seconds": 780}), *OTHERS],
        {10: {"ClockWrong": 1, "MonitorStalled": 1}},
    ),
    Situation(
        "an incident and nobody could be told", [Room("a", more={"roomwatch_incidents_told_nobody": 1}), *OTHERS],
        {2: {"NobodyReachable": 1}},
    ),
    Situation(
        "nobody took an incident", [Room("a", more={"roomwatch_incidents_unanswered": 1}), *OTHERS],
        {3: {"IncidentUnanswered": 1}},
    ),
    Situation(
        "the plan of ten rooms reaches nobody: one alert", floor(10, more={"roomwatch_plan_reaches_somebody": 0}),
        {10: {}, 17: {"PlanReachesNobody": 1}},
    ),
    Situation(
        "a journal that cannot be written, notifications that wait, a driver that hangs",
        [Room("a", more={"roomwatch_journal_writable": 0, "roomwatch_notifications_pending": 2,
                         "roomwatch_children_stuck": 1}), *OTHERS],
        {15: {"JournalNotWritable": 1, "NotificationsStuck": 1, "DriverHung": 1}},
    ),
    Situation(
        "notifications that expired",
        [Room("a", more={'roomwatch_notifications_total{outcome="expired"}': [(0, 0), (5, 1)]}), *OTHERS],
        {4: {}, 7: {"NotificationsExpired": 1}},
    ),
    Situation(
        "duties and channels: each one alert a site",
        floor(3, more={"roomwatch_reports_overdue": 1, "roomwatch_drills_overdue": 1, "roomwatch_channels_down": 1,
                       "roomwatch_audit_findings": 2, "roomwatch_inspections_overdue": 1,
                       'roomwatch_heartbeat_up{switch="x"}': 0}),
        {20: {"ReportOverdue": 1, "DrillOverdue": 1, "InspectionOverdue": 1, "AuditFindings": 1, "ChannelDown": 1,
              "HeartbeatFailing": 1}},
    ),
    Situation(
        "configuration: refused, and files that differ",
        [Room("a", more={"roomwatch_config_problems": 3}), Room("b", more={"roomwatch_config_differs": 1})],
        {5: {"ConfigurationRefused": 1}, 63: {"ConfigurationRefused": 1, "ConfigurationDiffers": 1}},
    ),
    Situation(
        "no go before a meeting in ten minutes",
        [Room("a", more={'roomwatch_next_meeting_readiness{state="no_go"}': 1,
                         "roomwatch_next_meeting_start_timestamp_seconds": 1200}), *OTHERS],
        {5: {"MeetingNoGo": 1}},
    ),
    Situation(
        "no go before a meeting of tomorrow",
        [Room("a", more={'roomwatch_next_meeting_readiness{state="no_go"}': 1,
                         "roomwatch_next_meeting_start_timestamp_seconds": 90000}), *OTHERS],
        {5: {}},
    ),
    Situation(
        "a certificate ends in two days, another in ten, one in a year",
        [Room("a", more={'roomwatch_certificate_expiry_timestamp_seconds{target="x"}': 2 * 86400.0,
                         'roomwatch_certificate_expiry_timestamp_seconds{target="y"}': 10 * 86400.0,
                         'roomwatch_certificate_expiry_timestamp_seconds{target="z"}': 365 * 86400.0}), *OTHERS],
        {25: {"CertificateEndsNow": 1, "CertificateEnding": 1}},
    ),
    Situation(
        "a disk that is nearly full, and one that is half full",
        [Room("a", more={'roomwatch_disk_free_ratio{target="/"}': 0.03}),
         Room("b", more={'roomwatch_disk_free_ratio{target="/"}': 0.5}), *OTHERS],
        {26: {"DiskFilling": 1}},
    ),
    Situation(
        "an update in rings: two versions for an hour",
        [*floor(2, more={'roomwatch_build_info{version="2.0"}': [(5, 1)]}), *OTHERS], {60: {}},
    ),
    Situation(
        "a monitor that restarts again and again",
        [Room("a", more={"process_start_time_seconds": [(one, one + 1) for one in range(10)]}), *OTHERS],
        {2: {}, 10: {"MonitorRestarting": 1}},
    ),
    Situation(
        "a probe that always breaks, in three rooms",
        floor(3, more={'roomwatch_probe_failures_total{probe="camera"}': "0+1",
                       'roomwatch_probe_duration_seconds_count{probe="camera"}': "0+1"}),
        {20: {"ProbeFailing": 1}},
    ),
    Situation(
        "a name with a quote, Chinese and a picture",
        [Room('a"湖😀', down=[(5, 20)]), *OTHERS], {9: {"RoomSilent": 1}},
    ),
    Situation(
        "observe mode for an hour is no alert", [Room("a", more={"roomwatch_observing": 1})], {60: {}},
    ),
]  # fmt: skip
