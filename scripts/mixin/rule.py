"""Rules as values: what is recorded and what is alerted, and how both are written for Prometheus."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from scripts.mixin.settings import Settings

WHERE = "site_room:roomwatch_where:info"
"""One series for each (site, room), with its floor and switch as labels."""
ONE_WHERE = f"topk by (SITE, ROOM) (1, {WHERE})"
"""The same, surely one: after a restart of Prometheus with another floor in the inventory there are two for five
minutes, and what joins them would fail for every room. For what all others rest on."""
PRESENCE = "site_room:roomwatch_presence:code"
"""Of each (site, room): 0 heard, 1 a scrape was lost, 2 silent, 3 switched off in order, 4 restarts in order, 6 never
heard since Prometheus knows it."""
AWAY = "site_room:roomwatch_away:code"
"""PRESENCE of the rooms that are not heard, 5 for silent in maintenance, with floor and switch. These are few, so that
what reads them costs little."""
GONE = "(max by (SITE, ROOM) (up{SELECTOR}) == 0)"
"""For what is remembered of a room, in a group of its own: AWAY may be an evaluation older than the lost scrape. A room
whose new PC is heard is not gone, though the old one is still in the inventory."""
MAINTENANCE = "site_room:roomwatch_maintenance_end:timestamp"
"""When the maintenance ends that a room has announced, remembered while it is not heard."""
OBSERVING = "on (SITE, ROOM) roomwatch_observing == 1"
"""Rooms that tell nobody: nobody can answer for what is found in them."""
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
    the routes. meaning, first and look are the runbook's. lasted: for how long each room of it must be so, where the
    expression itself says that."""

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
    lasted: str = ""
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


def many(rooms: str) -> str:
    """How many rooms of each site, where they are too many for chance. rooms: a vector with a series for each."""
    return f"""count by (SITE) ({rooms}) >= <<many_rooms>>
unless on (SITE)
count by (SITE) ({rooms}) < on (SITE) <<many_rooms_ratio>> * site:roomwatch_rooms:count"""


def monitor(name: str, severity: str, condition: str, english: str, chinese: str, meaning: str, first: str,
            wait: str = "0s", look: str = "") -> Alert:  # fmt: skip
    return of_room(
        name, severity, condition, (english, chinese), (meaning, first, look or condition), kind="monitor", wait=wait
    )


def remembered(name: str, condition: str) -> Recording:
    """A condition with the labels SITE and ROOM, that stands as last seen while the room is not heard: switching a room
    off mends nothing. Only rooms in which it holds have a series."""
    kept = f"site_room:roomwatch_{name}:kept"
    return Recording(kept, f"max by (SITE, ROOM) (\n  {condition}\n)\nor\n({kept} and on (SITE, ROOM) {GONE})")


def fleet(name: str, severity: str, condition: str, english: str, chinese: str, meaning: str, first: str,
          wait: str = "0s", board: str = "roomwatch-monitor") -> tuple[Recording | Alert, ...]:  # fmt: skip
    """wait: for how long each of the rooms that are counted must be so. A wait of the alert itself would be over as
    well where one room after the other is so for a moment, as in an update in rings."""
    texts = (english, chinese)
    if wait == "0s":
        return (of_site(name, severity, condition, texts, (meaning, first, condition), dashboard=board),)
    since = f"site_room:roomwatch_{re.sub('(?<!^)(?=[A-Z])', '_', name).lower()}_since:timestamp"
    holds = f"group by (SITE, ROOM) (\n  {condition}\n)"
    # What takes an hour and more would never be told of rooms that are off each night.
    kept = f"({since} and on (SITE, ROOM) {GONE})\nor\n" if _seconds(wait) >= 3600 else ""
    record = Recording(since, f"({since} and on (SITE, ROOM) {holds})\nor\n{kept}timestamp({holds})")
    long = f"{since} <= time() - {_seconds(wait)}"
    runbook = (meaning, first, condition)
    return record, of_site(name, severity, long, texts, runbook, dashboard=board, lasted=wait)


def _seconds(span: str) -> int:
    return int(span[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[span[-1]]
