"""Rules as values: what is recorded and what is alerted, and how both are written for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scripts.mixin.settings import Settings

WHERE = "site_room:roomwatch_where:info"
"""One series for each (site, room), with its floor and switch as labels."""
ONE_WHERE = f"topk by (SITE, ROOM) (1, {WHERE})"
"""The same, surely one: after a restart of Prometheus with another floor in the inventory there are two for five
minutes, and what joins them would fail for every room. For what all others rest on."""
PRESENCE = "site_room:roomwatch_presence:code"
"""Of each (site, room): 0 heard, 1 a scrape was lost, 2 silent, 3 switched off in order, 4 restarts in order."""
AWAY = "site_room:roomwatch_away:code"
"""PRESENCE of the rooms that are not heard, 5 for silent in maintenance, with floor and switch. These are few, so that
what reads them costs little."""
GONE = "up{SELECTOR} == 0"
"""For what is remembered of a room, in a group of its own: AWAY may be an evaluation older than the lost scrape."""
AWAY_SINCE = "site_room:roomwatch_away_since:timestamp"
PLACE = "{{ $labels.SITE }}{{ with $labels.FLOOR }} · floor {{ . }}{{ end }} · room {{ $labels.ROOM }}"
PLACE_ZH = "{{ $labels.SITE }}{{ with $labels.FLOOR }} · {{ . }} 层{{ end }} · 会议室 {{ $labels.ROOM }}"
SINCE = (
    f"{{{{ with query (printf `{AWAY_SINCE}{{SITE=%q, ROOM=%q}}` $labels.SITE $labels.ROOM) }}}}"
    '{{ (. | first | value | toTime).Format "15:04" }} UTC{{ end }}'
)
"""When the first scrape was lost."""


def up_to_ten(query: str, *labels: str) -> str:
    """A template that lists the rooms of a query. Each %q in it becomes the value of one of the labels."""
    values = "".join(f" $labels.{label}" for label in labels)
    return (
        f'{{{{ range $i, $one := query (printf `{query}`{values}) | sortByLabel "ROOM" }}}}'
        "{{ if lt $i 10 }}{{ if $i }}, {{ end }}{{ $one.Labels.ROOM }}{{ end }}{{ end }}"
    )


@dataclass(frozen=True, slots=True)
class Recording:
    name: str
    expr: str
    labels: dict[str, str] = field(default_factory=dict)

    def document(self, settings: Settings) -> dict[str, Any]:
        made: dict[str, Any] = {"record": self.name, "expr": settings.fill(self.expr)}
        return made | ({"labels": self.labels} if self.labels else {})


@dataclass(frozen=True, slots=True)
class Alert:
    """severity: critical, warning, notice, or "" where the series bring it. kind: room, silence, fleet or monitor, for
    the routes. meaning, first and look are the runbook's."""

    name: str
    severity: str
    expr: str
    summary: str
    summary_zh: str
    meaning: str
    first: str
    look: str
    kind: str = "room"
    wait: str = "0s"
    keep: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    dashboard: str = "roomwatch-room"

    def document(self, settings: Settings) -> dict[str, Any]:
        made: dict[str, Any] = {"alert": self.name, "expr": settings.fill(self.expr)}
        if self.wait != "0s":
            made["for"] = self.wait
        if self.keep:
            made["keep_firing_for"] = self.keep
        severity = {"severity": self.severity} if self.severity else {}
        place = "?var-site={{ $labels.SITE | urlquery }}"
        if self.dashboard == "roomwatch-room":
            place += "&var-room={{ $labels.ROOM | urlquery }}"
        texts = {
            "summary": self.summary,
            "summary_zh": self.summary_zh,
            "description": self.meaning,
            "runbook_url": f"{settings.runbook_url}#{self.name.lower()}",
            "dashboard_url": f"{settings.dashboard_url}/d/{self.dashboard}{place}",
        }
        made["labels"] = severity | {"kind": self.kind} | self.labels
        made["annotations"] = {name: settings.fill(text) for name, text in texts.items()}
        return made


@dataclass(frozen=True, slots=True)
class Group:
    """interval: "" for Prometheus' own. part: of which part of the runbook it is; "" for one of its own name."""

    name: str
    rules: tuple[Recording | Alert, ...]
    interval: str = ""
    part: str = ""

    def document(self, settings: Settings) -> dict[str, Any]:
        made: dict[str, Any] = {"name": self.name}
        if self.interval:
            made["interval"] = self.interval
        return made | {"rules": [one.document(settings) for one in self.rules]}


def of_room(
    name: str, severity: str, condition: str, texts: tuple[str, str], runbook: tuple[str, str, str], **more: Any
) -> Alert:
    """An alert for each room. condition: a vector with the labels SITE and ROOM. texts: what is the matter, en, zh."""
    # What a silent switch explains names its switch.
    places = "FLOOR, switch" if more.get("kind") == "silence" else "FLOOR"
    expr = f"max by (SITE, ROOM) (\n  {condition}\n)\n* on (SITE, ROOM) group_left ({places}) {WHERE}"
    return Alert(name, severity, expr, f"{PLACE}: {texts[0]}", f"{PLACE_ZH}：{texts[1]}", *runbook, **more)


def of_site(
    name: str, severity: str, condition: str, texts: tuple[str, str], runbook: tuple[str, str, str], **more: Any
) -> Alert:
    """One alert for all rooms of a site together, that counts and names them."""
    rooms = f"group by (SITE, ROOM) (\n  {condition}\n)"
    names = up_to_ten(f"({' '.join(rooms.split())}) and on (SITE) site:roomwatch_rooms:count{{SITE=%q}}", "SITE")
    english = f"{{{{ $labels.SITE }}}}: {texts[0]} in {{{{ $value }}}} rooms ({names})"
    chinese = f"{{{{ $labels.SITE }}}}：{{{{ $value }}}} 间会议室{texts[1]}（{names}）"
    more = {"kind": "fleet", "dashboard": "roomwatch-fleet"} | more
    return Alert(name, severity, f"count by (SITE) ({rooms})", english, chinese, *runbook, **more)


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
