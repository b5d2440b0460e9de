"""Rooms that go away, alone and together: what is recorded of them, and the alerts."""

from __future__ import annotations

from scripts.mixin.presence import LAST, MEETING, PRESENT, SILENT, WORKING
from scripts.mixin.rule import (
    AWAY,
    AWAY_SINCE,
    MAINTENANCE,
    PLACE,
    PLACE_ZH,
    PRESENCE,
    SINCE,
    Alert,
    Group,
    Recording,
    many,
    of_room,
    of_site,
    up_to_ten,
)


def most(ratio: str, limit: str) -> str:
    """More than the limit are silent, and were a scrape ago: by now each room was asked, and the alert names them all.
    ratio: the series that records their share."""
    return f"{ratio} > {limit} and {ratio} offset <<scrape_interval_seconds>>s > {limit}"


TOGETHER = f"""({AWAY} and on (SITE, switch) ({most("site_switch:roomwatch_silent:ratio", "<<group_silent_ratio>>")}))
  or
  ({AWAY} and on (SITE, FLOOR) ({most("site_floor:roomwatch_silent:ratio", "<<group_silent_ratio>>")}))"""

NOT_BACK = f"""{AWAY} == 4
and on (SITE, ROOM)"""
"""Restarted in order, and since when it is away."""

SILENT_IN_MEETING = Alert(
    "RoomSilentInMeeting",
    "critical",
    f"""{SILENT}
and on (SITE, ROOM) {MEETING}
and on (SITE, ROOM) (
  {AWAY_SINCE} <= time() - <<silence_window_seconds>>
  or on (SITE, ROOM)
  {TOGETHER}
)
or
{NOT_BACK} {AWAY_SINCE} <= time() - 300
and on (SITE, ROOM) {MEETING}""",
    f"{PLACE}: silent since {SINCE}, a meeting was running",
    f"{PLACE_ZH}：自 {SINCE} 起无应答，当时正在开会",
    "The room's monitor stopped answering without an orderly end while a meeting ran: mains, network or PC. Or it was "
    "restarted in the meeting and is not heard again after five minutes.",
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
        working = f"and on (SITE)\nsite:roomwatch_working_time:bool == {hours}"
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
and count({most("site:roomwatch_silent:ratio", "<<site_silent_ratio>>")}) > 1
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
LATE = f"""{NOT_BACK} {AWAY_SINCE} <= time() - 600
  unless on (SITE, ROOM) {MAINTENANCE}"""
"""Not back after ten minutes. Who reinstalls a PC has announced a maintenance."""


def not_back(severity: str, severity_of_many: str, hours: int, suffix: str) -> tuple[Alert, Alert]:
    """Of one room, and of the many that a bad update leaves behind."""
    working = f"and {WORKING} == {hours}"
    return (
        of_room(
            "RoomNotBack" + suffix,
            severity,
            f"{LATE} unless on (SITE, ROOM) {MEETING}\n  {working}",
            ("restarted and did not come back", "重启后没有恢复"),
            (
                "The monitor or the PC was restarted in order and is not heard again.",
                "Look at its screen: an update or a boot menu may wait for a key.",
                f"{AWAY} == 4",
            ),
            kind="silence",
            lasted="10m",
        ),
        Alert(
            "RoomsNotBack" + suffix,
            severity_of_many,
            many(LATE) + f"\n{working}",
            "{{ $labels.SITE }}: {{ $value }} rooms restarted and did not come back ("
            + up_to_ten(f"{AWAY}{{SITE=%q}} == 4", "SITE")
            + ")",
            "{{ $labels.SITE }}：{{ $value }} 间会议室重启后没有恢复（"
            + up_to_ten(f"{AWAY}{{SITE=%q}} == 4", "SITE")
            + "）",
            "Several rooms were restarted in order and are not heard again: most likely an update that went wrong."
            + (" Nobody works there now." if suffix else ""),
            "Stop the update before it reaches more rooms. Then look at the screen of one of them.",
            f"{AWAY} == 4",
            kind="silence",
            lasted="10m",
            keep="1m",
            dashboard="roomwatch-fleet",
        ),
    )


NEVER_HEARD = of_site(
    "RoomsNeverHeard",
    "notice",
    f"{AWAY} == 6 and on (SITE, ROOM) {AWAY_SINCE} <= time() - 86400",
    ("no answer yet, for more than a day,", "加入清单超过一天，从未应答"),
    (
        "Rooms of the inventory that never answered since Prometheus knows them. They are not counted as silent: the "
        "inventory may be ahead of the installation.",
        "Is the PC installed, and is the address in the inventory right? `curl` its metrics page from Prometheus.",
        f"{AWAY} == 6",
    ),
    lasted="1d",
)
FLAPPING = "site_room:roomwatch_flapping:changes"
TOUCHED = f"unless on (SITE, ROOM) last_over_time({MAINTENANCE}[1h])"
"""In maintenance now or within the hour that is looked at: people pull plugs then."""
OFTEN = (
    of_room(
        "RoomOffBeforeMeeting",
        "warning",
        f"""site_room:roomwatch_next_meeting:timestamp > time() - 900 < time() + 600
  and on (SITE, ROOM) {AWAY}
  and on (SITE, ROOM) site_room:roomwatch_next_meeting:timestamp > 0
  unless on (SITE, ROOM) {MAINTENANCE}""",
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
    Recording(FLAPPING, f"max by (SITE, ROOM) (changes(up{{SELECTOR}}[1h])) >= <<flapping_changes>>\n{TOUCHED}"),
    of_room(
        "RoomFlapping",
        "warning",
        FLAPPING,
        ("gone and back {{ $value }} times in an hour", "一小时内时断时续，状态变化 {{ $value }} 次"),
        (
            "The room goes away and comes back again and again: a loose plug, a bad cable, Wi-Fi, or a PC that resets.",
            "Look at the errors of its switch port and at the PC's uptime.",
            "changes(up{SELECTOR}[1h])",
        ),
        kind="silence",
        keep="30m",
    ),
    Alert(
        "RoomsFlapping",
        "warning",
        many(FLAPPING),
        "{{ $labels.SITE }}: {{ $value }} rooms gone and back again and again ("
        + up_to_ten(f"{FLAPPING}{{SITE=%q}}", "SITE")
        + ")",
        "{{ $labels.SITE }}：{{ $value }} 间会议室时断时续（" + up_to_ten(f"{FLAPPING}{{SITE=%q}}", "SITE") + "）",
        "Several rooms of a site go away and come back, each four times in an hour: one cause outside the rooms.",
        "Look at what they share: a switch that restarts, an uplink, an access point, DHCP.",
        "changes(up{SELECTOR}[1h])",
        kind="silence",
        keep="30m",
        dashboard="roomwatch-fleet",
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
        *not_back("warning", "critical", 1, ""),
        *not_back("notice", "warning", 0, "OffHours"),
    )
    return [
        Group("roomwatch-rooms-gone", silence),
        Group("roomwatch-absence", (*OFTEN, NEVER_HEARD), interval="1m", part="rooms gone"),
        Group("roomwatch-last", (last,), interval="5m", part="rooms gone"),
    ]
