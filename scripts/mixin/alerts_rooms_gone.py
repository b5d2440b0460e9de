"""Rooms that go away, alone and together: what is recorded of them, and the alerts."""

from __future__ import annotations

from scripts.mixin.rule import (
    AWAY,
    AWAY_SINCE,
    GONE,
    ONE_WHERE,
    PLACE,
    PLACE_ZH,
    PRESENCE,
    SINCE,
    Alert,
    Group,
    Recording,
    of_room,
    up_to_ten,
)

SILENT = f"{AWAY} == 2"
MAINTENANCE = "site_room:roomwatch_maintenance_end:timestamp"
"""When the maintenance ends that a room has announced, remembered while it is not heard."""
MEETING = "site_room:roomwatch_meeting:running"
WORKING = "on (SITE) site:roomwatch_working_time:max"


def share(of: str, labels: str, silent: str) -> str:
    """Of the rooms that did not end in order, where they are enough for a group. of: how many rooms are known."""
    off = f"count by ({labels}) ({AWAY} > 2)"
    return f"""count by ({labels}) ({silent})
/
(({of} - on ({labels}) {off} or {of}) >= <<group_rooms>>)"""


LAST = "site_room:roomwatch_presence:last"
"""PRESENCE once more, each five minutes: few enough to be asked for over a day."""


def last_heard(words: str) -> str:
    """When each room was last heard to say this, in the last two minutes."""
    return f"max by (SITE, ROOM) (max_over_time(timestamp({words})[2m:<<scrape_interval_seconds>>s]))"


CAME_BACK = f"""{last_heard('roomwatch_stopping{reason!=""} == 1')}
    < {last_heard("roomwatch_stopping == 0")}"""
"""Rooms that were heard after they said that they end: they are up again, or their other PC is."""


PRESENT = (
    # Where Prometheus itself was away for longer than half an hour, rooms are off that were off before.
    Recording(
        PRESENCE,
        f"""0 * (max by (SITE, ROOM) (up{{SELECTOR}}) == 1)
or
(
  (
    (
      3 * (max by (SITE, ROOM) (max_over_time(roomwatch_stopping{{reason=~"poweroff|stop"}}[2m])) == 1)
      or
      4 * (max by (SITE, ROOM) (max_over_time(roomwatch_stopping{{reason=~"reboot|restart"}}[2m])) == 1)
    )
    unless on (SITE, ROOM)
    {CAME_BACK}
  )
  or
  last_over_time({PRESENCE}[30m]) > 2
  or
  (last_over_time({LAST}[1d]) > 2 unless on (SITE, ROOM) last_over_time({PRESENCE}[30m]))
  or
  (max by (SITE, ROOM) (avg_over_time(up{{SELECTOR}}[<<silence_window>>])) < bool 0.5) + 1
  or
  max by (SITE, ROOM) (up{{SELECTOR}}) + 1
)
and on (SITE, ROOM) up{{SELECTOR}}""",
    ),
    # The last line: Prometheus itself was away, and what it recorded is older than five minutes.
    Recording(
        MAINTENANCE,
        f"""max by (SITE, ROOM) (roomwatch_maintenance_end_timestamp_seconds) > time()
or
{MAINTENANCE} > time() and on (SITE, ROOM) {GONE}
or
last_over_time({MAINTENANCE}[30m]) > time() and on (SITE, ROOM) {GONE} unless on (SITE, ROOM) {PRESENCE} offset 1m""",
    ),
    # Who takes a room out of the wall has said so before: silence is no news, except in a meeting.
    Recording(
        AWAY,
        f"""(
  ({PRESENCE} == 2 and on (SITE, ROOM) {MAINTENANCE} unless on (SITE, ROOM) {MEETING}) + 3
  or
  {PRESENCE} > 0
)
* on (SITE, ROOM) group_left (FLOOR, switch) {ONE_WHERE}
or on (SITE, ROOM)
{PRESENCE} > 0""",
    ),
    Recording(
        AWAY_SINCE,
        f"""{AWAY_SINCE} and on (SITE, ROOM) {AWAY}
or
timestamp(max by (SITE, ROOM) ({AWAY}))""",
    ),
    # A silent room says nothing of its meeting: it goes on as last heard, for an hour.
    Recording(
        MEETING,
        f"""max by (SITE, ROOM) (roomwatch_meeting_state{{state="running"}}) == 1
or
{MEETING} and on (SITE, ROOM) {AWAY_SINCE} > time() - 3600""",
    ),
    Recording(
        "site_switch:roomwatch_silent:ratio",
        share("site_switch:roomwatch_known:count", "SITE, switch", f'{AWAY}{{switch!=""}} == 2'),
    ),
    # Rooms behind a silent switch are that switch's.
    Recording(
        "site_floor:roomwatch_silent:ratio",
        share(
            "site_floor:roomwatch_known:count",
            "SITE, FLOOR",
            f"""({AWAY}{{FLOOR!=""}} == 2)
  unless on (SITE, switch) (site_switch:roomwatch_silent:ratio > <<group_silent_ratio>>)""",
        ),
    ),
    Recording(
        "site:roomwatch_silent:ratio",
        f"""count by (SITE) ({SILENT})
/
(site:roomwatch_rooms:count - on (SITE) count by (SITE) ({AWAY} > 2) or site:roomwatch_rooms:count)""",
    ),
)


def most(ratio: str, limit: str) -> str:
    """More than the limit are silent, and were a scrape ago: by now each room was asked, and the alert names them all.
    ratio: the series that records their share."""
    return f"{ratio} > {limit} and {ratio} offset <<scrape_interval_seconds>>s > {limit}"


TOGETHER = f"""({AWAY} and on (SITE, switch) ({most("site_switch:roomwatch_silent:ratio", "<<group_silent_ratio>>")}))
  or
  ({AWAY} and on (SITE, FLOOR) ({most("site_floor:roomwatch_silent:ratio", "<<group_silent_ratio>>")}))"""

SILENT_IN_MEETING = Alert(
    "RoomSilentInMeeting",
    "critical",
    f"""{SILENT}
and on (SITE, ROOM) {MEETING}
and on (SITE, ROOM) (
  {AWAY_SINCE} <= time() - <<silence_window_seconds>>
  or on (SITE, ROOM)
  {TOGETHER}
)""",
    f"{PLACE}: silent since {SINCE}, a meeting was running",
    f"{PLACE_ZH}：自 {SINCE} 起无应答，当时正在开会",
    "The room's monitor stopped answering without an orderly end while a meeting ran: mains, network or PC.",
    "Call the room. Do their screens and their call still work? If the floor is silent, look at its switch first.",
    "up{SELECTOR} == 0",
    kind="silence",
    # As long as that of a switch, so that both end in one notification.
    keep="1m",
    labels={"meeting": "running"},
)
ROOM_SILENT = Alert(
    "RoomSilent",
    "warning",
    f"{SILENT}\nunless on (SITE, ROOM) {MEETING}\nand {WORKING} == 1",
    f"{PLACE}: silent since {SINCE}",
    f"{PLACE_ZH}：自 {SINCE} 起无应答",
    "The room's monitor stopped answering without an orderly end, in working hours and with no meeting known.",
    "Ping the PC, then look at its switch port. Ask somebody near it whether it is on.",
    "up{SELECTOR} == 0",
    kind="silence",
    wait="2m",
)
SILENT_OFF_HOURS = Alert(
    "RoomSilentOffHours",
    "notice",
    f"{SILENT}\nunless on (SITE, ROOM) {MEETING}\nand {WORKING} == 0",
    f"{PLACE}: silent since {SINCE}, outside working hours",
    f"{PLACE_ZH}：自 {SINCE} 起无应答（非工作时间）",
    "The room went silent without an orderly end while nobody works there: perhaps its power strip was switched off.",
    "Nothing until the morning. If it happens each evening, have the PC shut down in order before the mains goes.",
    SILENT,
    kind="silence",
    wait="10m",
)


def together(name: str, by: str, ratio: str, limit: str, what: tuple[str, str], first: str) -> list[Alert]:
    """In and out of working hours. by: a label beside SITE."""
    labels = ("SITE", by) if by else ("SITE",)
    those = ", ".join(f"{label}=%q" for label in labels)
    names = up_to_ten(f"{AWAY}{{{those}}} == 2", *labels)
    talk = up_to_ten(f"{AWAY}{{{those}}} == 2 and on (SITE, ROOM) {MEETING}", *labels)
    group = ", ".join(labels)
    count = f"count by ({group}) ({SILENT})"
    made = []
    for severity, hours, suffix in (("critical", 1, ""), ("warning", 0, "OffHours")):
        working = f"and on (SITE)\nsite:roomwatch_working_time:max == {hours}"
        expr = f"{count}\nand on ({group}) ({most(ratio, limit)})\n{working}"
        if not by:
            expr = f"({count} > 1)" + expr.removeprefix(count)
        made.append(
            Alert(
                name + suffix,
                severity,
                expr,
                f"{what[0]}: {{{{ $value }}}} rooms silent ({names}); in a meeting: {talk}",
                f"{what[1]}：{{{{ $value }}}} 间会议室无应答（{names}）；正在开会：{talk}",
                "Most rooms behind it went silent together, without an orderly end. One cause outside the rooms."
                + (" Nobody works there now." if suffix else ""),
                first,
                SILENT,
                kind="silence",
                keep="1m",
                labels={"hours": "off" if suffix else "working"},
                dashboard="roomwatch-fleet",
            )
        )
    return made


GROUPS_OF_ROOMS = (
    *together(
        "SwitchSilent",
        "switch",
        "site_switch:roomwatch_silent:ratio",
        "<<group_silent_ratio>>",
        ("{{ $labels.SITE }} · switch {{ $labels.switch }}", "{{ $labels.SITE }} · 交换机 {{ $labels.switch }}"),
        "Look at the switch: power, uplink, its own monitoring. The rooms need nothing.",
    ),
    *together(
        "FloorSilent",
        "FLOOR",
        "site_floor:roomwatch_silent:ratio",
        "<<group_silent_ratio>>",
        ("{{ $labels.SITE }} · floor {{ $labels.FLOOR }}", "{{ $labels.SITE }} · {{ $labels.FLOOR }} 层"),
        "Look at the floor's switch and its mains.",
    ),
    *together(
        "SiteSilent",
        "",
        "site:roomwatch_silent:ratio",
        "<<site_silent_ratio>>",
        ("{{ $labels.SITE }}", "{{ $labels.SITE }}"),
        "Look at the site's line and mains, and at the way from Prometheus to it.",
    ),
    Alert(
        "NothingAnswers",
        "critical",
        f"""count({SILENT})
and count(site:roomwatch_silent:ratio > <<site_silent_ratio>>) > 1
and count({SILENT}) > 0.9 * (sum(site:roomwatch_rooms:count) - (count({AWAY} > 2) or vector(0)))""",
        "All sites: {{ $value }} rooms silent at once: Prometheus is cut off",
        "所有站点：{{ $value }} 间会议室同时无应答，Prometheus 可能已断网",
        "Several sites went silent together. The way from Prometheus to all of them is the likely cause.",
        "Look at the network of the machine that runs Prometheus.",
        "site:roomwatch_silent:ratio",
        kind="silence",
        keep="1m",
        dashboard="roomwatch-fleet",
    ),
)
NOT_BACK = of_room(
    "RoomNotBack",
    "warning",
    f"{AWAY} == 4",
    ("restarted and did not come back", "重启后没有恢复"),
    (
        "The monitor or the PC was restarted in order and is not heard again.",
        "Look at its screen: an update or a boot menu may wait for a key.",
        f"{AWAY} == 4",
    ),
    kind="silence",
    wait="10m",
)
OFTEN = (
    of_room(
        "RoomOffBeforeMeeting",
        "warning",
        f"""site_room:roomwatch_next_meeting:timestamp > time() - 900 < time() + 600
  and on (SITE, ROOM) {AWAY}
  and on (SITE, ROOM) site_room:roomwatch_next_meeting:timestamp > 0""",
        (
            'off, and a meeting starts at {{ ($value | toTime).Format "15:04" }} UTC',
            '未开机，会议将于 {{ ($value | toTime).Format "15:04" }}（UTC）开始',
        ),
        (
            "The room is off or silent, and the calendar that it last saw has a meeting within ten minutes.",
            "Switch the PC on, or send somebody.",
            "site_room:roomwatch_next_meeting:timestamp",
        ),
        kind="silence",
        wait="1m",
    ),
    of_room(
        "RoomFlapping",
        "warning",
        "changes(up{SELECTOR}[1h]) >= <<flapping_changes>>",
        ("gone and back {{ $value }} times in an hour", "一小时内时断时续，状态变化 {{ $value }} 次"),
        (
            "The room goes away and comes back again and again: a loose plug, a bad cable, Wi-Fi, or a PC that resets.",
            "Look at the errors of its switch port and at the PC's uptime.",
            "changes(up{SELECTOR}[1h])",
        ),
        kind="silence",
        keep="30m",
    ),
)


def groups() -> list[Group]:
    last = Recording(LAST, PRESENCE)
    silence: tuple[Recording | Alert, ...] = (
        *PRESENT,
        SILENT_IN_MEETING,
        ROOM_SILENT,
        SILENT_OFF_HOURS,
        *GROUPS_OF_ROOMS,
        NOT_BACK,
    )
    return [
        Group("roomwatch-rooms-gone", silence),
        Group("roomwatch-absence", OFTEN, interval="1m", part="rooms gone"),
        Group("roomwatch-last", (last,), interval="5m", part="rooms gone"),
    ]
