#!/usr/bin/env python3
"""Memory and descriptors over many captures in one process, and the CPU of one whole cold look, camera and microphone.

flat: --captures looks (10,000 by default; a file source waits for nothing) through the camera's capture function on a
small film. cold: the child as the daemon starts it, from exec to exit, median of 10, on a film of 720p MJPEG
and on three seconds of a PipeWire microphone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import cv2
import msgspec
import numpy as np

from bench.room import compile_packages
from probes.child.isolate import CHILD_ENVIRONMENT, START

WARM = 100
"""Captures after which libraries have made their pools."""
COLD_RUNS = 10


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


def cold_camera(path: Path) -> None:
    from probes.camera.limits import Limits

    wanted = {"source": str(path), "kind": "file", "limits": msgspec.to_builtins(Limits())}
    cold("cold-camera", "probes.camera.capture:look", wanted, {})


def cold_microphone(folder: Path) -> None:
    from probes.microphone.limits import Limits
    from probes.microphone.pulse import recording_environment
    from tests.sound.rig import SoundRig, room_noise

    wanted = {"device": "pulse", "seconds": 3.0, "rate": 48000.0, "channels": 1, "stall_seconds": 2.0}
    with SoundRig(folder) as rig:
        rig.add_microphone("microphone")
        rig.play("microphone", room_noise(-55.0, seconds=90.0))
        environment = rig.environment | recording_environment("microphone")
        limits = msgspec.to_builtins(Limits())
        cold("cold-microphone", "probes.microphone.capture:listen", wanted | {"limits": limits}, environment)


def cold(case: str, function: str, wanted: dict[str, object], environment: dict[str, str]) -> None:
    request = json.dumps(wanted).encode()
    costs = []
    label = ""
    for _ in range(COLD_RUNS):
        child = subprocess.Popen(
            [sys.executable, "-c", START, function, f"10,{1 << 30}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parent.parent,
            env={**os.environ, **CHILD_ENVIRONMENT, **environment},
        )  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(request)
        child.stdin.close()
        label = json.loads(child.stdout.read())["label"]
        _, status, spent = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        child.stdout.close()
        costs.append((spent.ru_utime + spent.ru_stime) * 1000)
    line(case, "cold_capture_cpu_ms", round(median(costs), 1), "ms", runs=COLD_RUNS, label=label,
         least=round(min(costs), 1), worst=round(max(costs), 1))  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=f"{__doc__} Takes about 5 minutes.")
    parser.add_argument("--captures", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film(folder / "large.avi", (1280, 720), 16)
        compile_packages()
        cold_camera(folder / "large.avi")
        cold_microphone(folder / "sound")
        film(folder / "small.avi", (320, 180), 6)
        flat(folder / "small.avi", max(1, options.captures))


if __name__ == "__main__":
    main()
