"""The user of the room's screen: what lets the session part answer for that user, and what takes it back.

The session part runs as that user. Membership of the group lets its socket lie where the monitor looks for it; the
socket unit is enabled for that user alone.
"""

from __future__ import annotations

import grp
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

GROUP = "roomwatch-session"
SOCKET = "roomwatch-session.socket"
UNIT_FOLDERS = (Path("/etc/systemd/user"), Path("/usr/lib/systemd/user"))
SECONDS = 60.0
"""systemd starts the user's service manager where that user is not logged in."""

Command = tuple[str, ...]


class ScreenUserError(Exception):
    """The user cannot be set up; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenUser:
    """member: of GROUP. enabled: the socket. logged_in: the service manager runs, with the groups of its start.
    reachable: that manager has a bus; one that began before dbus-user-session was installed has none."""

    name: str
    member: bool
    enabled: bool
    logged_in: bool
    reachable: bool = True


def is_installed() -> bool:
    return any((folder / SOCKET).exists() for folder in UNIT_FOLDERS)


def at_the_screen() -> str:
    """Who is logged in on a screen or console of this machine and is not root; "" for nobody."""
    return next((one.name for one in psutil.users() if not (one.host or "").strip(":0.") and one.name != "root"), "")


def find(name: str, group: str = GROUP) -> ScreenUser:
    """Raises ScreenUserError."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise ScreenUserError(f"this machine has no user {name}") from None
    if entry.pw_uid == 0:
        raise ScreenUserError("root is no user of the room's screen: name the one that the room is logged in as")
    try:
        members = grp.getgrnam(group)
    except KeyError:
        raise ScreenUserError(f"this machine has no group {group}: install roomwatch first") from None
    run = Path(f"/run/user/{entry.pw_uid}")
    return ScreenUser(
        name=name,
        member=name in members.gr_mem or entry.pw_gid == members.gr_gid,
        enabled=(Path(entry.pw_dir) / ".config/systemd/user/sockets.target.wants" / SOCKET).is_symlink(),
        logged_in=(run / "systemd").exists(),
        reachable=not (run / "systemd").exists() or (run / "bus").exists(),
    )


def enabling(user: ScreenUser) -> tuple[Command, ...]:
    """The commands that are still needed, in their order; none where all is done."""
    join = () if user.member else (("usermod", "--append", "--groups", GROUP, user.name),)
    # A manager that runs already has no right to the socket's folder before that user has logged in anew.
    now = ("--now",) if user.member or not user.logged_in else ()
    return join if user.enabled else (*join, (*_manager(user), "enable", *now, SOCKET))


def disabling(user: ScreenUser) -> tuple[Command, ...]:
    """The commands that take it back."""
    leave = (("gpasswd", "--delete", user.name, GROUP),) if user.member else ()
    return ((*_manager(user), "disable", "--now", SOCKET), *leave) if user.enabled else leave


def _manager(user: ScreenUser) -> Command:
    return ("systemctl", "--user", f"--machine={user.name}@")


def carry_out(command: Command) -> None:
    """Raises ScreenUserError with what the command said."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ScreenUserError(f"{' '.join(command)}: {error}") from None
    if done.returncode:
        raise ScreenUserError(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}")
