"""End a program of the room's user and start it again, as that user and never as root.

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

from monitor.linux.run_command import execute
from monitor.user_session.problems import RemedyRequest, SessionProblem, answer
from monitor.user_session.programs import display_of, launchers, mine, profiles
from monitor.user_session.restart_units import START_SECONDS, STEADY_SECONDS, restart_units, unit_facts
from probes.software.processes_linux import Process, ProcessTable
from probes.software.profiles import Application
from probes.software.program_processes import descendants

END_SECONDS = 8.0
"""A conferencing program that is told to end says goodbye to its servers; one that hangs never does."""

GONE_SECONDS = 3.0
"""What has ended by then, and left nothing behind, will not come."""


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
        return await restart_units((application.unit,), request.dry)
    old = mine(application)
    if request.dry:
        return answer(SessionProblem.NONE, running=len(old))
    environment = display_of(old)
    left = await _end([*launchers(application), *old])
    if left:
        return answer(SessionProblem.DID_NOT_END, left=left)
    return await start_as_unit(request.application, application.start, application, environment, ended=len(old))


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


async def start_as_unit(
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
            state = (await unit_facts(f"{unit}.service")).get("Result", "success")
            return answer(SessionProblem.NONE if state == "success" else SessionProblem.DID_NOT_START)
        fresh = mine(application)
        if fresh and fresh[0].age_seconds >= STEADY_SECONDS:
            return answer(SessionProblem.NONE, ended=ended, pid=fresh[0].pid)
        if not fresh and waited > GONE_SECONDS and (await unit_facts(f"{unit}.service")).get("ActiveState") != "active":
            break
    return answer(SessionProblem.DID_NOT_START, ended=ended)
