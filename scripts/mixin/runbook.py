"""docs/runbook.md: each alert with its meaning, the first thing to do and a query to see more."""

from __future__ import annotations

from scripts.mixin.rule import Alert, Group
from scripts.mixin.settings import Settings

HEAD = """<!-- Made by scripts/mixin; change it there and run python -m scripts.mixin. -->

# Runbook

What to do for each alert over many rooms. [fleet.md](fleet.md) says how the alerts reach people. A room's own
notifications have their own words and steps: this page is for those who look after all rooms.

critical: now. warning: today. notice: in working hours, at leisure. "of the fault": as the room judged it.
"""


def runbook(groups: list[Group], settings: Settings) -> str:
    parts, last = [HEAD], ""
    for group in groups:
        alerts = [one for one in group.rules if isinstance(one, Alert)]
        part = group.part or group.name.removeprefix("roomwatch-").replace("-", " ")
        if alerts and part != last:
            parts.append(f"## {part.capitalize()}\n")
            last = part
        for one in alerts:
            wait = f"after {one.wait}" if one.wait != "0s" else "at once"
            wait = f"for rooms that are so since {one.lasted}" if one.lasted else wait
            query = " ".join(settings.fill(one.look).split())
            parts.append(
                f"### {one.name}\n\nSeverity: {one.severity or 'of the fault'}, {wait}.\n\n{one.meaning}\n\n"
                f"First: {one.first}\n\n    {query}\n"
            )
    return "\n".join(parts)
