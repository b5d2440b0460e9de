"""The monitor's question whether another user's windows answer, for the probe of hangs."""

from __future__ import annotations

from monitor.user_session_client.client import ask, socket_of
from monitor.user_session_client.protocol import SessionError

ANSWER_SECONDS = 12.0


async def ask_windows(pid: int, uid: int) -> tuple[int, int]:
    """(windows asked, answered) of one process, by its user's session part. Raises OSError where there is none."""
    try:
        answer = await ask(socket_of(uid), "windows", owner=uid, deadline=ANSWER_SECONDS, pid=pid)
    except SessionError as error:
        raise OSError(str(error)) from error
    return int(answer.get("asked", 0)), int(answer.get("answered", 0))
