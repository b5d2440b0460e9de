"""Judges the way from the loudspeaker through the room to the microphone by its impulse response.

Pure: what was recorded while a known sweep played in, findings and numbers out. It opens no device and reads no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from probes.acoustic.bounds import BOUNDS, Bounds
from probes.acoustic.sweep import RATE, TURNS, Samples, Sweep, response
from probes.why import Why, because

HEARD_RATIO = 8.0
"""Ratio of the response's peak to what is usual in it, from which the sweep was heard. Noise alone reaches 4.5."""

SILENT_DBFS = -84.0
"""A recording below it is converter noise or zeros, before, during and after the sweep."""

STUTTERED = because("sound_stuttered")

COPY_RATIO = 40.0
"""The server's own copy of the sweep has 100 and more; with holes in it, it has less."""

AGREES_SECONDS = 0.03
"""Between two turns: two loudspeakers ten metres apart."""

LEAKS = 25.0
"""28 dB: so much softer than the other channel is what leaks over in a cable or in the arithmetic."""

RATES = (48 / 44.1, 44.1 / 48, 1.5, 2 / 3, 2.0, 0.5, 3.0)
"""How many times as fast a microphone at a wrong rate hands the sweep over. Of a slower one too little is recorded."""

RATE_RATIO = 30.0
"""A recording that is stretched to fit must fit well: by chance the best of seven stretches reaches 6."""

ARRIVES_SECONDS = (-0.06, 0.9)
"""After it left: clocks of two recordings agree within 50 ms, and no way through a room takes so long."""

DIRECT_SECONDS = 0.05
"""From the first arrival on: the sound itself and the first walls."""

ECHO_SECONDS = (0.09, 0.7)
"""A later arrival as strong as ECHO_RATIO is a second way through the computer, and no wall of a room."""

ECHO_RATIO = 0.3
"""−10 dB of the first arrival, and …"""

ECHO_STANDS_OUT = 5.0
"""… of the room's tail within 50 ms around it, which is as even as noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One microphone's recording. samples: N×C at the sweep's rate; begins: seconds, on the clock of all recordings."""

    name: str
    samples: Samples
    begins: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What one microphone channel heard of one loudspeaker channel.

    ratio: how far the response stands out; seconds: of the first arrival, on the clock of all recordings; gain in dB;
    distortion, echo: shares; factor: how many times as fast it was played, 1 where the rate is right; least_gain: the
    gain in dB that would just have been heard in this noise.
    """

    ratio: float
    seconds: float = 0.0
    gain: float = -150.0
    distortion: float = 0.0
    echo: float = 0.0
    factor: float = 1.0
    least_gain: float = 0.0

    @property
    def heard(self) -> bool:
        return self.ratio > HEARD_RATIO


@dataclass(frozen=True, slots=True, kw_only=True)
class PathJudgement:
    """finding: a label of the catalogue without "acoustic_", "" where the path is good, "unknown" where it cannot be
    told; numbers in base units; why: what was heard; hears: the microphone that hears instead."""

    finding: str
    confidence: float = 1.0
    numbers: Mapping[str, float] = field(default_factory=dict)
    why: Why | None = None
    hears: str = ""


def judge_path(
    sweep: Sweep,
    monitor: Heard,
    microphone: Heard,
    others: Sequence[Heard] = (),
    bounds: Bounds | None = None,
    *,
    cancels: bool = False,
) -> PathJudgement:
    """monitor: what left the computer, by the sound server's own copy of it. microphone: the room's, others: the rest.

    cancels: the microphone may take its own loudspeaker's sound away (an echo canceller): hearing nothing proves
    nothing then.
    """
    bounds = bounds or BOUNDS
    left = [path_of(sweep, np.ascontiguousarray(monitor.samples[:, n]), monitor.begins)
            for n in range(monitor.samples.shape[1])]  # fmt: skip
    played = [path.seconds for path in left if path.heard]
    if not played:
        return PathJudgement(finding="unknown", why=because("sweep_not_played"))
    starts = _starts(sweep, monitor, min(played))
    if starts is None:
        return PathJudgement(finding="unknown", why=STUTTERED)
    paths = _paths(sweep, microphone, starts)
    turn, best = max(((n, path) for n, row in enumerate(paths) for path in row), key=lambda pair: pair[1].ratio)
    delays = [row[n].seconds - start for n in range(len(paths[0])) for row, start in zip(paths, starts, strict=True)
              if row[n].ratio > max(HEARD_RATIO, best.ratio / LEAKS)]  # fmt: skip
    best = _at_other_rates(sweep, microphone, best)
    numbers = {"ratio": best.ratio, "gain_db": best.gain, "level_dbfs": _level(microphone.samples),
               "least_gain_db": best.least_gain}  # fmt: skip
    if not best.heard:
        hearing = [one.name for one in others if any(p.heard for row in _paths(sweep, one, starts) for p in row)]
        return _unheard(microphone, hearing, numbers, bounds, cancels=cancels)
    if best.factor == 1.0 and max(delays) - min(delays) > AGREES_SECONDS:
        return PathJudgement(finding="unknown", numbers=numbers, why=STUTTERED)
    delay = best.seconds - starts[turn]
    numbers |= {"delay_seconds": delay, "distortion": best.distortion, "echo": best.echo}
    if best.factor != 1.0:
        return PathJudgement(finding="wrong_rate", numbers=numbers | {"factor": best.factor},
                         why=because("sound_too_fast", factor=round(best.factor, 2)))  # fmt: skip
    return _of_heard(sweep, paths, best, numbers, delay, bounds)


def _starts(sweep: Sweep, monitor: Heard, first: float) -> list[float] | None:
    """When each turn left the computer, by its own copy; None where that copy has holes or is stretched.

    first: of the earliest arrival in it, which may be any turn's where two have one channel.
    """
    found = []
    for turn in range(TURNS):
        channel = np.ascontiguousarray(monitor.samples[:, min(turn % sweep.channels, monitor.samples.shape[1] - 1)])
        for begin in (first, first - sweep.step_seconds):
            path = path_of(sweep, channel, monitor.begins, begin + turn * sweep.step_seconds)
            if path.ratio > COPY_RATIO:
                found.append((begin, path.seconds))
    for begin in (first - sweep.step_seconds, first):
        turns = [seconds for start, seconds in found if start == begin]
        if len(turns) == TURNS:
            return turns if abs(turns[1] - turns[0] - sweep.step_seconds) < AGREES_SECONDS / 3 else None
    return None


def _of_heard(
    sweep: Sweep, paths: list[list[Path]], best: Path, numbers: dict[str, float], delay: float, bounds: Bounds
) -> PathJudgement:
    if best.gain < bounds.least_gain:
        why = because("arrives_softly", db=round(-best.gain))
        return PathJudgement(finding="level_low", numbers=numbers, why=why)
    least = max(HEARD_RATIO, best.ratio / LEAKS)
    by_turn = [any(path.ratio > least for path in row) for row in paths]
    by_speaker = [any(by_turn[channel :: sweep.channels]) for channel in range(sweep.channels)]
    by_microphone = [any(row[n].ratio > least for row in paths) for n in range(len(paths[0]))]
    if not all(by_speaker):
        silent = by_speaker.index(False) + 1
        return PathJudgement(finding="speaker_channel", confidence=0.9, numbers=numbers | {"channel": float(silent)},
                         why=because("speaker_channel_silent", channel=silent))  # fmt: skip
    if not all(by_microphone):
        silent = by_microphone.index(False) + 1
        return PathJudgement(finding="microphone_channel", confidence=0.9, numbers=numbers | {"channel": float(silent)},
                         why=because("microphone_channel_silent", channel=silent))  # fmt: skip
    if delay > bounds.most_delay:
        return PathJudgement(finding="delay", numbers=numbers, why=because("sound_delayed", ms=round(delay * 1000)))
    if best.echo > ECHO_RATIO:
        why = because("second_arrival", percent=round(100 * best.echo))
        return PathJudgement(finding="echo", numbers=numbers, why=why)
    if best.distortion > bounds.most_distortion:
        why = because("overtones", percent=round(100 * best.distortion))
        return PathJudgement(finding="distorted", numbers=numbers, why=why)
    return PathJudgement(finding="", numbers=numbers)


def _unheard(
    microphone: Heard, hearing: Sequence[str], numbers: dict[str, float], bounds: Bounds, *, cancels: bool
) -> PathJudgement:
    """hearing: other microphones that heard it."""
    silent = _loudest(microphone.samples) < SILENT_DBFS
    if hearing and not silent and not cancels:
        return PathJudgement(finding="wrong_microphone", confidence=0.9, numbers=numbers, hears=hearing[0],
                         why=because("other_hears", other=hearing[0], name=microphone.name))  # fmt: skip
    if (silent and not cancels) or (silent and hearing):
        return PathJudgement(finding="microphone_silent", confidence=0.95, numbers=numbers, hears=(hearing or [""])[0],
                         why=because("silent_while_played"))  # fmt: skip
    if cancels:
        return PathJudgement(finding="unknown", numbers=numbers,
                         why=because("may_cancel"))  # fmt: skip
    if numbers["least_gain_db"] > bounds.least_gain or numbers["ratio"] > HEARD_RATIO * 0.7:
        return PathJudgement(finding="unknown", numbers=numbers, why=because("too_loud_for_sweep"))
    return PathJudgement(finding="speaker_silent", confidence=0.9, numbers=numbers,
                     why=because("loudspeaker_not_heard"))  # fmt: skip


def _paths(sweep: Sweep, heard: Heard, starts: Sequence[float]) -> list[list[Path]]:
    """[loudspeaker channel][microphone channel]. starts: when each loudspeaker's sweep left the computer."""
    channels = [np.ascontiguousarray(heard.samples[:, n]) for n in range(heard.samples.shape[1])]
    return [[path_of(sweep, channel, heard.begins, start) for channel in channels] for start in starts]


def path_of(sweep: Sweep, samples: Samples, begins: float, start: float | None = None) -> Path:
    """The response to a sweep. start: when it left the computer, on the clock of ``begins``; None: at any time."""
    low, high = 0, len(samples)
    if start is not None:
        low, high = (max(0, round((start + shift - begins) * sweep.rate)) for shift in ARRIVES_SECONDS)
    return _measured(sweep, samples, begins, 1.0, slice(low, high))


def _at_other_rates(sweep: Sweep, heard: Heard, found: Path) -> Path:
    """``found``, or what a first channel that was taken at another rate gives once it is brought to its own."""
    samples = heard.samples[:, 0]
    better = 1.6 if found.ratio > RATE_RATIO else 3.0
    for factor in RATES if found.ratio < RATE_RATIO else RATES[:2]:
        stretched = np.interp(np.arange(0, len(samples), 1 / factor), np.arange(len(samples)), samples)
        other = _measured(sweep, np.asarray(stretched, np.float32), heard.begins, factor, slice(None))
        if other.ratio > RATE_RATIO and other.ratio > better * found.ratio:
            return other
    return found


def _measured(sweep: Sweep, part: Samples, begins: float, factor: float, place: slice) -> Path:
    """place: samples among which the arrival is looked for."""
    if len(part) < sweep.rate // 4 or not np.any(part):
        return Path(ratio=0.0)
    impulse = response(part - part.mean(), sweep.wave(), sweep.rate)
    length = len(part)
    envelope = np.abs(impulse)
    size = max(1, sweep.rate // 2000)
    smooth = np.sqrt(np.convolve(envelope**2, np.ones(size) / size, "same"))
    looked = smooth[:length][place]
    if not len(looked):
        return Path(ratio=0.0)
    peak = int(looked.argmax()) + (place.start or 0)
    top = float(smooth[peak])
    usual = float(np.sqrt(np.median(smooth[:length] ** 2))) + 1e-15
    before = smooth[max(0, peak - sweep.rate // 40) : peak + 1]
    first = peak - int(len(before) - 1 - np.argmax(before > 0.4 * top))
    direct = impulse[max(0, first - size) : first + round(DIRECT_SECONDS * sweep.rate)]
    energy = float(np.sum(direct**2)) + 1e-30
    late = smooth[
        first + round(ECHO_SECONDS[0] * sweep.rate) : min(length, first + round(ECHO_SECONDS[1] * sweep.rate))
    ]
    echo = _echo(late, sweep.rate // 20) / (top + 1e-15)
    return Path(
        ratio=top / usual,
        seconds=begins + first / factor / sweep.rate,
        gain=10 * float(np.log10(energy)),
        distortion=_overtones(sweep, impulse, first, energy),
        echo=echo if echo * top > 4 * usual else 0.0,
        factor=factor,
        least_gain=20 * float(np.log10(HEARD_RATIO * usual * np.sqrt(size))),
    )


def _echo(late: npt.NDArray[np.float64], around: int) -> float:
    """Height of an arrival that stands out of the room's tail; 0 where there is only the tail."""
    if len(late) < 3 * around:
        return 0.0
    at = int(late.argmax())
    tail = late[max(0, at - around) : max(0, at - around // 8)]  # what follows is the arrival's own
    return float(late[at]) if len(tail) and late[at] > ECHO_STANDS_OUT * float(np.sqrt(np.mean(tail**2))) else 0.0


def _overtones(sweep: Sweep, impulse: npt.NDArray[np.float64], first: int, energy: float) -> float:
    """Amplitude of the second and third overtone's own responses, which come out before the sound itself."""
    total, length = 0.0, len(impulse)
    width = round(0.015 * sweep.rate)
    for number in (2, 3):
        middle = first - round(sweep.overtone_seconds(number) * sweep.rate)
        there, before = (
            float(np.sum(impulse[np.arange(start, start + width) % length] ** 2))
            for start in (middle - width // 4, middle - 2 * width)
        )
        if there > 3 * before:  # what follows is the overtone's own tail
            total += there - before
    return float(np.sqrt(total / energy))


def _level(samples: Samples) -> float:
    return 10 * float(np.log10(float(np.var(samples)) + 1e-15))


def _loudest(samples: Samples) -> float:
    """dBFS of the loudest 50 ms of any channel."""
    size = RATE // 20
    if len(samples) < size:
        return _level(samples)
    blocks = samples[: len(samples) // size * size].reshape(-1, size, samples.shape[1])
    return 10 * float(np.log10(float(blocks.var(axis=1).max()) + 1e-15))
