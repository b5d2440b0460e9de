"""What the session part may change, as the room's user and never as root: restart a program or the sound server, open
a link, ask a program's windows.

It takes no command: the caller names a profile, and this machine's configuration says what is run.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from monitor.linux.run_command import execute
from monitor.user_session.problems import RemedyRequest, SessionProblem, answer
from monitor.user_session.programs import display_of, launchers, mine, profiles
from monitor.user_session_client.protocol import SessionError, Trouble
from probes.software.hang import SILENT_SECONDS
from probes.software.processes_linux import Process, ProcessTable
from probes.software.profiles import Application
from probes.software.program_processes import descendants
from probes.software.x11_linux import NoDisplay, ping_windows

END_SECONDS = 8.0
"""A conferencing program that is told to end says goodbye to its servers; one that hangs never does."""

START_SECONDS = 12.0
"""Together with the end below the session part's own limit of 25 s."""

GONE_SECONDS = 3.0
"""What has ended by then, and left nothing behind, will not come."""

STEADY_SECONDS = 1.0
"""A program that lives for so long after its start did not fail at once."""

SOUND_UNITS = ("pipewire.service", "pipewire-pulse.service", "wireplumber.service", "pulseaudio.service")
SOUND_SERVERS = ("pipewire.service", "pulseaudio.service")
LINK_SCHEMES = ("https", "zoommtg", "msteams", "webex", "wemeet", "feishu", "lark", "dingtalk")
LINKS_ALLOWED = Path("/etc/roomwatch/remedies/start-backup")
"""An empty file a host, made by the administrator: whoever takes over the monitor cannot open any page here."""


async def restart(request: RemedyRequest) -> dict[str, float]:
    """End the named program and start it again in this session; by its unit where it has one."""
    application = profiles().get(request.application)
    if os.getuid() == 0:
        return answer(SessionProblem.ROOT)
    if application is None:
        return answer(SessionProblem.UNKNOWN_APPLICATION)
    if not application.unit and not application.start:
        return answer(SessionProblem.NO_START)
    code, _ = await execute("systemctl", "--user", "show-environment")
    if code:
        return answer(SessionProblem.NO_USER_MANAGER)
    if application.unit:
        return await _restart_units((application.unit,), request.dry)
    old = mine(application)
    if request.dry:
        return answer(SessionProblem.NONE, running=len(old))
    environment = display_of(old)
    left = await _end([*launchers(application), *old])
    if left:
        return answer(SessionProblem.DID_NOT_END, left=left)
    return await _start(request.application, application.start, application, environment, ended=len(old))


async def restart_sound(request: RemedyRequest) -> dict[str, float]:
    """Restart the session's sound server, whichever of the known units is loaded."""
    if os.getuid() == 0:
        return answer(SessionProblem.ROOT)
    code, _ = await execute("systemctl", "--user", "show-environment")
    if code:
        return answer(SessionProblem.NO_USER_MANAGER)
    units = [unit for unit in SOUND_UNITS if (await _unit(unit)).get("LoadState") == "loaded"]
    # What its socket starts again by itself counts too; what was never started stays as it was.
    units = [unit for unit in units if (await _unit(unit)).get("ActiveState") in ("active", "failed", "activating")]
    return await _restart_units(units, request.dry) if units else answer(SessionProblem.NO_SOUND_SERVER)


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
    return await _start("backup", command, None, environment, ended=0)


async def windows(request: RemedyRequest) -> dict[str, float]:
    """How many windows of this user's process were asked (_NET_WM_PING) and how many answered."""
    try:
        if Path(f"/proc/{request.pid}").stat().st_uid != os.getuid():
            raise SessionError("not a process of this user", Trouble.BAD_REQUEST)
        asked, answered = await ping_windows(frozenset({request.pid}), Path("/proc"), SILENT_SECONDS)
    except (OSError, NoDisplay):
        return {"asked": 0, "answered": 0}
    return {"asked": asked, "answered": answered}


async def _end(old: Sequence[Process]) -> int:
    """Ask them to end, then end them with their children; how many live on."""
    running = ProcessTable().look(Path("/proc"))
    whole = [*old, *(child for one in old for child in descendants(one, running))]
    for number, waits in ((signal.SIGTERM, END_SECONDS), (signal.SIGKILL, 2.0)):
        targets = old if number == signal.SIGTERM else whole
        for one in _alive(targets):
            with contextlib.suppress(OSError):
                os.kill(one.pid, number)
                os.kill(one.pid, signal.SIGCONT)  # a stopped one takes no other signal
        deadline = time.monotonic() + waits
        while _alive(targets) and time.monotonic() < deadline:  # noqa: ASYNC110 - /proc has no event for strangers
            await asyncio.sleep(0.1)
    return len(_alive(whole))


def _alive(processes: Sequence[Process]) -> list[Process]:
    return ProcessTable().again(Path("/proc"), processes)


async def _start(
    name: str, command: Sequence[str], application: Application | None, environment: Mapping[str, str], ended: int
) -> dict[str, float]:
    """As a unit of its own under the user's service manager: it outlives this call and shows in `systemctl --user`."""
    unit = f"roomwatch-{name.replace('_', '-')}-{int(time.time())}"
    variables = [f"--setenv={key}={value}" for key, value in environment.items()]
    # A start script may leave its program behind and end: then what it started lives on.
    options = ("--user", "--collect", "--quiet", f"--unit={unit}", "--property=KillMode=process")
    code, _ = await execute("systemd-run", *options, *variables, "--", *command)
    if code:
        return answer(SessionProblem.DID_NOT_START, ended=ended)
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < START_SECONDS:
        await asyncio.sleep(STEADY_SECONDS)
        if application is None:
            state = (await _unit(f"{unit}.service")).get("Result", "success")
            return answer(SessionProblem.NONE if state == "success" else SessionProblem.DID_NOT_START)
        fresh = mine(application)
        if fresh and fresh[0].age_seconds >= STEADY_SECONDS:
            return answer(SessionProblem.NONE, ended=ended, pid=fresh[0].pid)
        if not fresh and waited > GONE_SECONDS and (await _unit(f"{unit}.service")).get("ActiveState") != "active":
            break
    return answer(SessionProblem.DID_NOT_START, ended=ended)


async def _unit(unit: str) -> dict[str, str]:
    wanted = "--property=LoadState,ActiveState,Result,ActiveEnterTimestampMonotonic,MainPID"
    _, text = await execute("systemctl", "--user", "show", wanted, "--", unit)
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


async def _restart_units(units: Sequence[str], dry: bool) -> dict[str, float]:
    """Restart, and see that each became active after that."""
    before = {unit: await _unit(unit) for unit in units}
    if any(facts.get("LoadState") != "loaded" for facts in before.values()):
        return answer(SessionProblem.NO_UNIT)
    if dry:
        return answer(SessionProblem.NONE, units=len(units))
    # What failed too often is not started again until somebody says so: that is what this is for.
    await execute("systemctl", "--user", "reset-failed", "--", *units)
    code, _ = await execute("systemctl", "--user", "restart", "--", *units, seconds=START_SECONDS)
    await asyncio.sleep(STEADY_SECONDS)
    for unit, old in before.items():
        if len(units) > 1 and unit not in SOUND_SERVERS and old.get("ActiveState") != "active":
            continue  # a helper that did not run before need not run afterwards
        now = await _unit(unit)
        began = now.get("ActiveEnterTimestampMonotonic")
        if code or now.get("ActiveState") != "active" or began == old.get("ActiveEnterTimestampMonotonic"):
            return answer(SessionProblem.DID_NOT_START)
    return answer(SessionProblem.NONE, units=len(units))
