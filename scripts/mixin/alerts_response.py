"""Alerts of the response: nobody told, nobody answering, duties overdue."""

from __future__ import annotations

from scripts.mixin.rule import OBSERVING, Group, fleet, monitor, remembered

RESPONSE = (
    *(remembered(name, f"roomwatch_incidents_{name} > 0 unless {OBSERVING}") for name in ("told_nobody", "unanswered")),
    monitor("NobodyReachable", "critical", "site_room:roomwatch_told_nobody:kept",
            "an incident, and nobody could be told", "发生事件，但无法通知任何人",
            "An incident is open and no person of the plan could be told of it.",
            "Take the incident yourself, then `roomwatch notify-test` in the room."),
    monitor("IncidentUnanswered", "critical", "site_room:roomwatch_unanswered:kept",
            "an incident that nobody took; the chain has ended", "事件无人受理，升级链已到头",
            "All steps of the escalation were told and nobody took the incident.",
            "Take it, and look whether the plan's people are the right ones.", "1m"),
    monitor("JournalNotWritable", "warning", "roomwatch_journal_writable == 0",
            "cannot write its journal", "无法写入日志",
            "Alarms still go out, from memory; a restart would forget them. Usually a full disk.",
            "`df -h /var/lib/roomwatch` in the room.", "1m"),
    monitor("NotificationsStuck", "warning", "min_over_time(roomwatch_notifications_pending[10m]) > 0"
        " and roomwatch_notifications_pending offset 10m unless on (SITE, ROOM)"
        " roomwatch_time_seconds - (roomwatch_notifications_oldest_pending_timestamp_seconds > 0) < 600",
            "{{ $value }} notifications wait for more than ten minutes", "{{ $value }} 条通知滞留超过十分钟",
            "The room's way out or a channel does not accept. They are kept and tried again.",
            "`roomwatch notify-test` in the room.", "1m"),
    monitor("NotificationsExpired", "warning", 'increase(roomwatch_notifications_total{outcome="expired"}[1h]) > 0',
            "notifications expired before anybody got them", "有通知过期，未能送达",
            "What was to be told is too old to be sent: somebody was not told of something.",
            "Read the incidents in the room; then look at the channel that did not accept."),
    *fleet("PlanReachesNobody", "warning", "max by (SITE, ROOM) (roomwatch_plan_reaches_somebody) == 0"
          " unless on (SITE, ROOM) max by (SITE, ROOM) (roomwatch_observing) == 1",
          "the plan reaches nobody", "的应急预案联系不到任何人",
          "The plan of these rooms has no person with an address: a fault would be told to nobody.",
          "Fill in the roster or deploy `plan.toml` again.", "15m", "roomwatch-response"),
    *fleet("ChannelDown", "warning", "roomwatch_channels_down > 0", "a channel accepts nothing", "的某个通知通道不可用",
          "A messenger, mail server or gateway accepts no notifications. The plan takes another way if it has one.",
          "`roomwatch notify-test` names the channel; look at the service itself.", "15m", "roomwatch-response"),
    *fleet("AlertmanagerUnreached", "warning", "roomwatch_alertmanagers_down > 0",
          "a member of the Alertmanager cluster takes no alerts", "无法向某个 Alertmanager 成员发送告警",
          "The rooms post their faults to every member themselves. Where none answers, each room tells its own people.",
          "`roomwatch status` in a room names the member and what it answered.", "5m", "roomwatch-response"),
    *fleet("HeartbeatFailing", "warning", "roomwatch_heartbeat_up == 0",
          "a heartbeat is not accepted", "的心跳未被接收",
          "The dead-man's switch outside does not take the beats and will call soon, or cannot call any more.",
          "Look at the switch's address and at the way out of the rooms.", "15m"),
    *fleet("ReportOverdue", "notice", "roomwatch_reports_overdue > 0", "a report is overdue", "的事件报告逾期未签",
          "A report of an incident is past its time and not signed.", "Sign it on the room's page, below `/papers`.",
          "15m", "roomwatch-response"),
    *fleet("DrillOverdue", "notice", "roomwatch_drills_overdue > 0", "a drill is overdue", "的演练逾期",
          "A scheduled drill's last day passed without one.", "`roomwatch drill` in a quiet hour.",
          "15m", "roomwatch-response"),
    *fleet("InspectionOverdue", "notice", "roomwatch_inspections_overdue > 0", "an inspection is overdue", "的巡检逾期",
          "A regular check by a person is past its time.", "Make it, and record it on the room's page, below `/duty`.",
          "15m", "roomwatch-response"),
    *fleet("AuditFindings", "warning", "roomwatch_audit_findings > 0", "the audit found broken promises",
          "的审计发现未兑现的承诺",
          "The journal shows that something the plan promises did not happen.", "`roomwatch audit` in the room.",
          "5m", "roomwatch-response"),
)  # fmt: skip


def groups() -> list[Group]:
    return [Group("roomwatch-response", RESPONSE, interval="1m")]
