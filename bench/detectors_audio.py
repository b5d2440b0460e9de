"""Hands labelled sound clips to the microphone judge. Owns the decoding (libsndfile), refuses to score."""

from __future__ import annotations

import ctypes
import ctypes.util
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.detectors import Judged
from probes.microphone.judge_samples import judge_samples

CLIP_SECONDS = 3.0
"""What each clip of the corpus was asked to hold; a shorter one is a stream that stalled."""

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


def decode(file: Path) -> tuple[npt.NDArray[np.float32], float]:
    """Samples N×C in ±1 and the rate. An empty file is no samples. Raises OSError for what is not sound."""
    if file.stat().st_size == 0:
        return np.zeros((0, 1), np.float32), RATE_OF_NOTHING
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
    try:
        samples = np.zeros((info.frames, info.channels), np.float32)
        read = library.sf_readf_float(handle, samples.ctypes.data, info.frames)
    finally:
        library.sf_close(handle)
    return samples[:read], float(info.samplerate)


def judge_clips(folder: Path, rows: Sequence[Mapping[str, str]], with_reference: bool) -> list[Judged]:
    """One Judged a row. There is no reference for sound."""
    del with_reference
    judged = []
    for row in rows:
        samples, rate = decode(folder / row["file"])
        start = time.thread_time()
        verdict = judge_samples(samples, rate, expected_seconds=CLIP_SECONDS)
        judged.append(Judged(label=verdict.label, cpu_ms=(time.thread_time() - start) * 1000))
    return judged
