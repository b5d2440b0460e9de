"""Ask a program's windows whether they answer: only a process of the same session may."""

from __future__ import annotations

import os
from pathlib import Path

from monitor.user_session.problems import RemedyRequest
from monitor.user_session_client.protocol import SessionError, Trouble
from probes.software.hang import SILENT_SECONDS
from probes.software.x11_linux import NoDisplay, ping_windows


async def windows(request: RemedyRequest) -> dict[str, float]:
    """How many windows of this user's process were asked (_NET_WM_PING) and how many answered."""
    try:
        if Path(f"/proc/{request.pid}").stat().st_uid != os.getuid():
            raise SessionError("not a process of this user", Trouble.BAD_REQUEST)
        asked, answered = await ping_windows(frozenset({request.pid}), Path("/proc"), SILENT_SECONDS)
    except (OSError, NoDisplay):
        return {"asked": 0, "answered": 0}
    return {"asked": asked, "answered": answered}
