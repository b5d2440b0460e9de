"""config/alertmanager/: who is told of what and when, what is held back for what, and the words, in two languages."""

from __future__ import annotations

from typing import Any

from scripts.mixin.settings import Settings, SiteHours

ROOM_TEAM, DESK, OUTSIDE = "room-team", "service-desk", "dead-mans-switch"
TOGETHER = "(Switch|Floor|Site)Silent.*|RoomsNotBack.*|NothingAnswers|RoomSilentInMeeting"
HOLD = "http://127.0.0.1:8080/replace-me"


def alertmanager(settings: Settings) -> dict[str, Any]:
    s = settings
    sites = sorted(s.sites)
    return {
        "templates": ["roomwatch.tmpl"],
        "route": {
            "receiver": ROOM_TEAM,
            "group_by": ["alertname", s.site],
            "group_wait": "20s",
            "group_interval": "5m",
            "repeat_interval": "12h",
            "routes": [
                {
                    "matchers": ['kind="deadman"'],
                    "receiver": OUTSIDE,
                    "group_wait": "0s",
                    "group_interval": "1m",
                    "repeat_interval": "1m",
                },
                # Notices wait for the site's working hours, and are said once a day.
                *(
                    {
                        "matchers": ['severity="notice"', f'{s.site}="{_quoted(name)}"'],
                        "receiver": DESK,
                        "active_time_intervals": [_interval(name)],
                        "repeat_interval": "24h",
                    }
                    for name in sites
                ),
                {
                    "matchers": ['severity="notice"'],
                    "receiver": DESK,
                    "active_time_intervals": ["working-hours"],
                    "repeat_interval": "24h",
                },
                # A switch that dies is one notification, with the rooms that were in a meeting.
                {"matchers": [f'alertname=~"{TOGETHER}"'], "receiver": ROOM_TEAM, "group_by": [s.site],
                 "group_interval": "2m"},
                {"matchers": ['kind="silence"'], "receiver": ROOM_TEAM, "group_by": [s.site, s.room]},
                {"matchers": ['kind="room"', 'severity="critical"'], "receiver": ROOM_TEAM,
                 "group_by": [s.site, s.room], "group_wait": "10s", "group_interval": "1m", "repeat_interval": "4h"},
                {"matchers": ['kind="room"'], "receiver": ROOM_TEAM, "group_by": [s.site, s.room]},
                {"matchers": ['kind=~"fleet|monitor"'], "receiver": ROOM_TEAM},
            ],
        },
        "inhibit_rules": _inhibitions(s),
        "time_intervals": [
            _hours("working-hours", s.hours),
            *(_hours(_interval(name), s.sites[name]) for name in sites),
        ],
        "receivers": [
            {"name": ROOM_TEAM, "webhook_configs": [{"url": HOLD, "send_resolved": True, "max_alerts": 50}]},
            {"name": DESK, "webhook_configs": [{"url": f"{HOLD}-with-the-desk", "send_resolved": True,
                                                "max_alerts": 50}]},
            {"name": OUTSIDE, "webhook_configs": [{"url": f"{HOLD}-with-a-service-outside", "send_resolved": False}]},
        ],
    }  # fmt: skip


def _inhibitions(s: Settings) -> list[dict[str, Any]]:
    """What is explained by something larger. An alert of a room with a running meeting is never a target."""
    free = 'meeting!="running"'
    single = (
        'alertname=~"RoomSilent|RoomSilentOffHours|RoomNotBack|RoomNotBackOffHours|RoomOffBeforeMeeting|RoomFlapping"'
    )
    groups = "SwitchSilent|SwitchSilentOffHours|FloorSilent|FloorSilentOffHours"
    made = [
        ("NothingAnswers", [f'alertname=~"SiteSilent|SiteSilentOffHours|{groups}"'], []),
        ("NothingAnswers", [single, free], []),
        ("SiteSilent|SiteSilentOffHours", [f'alertname=~"{groups}"'], [s.site]),
        ("SiteSilent|SiteSilentOffHours", [single, free], [s.site]),
        ("SwitchSilent|SwitchSilentOffHours", [single, free], [s.site, "switch"]),
        ("FloorSilent|FloorSilentOffHours", [single, free], [s.site, s.floor]),
        ("RoomsNotBack|RoomsNotBackOffHours", ['alertname=~"RoomNotBack|RoomNotBackOffHours"', free], [s.site]),
        ("RoomsFlapping", ['alertname="RoomFlapping"', free], [s.site]),
        ("ManyRoomsSameFault|ManyRoomsSameWarning", ['alertname="RoomFault"', free], [s.site, "code"]),
        # A room that posts its faults itself: the rule of Prometheus says the same a little later.
        ("RoomwatchFault", ['alertname="RoomFault"', free], [s.site, s.room, "code"]),
        ("NoRoomsKnown", ['alertname="RoomsVanished"'], []),
        ("ClockOfPrometheusWrong", ['alertname="ClockWrong"'], []),
        ("RoomOffBeforeMeeting", ['alertname=~"RoomSilent|RoomSilentOffHours"', free], [s.site, s.room]),
    ]
    return [
        {"source_matchers": [f'alertname=~"{source}"'], "target_matchers": targets}
        | ({"equal": equal} if equal else {})
        for source, targets, equal in made
    ]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _interval(site: str) -> str:
    return f"working-hours of {site}"


def _hours(name: str, hours: SiteHours) -> dict[str, Any]:
    when = {
        "weekdays": hours.days.split(),
        "times": [{"start_time": hours.start, "end_time": hours.end}],
        "location": hours.timezone,
    }
    return {"name": name, "time_intervals": [when]}


WORDS = {
    "en": ("resolved", "alerts", "in all", "Runbook", "Dashboard", "summary", "since"),
    "zh-CN": ("已恢复", "条告警", "共", "处理手册", "仪表盘", "summary_zh", "始于"),
}


def templates() -> str:
    """Title and text for any receiver: `{{ template "roomwatch.text.en" . }}`, and the same with zh-CN."""
    made = ["{{/* Made by python -m scripts.mixin. Title and text of a notification, for any receiver. */}}"]
    for language, (ended, alerts, total, runbook, board, summary, since) in WORDS.items():
        first = f"{{{{ (index .Alerts 0).Annotations.{summary} }}}}"
        count = (
            f"（{total} {{{{ len .Alerts }}}} {alerts}）"
            if language == "zh-CN"
            else f" ({{{{ len .Alerts }}}} {alerts})"
        )
        made.append(
            f'{{{{ define "roomwatch.title.{language}" }}}}'
            f'{{{{ if eq .Status "resolved" }}}}[{ended}] {{{{ end }}}}{first}'
            f"{{{{ if gt (len .Alerts) 1 }}}}{count}{{{{ end }}}}{{{{ end }}}}\n"
            f'{{{{ define "roomwatch.text.{language}" }}}}{{{{ range .Alerts }}}}'
            f'{{{{ if eq .Status "resolved" }}}}[{ended}] {{{{ end }}}}{{{{ .Annotations.{summary} }}}}\n'
            f'{since} {{{{ .StartsAt.UTC.Format "2006-01-02 15:04" }}}} UTC\n'
            f"{{{{ with .Annotations.runbook_url }}}}{runbook}: {{{{ . }}}}\n{{{{ end }}}}"
            f"{{{{ with .Annotations.dashboard_url }}}}{board}: {{{{ . }}}}\n{{{{ end }}}}"
            "{{ end }}{{ end }}"
        )
    return "\n".join(made) + "\n"
