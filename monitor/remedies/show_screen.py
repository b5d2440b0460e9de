"""Ask the room user's session part to open the room's own page on its display, or to close it."""

from __future__ import annotations

from pathlib import Path

from alerting.model.reason import Reason
from alerting.model.remedy_outcome import RemedyOutcome
from monitor.remedies.in_session import InSession
from monitor.user_session_client.protocol import FOLDER


async def show_screen(link: str, user: str = "", folder: Path = FOLDER) -> RemedyOutcome:
    """link: of the page, "" closes it. user: whose session; "" where there is only one."""
    session = InSession(verb="screen", subject="browser", user=user, link=link, allowed="show-screen", folder=folder)
    return await session.ask(dry=False, command="", good=Reason())
