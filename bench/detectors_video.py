"""The video half of bench/detectors.py: decodes clips and hands frames, times and the learned vector to the judge."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OPENCV_LOG_LEVEL"] = "SILENT"
os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.detectors import Judged
from probes.camera.judge_frames import judge
from probes.camera.reference import Reference, decode_reference, encode_reference, learn_reference


def judge_clips(corpus: Path, rows: Sequence[Mapping[str, str]], with_reference: bool) -> list[Judged]:
    """One verdict a row. The reference goes through its stored form, so that only what the product keeps is used."""
    cv2.setNumThreads(1)
    arrivals = json.loads((corpus / "timestamps.json").read_text(encoding="utf-8"))
    learned: dict[str, Reference] = {}
    judged = []
    for row in rows:
        name = row.get("ref", "") if with_reference else ""
        if name and name not in learned:
            picture = cv2.imread(str(corpus / name))
            learned[name] = decode_reference(encode_reference(learn_reference(picture[None])))
        frames = read_clip(corpus / row["file"])
        times = arrivals.get(row["file"], [])
        begin = time.thread_time()
        verdict = judge(frames, times, reference=learned.get(name), nominal_fps=float(row["nominal_fps"] or 10))
        judged.append(Judged(label=verdict.label, cpu_ms=(time.thread_time() - begin) * 1000))
    return judged


def read_clip(path: Path) -> NDArray[np.uint8]:
    """All pictures of a clip, T×H×W×3; an empty or broken file gives T = 0."""
    pictures = []
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    while True:
        good, picture = capture.read()
        if not good:
            break
        pictures.append(picture)
    capture.release()
    return np.stack(pictures) if pictures else np.zeros((0, 1, 1, 3), np.uint8)
