"""Opens the room's own page on the room's display, in a browser of its own that fills it, and closes it again.

It takes no command, and no address but that of a screen page on a host that the administrator allowed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from monitor.linux.run_command import execute
from monitor.user_session.problems import RemedyRequest, SessionProblem, answer
from monitor.user_session.programs import display_of, mine, profiles

UNIT = "roomwatch-screen"
LONGEST_SECONDS = 1800
"""The page is closed by then though the monitor that opened it is gone: a room must not keep an old notice."""
SCREEN_ALLOWED = Path("/etc/roomwatch/remedies/show-screen")
"""An empty file a host, made by the administrator, as for the links of a backup."""

BROWSERS: Mapping[str, Callable[[str, str], tuple[str, ...]]] = {
    **dict.fromkeys(
        ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge-stable"),
        lambda folder, page: (
            *("--kiosk", "--no-first-run", "--noerrdialogs", "--disable-session-crashed-bubble", "--incognito"),
            *(f"--user-data-dir={folder}", f"--app={page}"),
        ),
    ),
    **dict.fromkeys(
        ("firefox-esr", "firefox"), lambda folder, page: ("--new-instance", "--profile", folder, "--kiosk", page)
    ),
}
"""Program → its arguments. A profile of its own: the user's own windows and logins stay as they are."""


async def screen(request: RemedyRequest) -> dict[str, float]:
    """Show the page of the link, or with no link close it."""
    if os.getuid() == 0:
        return answer(SessionProblem.ROOT)
    if (await execute("systemctl", "--user", "show-environment"))[0]:
        return answer(SessionProblem.NO_USER_MANAGER)
    if not request.link:
        await execute("systemctl", "--user", "stop", UNIT)
        return answer(SessionProblem.NONE)
    problem = refused(request.link)
    browser = next((one for one in BROWSERS if shutil.which(one)), "")
    if problem is not SessionProblem.NONE or not browser:
        return answer(problem or SessionProblem.NO_OPENER)
    if request.dry or await _is_shown():
        return answer(SessionProblem.NONE)
    folder = Path(os.environ.get("XDG_RUNTIME_DIR", "")) / UNIT
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700)
    environment = display_of([one for each in profiles().values() for one in mine(each)])
    variables = [f"--setenv={name}={value}" for name, value in environment.items()]
    options = ("--user", "--collect", "--quiet", f"--unit={UNIT}", f"--property=RuntimeMaxSec={LONGEST_SECONDS}")
    command = (browser, *BROWSERS[browser](str(folder), request.link))
    code, _ = await execute("systemd-run", *options, *variables, "--", *command)
    return answer(SessionProblem.DID_NOT_START if code else SessionProblem.NONE)


def refused(link: str) -> SessionProblem:
    """Why this address is not shown; NONE for one that is."""
    try:
        found = urlsplit(link)
    except ValueError:  # a bracket that nothing closes
        return SessionProblem.BAD_LINK
    plain = link.isascii() and link.isprintable() and not set(link) & set(" \"'\\")
    if found.scheme not in ("http", "https") or not found.hostname or not plain or found.username is not None:
        return SessionProblem.BAD_LINK
    if not found.path.endswith("/screen") or found.query or found.fragment:
        return SessionProblem.BAD_LINK
    return SessionProblem.NONE if (SCREEN_ALLOWED / found.hostname).is_file() else SessionProblem.NOT_ALLOWED


async def _is_shown() -> bool:
    _, text = await execute("systemctl", "--user", "is-active", UNIT)
    return text.strip() == "active"
