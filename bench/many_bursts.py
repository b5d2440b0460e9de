#!/usr/bin/env python3
"""How often a room that works is alarmed about: thousands of healthy bursts through judges, evidence and confirmation.

A recording is a microphone or a camera in one room, burst after burst as the daemon takes them: judged, added up, and
confirmed by its own state machine at its own intervals. Sound is made afresh for every fourth burst, with other levels,
noise and pitch for those between. Pictures are those of the clips of --corpus, each burst with other light, noise,
compression and trembling. Everything is in memory.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.clips import audio_corpus
from bench.clips.audio_healthy import EMPTY, PLAIN, PROCESSED, SECONDS, Scene
from bench.confirmed import PROBES, rules_of
from bench.detectors import HEALTHY, UNKNOWN, Row, read_manifest
from bench.detectors_video import learn, rate_of, read_arrivals, read_clip
from monitor.pipeline.check_state import CheckState
from monitor.settings.model import ProbeSchedule, usual_schedules
from probes.camera.capture import FRAMES
from probes.camera.gathering import gather
from probes.camera.judge_frames import judge as judge_frames
from probes.camera.reference import Reference
from probes.judge_reading import Judgement, Status, judge
from probes.microphone.judge_samples import judge_samples
from probes.microphone.listening import Listening
from probes.microphone.source_kind import Facts
from probes.reading import Reading

RECORDING = 8
"""Bursts of one recording: enough to be confirmed several times; other rooms tell more than more of the same."""

FRESH = 4
"""Of so many bursts one is made from the beginning, which costs five times its judgement."""

MOST_SCENES = 1000
"""Of rooms with a talker: more than any run needs."""

Look = Callable[[float], tuple[str, float]]
"""(now) → (what the probe says, seconds of CPU that the judge took)."""


@dataclass
class Count:
    """What came of all recordings. suspicious: bursts that were said to show a fault, by kind of healthy."""

    bursts: int = 0
    recordings: int = 0
    cpu: list[float] = field(default_factory=list)
    suspicious: Counter[str] = field(default_factory=Counter)
    opened: list[str] = field(default_factory=list)
    of_kind: Counter[str] = field(default_factory=Counter)


def watch(name: str, look: Look, bursts: int, modality: str, schedule: ProbeSchedule, count: Count) -> None:
    """One recording through the state machine."""
    state, rules, now = CheckState(), rules_of(schedule), 0.0
    kind = name.split("/")[0]
    for _ in range(bursts):
        said, cpu = look(now)
        count.bursts += 1
        count.of_kind[kind] += 1
        count.cpu.append(cpu)
        finding = "" if said in (HEALTHY, UNKNOWN) else f"{PROBES[modality]}_{said}"
        if finding:
            count.suspicious[f"{kind}: {said}"] += 1
        judgement = judge(Reading(check=PROBES[modality], finding=finding), ())
        step = state.accept(Judgement(status=Status.UNKNOWN) if said == UNKNOWN else judgement, now, rules)
        if step is not None and step.opened:
            count.opened.append(f"{name}: {step.opened}")
        now += schedule.confirm_interval if state.suspicious else schedule.interval
    count.recordings += 1


# ------------------------------------------------------------------ sound


def microphones(part: str, seed: int) -> Iterator[tuple[str, Scene, Callable[[Scene], object], str]]:
    """(name, scene, how a burst is made, kind of source)."""
    for scene in audio_corpus.scenes(part, seed, MOST_SCENES):
        for source, group in (("raw", PLAIN), ("processed", PROCESSED), ("processed", EMPTY)):
            for kind, make in group.items():
                yield f"{kind}/{scene.name}", scene, make, source


def hears(scene: Scene, make: Callable[[Scene], object], source: str) -> Look:
    listening, turn, fresh = Listening(), 0, np.zeros(0, np.float32)

    def look(now: float) -> tuple[str, float]:
        nonlocal turn, fresh
        if turn % FRESH == 0:
            fresh = np.asarray(make(scene), np.float32)
        samples = fresh if turn % FRESH == 0 else otherwise(fresh, scene.chance)
        turn += 1
        begin = time.thread_time()
        verdict = judge_samples(samples, scene.rate, expected_seconds=SECONDS)
        spent = time.thread_time() - begin
        facts = Facts(configured=source)
        said = listening.hear("microphone", facts, verdict.label, verdict.confidence, verdict.numbers, now)
        return said.label, spent

    return look


def otherwise(sound: NDArray[Any], chance: np.random.Generator) -> NDArray[Any]:
    """The same sound a little lower, louder or softer, through a wire that is turned over or not, begun later, and with
    more noise: what is exactly nothing stays so."""
    gain = 10 ** (float(chance.uniform(-4, 3)) / 20)
    gain = min(gain, 0.97 / max(float(np.abs(sound).max()), 1e-6)) * float(chance.choice((-1, 1)))
    begin, step = round(float(chance.uniform(0, 0.06)) * len(sound)), float(chance.uniform(0.97, 1.0))
    at = np.arange(len(sound) - begin) * step + begin
    rows = sound[:, None] if sound.ndim == 1 else sound
    made = np.stack([np.interp(at, np.arange(len(sound)), row) for row in rows.T], axis=1) * gain
    noise = chance.standard_normal(made.shape, np.float32) * np.float32(10 ** (float(chance.uniform(-96, -72)) / 20))
    return np.asarray(np.round((made + np.where(made == 0, 0, noise)) * 32768) / 32768, np.float32)


# ------------------------------------------------------------------ pictures


def cameras(folders: list[Path], chance: np.random.Generator) -> Iterator[tuple[str, Look]]:
    """Recordings of the healthy clips in turn, without end."""
    rows = [(folder, row) for folder in folders for row in read_manifest(folder / "manifest.csv")
            if (row["modality"], row["label"]) == ("video", HEALTHY)]  # fmt: skip
    arrivals = {folder: read_arrivals(folder / "timestamps.json") for folder in folders}
    while True:
        for n in chance.permutation(len(rows)):
            folder, row = rows[int(n)]
            frames = read_clip(folder / row["file"])
            if len(frames) < 2:
                continue
            reference = None
            if row.get("ref"):
                reference = learn(folder / row["ref"], (frames.shape[2], frames.shape[1]))
            name = f"{row.get('subtype')}/{row.get('scene')}/{folder.name}"
            yield name, sees(frames, arrivals[folder].get(row["file"], []), reference, row, chance)


def sees(
    frames: NDArray[Any], arrivals: list[float], reference: Reference | None, row: Row, chance: np.random.Generator
) -> Look:
    sums: dict[str, float] = {}

    def look(_now: float) -> tuple[str, float]:
        burst = varied(frames, chance)
        begin = time.thread_time()
        verdict = judge_frames(burst, arrivals, reference=reference, nominal_fps=rate_of(row))
        spent = time.thread_time() - begin
        gathered = gather(sums, verdict.gathers)
        if verdict.label != HEALTHY:
            return verdict.label, spent
        return gathered or (UNKNOWN if verdict.doubt else HEALTHY), spent

    return look


def varied(frames: NDArray[Any], chance: np.random.Generator) -> NDArray[Any]:
    """The same room at another moment: light and its colour a little otherwise, more noise, a trembling camera, and
    sometimes another coder."""
    gain = chance.uniform(0.88, 1.1) * chance.uniform(0.98, 1.02, 3)
    lut = np.clip(np.arange(256)[:, None] * gain, 0, 255).round().astype(np.uint8).reshape(1, 256, 3)
    noise, shake = float(chance.choice([0.0, 0.7, 1.5])), float(chance.choice([0.0, 0.0, 0.0, 0.0, 0.6]))
    quality = int(chance.choice([0, 0, 0, 0, 55, 75]))
    height, width = frames.shape[1:3]
    field = chance.normal(0, noise, (height + NOISE_ROOM, width + NOISE_ROOM, 3)).round().astype(np.int16)
    made = []
    for picture in frames[:FRAMES]:
        one = cv2.LUT(picture, lut)
        if noise:
            y, x = chance.integers(0, NOISE_ROOM, 2)
            one = cv2.add(one, field[y : y + height, x : x + width], dtype=cv2.CV_8U)
        if shake:
            x, y = chance.normal(0, shake, 2)
            move = np.array([[1, 0, x], [0, 1, y]], np.float32)
            one = cv2.warpAffine(one, move, (width, height), borderMode=cv2.BORDER_REFLECT)
        if quality:
            one = cv2.imdecode(cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
        made.append(one)
    return np.stack(made)


NOISE_ROOM = 64
"""Pixels by which one field of noise is moved from picture to picture: drawing it anew costs as much as judging."""

# ------------------------------------------------------------------ figures


def at_most(events: int) -> float:
    """The upper end of the 95 % interval (one-sided) of a Poisson count."""
    low, high = float(events), events + 10.0 * math.sqrt(events + 1.0) + 10.0
    for _ in range(60):
        middle = (low + high) / 2
        chance = sum(math.exp(n * math.log(middle) - middle - math.lgamma(n + 1)) for n in range(events + 1))
        low, high = (middle, high) if chance > 0.05 else (low, middle)
    return high


def record(case: str, count: Count, load: float) -> dict[str, object]:
    return {
        "bench": "many_bursts", "case": case, "metric": "alarms_after_confirmation", "value": len(count.opened),
        "unit": "1", "bursts": count.bursts, "recordings": count.recordings,
        "alarms_in_10000_at_most": round(1e4 * at_most(len(count.opened)) / max(1, count.bursts), 2),
        "suspicious_bursts": sum(count.suspicious.values()), "suspicious": dict(count.suspicious.most_common(12)),
        "opened": count.opened[:40], "cpu_ms_median": round(1000 * float(np.median(count.cpu)), 2),
        "cpu_ms_p95": round(1000 * float(np.percentile(count.cpu, 95)), 2), "load": round(load, 1),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=f"{__doc__} 10,000 bursts take about 10 minutes of CPU.")
    parser.add_argument("--modality", choices=sorted(PROBES), required=True)
    parser.add_argument("--bursts", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=60.0, help="end after so long, with what there is by then")
    parser.add_argument("--corpus", type=Path, nargs="+", default=[], help="folders of clips, for video")
    parser.add_argument("--part", choices=("tune", "report"), default="report", help="whose talkers, for audio")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.modality == "video" and not options.corpus:
        parser.error("--corpus: name folders with clips, as of bench/real_clips.py")
    cv2.setNumThreads(1)
    schedule, end = usual_schedules()[PROBES[options.modality]], time.monotonic() + 60 * options.minutes
    counts = {"": Count()}
    if options.modality == "audio":
        counts |= {"processed, empty room": Count()}
        for name, scene, make, source in microphones(options.part, options.seed):
            case = "processed, empty room" if name.split("/")[0] in EMPTY else ""
            watch(name, hears(scene, make, source), RECORDING, "audio", schedule, counts[case])
            if sum(one.bursts for one in counts.values()) >= options.bursts or time.monotonic() > end:
                break
    else:
        for name, look in cameras(options.corpus, np.random.default_rng(options.seed)):
            watch(name, look, RECORDING, "video", schedule, counts[""])
            if counts[""].bursts >= options.bursts or time.monotonic() > end:
                break
    for case, count in counts.items():
        if count.bursts:
            print(json.dumps(record(f"{options.modality} {case}".strip(), count, os.getloadavg()[0]),
                             ensure_ascii=False), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
