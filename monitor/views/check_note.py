"""A check's note in people's words: a value against its limit, a fault's title, why it could not be made. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerting.messages.check_readings import value_name, value_text
from alerting.messages.message_text import fault_title
from alerting.messages.why_not_measured import why
from alerting.words import Words


def note(check: dict[str, Any], words: Words) -> str:
    """check: one of the status document's. "" where there is nothing to say."""
    limit = check["limit"]
    if limit is not None and limit["value"] in check["values"]:
        name = limit["value"]
        return words.text(
            "page.limit",
            name=value_name(name, words),
            value=value_text(name, check["values"][name], words),
            limit=value_text(name, limit["limit"], words),
        )
    if check["fault"]:
        return fault_title(words, check["fault"], check["target"], "")
    return unmeasured(check, words)


def unmeasured(check: Mapping[str, Any], words: Words) -> str:
    """Why it was not measured. A daemon of an earlier version gives the note alone."""
    return why(check.get("reason") or check["note"], words)
