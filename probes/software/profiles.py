"""What is known of each conferencing program: the shipped table with the room's own values over it.

A profile is data and no code, so that an admin can add a program without a release.
"""

from __future__ import annotations

import functools
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

Expected = Literal["always", "hours", "meeting", "seen"]
_SOURCE = Path(__file__).resolve().parents[2] / "config" / "applications.toml"
_INSTALLED = Path(sys.prefix) / "share" / "roomwatch" / "config" / "applications.toml"


LOGIN_TITLES = (
    r"^(sign|log)[ -]?in( to\b| with\b| required\b|\s*$|\s*[-–—|:(·])",
    r"(^\S+ |[-–—|:·] *)(sign|log)[ -]?in$",
    r"^登(录|陆|入)($|\W|到|窗口|界面|页|你|您|账号|帐号|腾讯|飞书|钉钉|企业微信|zoom|teams|webex)",
    r"^\S{1,12}登(录|陆|入)(窗口|界面|页面)?$",
)
"""How clients call their login window. A meeting about logins is called otherwise: the word stands alone, or before the
program's name or after it."""

SIGNED_OUT_LOG = (
    r"\b(user|account|you|client)( was| were| has been| have been| is| are)? (signed|logged)[ -]?out\b",
    r"\b(sign|log)[ -]?in (is )?required\b",
    r"登录(状态)?已?(过期|失效)",
)
SIGNED_IN_LOG = (r"\b(signed|logged)[ -]?in\b", r"\b(sign|log)[ -]?in (succeeded|successful)", r"登录成功")


CALL_TITLES = (
    r"^(\(\d+\) )?((zoom|webex|teams) )?(meeting|call|webinar|huddle)"
    r"(\s+(with|in|id)\b.*|\s+\d.*|\s*[-–—|·]\s.*)?$",
    r"^zoom ?(会议|网络研讨会)$",
    r"(会议|通话)中",
    r"正在(开会|会议|通话)",
    r"^(视频|语音)(会议|通话)($|\W)",
)
"""How clients call the window of a call. A page about meetings is called otherwise ("Meeting notes", "Calls"), and so
is a main window that bears the program's name."""


class Application(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One program of the room.

    executables: names of the main process (as in /proc/PID/comm or the file's name); one that lives is enough.
    helpers: names of processes without which it does not work ("--type=renderer": a child of a browser or Electron
    program with that switch); meeting_helpers: those that run only in a meeting.
    command: a part of the command line that must be there too (a browser's application window), or several of which one
    must. native: a compiled program: a script of its name starts it, or is something else.
    expected: "always", in working "hours", during a "meeting", or "seen": from the first time it was seen on.
    count: most instances of one user that are right, 0 is any number. user: whose it must be, by name or number, "" is
    anybody's. start: the command that starts it; unit: its systemd unit. start_within: seconds it may take to appear
    after boot or after it became expected. update_within: seconds within which an update starts it again. version: what
    the installed package's version must begin with.
    meeting_udp_ports: pairs of first and last remote port of its media. paths: one that exists means installed.
    logs: patterns of its log files, "~" is its owner's home. join: the command that joins a meeting, with {link} in it.
    login_titles: titles of its windows while nobody is signed in; signed_in_titles: while somebody is. signed_out_log,
    signed_in_log: lines of its newest log that say so. call_titles: titles of the window of a call. All five are
    regular expressions, whatever the case of letters.
    """

    executables: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    meeting_helpers: tuple[str, ...] = ()
    command: str | tuple[str, ...] = ""
    native: bool = False
    expected: Expected = "seen"
    count: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    user: str = ""
    start: tuple[str, ...] = ()
    unit: str = ""
    start_within: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 120.0
    update_within: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 120.0
    package: str = ""
    version: str = ""
    meeting_udp_ports: tuple[int, ...] = ()
    paths: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    login_titles: tuple[str, ...] = LOGIN_TITLES
    signed_in_titles: tuple[str, ...] = ()
    signed_out_log: tuple[str, ...] = SIGNED_OUT_LOG
    signed_in_log: tuple[str, ...] = SIGNED_IN_LOG
    call_titles: tuple[str, ...] = CALL_TITLES
    failures: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        for name in ("login_titles", "signed_in_titles", "signed_out_log", "signed_in_log", "call_titles"):
            for pattern in getattr(self, name):
                try:
                    re.compile(pattern)
                except re.error as error:
                    raise ValueError(f"{name}: {pattern!r} is no regular expression: {error}") from error


@functools.cache
def shipped() -> Mapping[str, Application]:
    """The table that travels with the product."""
    file = _SOURCE if _SOURCE.is_file() else _INSTALLED
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), dict[str, Application])


def with_changes(known: Application, changed: Application) -> Application:
    """The shipped profile with every value that the room wrote; naming executables replaces the whole."""
    if changed.executables:
        return changed
    default = Application()
    written = {
        name: getattr(changed, name)
        for name in changed.__struct_fields__
        if getattr(changed, name) != getattr(default, name)
    }
    return msgspec.structs.replace(known, **written)


def merged(configured: Mapping[str, Application], *, use_known: bool) -> dict[str, Application]:
    """All profiles to watch, by id. One without executables is refused when the file is read, and left out here."""
    base = dict(shipped()) if use_known else {}
    for name, one in configured.items():
        base[name] = with_changes(shipped().get(name, one), one)
    return {name: one for name, one in base.items() if one.executables}


def installed(applications: Mapping[str, Application], root: Path = Path("/")) -> tuple[str, ...]:
    """Which of them are on this machine: what the first run writes into a new room's configuration."""
    return tuple(
        name for name, one in applications.items() if any((root / path.lstrip("/")).exists() for path in one.paths)
    )
