"""What is recorded: each room once by (site, room), whatever its number of targets, and the sums of sites.

A rule costs as much as the series that it reads, matching or not. What must be quick is recorded with the alerts that
need it (alerts_rooms_gone.py, alerts_faults.py); all else is read each minute, and sums each five.
"""

from __future__ import annotations

from scripts.mixin.rule import AWAY, GONE, ONE_WHERE, PRESENCE, WHERE, Group, Recording

FAULTS = 'roomwatch_fault_open{cause="", held=~"|no"}'
"""Causes that nobody holds back: no symptom, no maintenance, quiet hours or drill, none that a person declared."""

PLACES = (
    # A switch is remembered while its rooms are silent.
    Recording(
        "site_room:roomwatch_switch:info",
        f"""topk by (SITE, ROOM) (1, group by (SITE, ROOM, switch) (roomwatch_wall_port_info))
or on (SITE, ROOM)
(site_room:roomwatch_switch:info and on (SITE, ROOM) {GONE})""",
    ),
    # topk: of an old and a new PC of one room with two floors, one is taken.
    Recording(
        "site_room:roomwatch_where:info",
        """topk by (SITE, ROOM) (1, group by (SITE, FLOOR, ROOM, class, model) (up{SELECTOR}))
* on (SITE, ROOM) group_left (switch) site_room:roomwatch_switch:info
or on (SITE, ROOM)
topk by (SITE, ROOM) (1, group by (SITE, FLOOR, ROOM, class, model) (
  up{SELECTOR} or {__name__=~"roomwatch_(build_info|fault_open)"}
))""",
    ),
    Recording("site:roomwatch_rooms:count", f"count by (SITE) ({PRESENCE})"),
    Recording("site_floor:roomwatch_known:count", f'count by (SITE, FLOOR) ({WHERE}{{FLOOR!=""}})'),
    Recording("site_switch:roomwatch_known:count", f'count by (SITE, switch) ({WHERE}{{switch!=""}})'),
    Recording(
        "site_room:roomwatch_next_meeting:timestamp",
        f"""max by (SITE, ROOM) (roomwatch_next_meeting_start_timestamp_seconds)
or
(site_room:roomwatch_next_meeting:timestamp and on (SITE, ROOM) {GONE})""",
    ),
    # Of each room there are sixteen, nearly all of them 0: what is open is few.
    Recording(
        "site_room:roomwatch_incidents:open",
        "sum by (SITE, FLOOR, ROOM, severity, taken, drill) (roomwatch_incidents_open) > 0",
    ),
    # As most of its rooms say: one with a wrong clock, or that is open all night, does not speak for the others.
    # A silent site does not say whether people work there now: then as a week ago, as last heard, or yes.
    Recording(
        "site:roomwatch_working_time:bool",
        """avg by (SITE) (roomwatch_working_time) >= bool 0.5
or
site:roomwatch_working_time:bool offset 1w
or
last_over_time(site:roomwatch_working_time:bool[12h])
or
(0 * site:roomwatch_rooms:count + 1)""",
    ),
    # Answers, and sees nothing: every check unknown, its plan stands still by its own clock or was never looked at,
    # or what answers is no Roomwatch, as another exporter at a wrong address.
    Recording(
        "site_room:roomwatch_blind:bool",
        """(
  sum by (SITE, ROOM) (roomwatch_checks{state="unknown"}) > 0
  unless on (SITE, ROOM)
  sum by (SITE, ROOM) (roomwatch_checks{state=~"ok|degraded|failed"}) > 0
  or on (SITE, ROOM)
  max by (SITE, ROOM) (
    roomwatch_time_seconds - (roomwatch_last_tick_timestamp_seconds > 0) > 600
  )
  or on (SITE, ROOM)
  max by (SITE, ROOM) (roomwatch_last_tick_timestamp_seconds == 0) + 1
  or on (SITE, ROOM)
  (
    max by (SITE, ROOM) (scrape_samples_scraped{SELECTOR} + 1 and up{SELECTOR} == 1)
    unless on (SITE, ROOM)
    roomwatch_checks
  )
) > bool 0""",
    ),
    Recording(
        "site_room:roomwatch_clock_wrong:seconds",
        """max by (SITE, ROOM) (
  abs(roomwatch_time_seconds - timestamp(roomwatch_time_seconds)) > <<clock_skew_seconds>>
)""",
    ),
)

STATE = (
    # -2 switched off, -1 unknown, 0 usable, 1 impaired, 2 unusable, 3 a fault in a running meeting, 4 silent.
    Recording(
        "site_room:roomwatch_state:code",
        f"""(
  (max by (SITE, ROOM) ({AWAY}) == 2) + 2
  or on (SITE, ROOM)
  (max by (SITE, ROOM) ({AWAY}) == 3) - 5
  or on (SITE, ROOM)
  0 * max by (SITE, ROOM) ({AWAY}) - 1
  or on (SITE, ROOM)
  3 * (
    max by (SITE, ROOM) (site_room:roomwatch_fault:open{{severity=~"|warning|critical"}})
    and on (SITE, ROOM) site_room:roomwatch_meeting:running
  )
  or on (SITE, ROOM)
  2 * (max by (SITE, ROOM) (roomwatch_room_state{{state="unusable"}}) == 1)
  or on (SITE, ROOM)
  -1 * site_room:roomwatch_blind:bool
  or on (SITE, ROOM)
  (max by (SITE, ROOM) (roomwatch_room_state{{state="impaired"}}) == 1)
  or on (SITE, ROOM)
  0 * (max by (SITE, ROOM) (roomwatch_room_state{{state="usable"}}) == 1)
  or on (SITE, ROOM)
  0 * {PRESENCE} - 1
)
* on (SITE, ROOM) group_left (FLOOR, class, model) {ONE_WHERE}""",
    ),
    Recording(
        "site_room:roomwatch_fault_start:timestamp", "min by (SITE, ROOM) (roomwatch_fault_start_timestamp_seconds)"
    ),
    Recording(
        "site_floor:roomwatch_rooms:count",
        'count_values by (SITE, FLOOR, class) ("code", site_room:roomwatch_state:code)',
    ),
    # Of the rooms that should be usable now. Nobody judges rooms out of hours, in maintenance, off, or unknown.
    Recording(
        "site:roomwatch_unavailable:ratio",
        """avg by (SITE) (
  (site_room:roomwatch_state:code >= 0 unless on (SITE, ROOM) roomwatch_maintenance == 1)
  >= bool 2
)
and on (SITE)
site:roomwatch_working_time:bool == 1""",
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
    # What the dashboards draw over days: raw, it would be every room's series for each point.
    *(
        Recording(
            f"site_{label}:roomwatch_{name}:increase5m", f"sum by (SITE, {label}) (increase(roomwatch_{metric}[5m]))"
        )
        for label, name, metric in (
            ("probe", "probe_duration_seconds_sum", "probe_duration_seconds_sum"),
            ("probe", "probe_duration_seconds_count", "probe_duration_seconds_count"),
            ("probe", "probe_failures", "probe_failures_total"),
            ("channel", "notification_delivery_seconds_sum", "notification_delivery_seconds_sum"),
            ("channel", "notification_delivery_seconds_count", "notification_delivery_seconds_count"),
            ("outcome", "notifications", "notifications_total"),
        )
    ),
    *(
        Recording(f"site:roomwatch_{name}:{how}", f"{how} by (SITE) ({expr})")
        for name, expr in (
            ("cpu", "rate(process_cpu_seconds_total{SELECTOR}[5m])"),
            ("resident_memory_bytes", "process_resident_memory_bytes{SELECTOR}"),
        )
        for how in ("avg", "max")
    ),
    Recording(
        "site:roomwatch_clock_skew_seconds:max",
        "max by (SITE) (abs(roomwatch_time_seconds - timestamp(roomwatch_time_seconds)))",
    ),
    Recording("site:roomwatch_scrape_duration_seconds:max", "max by (SITE) (scrape_duration_seconds{SELECTOR})"),
    # A code appears with its first fault: in a room that was there before, that one counts too.
    Recording(
        "site_code:roomwatch_faults:increase5m",
        """sum by (SITE, FLOOR, model, code) (
  clamp_min(roomwatch_faults_total - (roomwatch_faults_total offset 5m), 0)
  or
  ((roomwatch_faults_total unless (roomwatch_faults_total offset 5m))
    and on (SITE, ROOM) (site_room:roomwatch_presence:code offset 5m) == 0)
)""",
    ),
)  # fmt: skip


def groups() -> list[Group]:
    return [
        Group("roomwatch-places", PLACES, interval="1m"),
        Group("roomwatch-state", STATE, interval="30s"),
        Group("roomwatch-sums", SUMS, interval="5m"),
    ]
