"""The limits of sending, each with its reason. Numbers only."""

from __future__ import annotations

CONNECT_SECONDS = 4.0
"""Apprise's own default: a service that takes longer to accept a connection is down for a pager's purposes."""

READ_SECONDS = 6.0
"""Mail servers with greet delay answer in up to 5 s (Postfix postscreen's default is 6); messengers in under 1 s."""

TOTAL_SECONDS = 15.0
"""A server may answer 200 and then dribble its body for ever; each byte restarts the read limit, this one not."""

ANSWER_SECONDS = 25.0
"""A child that says nothing for longer than TOTAL_SECONDS and a margin hangs, and is replaced."""

IDLE_SECONDS = 300.0
"""A warm child costs as much memory as the daemon: kept while an incident is fresh, let go in a quiet room."""

PARALLEL = 8
"""Different addresses go at once, so that one that hangs does not hold up the others."""

SHORT_FORM_LENGTH = 500
"""Apprise's SMS services declare at most 160 characters (a few 480); messengers and mail declare 1,000 and more."""

LINE_LIMIT = 1 << 20
"""Bytes of one protocol line: a long message of 32 KiB, escaped, stays far below."""
