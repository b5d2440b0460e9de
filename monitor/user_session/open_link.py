"""Open the link of the backup meeting, as the room's user."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from monitor.linux.run_command import execute
from monitor.user_session.problems import RemedyRequest, SessionProblem, answer
from monitor.user_session.programs import display_of, mine, profiles
from monitor.user_session.restart_program import start_as_unit

LINK_SCHEMES = ("https", "zoommtg", "msteams", "webex", "wemeet", "feishu", "lark", "dingtalk")
LINKS_ALLOWED = Path("/etc/roomwatch/remedies/start-backup")
"""An empty file a host, made by the administrator: whoever takes over the monitor cannot open any page here."""


async def open_link(request: RemedyRequest) -> dict[str, float]:
    """Join the backup meeting: the link's host must be allowed here. With an application, by its join command."""
    if os.getuid() == 0:
        return answer(SessionProblem.ROOT)
    link = urlsplit(request.link)
    plain = request.link.isascii() and request.link.isprintable() and " " not in request.link
    if link.scheme not in LINK_SCHEMES or not link.hostname or not plain:
        return answer(SessionProblem.BAD_LINK)
    if not (LINKS_ALLOWED / link.hostname).is_file():
        return answer(SessionProblem.NOT_ALLOWED)
    known = profiles()
    application = known.get(request.application)
    if request.application and (application is None or not application.join):
        return answer(SessionProblem.NO_START)
    command = [part.replace("{link}", request.link) for part in application.join] if application else []
    command = command or ["xdg-open", request.link]
    if not any(os.access(Path(folder) / command[0], os.X_OK) for folder in os.get_exec_path()):
        return answer(SessionProblem.NO_OPENER)
    if (await execute("systemctl", "--user", "show-environment"))[0]:
        return answer(SessionProblem.NO_USER_MANAGER)
    if request.dry:
        return answer(SessionProblem.NONE)
    environment = display_of([one for each in known.values() for one in mine(each)])
    return await start_as_unit("backup", command, None, environment, ended=0)
