"""When to try again, and from when many messages become one. Pure figures and functions."""

from __future__ import annotations

import zlib

FIRST_RETRY = 5.0
"""Seconds to the first retry: a rebooting switch or a mail server's greylist answer is not helped by less."""
LAST_RETRY = 300.0
"""Seconds between late retries: an outage of hours must not cost battery or flood a server that returns."""
LONGEST_OF_OURS = 1.25 * LAST_RETRY + 60.0
"""The longest wait between two attempts that we choose ourselves, in seconds. The attempt's own time is part of it."""
LONGEST_ASKED = 3600.0
"""Seconds that a far end may ask us to wait: an alarm that waits longer has missed its meeting."""
SEND_LIMIT = 60.0
"""Seconds after which a sender that answers nothing is given up: Apprise's own limits are 4 s a try."""
STORM_FROM = 5
"""Messages waiting for one target, or sent to it within STORM_WINDOW, from which they are told as one digest.
Urgent ones count for themselves: others hold up none of them."""
STORM_WINDOW = 60.0
"""Seconds: at most one digest a target a minute."""
DIGEST_LISTS = 20
"""Incidents that a digest names; the rest it counts. A phone shows no more."""


def retry_after(attempts: int, key: str, asked: float | None = None) -> float:
    """Seconds until the next try: doubling, spread by ±20 % by the key so that a room's messages do not all come
    at once, and never sooner than the far end asked, LONGEST_ASKED at most."""
    base = min(LAST_RETRY, FIRST_RETRY * 2.0 ** min(attempts - 1, 16))
    spread = 0.8 + 0.4 * (zlib.crc32(f"{key}/{attempts}".encode()) % 1000) / 1000
    return max(base * spread, min(asked or 0.0, LONGEST_ASKED))
