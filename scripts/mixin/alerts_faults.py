"""Alerts of rooms' faults."""

from __future__ import annotations

from scripts.mixin.recording import FAULTS
from scripts.mixin.rule import (
    GONE,
    MAINTENANCE,
    OBSERVING,
    ONE_WHERE,
    PLACE,
    PLACE_ZH,
    WHERE,
    Alert,
    Group,
    Recording,
    of_room,
    up_to_ten,
)

PAGING = 'severity=~"|warning|critical"'
LEISURE = 'severity!~"|warning|critical"'
"""What is no news in a meeting, and must not end and begin with each."""

FAULT_SINCE = (
    "{{ with query (printf `min(roomwatch_fault_start_timestamp_seconds{SITE=%q, ROOM=%q, code=%q}) > 0`"
    " $labels.SITE $labels.ROOM $labels.code) }}"
    '{{ (. | first | value | toTime).Format " since 15:04 UTC" }}{{ end }}'
)
FAULT_SINCE_ZH = FAULT_SINCE.replace('" since 15:04 UTC"', '"（始于 15:04 UTC）"')
TARGETS = (
    "{{ range query (printf `site_room:roomwatch_fault:open{SITE=%q, ROOM=%q, code=%q}`"
    ' $labels.SITE $labels.ROOM $labels.code) | sortByLabel "target" }} {{ .Labels.target }}{{ end }}'
)
FAULT_FIRST = (
    "The room's own plan is telling people already: see who has taken it before you do. `roomwatch incidents`."
)


def faults(which: str) -> str:
    """One series for each room and code, whatever the number of its targets. Its value is that number."""
    return f"count by (SITE, FLOOR, ROOM, code, severity, fault_class) (site_room:roomwatch_fault:open{{{which}}})"


OPEN = (
    # While a room cannot be heard, its faults stand as they were last seen.
    Recording(
        "site_room:roomwatch_fault:open",
        f"""(max by (SITE, ROOM, code, target, severity, fault_class) ({FAULTS} == 1) unless {OBSERVING})
* on (SITE, ROOM) group_left (FLOOR) {ONE_WHERE}
or
(site_room:roomwatch_fault:open and on (SITE, ROOM) {GONE})""",
    ),
)

FAULTS_OF_ROOMS = (
    Alert(
        "RoomFaultInMeeting",
        "critical",
        faults(PAGING) + "\nand on (SITE, ROOM) site_room:roomwatch_meeting:running",
        f"{PLACE}: {{{{ $labels.code }}}}{TARGETS}{FAULT_SINCE}, a meeting is running",
        f"{PLACE_ZH}：{{{{ $labels.code }}}}{TARGETS}{FAULT_SINCE_ZH}，正在开会",
        "A fault disturbs a meeting now.",
        FAULT_FIRST,
        FAULTS,
        wait="15s",
        keep="1m",
        labels={"meeting": "running"},
    ),
    Alert(
        "RoomFault",
        "",
        f"{faults(PAGING)}\nunless on (SITE, ROOM) site_room:roomwatch_meeting:running\nor\n{faults(LEISURE)}",
        f"{PLACE}: {{{{ $labels.code }}}}{TARGETS}{FAULT_SINCE}",
        f"{PLACE_ZH}：{{{{ $labels.code }}}}{TARGETS}{FAULT_SINCE_ZH}",
        "A fault of the room that is a cause, no symptom, and that nothing holds back. Its severity is the room's.",
        FAULT_FIRST,
        FAULTS,
        wait="1m",
        keep="1m",
    ),
    Alert(
        "ManyRoomsSameFault",
        "critical",
        """count by (SITE, code) (group by (SITE, ROOM, code) (site_room:roomwatch_fault:open{severity="critical"}))
>= <<many_rooms>>
unless on (SITE, code)
count by (SITE, code) (group by (SITE, ROOM, code) (site_room:roomwatch_fault:open{severity="critical"}))
< on (SITE) group_left () <<many_rooms_ratio>> * site:roomwatch_rooms:count""",
        "{{ $labels.SITE }}: {{ $value }} rooms have {{ $labels.code }} ("
        + up_to_ten(
            'group by (SITE, ROOM) (site_room:roomwatch_fault:open{SITE=%q, code=%q, severity="critical"})',
            "SITE",
            "code",
        )
        + ")",
        "{{ $labels.SITE }}：{{ $value }} 间会议室出现 {{ $labels.code }}（"
        + up_to_ten(
            'group by (SITE, ROOM) (site_room:roomwatch_fault:open{SITE=%q, code=%q, severity="critical"})',
            "SITE",
            "code",
        )
        + "）",
        "Several rooms of a site cannot be used, all by the same fault. One cause outside the rooms is likely.",
        "Look at what they share: switch, resolver, provider, an update, a service.",
        FAULTS,
        kind="fleet",
        wait="30s",
        keep="1m",
        dashboard="roomwatch-causes",
    ),
    Alert(
        "ManyRoomsSameWarning",
        "warning",
        """count by (SITE, code) (
  group by (SITE, ROOM, code) (site_room:roomwatch_fault:open{severity=~"|warning|critical"})
)
>= <<many_rooms>>
unless on (SITE, code)
count by (SITE, code) (group by (SITE, ROOM, code) (site_room:roomwatch_fault:open{severity=~"|warning|critical"}))
< on (SITE) group_left () <<many_rooms_ratio>> * site:roomwatch_rooms:count
unless on (SITE, code)
count by (SITE, code) (group by (SITE, ROOM, code) (site_room:roomwatch_fault:open{severity="critical"}))
>= <<many_rooms>>""",
        "{{ $labels.SITE }}: {{ $value }} rooms have {{ $labels.code }} ("
        + up_to_ten("group by (SITE, ROOM) (site_room:roomwatch_fault:open{SITE=%q, code=%q})", "SITE", "code")
        + ")",
        "{{ $labels.SITE }}：{{ $value }} 间会议室出现 {{ $labels.code }}（"
        + up_to_ten("group by (SITE, ROOM) (site_room:roomwatch_fault:open{SITE=%q, code=%q})", "SITE", "code")
        + "）",
        "Several rooms of a site have the same fault; fewer than three of them are unusable by it.",
        "Look at what they share: an update, a model, a service, a switch.",
        FAULTS,
        kind="fleet",
        wait="2m",
        keep="1m",
        dashboard="roomwatch-causes",
    ),
)
OFTEN = (
    Alert(
        "FaultFlapping",
        "warning",
        f"""(
  max by (SITE, ROOM, code) (increase(roomwatch_faults_total[1h])) >= 6
  unless on (SITE, ROOM) last_over_time({MAINTENANCE}[1h])
  unless {OBSERVING}
)
* on (SITE, ROOM) group_left (FLOOR) {WHERE}""",
        f"{PLACE}: {{{{ $labels.code }}}} {{{{ printf `%.0f` $value }}}} times in an hour",
        f"{PLACE_ZH}：{{{{ $labels.code }}}} 一小时内出现 {{{{ printf `%.0f` $value }}}} 次",
        "The same fault comes and goes: a loose plug, a failing device, or a threshold too close to what is usual.",
        "Replace cable or device; look at the readings on the room's dashboard.",
        "increase(roomwatch_faults_total[1h]) >= 6",
        keep="30m",
    ),
    of_room(
        "MeetingNoGo",
        "warning",
        """roomwatch_next_meeting_readiness{state="no_go"} == 1
  and on (SITE, ROOM)
  (roomwatch_next_meeting_start_timestamp_seconds > 0) - roomwatch_time_seconds < <<meeting_soon_seconds>>
  unless on (SITE, ROOM) roomwatch_maintenance == 1
  unless on (SITE, ROOM) roomwatch_observing == 1""",
        ("not ready for its next meeting", "下一场会议的会前检查未通过"),
        (
            "The check made before the meeting found what would disturb it, and it starts within half an hour.",
            "Mend it, or move the meeting to another room now. The room's page names the fault.",
            'roomwatch_next_meeting_readiness{state="no_go"} == 1',
        ),
        wait="30s",
    ),
)


def groups() -> list[Group]:
    return [
        Group("roomwatch-faults", (*OPEN, *FAULTS_OF_ROOMS)),
        Group("roomwatch-meetings", OFTEN, interval="1m", part="faults"),
    ]
