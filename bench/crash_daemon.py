"""What bench/crash.py kills by default: `roomwatch run`, driven over its command socket as people do.

Owns its folder, its configuration and the traffic: faults reported and declared, takings, confirmations, orders,
ends. It does not look into the journal.
"""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

import aiohttp

CLASSES = ("software", "network", "device", "operator", "other")
HANDS = 40
"""People who get orders: so many that their messages go singly, while the groups' become digests."""
PROBES = ("network", "software", "camera", "microphone", "speaker", "display", "host", "power")


def configure(folder: Path, port: int) -> None:
    """A room whose probes rest and whose chains have three steps within a second."""
    off = "\n".join(f"[schedule.{name}]\nenabled = false" for name in PROBES)
    (folder / "roomwatch.toml").write_text(f'state = "{folder}/state"\n[room]\nid = "bench"\n[web]\nport = 0\n{off}\n')
    lines = ['version = "bench"', 'timezone = "UTC"', "quiet = []", "peak = []"]
    groups: dict[str, list[str]] = {"technical": [], "leadership": [], "office": []}
    people = [f"{group}-{n}" for group in groups for n in range(2)] + [f"hand-{n}" for n in range(HANDS)]
    for name in people:
        groups.setdefault(name.split("-")[0], []).append(name)
        lines.append(
            f'[contacts.{name}]\nname = "{name}"\nlanguage = "en"\nchannels = ["json://127.0.0.1:{port}/{name}"]'
        )
    for group, members in groups.items():
        lines.append(f'[groups.{group}]\nname = "{group}"\nmembers = {members}')
    steps = [
        '{ after = 0, tell = ["technical"] }',
        '{ after = 0.3, tell = ["leadership"] }',
        '{ after = 0.6, tell = ["office"] }',
    ]
    chain = f"repeat_every = 0\nsteps = [{', '.join(steps)}]"
    lines += [f"[chains.{name}]\n{chain}" for name in ("default", "notice", "warning", "critical")]
    (folder / "plan.toml").write_text("\n".join(lines) + "\n")


class Daemon:
    """One run of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "state" / "control.sock"

    async def start(self) -> asyncio.subprocess.Process:
        self.socket.unlink(missing_ok=True)
        command = [sys.executable, "-m", "monitor.cli", "run", "--config", str(self.folder / "roomwatch.toml")]
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=Path(__file__).resolve().parent.parent,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def ready(self) -> None:
        while not self.socket.exists():
            await asyncio.sleep(0.01)

    async def drive(self, seed: int, accepted: set[str]) -> None:
        """Faults and people's words until the daemon is gone. accepted: rooms whose report it has confirmed."""
        chance = random.Random(seed)
        connector = aiohttp.UnixConnector(str(self.socket))
        async with aiohttp.ClientSession(connector=connector) as session:

            async def say(verb: str, **arguments: object) -> dict[str, object]:
                async with session.post(f"http://daemon/api/command/{verb}", json=arguments) as answer:
                    return dict(await answer.json()) if answer.status == 200 else {}

            number = 0
            while True:
                number += 1
                room = f"{seed}-{number}"
                opened = await say("declare", room=room, by="guest", **{"class": chance.choice(CLASSES)})
                if not opened:
                    continue
                accepted.add(room)
                incident = opened["number"]
                await asyncio.sleep(chance.uniform(0, 0.25))
                if chance.random() < 0.4:
                    # Somebody else reports something of the same room: it joins the incident.
                    await say("report", room=room, by="guest", text="no sound", **{"class": "other"})
                if chance.random() < 0.6:
                    await say("order", incident=incident, by="guest", to=[f"hand-{chance.randrange(HANDS)}"], text="go")
                if chance.random() < 0.5:
                    await say("take", incident=incident, by="technical-0")
                if chance.random() < 0.3:
                    await say("confirm", incident=incident, by="technical-0")
                if chance.random() < 0.4:
                    await say("resolve", incident=incident, by="technical-0")

    async def pending(self) -> int:
        connector = aiohttp.UnixConnector(str(self.socket))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.get("http://daemon/api/status") as answer,
        ):
            return int((await answer.json())["pending"])
