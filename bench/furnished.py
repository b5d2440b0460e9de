"""A whole room for measuring: a network with an internet behind it, a sound server, a camera, three programs.

One configuration is the measure everywhere: 2 resolvers, 2 internet targets, 1 service, 3 applications. Needs root
(network namespaces) and the Debian packages of scripts/debian-packages-test.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from PIL import Image

from bench.room import Room
from tests.network.lab import FAR, FAR_OTHER, WALL, Lab
from tests.sound.rig import SoundRig, room_noise

PROGRAMS = ("rw-bench-zoom", "rw-bench-teams", "rw-bench-webex")
CAMERA_PORT = 8554


class FurnishedRoom(Room):
    """A room that lies in the lab's network. ``outside``: a port on the host's loopback is of no use in there, so
    the plan's receiver is a server in the lab's internet that accepts and forgets."""

    def __init__(self, folder: Path, settings: str) -> None:
        (folder / "lab").mkdir()
        self._kept = ExitStack()
        self.lab = Lab(folder / "lab")
        self._kept.callback(self.lab.close)
        self.sound = self._kept.enter_context(SoundRig(folder / "sound"))
        self.sound.add_sink("room-speaker")
        self.sound.add_microphone("room-microphone")
        self.sound.pactl("set-default-sink", "room-speaker")
        self.sound.pactl("set-default-source", "room-microphone")
        self.sound.play("room-microphone", room_noise(-55.0))
        self.lab.start(self.lab.far, sys.executable, "-m", "bench.furnished")
        super().__init__(folder, 0, settings + self._furniture(folder))
        plan = (folder / "plan.toml").read_text().replace("json://127.0.0.1:0/hook", f"json://{FAR}:{CAMERA_PORT}/hook")
        (folder / "plan.toml").write_text(plan)
        for name in PROGRAMS:
            shutil.copy(shutil.which("sleep") or "/bin/sleep", folder / name)
            program = subprocess.Popen([str(folder / name), "100000"])
            self._kept.callback(program.wait)
            self._kept.callback(program.kill)

    def _furniture(self, folder: Path) -> str:
        applications = "".join(
            f'[probes.software.applications.{name}]\nexecutables = ["{name}"]\nexpected = "always"\n'
            for name in PROGRAMS
        )
        return (
            f'[probes.network]\nresolvers = ["{WALL}", "{WALL}"]\ninternet = ["{FAR}", "{FAR_OTHER}"]\ninternet6 = []\n'
            'portal_url = "http://portal.test/"\nportal_expect = "as expected"\nservices = ["meet"]\nproxy = "none"\n'
            f'services_file = "{folder}/lab/services.toml"\nca_file = "{folder}/lab/ca.pem"\n'
            f"[probes.software]\nuse_known = false\n{applications}"
            "[probes.camera]\nlook_every_seconds = 60\nonly_in_working_hours = false\n"
            f'[probes.camera.network.room]\nurl = "http://{FAR}:{CAMERA_PORT}/camera"\n'
        )

    def command(self) -> list[str]:
        return ["ip", "netns", "exec", self.lab.room, *super().command()]

    def environment(self) -> dict[str, str]:
        return self.sound.environment

    def stop(self) -> None:
        super().stop()
        self._kept.close()


def pictures() -> list[bytes]:
    """A second of a room seen by a camera: structure, noise, and something that moves. 720p, as webcams send it."""
    random = np.random.default_rng(7)
    height, width = 720, 1280
    rows, columns = np.mgrid[0:height, 0:width]
    room = 110 + 60 * np.sin(columns / 23.0) * np.cos(rows / 31.0) + 25 * ((columns // 160 + rows // 120) % 2)
    made = []
    for number in range(10):
        frame = room + random.normal(0, 3, room.shape)
        frame[200:420, 100 + 40 * number : 260 + 40 * number] += 40
        picture = np.clip(np.repeat(frame[..., None], 3, axis=2), 0, 255).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG", quality=85)
        made.append(file.getvalue())
    return made


async def _far() -> None:
    """The camera, and the receiver of messages."""
    from aiohttp import web

    frames = pictures()

    async def camera(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "multipart/x-mixed-replace; boundary=frame"})
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            for frame in itertools.cycle(frames):
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(frame)}\r\n\r\n"
                await answer.write(head.encode() + frame + b"\r\n")
                await asyncio.sleep(0.1)
        return answer

    async def hook(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    app = web.Application()
    app.router.add_get("/camera", camera)
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", CAMERA_PORT).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_far())
