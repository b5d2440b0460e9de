"""Alerts of the monitors themselves, of what rooms share, and of Prometheus' own view."""

from __future__ import annotations

from scripts.mixin.rule import WHERE, Alert, Group, of_room, of_site, up_to_ten

SKEW = "abs(roomwatch_time_seconds - timestamp(roomwatch_time_seconds)) > <<clock_skew_seconds>>"
ALL_SKEWED = f"""count(group by (SITE, ROOM) ({SKEW})) >= 3
and
count(group by (SITE, ROOM) ({SKEW})) > 0.5 * count(group by (SITE, ROOM) (roomwatch_time_seconds))"""


def monitor(name: str, severity: str, condition: str, english: str, chinese: str, meaning: str, first: str,
            wait: str = "0s", look: str = "") -> Alert:  # fmt: skip
    return of_room(
        name, severity, condition, (english, chinese), (meaning, first, look or condition), kind="monitor", wait=wait
    )


def fleet(name: str, severity: str, condition: str, english: str, chinese: str, meaning: str, first: str,
          wait: str = "0s", board: str = "roomwatch-monitor") -> Alert:  # fmt: skip
    return of_site(
        name, severity, condition, (english, chinese), (meaning, first, condition), wait=wait, dashboard=board
    )


IDENTITY = (
    of_room(
        "RoomDuplicate",
        "warning",
        "count by (SITE, ROOM) (up{SELECTOR}) > 1",
        ("{{ $value }} targets claim to be this room", "有 {{ $value }} 个采集目标使用同一会议室身份"),
        (
            "Two targets have one site and one room: an old and a new PC, or a mistake in the inventory.",
            "Remove the PC that is gone from the inventory, or give one of the rooms another id.",
            "up{SELECTOR} and on (SITE, ROOM) (count by (SITE, ROOM) (up{SELECTOR}) > 1)",
        ),
        kind="fleet",
        wait="10m",
    ),
    Alert(
        "RoomMisnamed",
        "warning",
        f"""(
  (
    group by (SITE, ROOM, configured_site, configured_room) (roomwatch_room_info{{configured_site!=""}})
    unless on (SITE, ROOM, configured_site, configured_room)
    label_replace(label_replace(group by (SITE, ROOM) (roomwatch_room_info),
      "configured_site", "$1", "SITE", "(.*)"), "configured_room", "$1", "ROOM", "(.*)")
  )
  or
  (
    group by (SITE, ROOM, configured_site, configured_room) (roomwatch_room_info{{configured_site=""}})
    unless on (SITE, ROOM, configured_room)
    label_replace(group by (SITE, ROOM) (roomwatch_room_info), "configured_room", "$1", "ROOM", "(.*)")
  )
)
* on (SITE, ROOM) group_left (FLOOR) {WHERE}""",
        "{{ $labels.SITE }} · room {{ $labels.ROOM }}: its PC believes to be "
        "{{ $labels.configured_site }} {{ $labels.configured_room }}",
        "{{ $labels.SITE }} · 会议室 {{ $labels.ROOM }}：其主机自认为是 "
        "{{ $labels.configured_site }} {{ $labels.configured_room }}",
        "The inventory and the PC disagree on which room this is: its messages name the wrong room.",
        "Correct `[room]` in the PC's overlay or the inventory; copied disk images do this.",
        "roomwatch_room_info",
        kind="fleet",
        wait="10m",
    ),
    Alert(
        "NoRoomsKnown",
        "critical",
        "absent(up{SELECTOR})",
        "Prometheus watches no room at all",
        "Prometheus 没有监视任何会议室",
        "There is no scrape target: the job is missing, its file of rooms is empty or not readable.",
        "Open Status → Targets in Prometheus; look at `rooms.yml` and the job's name.",
        "up",
        kind="fleet",
        wait="5m",
        dashboard="roomwatch-fleet",
    ),
    Alert(
        "RoomsVanished",
        "warning",
        """(
  max_over_time(site:roomwatch_rooms:count[1d])
  - (site:roomwatch_rooms:count or 0 * max_over_time(site:roomwatch_rooms:count[1d]))
)
> 0.5 * max_over_time(site:roomwatch_rooms:count[1d])
and max_over_time(site:roomwatch_rooms:count[1d]) >= 3""",
        "{{ $labels.SITE }}: {{ $value }} rooms are gone from the scrape configuration",
        "{{ $labels.SITE }}：采集配置中少了 {{ $value }} 间会议室",
        "More than half of a site's rooms are not scraped any more since a day: nobody would see them break.",
        "Compare the inventory with its last version. If the site was given up, this ends by itself after a day.",
        "site:roomwatch_rooms:count",
        kind="fleet",
        wait="5m",
        dashboard="roomwatch-fleet",
    ),
)  # fmt: skip

BLIND = (
    of_room(
        "RoomBlind",
        "warning",
        "site_room:roomwatch_blind:bool == 1",
        ("answers and sees nothing: every check is unknown", "有应答，但所有检查均无结果"),
        (
            "The monitor answers, and no check of the room has a result, or its plan stood still for ten minutes.",
            "`roomwatch doctor` in the room, then `journalctl -u roomwatch`.",
            "roomwatch_checks",
        ),
        kind="monitor",
        wait="10m",
    ),
    Alert(
        "CheckBlind",
        "notice",
        """count by (SITE, check) (
  group by (SITE, ROOM, check) (roomwatch_check_state == -1)
  unless on (SITE, ROOM) (site_room:roomwatch_blind:bool == 1)
)""",
        "{{ $labels.SITE }}: {{ $labels.check }} cannot be measured in {{ $value }} rooms ("
        + up_to_ten("group by (SITE, ROOM) (roomwatch_check_state{SITE=%q, check=%q} == -1)", "SITE", "check")
        + ")",
        "{{ $labels.SITE }}：{{ $value }} 间会议室无法检测 {{ $labels.check }}（"
        + up_to_ten("group by (SITE, ROOM) (roomwatch_check_state{SITE=%q, check=%q} == -1)", "SITE", "check")
        + "）",
        "A check that once worked has no result any more. What a room could never measure is not counted.",
        "A permission, a library or a device is missing: `roomwatch doctor` in one of the rooms names it.",
        "roomwatch_check_state == -1",
        kind="monitor",
        wait="30m",
        dashboard="roomwatch-monitor",
    ),
    monitor(
        "MonitorStalled", "critical",
        "(roomwatch_time_seconds - roomwatch_last_tick_timestamp_seconds > <<stalled_seconds>>)"
        " and roomwatch_last_tick_timestamp_seconds > 0",
        "the monitor answers and does not work, for {{ $value | humanizeDuration }}",
        "监视程序有应答但已停止工作，持续 {{ $value | humanizeDuration }}",
        "The plan was not looked at, by the room's own clock: nobody would be told of a fault.",
        "systemd restarts it by itself; if it does not, `systemctl restart roomwatch` and send its log.", "1m",
        "roomwatch_time_seconds - roomwatch_last_tick_timestamp_seconds"),
    Alert(
        "ClockWrong",
        "warning",
        f"""(
  max by (SITE, ROOM) ({SKEW})
  unless on () ({ALL_SKEWED})
)
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
        ALL_SKEWED,
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

RESPONSE = (
    monitor("NobodyReachable", "critical", "roomwatch_incidents_told_nobody > 0",
            "an incident, and nobody could be told", "发生事件，但无法通知任何人",
            "An incident is open and no person of the plan could be told of it.",
            "Take the incident yourself, then `roomwatch notify-test` in the room."),
    monitor("IncidentUnanswered", "critical", "roomwatch_incidents_unanswered > 0",
            "an incident that nobody took; the chain has ended", "事件无人受理，升级链已到头",
            "All steps of the escalation were told and nobody took the incident.",
            "Take it, and look whether the plan's people are the right ones.", "1m"),
    monitor("JournalNotWritable", "warning", "roomwatch_journal_writable == 0",
            "cannot write its journal", "无法写入日志",
            "Alarms still go out, from memory; a restart would forget them. Usually a full disk.",
            "`df -h /var/lib/roomwatch` in the room.", "1m"),
    monitor("NotificationsStuck", "warning", "min_over_time(roomwatch_notifications_pending[10m]) > 0"
        " and roomwatch_notifications_pending offset 10m",
            "{{ $value }} notifications wait for more than ten minutes", "{{ $value }} 条通知滞留超过十分钟",
            "The room's way out or a channel does not accept. They are kept and tried again.",
            "`roomwatch notify-test` in the room.", "1m"),
    monitor("NotificationsExpired", "warning", 'increase(roomwatch_notifications_total{outcome="expired"}[1h]) > 0',
            "notifications expired before anybody got them", "有通知过期，未能送达",
            "What was to be told is too old to be sent: somebody was not told of something.",
            "Read the incidents in the room; then look at the channel that did not accept."),
    fleet("PlanReachesNobody", "warning", "max by (SITE, ROOM) (roomwatch_plan_reaches_somebody) == 0"
          " unless on (SITE, ROOM) max by (SITE, ROOM) (roomwatch_observing) == 1",
          "the plan reaches nobody", "的应急预案联系不到任何人",
          "The plan of these rooms has no person with an address: a fault would be told to nobody.",
          "Fill in the roster or deploy `plan.toml` again.", "15m", "roomwatch-response"),
    fleet("ChannelDown", "warning", "roomwatch_channels_down > 0", "a channel accepts nothing", "的某个通知通道不可用",
          "A messenger, mail server or gateway accepts no notifications. The plan takes another way if it has one.",
          "`roomwatch notify-test` names the channel; look at the service itself.", "15m", "roomwatch-response"),
    fleet("AlertmanagerUnreached", "warning", "roomwatch_alertmanagers_down > 0",
          "a member of the Alertmanager cluster takes no alerts", "无法向某个 Alertmanager 成员发送告警",
          "The rooms post their faults to every member themselves. Where none answers, each room tells its own people.",
          "`roomwatch status` in a room names the member and what it answered.", "5m", "roomwatch-response"),
    fleet("HeartbeatFailing", "warning", "roomwatch_heartbeat_up == 0", "a heartbeat is not accepted", "的心跳未被接收",
          "The dead-man's switch outside does not take the beats and will call soon, or cannot call any more.",
          "Look at the switch's address and at the way out of the rooms.", "15m"),
    fleet("ReportOverdue", "notice", "roomwatch_reports_overdue > 0", "a report is overdue", "的事件报告逾期未签",
          "A report of an incident is past its time and not signed.", "Sign it on the room's page, below `/papers`.",
          "15m", "roomwatch-response"),
    fleet("DrillOverdue", "notice", "roomwatch_drills_overdue > 0", "a drill is overdue", "的演练逾期",
          "A scheduled drill's last day passed without one.", "`roomwatch drill` in a quiet hour.",
          "15m", "roomwatch-response"),
    fleet("InspectionOverdue", "notice", "roomwatch_inspections_overdue > 0", "an inspection is overdue", "的巡检逾期",
          "A regular check by a person is past its time.", "Make it, and record it on the room's page, below `/duty`.",
          "15m", "roomwatch-response"),
    fleet("AuditFindings", "warning", "roomwatch_audit_findings > 0", "the audit found broken promises",
          "的审计发现未兑现的承诺",
          "The journal shows that something the plan promises did not happen.", "`roomwatch audit` in the room.",
          "5m", "roomwatch-response"),
)  # fmt: skip

CARE = (
    monitor("MonitorRestarting", "warning", 'changes(process_start_time_seconds{SELECTOR}[30m]) > 3',
            "the monitor restarted {{ $value }} times in 30 minutes", "监视程序 30 分钟内重启 {{ $value }} 次",
            "It crashes, or somebody or something restarts it.", "`journalctl -u roomwatch` in the room."),
    Alert(
        "ProbeFailing", "warning",
        """count by (SITE, probe) (group by (SITE, ROOM, probe) (
  increase(roomwatch_probe_failures_total[10m]) > 0
  and increase(roomwatch_probe_failures_total[10m]) >= increase(roomwatch_probe_duration_seconds_count[10m])
))""",
        "{{ $labels.SITE }}: the probe {{ $labels.probe }} does not work in {{ $value }} rooms ("
        + up_to_ten("group by (SITE, ROOM) (increase(roomwatch_probe_failures_total{SITE=%q, probe=%q}[10m]) > 0)",
                    "SITE", "probe") + ")",
        "{{ $labels.SITE }}：{{ $value }} 间会议室的探测 {{ $labels.probe }} 无法运行（"
        + up_to_ten("group by (SITE, ROOM) (increase(roomwatch_probe_failures_total{SITE=%q, probe=%q}[10m]) > 0)",
                    "SITE", "probe") + "）",
        "Every run of a probe broke or did not end in time: what it watches is not watched.",
        "`roomwatch doctor` in the room, then `roomwatch probe NAME`.",
        "increase(roomwatch_probe_failures_total[10m]) > 0", kind="monitor", wait="5m", dashboard="roomwatch-monitor"),
    monitor("DriverHung", "warning", "roomwatch_children_stuck > 0", "a device driver hangs", "设备驱动程序卡死",
            "A capture sits in the kernel and cannot be ended.",
            "Unplug the device and plug it in again; else restart the PC.", "5m"),
    fleet("ConfigurationRefused", "warning", "roomwatch_config_problems > 0", "the new configuration was refused",
          "拒绝了新配置", "The old configuration keeps running.", "`roomwatch check` in a room lists the problems."),
    fleet("ConfigurationDiffers", "notice", "roomwatch_config_differs == 1 unless roomwatch_config_problems > 0",
          "the files differ from what runs", "的配置文件与运行中的配置不一致",
          "Somebody changed the files and nothing reloaded them.", "`roomwatch reload` in the rooms.", "1h"),
    fleet("RestartNeeded", "notice", "roomwatch_config_restart_needed > 0", "a restart is needed for new settings",
          "需要重启才能应用新设置", "Settings were taken that take effect at a restart only.",
          "Restart the monitor when no meeting runs.", "1d"),
    fleet("ObserveMode", "notice", "roomwatch_observing == 1", "observe mode, nobody is told",
          "处于观察模式，不通知任何人",
          "Faults are seen and nobody is told. Right while a room is set up, and easily forgotten.",
          'Set `mode = "act"`.', "1d"),
    fleet("FaultsNotSeen", "notice", "roomwatch_faults_not_seen > 0", "a fault from before the start was not looked at",
          "有启动前的故障尚未复查", "No probe has looked at it since the restart: a device may be missing.",
          "Look at the room's page.", "1h", "roomwatch-fleet"),
    fleet("SeriesLeftOut", "notice", "sum without (of) (roomwatch_series_left_out) > 0", "series are left out",
          "有指标被省略", "A page has at most 250 series; the most important ones come first.",
          "Watch fewer targets.", "1h"),
    *(
        Alert(
            f"{what}Skew", "notice",
            f"count by (SITE) (count by (SITE, {label}) ({metric})) > 1",
            "{{ $labels.SITE }}: {{ $value }} different " + english + " since two days",
            "{{ $labels.SITE }}：" + chinese + "有 {{ $value }} 种，已持续两天",
            f"The rooms of a site run {english} that differ for longer than an update in rings takes.",
            "Look at the table of versions for the rooms that were left behind.",
            f"count by (SITE, {label}) ({metric})", kind="fleet", wait="2d", dashboard="roomwatch-monitor")
        for what, label, metric, english, chinese in (
            ("Version", "version", "roomwatch_build_info", "versions", "软件版本"),
            ("Config", "base_hash", "roomwatch_config_info", "configurations", "基础配置"),
            ("Plan", "plan_hash", "roomwatch_config_info", "plans", "应急预案"),
        )
    ),
    Alert("DeadMansSwitch", "none", "vector(1)", "Prometheus and Alertmanager are alive",
          "Prometheus 与 Alertmanager 运行正常",
          "Always fires. Send it to something outside that calls when it stops: then Prometheus itself is watched.",
          "Nothing. If it stops, look at Prometheus and Alertmanager.", "vector(1)", kind="deadman",
          dashboard="roomwatch-fleet"),
)  # fmt: skip


def certificate(name: str, severity: str, days: str, more: str) -> Alert:
    ends = f"roomwatch_certificate_expiry_timestamp_seconds - time() < <<{days}>> * 86400{more}"
    return Alert(
        name, severity, f"min by (SITE, target) ({ends})",
        "{{ $labels.SITE }}: certificate of {{ $labels.target }} ends in {{ $value | humanizeDuration }}",
        "{{ $labels.SITE }}：{{ $labels.target }} 的证书将在 {{ $value | humanizeDuration }} 后到期",
        "The certificate of a service that the rooms need ends soon, as rooms of this site saw it.",
        "Renew it; the service's owner knows how.", ends, kind="fleet", wait="10m", dashboard="roomwatch-fleet",
    )  # fmt: skip


def burn(name: str, severity: str, factor: float, long: str, short: str, wait: str) -> Alert:
    limit = f"{factor} * <<error_budget>>"
    return Alert(
        name, severity,
        f"""site:roomwatch_unavailable:ratio_{long} > {limit}
and
site:roomwatch_unavailable:ratio_{short} > {limit}
and on (SITE)
sum by (SITE) (site_floor:roomwatch_rooms:count{{state=~"unusable|silent|fault in a meeting"}}) >= <<many_rooms>>""",
        "{{ $labels.SITE }}: {{ $value | humanizePercentage }} of the rooms were unusable in the last " + long,
        "{{ $labels.SITE }}：最近 " + long + " 内有 {{ $value | humanizePercentage }} 的会议室不可用",
        f"The site uses up its budget of unusable time {factor:g} times faster than it may.",
        "Look at what breaks most there; single rooms have alerts of their own.",
        f"site:roomwatch_unavailable:ratio_{long}", kind="fleet", wait=wait, dashboard="roomwatch-fleet",
    )  # fmt: skip


SLOW = (
    certificate("CertificateEnding", "notice", "certificate_days",
                " and roomwatch_certificate_expiry_timestamp_seconds - time()"
                " >= <<certificate_days_critical>> * 86400"),
    certificate("CertificateEndsNow", "critical", "certificate_days_critical", ""),
    of_room(
        "DiskFilling", "warning",
        """min by (SITE, ROOM) (roomwatch_disk_free_ratio) < <<disk_free_ratio>>
  or on (SITE, ROOM)
  min by (SITE, ROOM) (
    roomwatch_disk_free_ratio < 0.2
    and on (SITE, ROOM, target, instance) predict_linear(roomwatch_disk_free_bytes[6h], 86400) < 0
  )""",
        ("a disk fills up, {{ $value | humanizePercentage }} free",
         "磁盘即将写满，剩余 {{ $value | humanizePercentage }}"),
        ("A file system is nearly full, or will be within a day at the rate of the last six hours.",
         "`du -xh / | sort -h | tail` in the room: recordings, logs and updates are the usual causes.",
         "roomwatch_disk_free_ratio < 0.2"),
        kind="monitor", wait="15m"),
    burn("AvailabilityBurnsFast", "warning", 14.4, "1h", "5m", "2m"),
    burn("AvailabilityBurns", "notice", 6.0, "6h", "30m", "15m"),
    burn("AvailabilityBurnsSlowly", "notice", 1.0, "3d", "6h", "1h"),
)  # fmt: skip


def groups() -> list[Group]:
    return [
        Group("roomwatch-identity", IDENTITY),
        Group("roomwatch-blind", BLIND),
        Group("roomwatch-response", RESPONSE),
        Group("roomwatch-care", CARE, interval="1m"),
        Group("roomwatch-slow", SLOW, interval="5m"),
    ]
