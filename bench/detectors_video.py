"""The video half of bench/detectors.py: decodes clips and hands frames, times and the learned vector to the judge."""

from __future__ import annotations

import json
import os
import sys
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
from probes.camera.capture import reduced
from probes.camera.judge_frames import judge
from probes.camera.reference import Reference, decode_reference, encode_reference, learn_reference

USUAL_RATE = 10.0
"""Pictures a second where a row names none that can be read."""
MOST_PICTURES = 600
"""A minute at ten a second: a whole film by mistake must not fill the memory."""


def judge_clips(corpus: Path, rows: Sequence[Mapping[str, str]], with_reference: bool) -> list[Judged]:
    """One verdict a row. The reference goes through its stored form, so that only what the product keeps is used."""
    cv2.setNumThreads(1)
    arrivals = read_arrivals(corpus / "timestamps.json")
    learned: dict[tuple[str, tuple[int, int]], Reference | None] = {}
    judged = []
    for row in rows:
        frames = read_clip(corpus / row["file"])
        size = (frames.shape[2], frames.shape[1])
        name = row.get("ref") or "" if with_reference else ""
        if (name, size) not in learned:
            learned[name, size] = learn(corpus / name, size) if name and len(frames) else None
        begin = time.thread_time()
        verdict = judge(
            frames, arrivals.get(row["file"], []), reference=learned[name, size], nominal_fps=rate_of(row),
            damaged=damaged_of(row),
        )  # fmt: skip
        judged.append(Judged(label=verdict.label, cpu_ms=(time.thread_time() - begin) * 1000))
    return judged


def learn(file: Path, size: tuple[int, int]) -> Reference | None:
    """The stored vector of a reference picture, brought to the clip's size as one camera would have taken both."""
    picture = cv2.imread(str(file))
    if picture is None:
        print(f"{file} is no picture: its clips are judged without a reference", file=sys.stderr)
        return None
    if (picture.shape[1], picture.shape[0]) != size:
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return decode_reference(encode_reference(learn_reference(picture[None])))


def read_arrivals(file: Path) -> dict[str, list[float]]:
    """File → arrival times in ms; {} where the folder has none."""
    if not file.is_file():
        print(f"{file} is missing: no rate can be judged", file=sys.stderr)
        return {}
    return {name: times for name, times in json.loads(file.read_text(encoding="utf-8")).items() if times}


def rate_of(row: Mapping[str, str]) -> float:
    try:
        return float(row.get("nominal_fps") or USUAL_RATE)
    except ValueError:
        return USUAL_RATE


def damaged_of(row: Mapping[str, str]) -> int:
    """Pictures that the decoder complained of while the clip was made; 0 where the folder does not tell."""
    return int(row["damaged"]) if row.get("damaged", "").isdigit() else 0


def read_clip(path: Path) -> NDArray[np.uint8]:
    """All pictures of a clip at the judge's size, T×H×W×3; an empty or broken file gives T = 0."""
    pictures: list[NDArray[np.uint8]] = []
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    while len(pictures) < MOST_PICTURES:
        good, picture = capture.read()
        if not good:
            break
        pictures.append(reduced(picture))
    capture.release()
    same = [one for one in pictures if one.shape == pictures[0].shape]
    return np.stack(same) if same else np.zeros((0, 1, 1, 3), np.uint8)
