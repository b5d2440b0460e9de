#!/usr/bin/env python3
"""Makes a folder of labelled clips of real sound for bench/detectors.py, from recordings that packages ship.

Talkers are split: --part tune is what limits are set on, --part report is looked at once, when they stand.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import wave
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import numpy as np

from bench.clips import audio_faults as faults
from bench.clips import audio_faults_noise as noises
from bench.clips import audio_packages as packages
from bench.clips.audio_faults import Mechanism
from bench.clips.audio_healthy import EMPTY, PLAIN, PROCESSED, Scene

COLUMNS = ("file", "modality", "label", "severity", "subtype", "scene", "ref", "nominal_fps", "source_kind", "bits",
           "source", "licence")  # fmt: skip
RATES = (8000, 16000, 16000, 32000, 44100, 48000, 48000)
LABELS: Mapping[str, Mapping[str, Mechanism]] = {
    "digital_silence": faults.DIGITAL_SILENCE,
    "dead": faults.DEAD,
    "muted": faults.MUTED,
    "clipping": faults.CLIPPING,
    "too_quiet": faults.TOO_QUIET,
    "dc_offset": faults.DC_OFFSET,
    "garbled": faults.GARBLED,
    "missing": faults.MISSING,
    "hum": noises.HUM,
    "constant_tone": noises.CONSTANT_TONE,
    "dropouts": noises.DROPOUTS,
    "buzz": noises.BUZZ,
    "hiss": noises.HISS,
    "muffled": noises.MUFFLED,
    "wind": noises.WIND,
    "wrong_rate": noises.WRONG_RATE,
    "echo": noises.ECHO,
    "pumping": noises.PUMPING,
    "inverted": noises.INVERTED,
    "channel_dead": noises.CHANNEL_DEAD,
}


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "roomwatch-bench"


class Writer:
    """The folder that is being written."""

    def __init__(self, root: Path) -> None:
        self.root, self.rows = root, list[dict[str, str]]()
        root.mkdir(parents=True, exist_ok=True)

    def clip(self, samples: packages.Sound, scene: Scene, label: str, severity: int, subtype: str, kind: str) -> None:
        name = f"{label}_{subtype}_{len(self.rows):05}.wav"
        depth = 24 if subtype.endswith("24") or subtype.startswith("24") or len(self.rows) % 7 == 3 else 16
        whole = np.atleast_2d(samples.T).T if samples.ndim == 1 else samples
        full = 2 ** (depth - 1)
        data = np.clip(np.round(whole * full), -full, full - 1).astype("<i4").view(np.uint8)
        with wave.open(str(self.root / name), "wb") as out:
            out.setnchannels(whole.shape[1] if whole.ndim == 2 and whole.shape[1] else 1)
            out.setsampwidth(depth // 8)
            out.setframerate(scene.rate)
            out.writeframes(data.reshape(*whole.shape, 4)[..., : depth // 8].tobytes())
        values = (name, "audio", label, severity, subtype, scene.name, "", 10, kind, depth, scene.voice.package,
                  scene.voice.licence)  # fmt: skip
        self.rows.append(dict(zip(COLUMNS, map(str, values), strict=True)))

    def finish(self) -> None:
        with (self.root / "manifest.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)


def part_of(names: list[str], part: str) -> list[str]:
    """Every other talker, so that languages and packages are on both sides."""
    return names[0::2] if part == "tune" else names[1::2]


def half(sound: packages.Voice, part: str) -> packages.Voice:
    """One half of a recording where it is long, every other piece where there are several."""
    pieces = sound.pieces
    if len(pieces) > 1:
        chosen = pieces[0::2] if part == "tune" else pieces[1::2]
    else:
        middle = len(pieces[0]) // 2
        chosen = (pieces[0][:middle],) if part == "tune" else (pieces[0][middle:],)
    return packages.Voice(name=sound.name, package=sound.package, licence=sound.licence, rate=sound.rate, pieces=chosen)


def scenes(part: str, seed: int, count: int, first: int = 0) -> list[Scene]:
    """Talker after talker, from the number ``first`` on: so talkers that were never looked at can be chosen."""
    cache = cache_folder()
    voices = {name: voice for name, voice in packages.voices(cache).items() if voice.pieces}
    sounds = {name: half(sound, part) for name, sound in packages.noises(cache).items()}
    names = part_of(sorted(voices), part)
    found = []
    for n in range(first, first + count):
        chance = np.random.default_rng((seed, n, part == "tune"))
        voice, other = voices[names[n % len(names)]], voices[names[(n * 7 + 3) % len(names)]]
        found.append(
            Scene(name=f"{part}{n}-{voice.name}", voice=voice, other=other, sounds=sounds,
                  rate=int(RATES[n % len(RATES)]), reverberation=float(chance.uniform(0.2, 1.2)), chance=chance)
        )  # fmt: skip
    return found


def write(folder: Writer, scene: Scene, number: int) -> None:
    """All healthy kinds once, each mechanism at one severity in turn."""
    for kind, group in (("raw", PLAIN), ("processed", PROCESSED), ("processed", EMPTY)):
        for subtype, make in group.items():
            folder.clip(make(scene), scene, "healthy", 0, subtype, kind)
    for label, mechanisms in LABELS.items():
        for which, (subtype, mechanism) in enumerate(mechanisms.items()):
            severity = 1 + (number + which) % 3
            samples = np.asarray(mechanism(scene, severity))
            folder.clip(
                samples, scene, label, 3 if label in ("digital_silence", "missing") else severity, subtype, "raw"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=f"{__doc__} Takes about 7 s of CPU a scene.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; bench/detectors.py --corpus reads it")
    parser.add_argument("--part", choices=("tune", "report"), default="tune")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenes", type=int, default=16)
    parser.add_argument("--first", type=int, default=0, help="talkers of the part that are left out")
    options = parser.parse_args()
    folder = Writer(options.out)
    for number, scene in enumerate(scenes(options.part, options.seed, options.scenes, options.first), options.first):
        write(folder, scene, number)
    folder.finish()
    print(json.dumps({"bench": "audio_corpus", "case": options.part, "metric": "clips", "value": len(folder.rows),
                      "unit": "1", "labels": sorted({row["label"] for row in folder.rows})}))  # fmt: skip


if __name__ == "__main__":
    main()
