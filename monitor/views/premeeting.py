"""A go or no-go in people's words, for terminal, live view and page. Pure."""

from __future__ import annotations

from typing import Any

from alerting.messages.check_readings import check_name
from alerting.plan.wall_time import clock
from alerting.words import Words

SHOWN_AFTER_SECONDS = 3600.0
"""How long after a meeting's start its check is still shown: it explains the first half of the meeting."""


def state(document: dict[str, Any]) -> str:
    """ "go", "no_go" or "cannot_tell"."""
    return "no_go" if not document["go"] else "go" if document.get("checked", True) else "cannot_tell"


def headline(document: dict[str, Any], words: Words, timezone: str = "") -> str:
    """One line: the verdict, and before which meeting where it was one's check."""
    verdict = words.text(f"premeeting.{state(document)}")
    if document["starts_at"] is None:
        return verdict
    at = clock(document["starts_at"], timezone, "%H:%M")
    made = clock(document["at"], timezone, "%H:%M")
    return words.text("premeeting.of_meeting", verdict=verdict, time=at, made=made)


def details(document: dict[str, Any], words: Words, room: str) -> list[str]:
    """What stands in the way and what to do, the way round, then what is worth knowing."""
    lines = []
    for code, target in document["blockers"]:
        fault = words.text(f"fault.{code}.title", target=target, room=room)
        lines.append(f"✗ {fault}" + (f" ({target})" if target and target not in fault else ""))
        lines.append("  " + words.text(f"fault.{code}.act", target=target, room=room))
    if document["backup"] is not None:
        found = document["backup"]
        key = "offline_open" if found["kind"] == "offline" and not found["place"] else found["kind"]
        how = words.text(f"course.place.{key}", place=found["place"])
        lines.append(words.text("course.no_go.backup", title=found["title"], how=how))
    elif not document["go"]:
        lines.append(words.text("course.no_go.no_backup"))
    for code, target in document["cautions"]:
        title = (
            words.text(f"fault.{code}.title", target=target, room=room) if words.has(f"fault.{code}.title") else code
        )
        lines.append(f"! {title}")
    if document["blind"]:
        names = dict.fromkeys(check_name(one.partition(" ")[0], words) for one in document["blind"])
        lines.append("? " + words.text("premeeting.blind", checks=words.text("meeting.comma").join(names)))
    if document["late"]:
        lines.append("? " + words.text("premeeting.late", probes=", ".join(document["late"])))
    return lines
