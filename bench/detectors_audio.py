"""Hands labelled sound clips to the microphone judge. Owns the decoding (libsndfile), refuses to score."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt

from bench.detectors import Judged
from probes.microphone.judge_samples import judge_samples

CLIP_SECONDS = 3.0
"""What a clip is asked to hold where the folder does not tell; a much shorter one is a stream that stalled."""

SILENT = ("processed", "virtual", "array")
"""Kinds of source, as the column ``source_kind`` may name them, whose silence is no evidence. Without it: raw."""

RATE_OF_NOTHING = 16000.0
"""An empty file names no rate; the judge is told the corpus's."""

_READ = 0x10


class _Info(ctypes.Structure):
    """SF_INFO of sndfile.h."""

    _fields_ = (
        ("frames", ctypes.c_int64),
        ("samplerate", ctypes.c_int),
        ("channels", ctypes.c_int),
        ("format", ctypes.c_int),
        ("sections", ctypes.c_int),
        ("seekable", ctypes.c_int),
    )


def open_sound(file: Path) -> tuple[ctypes.CDLL, int, _Info]:
    """libsndfile, its handle (the caller closes it) and the header. Raises OSError for what is not sound."""
    name = ctypes.util.find_library("sndfile")
    if name is None:
        raise OSError("libsndfile is missing: apt-get install libsndfile1")
    library = ctypes.CDLL(name)
    library.sf_open.restype = ctypes.c_void_p
    library.sf_open.argtypes = (ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(_Info))
    library.sf_readf_float.restype = ctypes.c_int64
    library.sf_readf_float.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    library.sf_close.argtypes = (ctypes.c_void_p,)
    info = _Info()
    handle = library.sf_open(str(file).encode(), _READ, ctypes.byref(info))
    if not handle:
        raise OSError(f"{file} is not a sound file")
    return library, handle, info


def decode(file: Path) -> tuple[npt.NDArray[np.float32], float]:
    """Samples N×C in ±1 and the rate. A file that is empty, cut off in its header or absent is no samples."""
    if not file.is_file() or file.stat().st_size == 0:
        return np.zeros((0, 1), np.float32), RATE_OF_NOTHING
    try:
        library, handle, info = open_sound(file)
    except OSError as error:
        print(f"{error}: judged as no samples", file=sys.stderr)
        return np.zeros((0, 1), np.float32), RATE_OF_NOTHING
    try:
        samples = np.zeros((info.frames, info.channels), np.float32)
        read = library.sf_readf_float(handle, samples.ctypes.data, info.frames)
    finally:
        library.sf_close(handle)
    return samples[:read], float(info.samplerate)


def judge_clips(folder: Path, rows: Sequence[Mapping[str, str]], with_reference: bool) -> list[Judged]:
    """One Judged a row. There is no reference for sound. How much was asked for is what most clips hold."""
    del with_reference
    clips = [decode(folder / row["file"]) for row in rows]
    held = [len(samples) / rate for samples, rate in clips if len(samples)]
    asked = median(held) if held else CLIP_SECONDS
    judged = []
    for row, (samples, rate) in zip(rows, clips, strict=True):
        start = time.thread_time()
        verdict = judge_samples(samples, rate, expected_seconds=asked, may_be_silent=row.get("source_kind") in SILENT)
        spent = (time.thread_time() - start) * 1000
        judged.append(Judged(label=verdict.label, cpu_ms=spent, confidence=verdict.confidence, numbers=verdict.numbers))
    return judged
