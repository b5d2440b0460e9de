"""What is recorded: each room once by (site, room), whatever its number of targets, and the sums of sites."""

from __future__ import annotations

from scripts.mixin.rule import Group, Recording

FAULTS = 'roomwatch_fault_open{cause="", held=~"|no"}'
"""Causes that nobody holds back: no symptom, no maintenance, quiet hours or drill, none that a person declared."""

ROOMS = (
    Recording("site_room:roomwatch_up:max", "max by (SITE, ROOM) (up{SELECTOR})"),
    Recording("site:roomwatch_rooms:count", "count by (SITE) (site_room:roomwatch_up:max)"),
    # A switch is remembered while its rooms are silent.
    Recording(
        "site_room:roomwatch_switch:info",
        """topk by (SITE, ROOM) (1, group by (SITE, ROOM, switch) (roomwatch_wall_port_info))
or on (SITE, ROOM)
(site_room:roomwatch_switch:info and on (SITE, ROOM) site_room:roomwatch_up:max == 0)""",
    ),
    # topk: of an old and a new PC of one room with two floors, one is taken.
    Recording(
        "site_room:roomwatch_place:info",
        """topk by (SITE, ROOM) (1, group by (SITE, FLOOR, ROOM, class, model) (up{SELECTOR}))
or on (SITE, ROOM)
topk by (SITE, ROOM) (1, group by (SITE, FLOOR, ROOM, class, model) (
  {__name__=~"roomwatch_(build_info|fault_open|time_seconds|journal_writable|incidents_told_nobody)"}
))""",
    ),
    Recording(
        "site_room:roomwatch_where:info",
        """site_room:roomwatch_place:info * on (SITE, ROOM) group_left (switch) site_room:roomwatch_switch:info
or on (SITE, ROOM)
site_room:roomwatch_place:info""",
    ),
    Recording(
        "site_room:roomwatch_last_seen:timestamp",
        """max by (SITE, ROOM) (timestamp(up{SELECTOR} == 1))
or
(site_room:roomwatch_last_seen:timestamp and on (SITE, ROOM) site_room:roomwatch_up:max)""",
    ),
    Recording(
        "site_room:roomwatch_meeting:running", 'max by (SITE, ROOM) (roomwatch_meeting_state{state="running"})'
    ),
    Recording(
        "site_room:roomwatch_next_meeting:timestamp",
        """max by (SITE, ROOM) (roomwatch_next_meeting_start_timestamp_seconds)
or
(site_room:roomwatch_next_meeting:timestamp and on (SITE, ROOM) site_room:roomwatch_up:max == 0)""",
    ),
    # A silent site does not say whether people work there now: then as a week ago, as last heard, or yes.
    Recording(
        "site:roomwatch_working_time:max",
        """max by (SITE) (roomwatch_working_time)
or
site:roomwatch_working_time:max offset 1w
or
last_over_time(site:roomwatch_working_time:max[12h])
or
(0 * site:roomwatch_rooms:count + 1)""",
    ),
    # How the last run ended: 0 it runs or died, 1 switched off on purpose, 2 restarts.
    Recording(
        "site_room:roomwatch_ended:state",
        """0 * (site_room:roomwatch_up:max == 1 unless on (SITE, ROOM) (max by (SITE, ROOM) (roomwatch_stopping) == 1))
or
max by (SITE, ROOM) (max_over_time(roomwatch_stopping{reason=~"poweroff|stop"}[2m]) == 1)
or
2 * max by (SITE, ROOM) (max_over_time(roomwatch_stopping{reason=~"reboot|restart"}[2m]) == 1)
or
(last_over_time(site_room:roomwatch_ended:state[30m]) and on (SITE, ROOM) site_room:roomwatch_up:max)
or
0 * site_room:roomwatch_up:max""",
    ),
    # 1 silent, 0 heard; a room that ended in order has no series.
    Recording(
        "site_room:roomwatch_silent:bool",
        """(max by (SITE, ROOM) (avg_over_time(up{SELECTOR}[<<silence_window>>]) or up{SELECTOR}) < bool 0.5)
* on (SITE, ROOM)
(site_room:roomwatch_up:max == bool 0)
and on (SITE, ROOM)
site_room:roomwatch_ended:state == 0""",
    ),
    Recording(
        "site_switch:roomwatch_silent:ratio",
        """avg by (SITE, switch) (
  site_room:roomwatch_silent:bool
  * on (SITE, ROOM) group_left (switch) site_room:roomwatch_where:info{switch!=""}
)
and
count by (SITE, switch) (
  site_room:roomwatch_where:info{switch!=""} and on (SITE, ROOM) site_room:roomwatch_silent:bool
) >= <<group_rooms>>""",
    ),
    # Rooms behind a silent switch are that switch's.
    Recording(
        "site_floor:roomwatch_silent:ratio",
        """sum by (SITE, FLOOR) (
  (
    site_room:roomwatch_silent:bool
    * on (SITE, ROOM) group_left (FLOOR, switch) site_room:roomwatch_where:info{FLOOR!=""}
  )
  unless on (SITE, switch) (site_switch:roomwatch_silent:ratio > <<group_silent_ratio>>)
)
/
(count by (SITE, FLOOR) (
  site_room:roomwatch_where:info{FLOOR!=""} and on (SITE, ROOM) site_room:roomwatch_silent:bool
) >= <<group_rooms>>)""",
    ),
    Recording("site:roomwatch_silent:ratio", "avg by (SITE) (site_room:roomwatch_silent:bool)"),
    # While a room cannot be heard, its faults stand as they were last seen.
    Recording(
        "site_room:roomwatch_fault:open",
        f"""max by (SITE, ROOM, code, target, severity, fault_class) ({FAULTS} == 1)
or
(site_room:roomwatch_fault:open and on (SITE, ROOM) site_room:roomwatch_up:max == 0)""",
    ),
    # Answers, and sees nothing: every check unknown, or its plan stands still, by its own clock.
    Recording(
        "site_room:roomwatch_blind:bool",
        """(
  sum by (SITE, ROOM) (roomwatch_checks{state=~"ok|degraded|failed"}) == bool 0
  and on (SITE, ROOM) sum by (SITE, ROOM) (roomwatch_checks{state="unknown"}) > 0
)
or on (SITE, ROOM)
max by (SITE, ROOM) (
  (roomwatch_time_seconds - roomwatch_last_tick_timestamp_seconds > bool 600)
  and roomwatch_last_tick_timestamp_seconds > 0
)""",
    ),
    # -2 switched off, -1 unknown, 0 usable, 1 impaired, 2 unusable, 3 a fault in a running meeting, 4 silent.
    Recording(
        "site_room:roomwatch_state:code",
        """(
  4 * (site_room:roomwatch_silent:bool == 1)
  or on (SITE, ROOM)
  -2 * (site_room:roomwatch_ended:state == 1 and on (SITE, ROOM) site_room:roomwatch_up:max == 0)
  or on (SITE, ROOM)
  (site_room:roomwatch_up:max == 0) - 1
  or on (SITE, ROOM)
  3 * (
    max by (SITE, ROOM) (site_room:roomwatch_fault:open{severity=~"|warning|critical"})
    and on (SITE, ROOM) site_room:roomwatch_meeting:running == 1
  )
  or on (SITE, ROOM)
  2 * (max by (SITE, ROOM) (roomwatch_room_state{state="unusable"}) == 1)
  or on (SITE, ROOM)
  -1 * (max by (SITE, ROOM) (site_room:roomwatch_blind:bool) == 1)
  or on (SITE, ROOM)
  (max by (SITE, ROOM) (roomwatch_room_state{state="impaired"}) == 1)
  or on (SITE, ROOM)
  0 * (max by (SITE, ROOM) (roomwatch_room_state{state="usable"}) == 1)
  or on (SITE, ROOM)
  0 * site_room:roomwatch_up:max - 1
)
* on (SITE, ROOM) group_left (FLOOR, class, model) site_room:roomwatch_where:info""",
    ),
    *(
        Recording(
            "site_floor:roomwatch_rooms:count",
            f"count by (SITE, FLOOR, class) (site_room:roomwatch_state:code == {code})",
            {"state": state},
        )
        for code, state in ((-2, "off"), (-1, "unknown"), (0, "usable"), (1, "impaired"), (2, "unusable"),
                            (3, "fault in a meeting"), (4, "silent"))
    ),
    # Of the rooms that should be usable now. Nobody judges rooms out of hours, in maintenance, off, or unknown.
    Recording(
        "site:roomwatch_unavailable:ratio",
        """sum by (SITE) (
  (site_room:roomwatch_state:code >= bool 2)
  and on (SITE, ROOM) site_room:roomwatch_state:code >= 0
  unless on (SITE, ROOM) (max by (SITE, ROOM) (roomwatch_maintenance) == 1)
)
/
count by (SITE) (site_room:roomwatch_state:code >= 0
  unless on (SITE, ROOM) (max by (SITE, ROOM) (roomwatch_maintenance) == 1))
and on (SITE)
site:roomwatch_working_time:max == 1""",
    ),
)  # fmt: skip

BURN_WINDOWS = ("5m", "30m", "1h", "6h", "1d", "3d")
SUMS = (
    *(
        Recording(f"site:roomwatch_unavailable:ratio_{window}",
                  f"avg_over_time(site:roomwatch_unavailable:ratio[{window}])")
        for window in BURN_WINDOWS
    ),
    *(
        Recording(f"site:roomwatch_availability:ratio_{window}",
                  f"1 - avg_over_time(site:roomwatch_unavailable:ratio[{window}])")
        for window in ("1d", "7d", "30d")
    ),
    Recording(
        "site:roomwatch_meeting_seconds:increase5m", "sum by (SITE) (increase(roomwatch_meeting_seconds_total[5m]))"
    ),
    Recording(
        "site:roomwatch_meeting_hit_seconds:increase5m",
        "sum by (SITE) (increase(roomwatch_meeting_hit_seconds_total[5m]))",
    ),
    Recording(
        "site:roomwatch_meeting_minutes_lost:sum1d",
        "sum_over_time(site:roomwatch_meeting_hit_seconds:increase5m[1d]) / 60",
    ),
    Recording(
        "site_phase:roomwatch_incident_phase_seconds_sum:increase5m",
        "sum by (SITE, phase) (increase(roomwatch_incident_phase_seconds_sum[5m]))",
    ),
    Recording(
        "site_phase:roomwatch_incident_phase_seconds_count:increase5m",
        "sum by (SITE, phase) (increase(roomwatch_incident_phase_seconds_count[5m]))",
    ),
    *(
        Recording(
            f"site:roomwatch_{name}_seconds:mean1d",
            f"""sum_over_time(site_phase:roomwatch_incident_phase_seconds_sum:increase5m{{phase="{phase}"}}[1d])
/
(sum_over_time(site_phase:roomwatch_incident_phase_seconds_count:increase5m{{phase="{phase}"}}[1d]) > 0)""",
        )
        for name, phase in (("mtta", "acknowledge"), ("mttr", "restore"))
    ),
    # A code appears with its first fault: in a room that was there before, that one counts too.
    Recording(
        "site_code:roomwatch_faults:increase5m",
        """sum by (SITE, FLOOR, model, code) (
  clamp_min(roomwatch_faults_total - (roomwatch_faults_total offset 5m), 0)
  or
  ((roomwatch_faults_total unless (roomwatch_faults_total offset 5m))
    and on (SITE, ROOM) (site_room:roomwatch_up:max offset 5m) == 1)
)""",
    ),
)  # fmt: skip


def groups() -> list[Group]:
    return [Group("roomwatch-rooms", ROOMS), Group("roomwatch-sums", SUMS, interval="5m")]
