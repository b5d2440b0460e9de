#!/usr/bin/env python3
"""Memory and descriptors over many captures in one process, and the CPU of one whole cold look, camera and microphone.

look_cpu_ms: the child as the daemon starts it, from exec to exit, median of --looks, on a film of 720p MJPEG and on
three seconds of a PipeWire microphone, alone and both at once. flat: --captures looks (10,000 by default; a file source
waits for nothing) through the camera's capture function on a small film.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import cv2
import msgspec
import numpy as np

from bench.footprint import cpu_seconds, tree
from bench.room import compile_packages
from probes.camera.limits import Limits as CameraLimits
from probes.child.isolate import Isolation
from probes.microphone.limits import Limits as MicrophoneLimits
from probes.microphone.pulse import recording_environment
from tests.sound.rig import SoundRig, room_noise

WARM = 100
"""Captures after which libraries have made their pools."""
SETTLE_SECONDS = 0.5
"""A server that was forked from has collected its children by then."""
SHARED_START: dict[str, Any] = (
    {"shares_start": True} if "shares_start" in inspect.signature(Isolation.run).parameters else {}
)
"""For bench/starts.py, which measures an older revision too."""


def line(case: str, metric: str, value: float, unit: str, **more: object) -> None:
    print(json.dumps({"bench": "captures", "case": case, "metric": metric, "value": value, "unit": unit, **more}),
          flush=True)  # fmt: skip


def film(path: Path, size: tuple[int, int], pictures: int) -> None:
    """size: width and height. A drawn room, enlarged, with noise: what a webcam sends."""
    from bench.clips_video import Burst, draw_camera, draw_room
    from bench.clips_video import film as filmed

    chance = np.random.default_rng(3)
    frames = filmed(Burst(draw_room(chance, (180, 320)), draw_camera(chance)), chance)
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"MJPG"), 10, size)
    if not writer.isOpened():
        raise SystemExit("OpenCV's FFmpeg cannot write MJPEG")
    for n in range(pictures):
        large = cv2.resize(frames[n % len(frames)], size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
        noisy = large + chance.normal(0, 2.5, large.shape).astype(np.float32)
        writer.write(np.clip(noisy, 0, 255).astype(np.uint8))
    writer.release()


def used() -> tuple[float, int]:
    """(resident MiB, open descriptors) of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20, len(list(Path("/proc/self/fd").iterdir()))


def flat(path: Path, captures: int) -> None:
    from probes.camera.capture import look

    begin = time.process_time()
    labels = set()
    warm = used()
    for n in range(1, captures + 1):
        answer = look({"source": str(path), "kind": "file"})
        labels.add(answer.get("label", answer["state"]))
        if n == min(WARM, captures):
            warm = used()
    end = used()
    line("flat", "captures", captures, "1", labels=sorted(labels))
    line("flat", "rss_warm_mib", round(warm[0], 2), "MiB")
    line("flat", "rss_end_mib", round(end[0], 2), "MiB")
    line("flat", "descriptors_warm", warm[1], "1")
    line("flat", "descriptors_end", end[1], "1")
    line("flat", "cpu_ms_per_capture", round((time.process_time() - begin) * 1000 / captures, 2), "ms")


async def looks(folder: Path, count: int) -> None:
    """What a look costs from its start to its end, alone and both at once."""
    camera = {"source": str(folder / "large.avi"), "kind": "file", "limits": msgspec.to_builtins(CameraLimits())}
    microphone = {"device": "pulse", "seconds": 3.0, "rate": 48000.0, "channels": 1, "stall_seconds": 2.0}
    microphone |= {"limits": msgspec.to_builtins(MicrophoneLimits())}
    isolation = Isolation()
    with SoundRig(folder / "sound") as rig:
        rig.add_microphone("microphone")
        rig.play("microphone", room_noise(-55.0, seconds=60.0 + 8.0 * count))
        environment = rig.environment | recording_environment("microphone")
        strangers = set(tree(os.getpid()))

        def look(key: str) -> Coroutine[Any, Any, dict[str, Any]]:
            of_camera = key == "camera"
            function = "probes.camera.capture:look" if of_camera else "probes.microphone.capture:listen"
            wanted = camera if of_camera else microphone
            return isolation.run(
                function, wanted, key=key, deadline=30.0, environment={} if of_camera else environment, **SHARED_START
            )

        for keys in (("camera",), ("microphone",), ("camera", "microphone")):
            await asyncio.gather(*(look(key) for key in keys))  # what stays for the next ones is there
            costs, labels = [], set()
            for _ in range(count):
                before = cpu_of_children(strangers)
                labels |= {answer["label"] for answer in await asyncio.gather(*(look(key) for key in keys))}
                await asyncio.sleep(SETTLE_SECONDS)
                costs.append((cpu_of_children(strangers) - before) * 1000)
            line("+".join(keys), "look_cpu_ms", round(median(costs), 1), "ms", looks=count, labels=sorted(labels),
                 least=round(min(costs), 1), worst=round(max(costs), 1))  # fmt: skip


def cpu_of_children(strangers: set[int]) -> float:
    """Seconds of those that ended, and of those that live, with theirs. strangers: the bench itself and its rig."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime + sum(cpu_seconds(pid) for pid in tree(os.getpid()) if pid not in strangers)


def main() -> None:
    parser = argparse.ArgumentParser(description=f"{__doc__} Takes about 5 minutes.")
    parser.add_argument("--captures", type=int, default=10_000)
    parser.add_argument("--looks", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film(folder / "large.avi", (1280, 720), 16)
        compile_packages()
        if options.looks:
            asyncio.run(looks(folder, options.looks))
        if options.captures:
            film(folder / "small.avi", (320, 180), 6)
            flat(folder / "small.avi", options.captures)


if __name__ == "__main__":
    main()
