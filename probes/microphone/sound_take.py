"""One channel of sound with the transforms that several detectors share, each made once, when it is first asked for.

Pure: samples in, arrays out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from probes.microphone.ranks import median, medians, percentile

if TYPE_CHECKING:
    import numpy.typing as npt

Samples: TypeAlias = "npt.NDArray[np.float32]"
Floats: TypeAlias = "npt.NDArray[np.float64]"

FRAME_SECONDS = 0.01
"""Shorter than a syllable and a plosive, so that pauses between them stay visible."""

NARROW_RATE = 16000.0
"""Voices, hum, tones and echoes are looked for below 8 kHz: a third of the cost at 48 kHz."""

SLICE_SECONDS = 0.032
"""Length of one short spectrum: two periods of the lowest voice, 31 Hz a bin."""

FLOOR_BINS = 64
"""21 Hz of a take of 3 s: wide enough that one line does not lift the median, narrow enough to follow a room."""

_FLOOR = 1e-15


def decibel(power: npt.ArrayLike) -> Floats:
    """Power → dB, −150 at zero."""
    decibels: Floats = 10.0 * np.log10(np.asarray(power, dtype=np.float64) + _FLOOR)
    return decibels


@dataclass(frozen=True, slots=True)
class Levels:
    """dBFS RMS of 10 ms frames without their mean: silent (5 %), middle (50 %), loud (95 %), loudest, whole."""

    frames: Floats
    silent: float
    middle: float
    loud: float
    loudest: float
    whole: float


def _variance(frames: Samples) -> Floats:
    """The variance of each row, in single precision around the row's own mean: rows are short."""
    centred = frames - frames.mean(axis=1, keepdims=True)
    power: Floats = np.einsum("ij,ij->i", centred, centred).astype(np.float64) / frames.shape[1]
    return power


@dataclass(frozen=True)
class Take:
    """samples: float32, full scale ±1, at least one frame; rate in hertz."""

    samples: Samples
    rate: float

    @cached_property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    @cached_property
    def levels(self) -> Levels:
        size = max(2, round(self.rate * FRAME_SECONDS))
        frames = self.samples[: len(self.samples) // size * size].reshape(-1, size)
        power = decibel(_variance(frames))
        silent, middle, loud = (percentile(power, share) for share in (5, 50, 95))
        whole = float(decibel(np.var(self.samples)))
        return Levels(power, silent, middle, loud, float(power.max()), whole)

    @cached_property
    def pause_dbfs(self) -> float:
        """Level of the quietest tenth of 40 ms frames: what is heard in the pauses. The frames hold two mains
        periods."""
        size = max(2, round(0.04 * self.rate))
        frames = self.samples[: len(self.samples) // size * size].reshape(-1, size)
        return percentile(decibel(_variance(frames)), 10)

    @cached_property
    def centred(self) -> Samples:
        """The samples around their median: a cut top moves the mean."""
        return self.samples - np.float32(median(self.samples))

    @cached_property
    def narrow(self) -> Samples:
        """The samples without their mean, at NARROW_RATE or at their own lower rate."""
        flat: Samples = self.samples - self.samples.mean()
        if self.rate <= NARROW_RATE * 1.05:
            return flat
        count = round(len(flat) * NARROW_RATE / self.rate)
        spectrum = np.fft.rfft(flat)[: count // 2 + 1]
        narrow: Samples = np.fft.irfft(spectrum, count).astype(np.float32) * np.float32(count / len(flat))
        return narrow

    @cached_property
    def narrow_rate(self) -> float:
        return self.rate if self.rate <= NARROW_RATE * 1.05 else NARROW_RATE

    @cached_property
    def bins(self) -> npt.NDArray[np.complexfloating]:
        """The Fourier transform of the whole narrow take."""
        return np.fft.rfft(self.narrow)

    @cached_property
    def spectrum(self) -> Samples:
        """Power of the whole narrow take with one Hann window, scaled so that a sinusoid's peak is its power."""
        bins = self.bins.copy()
        # A Hann window, applied where it is three numbers: on the spectrum.
        bins[1:-1] = 0.5 * bins[1:-1] - 0.25 * (bins[:-2] + bins[2:])
        return _square(bins) * np.float32(8.0 / len(self.narrow) ** 2)

    @cached_property
    def spectrum_floor(self) -> Samples:
        """What is usual around each bin of the spectrum: medians of FLOOR_BINS, between them a straight line."""
        count = len(self.spectrum) // FLOOR_BINS
        if count < 2:
            return np.full(len(self.spectrum), median(self.spectrum) + _FLOOR, np.float32)
        usual = medians(self.spectrum[: count * FLOOR_BINS].reshape(count, FLOOR_BINS))
        middles = (np.arange(count) + 0.5) * FLOOR_BINS
        between: Samples = np.interp(np.arange(len(self.spectrum)), middles, usual).astype(np.float32)
        return between + np.float32(_FLOOR)

    @cached_property
    def slices(self) -> Samples:
        """Power spectra of SLICE_SECONDS with half overlap, T×F, of the narrow take."""
        size = round(SLICE_SECONDS * self.narrow_rate / 2) * 2
        frames = np.lib.stride_tricks.sliding_window_view(self.narrow, size)[:: size // 2]
        window = np.hanning(size).astype(np.float32)
        return _square(np.fft.rfft(frames * window, axis=1)) * np.float32(2.0 / (1.5 * float(window.sum()) ** 2))

    @cached_property
    def slice_hertz(self) -> Floats:
        size = round(SLICE_SECONDS * self.narrow_rate / 2) * 2
        return np.asarray(np.fft.rfftfreq(size, 1 / self.narrow_rate), np.float64)

    def band(self, low: float, high: float) -> Floats:
        """Power of each slice between two frequencies."""
        first, last = np.searchsorted(self.slice_hertz, (low, high))
        power: Floats = self.slices[:, first:last].sum(axis=1, dtype=np.float64)
        return power


def _square(bins: npt.NDArray[np.complexfloating]) -> Samples:
    power: Samples = bins.real**2
    power += bins.imag**2
    return power
