"""Alerts of monitors that answer and see nothing, or see the wrong time."""

from __future__ import annotations

from scripts.mixin.rule import MAINTENANCE, WHERE, Alert, Group, Recording, monitor, of_room, up_to_ten

WRONG = "site_room:roomwatch_clock_wrong:seconds"
ALL_WRONG = f"""count({WRONG}) >= 3
  and count({WRONG}) > 0.5 * count(group by (SITE, ROOM) (roomwatch_time_seconds))"""
"""Of the rooms that are heard: at night most are off."""
UNSEEN = "site_room_check:roomwatch_blind_since:timestamp"

BLIND = (
    of_room(
        "RoomBlind",
        "warning",
        "site_room:roomwatch_blind:bool",
        ("answers and sees nothing: no check has a result", "有应答，但所有检查均无结果"),
        (
            "The room answers, and no check has a result, its plan stood still for ten minutes, or what answers at its "
            "address is no Roomwatch.",
            "Open the room's metrics page: is it Roomwatch's? Then `roomwatch doctor` in the room, and "
            "`journalctl -u roomwatch`.",
            "roomwatch_checks",
        ),
        kind="monitor",
        wait="10m",
    ),
    monitor(
        "MonitorStalled", "critical",
        "roomwatch_time_seconds - (roomwatch_last_tick_timestamp_seconds > 0) > <<stalled_seconds>>",
        "the monitor answers and does not work, for {{ $value | humanizeDuration }}",
        "监视程序有应答但已停止工作，持续 {{ $value | humanizeDuration }}",
        "The plan was not looked at, by the room's own clock: nobody would be told of a fault.",
        "systemd restarts it by itself; if it does not, `systemctl restart roomwatch` and send its log.", "1m",
        "roomwatch_time_seconds - roomwatch_last_tick_timestamp_seconds"),
    Alert(
        "ClockWrong",
        "warning",
        f"""({WRONG} unless on () ({ALL_WRONG}))
* on (SITE, ROOM) group_left (FLOOR) {WHERE}""",
        "{{ $labels.SITE }}{{ with $labels.FLOOR }} · floor {{ . }}{{ end }} · room {{ $labels.ROOM }}: "
        "its clock is wrong by {{ $value | humanizeDuration }}",
        "{{ $labels.SITE }}{{ with $labels.FLOOR }} · {{ . }} 层{{ end }} · 会议室 {{ $labels.ROOM }}："
        "时钟偏差 {{ $value | humanizeDuration }}",
        "The room's clock differs from Prometheus' own. Its messages and its calendar are off by as much.",
        "`timedatectl` in the room: is a time server reached?",
        "roomwatch_time_seconds - timestamp(roomwatch_time_seconds)",
        kind="monitor",
        wait="5m",
    ),
    Alert(
        "ClockOfPrometheusWrong",
        "warning",
        ALL_WRONG,
        "The clocks of {{ $value }} rooms differ from Prometheus': its own is wrong",
        "{{ $value }} 间会议室的时钟与 Prometheus 不一致：应是 Prometheus 自身时钟有误",
        "Most rooms disagree with the clock of the machine that runs Prometheus.",
        "`timedatectl` on that machine.",
        "roomwatch_time_seconds - timestamp(roomwatch_time_seconds)",
        kind="monitor",
        wait="5m",
        dashboard="roomwatch-monitor",
    ),
)  # fmt: skip
BLIND_CHECKS = f"""(
  group by (SITE, ROOM, check) (roomwatch_check_state == -1)
  unless on (SITE, ROOM) site_room:roomwatch_blind:bool
  unless on (SITE, ROOM) {MAINTENANCE}
)"""
CHECKS = (
    # The largest of all: a series for each check, and for each probe, of each room. For how long is asked of each room:
    # one check or another is unknown for a moment in some room at any time.
    Recording(
        UNSEEN,
        f"""{UNSEEN} and {BLIND_CHECKS}
or
timestamp({BLIND_CHECKS})""",
    ),
    Alert(
        "CheckBlind",
        "notice",
        f"""count by (SITE, check) (
  {UNSEEN} <= time() - 1800
)""",
        "{{ $labels.SITE }}: {{ $labels.check }} cannot be measured in {{ $value }} rooms ("
        + up_to_ten(f"{UNSEEN}{{SITE=%q, check=%q}} <= time() - 1800", "SITE", "check")
        + ")",
        "{{ $labels.SITE }}：{{ $value }} 间会议室无法检测 {{ $labels.check }}（"
        + up_to_ten(f"{UNSEEN}{{SITE=%q, check=%q}} <= time() - 1800", "SITE", "check")
        + "）",
        "A check that once worked has no result any more. What a room could never measure is not counted.",
        "A permission, a library or a device is missing: `roomwatch doctor` in one of the rooms names it.",
        "roomwatch_check_state == -1",
        kind="monitor",
        lasted="30m",
        dashboard="roomwatch-monitor",
    ),
    Alert(
        "ProbeFailing",
        "warning",
        """count by (SITE, probe) (group by (SITE, ROOM, probe) (
  (increase(roomwatch_probe_failures_total[10m]) > 0)
  >= increase(roomwatch_probe_duration_seconds_count[10m])
))""",
        "{{ $labels.SITE }}: the probe {{ $labels.probe }} does not work in {{ $value }} rooms ("
        + up_to_ten(
            "group by (SITE, ROOM) (increase(roomwatch_probe_failures_total{SITE=%q, probe=%q}[10m]) > 0)",
            "SITE",
            "probe",
        )
        + ")",
        "{{ $labels.SITE }}：{{ $value }} 间会议室的探测 {{ $labels.probe }} 无法运行（"
        + up_to_ten(
            "group by (SITE, ROOM) (increase(roomwatch_probe_failures_total{SITE=%q, probe=%q}[10m]) > 0)",
            "SITE",
            "probe",
        )
        + "）",
        "Every run of a probe broke or did not end in time: what it watches is not watched.",
        "`roomwatch doctor` in the room, then `roomwatch probe NAME`.",
        "increase(roomwatch_probe_failures_total[10m]) > 0",
        kind="monitor",
        wait="5m",
        dashboard="roomwatch-monitor",
    ),
)


def groups() -> list[Group]:
    # Checks: less than the five minutes for which Prometheus finds what was recorded last.
    return [
        Group("roomwatch-blind", BLIND, interval="1m"),
        Group("roomwatch-checks", CHECKS, interval="4m", part="blind"),
    ]
