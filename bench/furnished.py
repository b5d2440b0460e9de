"""A whole room for measuring: a network with an internet behind it, a sound server, a camera, three programs.

One configuration is the measure everywhere: 2 resolvers, 2 internet targets, 1 service, 3 applications. Needs root
(network namespaces) and the Debian packages of scripts/debian-packages-test.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np

from bench.room import Room
from tests.camera.pipewire_camera import end
from tests.network.lab import FAR, FAR_OTHER, WALL, Lab
from tests.sound.rig import SoundRig, room_noise

PROGRAMS = ("rw-bench-zoom", "rw-bench-teams", "rw-bench-webex")
CAMERA_PORT = 8554
FURNITURE = (
    (80, 60, 420, 330, (235, 230, 220)),
    (520, 80, 980, 340, (60, 60, 64)),
    (1060, 120, 1230, 640, (96, 120, 150)),
    (200, 520, 1100, 700, (70, 100, 140)),
    (300, 440, 400, 540, (50, 60, 60)),
)
"""Window, screen, door, table and chair of the picture: left, top, right, bottom, blue-green-red."""
RATE = 25
"""Pictures a second: what FFmpeg takes an MJPEG stream to have, since the stream does not say."""


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
        self._kept.callback(end, self._fill_with_noise())
        self.lab.start(self.lab.far, sys.executable, "-m", "bench.furnished")
        super().__init__(folder, 0, settings + self._furniture(folder))
        plan = (folder / "plan.toml").read_text().replace("json://127.0.0.1:0/hook", f"json://{FAR}:{CAMERA_PORT}/hook")
        (folder / "plan.toml").write_text(plan)
        for name in PROGRAMS:
            shutil.copy(shutil.which("sleep") or "/bin/sleep", folder / name)
            program = subprocess.Popen([str(folder / name), "100000"])
            self._kept.callback(program.wait)
            self._kept.callback(program.kill)

    def _fill_with_noise(self) -> subprocess.Popen[bytes]:
        """The quiet of an occupied room, for as long as the bench runs."""
        room_noise(-55.0).astype("<f4").tofile(self.sound.folder / "noise.f32")
        player = "pacat --playback --raw --format=float32le --rate=48000 --channels=1 --device=room-microphone-feed"
        return subprocess.Popen(
            ["sh", "-c", f"while cat noise.f32; do :; done | {player}"],
            cwd=self.sound.folder,
            env=self.sound.environment,
            start_new_session=True,
        )

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
            "[probes.host]\ncpu_pressure = 1.0\nmemory_pressure = 1.0\n"
            "[probes.camera]\nlook_every_seconds = 50\nonly_in_working_hours = false\n"
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
    room = np.full((height, width, 3), (168, 176, 182), np.float32)
    room *= np.linspace(1.1, 0.75, width, dtype=np.float32)[None, :, None]
    for left, top, right, bottom, colour in FURNITURE:
        cv2.rectangle(room, (left, top), (right, bottom), colour, -1)
    room += cv2.GaussianBlur(random.normal(0, 40, room.shape).astype(np.float32), (0, 0), 6)
    made = []
    for number in range(2 * RATE):
        frame = room.copy()
        sway = round(6 * math.sin(2 * math.pi * number / (2 * RATE)))
        cv2.ellipse(frame, (700 + sway, 330), (60, 80), 0, 0, 360, (120, 140, 190), -1)
        cv2.ellipse(frame, (700 + sway, 520), (130, 140), 0, 180, 360, (90, 70, 60), -1)
        frame = cv2.GaussianBlur(frame, (0, 0), 1.2) + random.normal(0, 3, room.shape)
        good, jpeg = cv2.imencode(".jpg", np.clip(frame, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 85])
        assert good
        made.append(jpeg.tobytes())
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
                await asyncio.sleep(1 / RATE)
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
