"""Whether two sound servers run for one user: a program may then use the one that is not watched. Linux."""

from __future__ import annotations

import psutil

SERVERS = ("pipewire-pulse", "pulseaudio")
"""Programs that answer as PulseAudio does. The second to start finds the devices held by the first."""


def rivals() -> dict[str, str]:
    """User → the names of the servers, of each user for whom more than one runs."""
    found: dict[str, set[str]] = {}
    for process in psutil.process_iter(["username", "name"]):
        if process.info["name"] in SERVERS and process.info["username"]:
            found.setdefault(process.info["username"], set()).add(process.info["name"])
    return {user: ", ".join(sorted(servers)) for user, servers in found.items() if len(servers) > 1}
