#!/usr/bin/env python3
"""Makes a folder of labelled clips for bench/detectors.py: drawn rooms and sounds, and changed clips of another folder.

With --from, clips of that folder are mirrored, cropped, resized, made brighter or darker (sound: louder or quieter,
filtered; faults only turned over), which changes no label. A seed gives the same clips again; another seed gives
other scenes and parameters.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cv2
import numpy as np

from bench import clips_audio, clips_video
from bench.clips_video import Frames
from bench.detectors import read_manifest
from bench.detectors_audio import decode
from bench.detectors_video import rate_of, read_arrivals, read_clip
from tests.microphone.sounds import Sound

COLUMNS = ("file", "modality", "label", "severity", "subtype", "scene", "ref", "nominal_fps", "damaged")
UNCHANGEABLE = frozenset({"no_frames", "missing"})


class Folder:
    """The folder that is being written: its rows, its arrival times and its files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.rows: list[dict[str, str]] = []
        self.times: dict[str, list[float]] = {}
        root.mkdir(parents=True, exist_ok=True)

    def film(self, frames: Frames, times: list[float], label: str, severity: int, subtype: str, scene: str,
             ref: str) -> None:  # fmt: skip
        name = f"v{len(self.rows):04}_{label}_{subtype}.avi"
        size = (frames.shape[2], frames.shape[1])
        writer = cv2.VideoWriter(str(self.root / name), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"FFV1"), 10, size)
        if not writer.isOpened():
            raise SystemExit("OpenCV's FFmpeg cannot write FFV1, the lossless format that clips are kept in")
        for one in frames:
            writer.write(one)
        writer.release()
        self.times[name] = times
        self._row(name, "video", label, severity, subtype, scene, ref)

    def picture(self, name: str, picture: Frames) -> str:
        cv2.imwrite(str(self.root / name), picture)
        return name

    def sound(self, samples: Sound, rate: int, label: str, severity: int, subtype: str, scene: str,
              bits: int = 16) -> None:  # fmt: skip
        name = f"a{len(self.rows):04}_{label}_{subtype}.wav"
        whole = np.atleast_2d(clips_audio.as_bits(samples, bits).T).T
        data = whole.astype("<i4").view(np.uint8).reshape(*whole.shape, 4)[..., : bits // 8]
        with wave.open(str(self.root / name), "wb") as out:
            out.setnchannels(whole.shape[1])
            out.setsampwidth(bits // 8)
            out.setframerate(rate)
            out.writeframes(data.tobytes())
        self._row(name, "audio", label, severity, subtype, scene, "")

    def _row(self, *values: object) -> None:
        self.rows.append(dict(zip(COLUMNS, map(str, (*values, 10, 0)), strict=True)))

    def finish(self) -> None:
        with (self.root / "manifest.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)
        (self.root / "timestamps.json").write_text(json.dumps(self.times), encoding="utf-8")


def regular(count: int, rate: float = 10.0) -> list[float]:
    return [1000.0 * (n + 1) / rate for n in range(count)]


def draw_video(folder: Folder, scenes: int, chance: np.random.Generator) -> None:
    """For each scene every healthy subtype once and every fault at one severity, in turn."""
    for scene in range(scenes):
        size = clips_video.SIZES[int(chance.integers(0, len(clips_video.SIZES)))]
        view, wall = clips_video.draw_room(chance, size), clips_video.draw_wall(chance, size)
        camera = clips_video.draw_camera(chance)
        name = f"drawn{scene}"

        def filmed(burst: clips_video.Burst) -> Frames:
            return clips_video.compress(clips_video.film(burst, chance), burst.camera.quality)

        refs = {
            of: folder.picture(f"ref_{name}_{of}.png", filmed(clips_video.Burst(light, camera, 0))[7])
            for of, light in (("room", view), ("wall", wall))
        }
        for subtype, burst in clips_video.healthy_bursts(view, wall, camera, chance).items():
            ref = refs["wall" if subtype == "white_wall" else "room"]
            folder.film(
                filmed(burst), regular(15, 6.7 if subtype == "dark_room" else 10), "healthy", 0, subtype, name, ref
            )
        for which, ((label, subtype), (harm, severities)) in enumerate(clips_video.HARMS.items()):
            severity = severities[(scene + which) % len(severities)]
            raw = clips_video.film(clips_video.Burst(view, camera, int(chance.integers(0, 4))), chance)
            late = label in ("frozen", "corruption")  # behind the coder; the others are in front of it
            harmed = harm(clips_video.compress(raw, camera.quality) if late else raw, severity, chance)
            done = harmed if late else clips_video.compress(harmed, camera.quality)
            folder.film(done, regular(15), label, severity, subtype, name, refs["room"])
        severity = 1 + scene % 3
        moved = np.clip(clips_video.shifted(view, severity, chance), 0.002, None)
        folder.film(
            filmed(clips_video.Burst(moved, camera, 1)), regular(15), "moved", severity, "turned", name, refs["room"]
        )
        rate = {1: chance.uniform(4.2, 4.9), 2: 3.0, 3: 1.5}[severity]
        count = max(2, int(rate * 1.5))
        slow = filmed(clips_video.Burst(view, camera, 1))
        folder.film(slow[:count], regular(count, rate), "low_fps", severity, "even",
                    name, refs["room"])  # fmt: skip


def draw_audio(folder: Folder, scenes: int, chance: np.random.Generator) -> None:
    """For each scene every healthy subtype and every fault, at one rate; every third in 24 bits."""
    for scene in range(scenes):
        rate, bits = int(clips_audio.RATES[scene % len(clips_audio.RATES)]), 24 if scene % 3 == 2 else 16
        name = f"drawn{scene}"
        healthy = clips_audio.healthy_sounds(rate, chance)
        for subtype, samples in healthy.items():
            folder.sound(samples, rate, "healthy", 0, subtype, name, bits)
        near = healthy["speech_near"]
        folder.sound(np.stack((np.zeros_like(near), near), axis=1), rate, "healthy", 0, "stereo_one_dead", name, bits)
        for which, ((label, subtype), (fault, severities)) in enumerate(clips_audio.FAULTS.items()):
            severity = severities[(scene + which) % len(severities)]
            folder.sound(fault(rate, severity, chance), rate, label, severity, subtype, name)


def changed(one: Frames, part: tuple[slice, slice], mirror: bool, table: Frames, size: tuple[int, int]) -> Frames:
    """One picture cut out, mirrored, through a tone curve and resized."""
    cut = cv2.LUT(one[part][:, ::-1] if mirror else one[part], table)
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def change_video(folder: Folder, source: Path, every: int, chance: np.random.Generator) -> None:
    """Clips of another folder, mirrored, cropped, resized, with another gain and gamma; the reference likewise."""
    arrivals = read_arrivals(source / "timestamps.json")
    for row in _some(source, "video", every):
        frames = read_clip(source / row["file"])
        if len(frames) < 2:
            continue
        picture = cv2.imread(str(source / row["ref"])) if row.get("ref") else None
        height, width = frames.shape[1:3]
        keep = chance.uniform(0.88, 1.0)
        y, x = int((1 - keep) * height * chance.random()), int((1 - keep) * width * chance.random())
        part = (slice(y, y + int(keep * height)), slice(x, x + int(keep * width)))
        mirror = chance.random() < 0.5
        gamma = chance.uniform(0.85, 1.15) if row["label"] not in ("overexposed", "black") else 1.0
        table = (255 * (np.arange(256) / 255) ** gamma).round().astype(np.uint8)
        size = (320, 240) if chance.random() < 0.3 else (width, height)

        out = np.stack([changed(one, part, mirror, table, size) for one in frames])
        noisy = row["label"] != "frozen" and row["severity"] != "3"
        if noisy:
            out = clips_video.scaled(out + chance.normal(0, chance.uniform(0, 2.0), out.shape), 1.0)
        ref = ""
        if picture is not None:
            ref = folder.picture(
                f"ref_c{len(folder.rows)}.png", changed(np.asarray(picture, np.uint8), part, mirror, table, size)
            )
        scale = 10.0 / rate_of(row)
        times = [float(t) / scale for t in arrivals.get(row["file"], regular(len(out)))]
        folder.film(out, times, row["label"], int(row["severity"]), f"changed_{row['subtype']}", row["scene"], ref)


def change_audio(folder: Folder, source: Path, every: int, chance: np.random.Generator) -> None:
    """Healthy clips of another folder, quieter or louder, and filtered; faults only turned over."""
    for row in _some(source, "audio", every):
        samples, rate = decode(source / row["file"])
        if len(samples) < rate:
            continue
        one = samples[:, 0].astype(float)
        if row["label"] == "healthy":
            room = 0.95 / (np.abs(one).max() + 1e-9)
            quiet = row["subtype"] in ("quiet_night", "speech_pausing", "noise_suppressed")
            one = one * min(room, 10 ** (chance.uniform(0 if quiet else -4, 4) / 20))
            one = one + 0.2 * chance.uniform(-1, 1) * np.concatenate(([0.0], one[:-1]))
        else:
            one = -one
        folder.sound(one, int(rate), row["label"], int(row["severity"]), f"changed_{row['subtype']}", row["scene"])


def _some(source: Path, modality: str, every: int) -> Iterator[dict[str, str]]:
    """Every so many-th clip of a folder; columns that it lacks are empty, a severity that is no number is 0."""
    rows = [
        {"scene": "", "subtype": "", **row, "severity": row["severity"] if row.get("severity", "").isdigit() else "0"}
        for row in read_manifest(source / "manifest.csv")
        if row["modality"] == modality
    ]
    yield from (row for row in rows[::every] if row["label"] not in UNCHANGEABLE)


def main() -> None:
    parser = argparse.ArgumentParser(description=f"{__doc__} Takes about 4 s of CPU a scene.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; bench/detectors.py --corpus reads it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenes", type=int, default=6, help="drawn scenes for each modality")
    parser.add_argument("--from", dest="source", type=Path, help="a folder of labelled clips to change")
    parser.add_argument("--every", type=int, default=1, help="of that folder take every so many-th clip")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    chance = np.random.default_rng(options.seed)
    folder = Folder(options.out)
    draw_video(folder, options.scenes, chance)
    draw_audio(folder, options.scenes, chance)
    if options.source is not None:
        change_video(folder, options.source, options.every, chance)
        change_audio(folder, options.source, options.every, chance)
    folder.finish()
    labels = sorted({row["label"] for row in folder.rows})
    print(json.dumps({"bench": "make_clips", "case": options.out.name, "metric": "clips", "value": len(folder.rows),
                      "unit": "1", "labels": labels}))  # fmt: skip


if __name__ == "__main__":
    main()
