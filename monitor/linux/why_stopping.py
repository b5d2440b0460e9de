"""Why this service is asked to end: the PC is switched off or restarted, the service is restarted, or only stopped.

The signal is the same in all four cases; systemd's queue of jobs tells them apart.
"""

from __future__ import annotations

import os

from monitor.linux.run_command import execute

ASK_SECONDS = 1.0
"""The answer takes 10 ms; a manager that is busy with a shutdown may not hold ours."""
TARGETS = {
    "poweroff.target": "poweroff",
    "halt.target": "poweroff",
    "reboot.target": "reboot",
    "kexec.target": "reboot",
    "soft-reboot.target": "reboot",
}


async def why_stopping() -> str:
    """ "poweroff", "reboot", "restart" or "stop"; "stop" also where there is no systemd, or it does not answer."""
    if not os.environ.get("INVOCATION_ID"):
        return "stop"
    code, text = await execute("systemctl", "--no-ask-password", "list-jobs", "--no-legend", seconds=ASK_SECONDS)
    return reason_in(text, own_unit()) if code == 0 else "stop"


def reason_in(jobs: str, unit: str) -> str:
    """jobs: as ``systemctl list-jobs`` prints them: number, unit, kind, state. unit: this service's name."""
    found = "stop"
    for line in jobs.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        name, kind = fields[1:3]
        if kind == "start" and name in TARGETS:
            return TARGETS[name]
        # While a restart's first half runs, the job is called a restart; some versions show the start that waits.
        if name == unit and kind in ("restart", "start"):
            found = "restart"
    return found


def own_unit() -> str:
    """The last part of this process's control group that is a service; "roomwatch.service" where it is not known."""
    try:
        with open("/proc/self/cgroup", encoding="utf-8") as file:  # noqa: PTH123 (one read at the end)
            parts = file.read().strip().rpartition(":")[2].split("/")
    except OSError:
        parts = []
    return next((one for one in reversed(parts) if one.endswith(".service")), "roomwatch.service")
