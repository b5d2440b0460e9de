"""When to try again, how long a message keeps, and from when many become one. Pure figures and functions."""

from __future__ import annotations

import zlib

FIRST_RETRY = 5.0
"""Seconds to the first retry: a rebooting switch or a mail server's greylist answer is not helped by less."""
LAST_RETRY = 300.0
"""Seconds between late retries: an outage of hours must not cost battery or flood a server that returns."""
KEEP = 12 * 3600.0
"""Seconds for which a message about something that is still so is kept: half a day covers a night without network."""
KEEP_PAPER = 7 * 86400.0
"""Seconds for which a message about a report is kept: it stays true, and a week outlasts any outage but a move."""
KEEP_REMINDER = 3 * 86400.0
"""Seconds for which a reminder of a standing duty is kept: over a weekend without network."""
SEND_LIMIT = 60.0
"""Seconds after which a sender that answers nothing is given up: Apprise's own limits are 4 s a try."""
STORM_FROM = 5
"""Messages waiting for one target, or sent to it within STORM_WINDOW, from which they are told as one digest."""
STORM_WINDOW = 60.0
"""Seconds: at most one digest a target a minute."""
DIGEST_LISTS = 20
"""Incidents that a digest names; the rest it counts. A phone shows no more."""

PERSONAL = frozenset(
    {
        "order",
        "assigned",
        "note",
        "confirmed",
        "plan_changed",
        "reminder",
        "moved",
        "spare",
        "backup_none_left",
        "done",
        "helper_accepted",
        "helper_declined",
        "helper_silent",
        "reply_help",
        "report_submitted",
        "report_approved",
        "report_returned",
        "report_sent",
    }
)
"""Kinds that carry something no later message repeats: never collapsed, never in a digest."""

PAPER = frozenset(
    {
        "report_drafted",
        "report_reminded",
        "report_overdue",
        "report_submitted",
        "report_approved",
        "report_returned",
        "report_sent",
    }
)
"""Kinds about a report: nobody is woken for paper, whatever the incident was, and it keeps longer than an alarm."""


def retry_after(attempts: int, key: str, asked: float | None = None) -> float:
    """Seconds until the next try: doubling, spread by ±20 % by the key so that a room's messages do not all come
    at once, and never sooner than the far end asked."""
    base = min(LAST_RETRY, FIRST_RETRY * 2.0 ** min(attempts - 1, 16))
    spread = 0.8 + 0.4 * (zlib.crc32(f"{key}/{attempts}".encode()) % 1000) / 1000
    return max(base * spread, asked or 0.0)
