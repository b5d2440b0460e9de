"""Faults that add something or lose pieces, by mechanism: hum, tones, gaps, noises, echo, wrong rate, channels."""

from __future__ import annotations

import numpy as np

from bench.clips import audio_processing as processing
from bench.clips.audio_faults import Mechanism, bits, converter
from bench.clips.audio_healthy import SECONDS, Scene
from bench.clips.audio_packages import Sound
from bench.clips.audio_rooms import at_level, convolved, filtered, highpass, lowpass, resampled, shaped_noise, talk


def _u(scene: Scene, low: float, high: float) -> float:
    return float(scene.chance.uniform(low, high))


def _time(scene: Scene) -> Sound:
    return np.arange(scene.count()) / scene.rate


def lines(scene: Scene, base: float, harmonics: dict[int, float], dbfs: float) -> Sound:
    """harmonics: number → amplitude."""
    drift = base + _u(scene, -0.06, 0.06)
    parts = [a * np.sin(2 * np.pi * drift * n * _time(scene) + _u(scene, 0, 6)) for n, a in harmonics.items()
             if base * n < scene.rate * 0.45]  # fmt: skip
    return at_level(np.sum(parts, axis=0), dbfs)


_HUM = {1: -46, 2: -36, 3: -24}
_SERIES = {n: 1 / n for n in (1, 2, 3, 4, 6)}
_ODD = {n: 1 / n for n in range(1, 20, 2)}


def _dimmer(scene: Scene, severity: int, mains: float) -> Sound:
    """A dimmer's needles, two a period."""
    return scene.talk() + lines(scene, 2 * mains, dict.fromkeys(range(1, 16), 1.0), _HUM[severity])


HUM: dict[str, Mechanism] = {
    "50": lambda s, n: s.talk() + lines(s, 50, _SERIES, _HUM[n]),
    "60": lambda s, n: s.talk() + lines(s, 60, _SERIES, _HUM[n]),
    "fundamental": lambda s, n: s.talk() + lines(s, 50, {1: 1.0}, _HUM[n]),
    "open_jack_50": lambda s, n: converter(s, -80) + lines(s, 50, _ODD, _HUM[n] - 2),
    "open_jack_60": lambda s, n: converter(s, -84) + lines(s, 60, _ODD, _HUM[n] - 2),
    "within_speech": lambda s, n: s.talk(-26, -66) + lines(s, 50, _SERIES, {1: -56, 2: -52, 3: -48}[n]),
    "without_fundamental": lambda s, n: s.talk() + highpass(lines(s, 50, _ODD | _SERIES, _HUM[n]), s.rate, 110, 2),
    "dimmer_50": lambda s, n: _dimmer(s, n, 50),
    "dimmer_60": lambda s, n: _dimmer(s, n, 60),
    "empty_room": lambda s, n: s.floor(_u(s, -66, -56)) + lines(s, 60, _SERIES, _HUM[n]),
    "stereo": lambda s, n: np.stack([s.talk() + lines(s, 50, _SERIES, _HUM[n])] * 2, axis=1),
}
_TONE = {1: -46, 2: -36, 3: -22}


def tone(scene: Scene, hertz: float, dbfs: float) -> Sound:
    return at_level(np.sin(2 * np.pi * min(hertz, 0.44 * scene.rate) * _time(scene)), dbfs)


def _howl(scene: Scene, severity: int, starts: float, grows_db: float) -> Sound:
    """Feedback: a pitch at which the room rings, that grows until the amplifier ends it."""
    level = np.minimum(0.0, (_time(scene) - starts) * grows_db - 40) + {1: -30, 2: -22, 3: -12}[severity]
    wave = np.sin(2 * np.pi * _u(scene, 300, 2800) * _time(scene)) * np.sqrt(2) * 10 ** (level / 20)
    return np.clip(scene.talk() + np.where(_time(scene) > starts, wave, 0), -0.95, 0.95)


CONSTANT_TONE: dict[str, Mechanism] = {
    "low": lambda s, n: s.talk() + tone(s, _u(s, 250, 700), _TONE[n]),
    "middle": lambda s, n: s.talk() + tone(s, _u(s, 700, 2500), _TONE[n]),
    "high": lambda s, n: s.talk() + tone(s, _u(s, 2500, 7000), _TONE[n]),
    "empty_room": lambda s, n: s.floor(-58) + tone(s, _u(s, 400, 3000), _TONE[n]),
    "two_tones": lambda s, n: s.talk() + tone(s, _u(s, 400, 900), _TONE[n]) + tone(s, _u(s, 1100, 2600), _TONE[n] - 3),
    "bus_comb": lambda s, n: s.talk() + lines(s, 1000, dict.fromkeys(range(1, 7), 1.0), _TONE[n]),
    "test_tone": lambda s, n: tone(s, 1000, -20) + converter(s, -90),
    "howl_grows": lambda s, n: _howl(s, n, _u(s, 0.1, 0.9), _u(s, 40, 120)),
    "howl_steady": lambda s, n: _howl(s, n, -2.0, 60),
    "howl_two": lambda s, n: (_howl(s, n, 0.0, 60) + _howl(s, n, 0.6, 90)) * 0.6,
    "stereo": lambda s, n: np.stack([s.talk() + tone(s, 1730, _TONE[n])] * 2, axis=1),
}
_COUNT = {1: 4, 2: 9, 3: 20}


def _holes(scene: Scene, sound: Sound, severity: int, fill: object, low: float = 0.008, high: float = 0.04) -> Sound:
    """Pieces replaced. fill: function(sound, start, stop) → what stands there instead."""
    assert callable(fill)
    out = sound.copy()
    for at in scene.chance.uniform(0.15, SECONDS - 0.2, _COUNT[severity]):
        start = round(at * scene.rate)
        stop = start + round(_u(scene, low, high) * scene.rate)
        out[start:stop] = fill(out, start, stop)
    return out


def _lost(scene: Scene, sound: Sound, severity: int) -> Sound:
    """Samples that were never delivered: what follows moves up."""
    keep = np.ones(len(sound), bool)
    for at in scene.chance.uniform(0.1, 2.8, _COUNT[severity]):
        start = round(at * scene.rate)
        keep[start : start + round(_u(scene, 0.005, 0.03) * scene.rate)] = False
    rest = sound[keep]
    return np.concatenate((rest, sound[: len(sound) - len(rest)]))


def _spikes(scene: Scene, severity: int, width: int) -> Sound:
    out = np.zeros(scene.count())
    for at in scene.chance.uniform(0.1, 2.9, _COUNT[severity] + 2):
        start = round(at * scene.rate)
        out[start : start + width] += scene.chance.choice([-1, 1]) * _u(scene, 0.15, 0.6)
    return scene.talk() + out


def _cable(scene: Scene, severity: int) -> Sound:
    """A cable that makes and breaks: bursts of sharp steps and needles, and the sound drops out in between."""
    gain, needles = np.ones(scene.count()), np.zeros(scene.count())
    for at in scene.chance.uniform(0.1, 2.6, {1: 2, 2: 4, 3: 7}[severity]):
        moment = at
        for _ in range(int(scene.chance.integers(4, 16))):
            start = round(moment * scene.rate)
            length = round(scene.chance.exponential(0.004) * scene.rate) + 1
            if start + length >= scene.count():
                break
            gain[start : start + length] = _u(scene, 0, 0.4)
            needles[start] += scene.chance.choice([-1, 1]) * _u(scene, 0.03, 0.3)
            decay = np.exp(-np.arange(length) / (0.0004 * scene.rate))
            needles[start : start + length] += scene.chance.choice([-1, 1]) * _u(scene, 0.02, 0.25) * decay
            moment += float(scene.chance.exponential(0.012))
    return np.clip(scene.talk() * gain + needles, -1, 1)


def _flips(scene: Scene, severity: int) -> Sound:
    whole = np.round(bits(scene.talk()) * 32768).astype(np.int32)
    for at in scene.chance.integers(0, len(whole), _COUNT[severity] + 2):
        whole[at] ^= 1 << int(scene.chance.integers(12, 15))
    return np.clip(whole, -32768, 32767) / 32768.0


def _every_period(scene: Scene, severity: int) -> Sound:
    """One short hole in each buffer of 20 ms or more: a driver that is a little late each time."""
    out, step = scene.talk(), round({1: 0.08, 2: 0.04, 3: 0.02}[severity] * scene.rate)
    for start in range(step, len(out), step):
        out[start : start + round(0.0025 * scene.rate)] = 0
    return out


DROPOUTS: dict[str, Mechanism] = {
    "zeros": lambda s, n: _holes(s, s.talk(), n, lambda x, a, b: 0.0),
    "held": lambda s, n: _holes(s, s.talk(), n, lambda x, a, b: x[a - 1]),
    "repeats": lambda s, n: _holes(s, bits(s.talk()), n, lambda x, a, b: x[a - (b - a) : a]),
    "repeats_resampled": lambda s, n: resampled(resampled(
        _holes(s, s.talk(), n, lambda x, a, b: x[a - (b - a) : a]), s.rate, 44000), 44000, s.rate)[: s.count()],
    "lost": lambda s, n: _lost(s, s.talk(), n),
    "noise_filled": lambda s, n: _holes(
        s, s.talk(-24), n, lambda x, a, b: at_level(s.chance.standard_normal(b - a), -58), 0.02, 0.06),
    "clicks": lambda s, n: _spikes(s, n, 1),
    "wide_clicks": lambda s, n: _spikes(s, n, max(2, round(0.0003 * s.rate))),
    "cable": _cable,
    "bit_flips": _flips,
    "each_buffer": _every_period,
    "network_loss": lambda s, n: _holes(
        s, s.talk(-24), n, lambda x, a, b: x[a - (b - a) : a] * np.linspace(1, 0, b - a), 0.02, 0.06),
    "stereo": lambda s, n: np.stack([_holes(s, s.talk(), n, lambda x, a, b: 0.0)] * 2, axis=1),
}  # fmt: skip


def _telephone(scene: Scene, severity: int, talking: bool) -> Sound:
    """A mobile phone near the cable: pulses of 0.577 ms, 217 a second, in bursts."""
    pulses = ((_time(scene) * 216.68) % 1 < 0.577e-3 * 216.68) * 1.0
    on = (np.sin(2 * np.pi * _time(scene) / _u(scene, 0.5, 1.4) + _u(scene, 0, 6)) > -0.5) * 1.0
    buzz = highpass(pulses * (on if severity < 3 else 1.0), scene.rate, 150, 1)
    return (scene.talk() if talking else scene.floor(-60)) + at_level(buzz, {1: -46, 2: -38, 3: -28}[severity])


BUZZ: dict[str, Mechanism] = {
    "telephone_in_speech": lambda s, n: _telephone(s, n, True),
    "telephone_in_empty_room": lambda s, n: _telephone(s, n, False),
}
_HISS = {1: -38, 2: -32, 3: -24}
HISS: dict[str, Mechanism] = {
    "white": lambda s, n: s.talk() + converter(s, _HISS[n]),
    "white_empty": lambda s, n: s.floor(-60) + converter(s, _HISS[n]),
    "rising": lambda s, n: s.talk() + at_level(np.diff(converter(s, 0), prepend=0), _HISS[n]),
    "behind_gain": lambda s, n: processing.levelled(s.speech(-60) + converter(s, -60), s.rate, 0.05 * n, 50),
}


def _muffle(scene: Scene, severity: int, order: int) -> Sound:
    corner = {1: 900, 2: 600, 3: 380}[severity]
    return lowpass(scene.speech(-18) + scene.floor(-58), scene.rate, corner, order) + converter(scene, -82)


MUFFLED: dict[str, Mechanism] = {
    "cloth": lambda s, n: _muffle(s, n, 2),
    "blocked_port": lambda s, n: _muffle(s, n, 3),
    "codec_band": lambda s, n: filtered(s.talk(-24), s.rate, lambda f: f < {1: 1000, 2: 700, 3: 450}[n]),
}


def _wind(scene: Scene, severity: int) -> Sound:
    gust = np.abs(shaped_noise(scene.rate, SECONDS, "rumble", 0, scene.chance))
    gust = lowpass(gust, scene.rate, 2.0, 1)
    rumble = lowpass(scene.chance.standard_normal(scene.count()), scene.rate, _u(scene, 30, 70), 2)
    return at_level(rumble * gust, {1: -24, 2: -18, 3: -13}[severity])


WIND: dict[str, Mechanism] = {
    "gusts": lambda s, n: np.clip(_wind(s, n) + s.floor(-60), -1, 1),
    "gusts_in_speech": lambda s, n: np.clip(_wind(s, n) + s.talk(-30), -1, 1),
}


def _played_at(scene: Scene, factor: float) -> Sound:
    """What was taken at one rate is told as another: factor times as fast."""
    dry = talk(scene.voice, scene.rate, SECONDS * max(1.0, factor) + 0.2, scene.chance)
    room = (
        convolved(dry, np.array([1.0, *np.zeros(40), 0.3]))
        + shaped_noise(scene.rate, len(dry) / scene.rate, "office", -60, scene.chance)[: len(dry)]
    )
    return resampled(room, scene.rate * factor, scene.rate)[: scene.count()]


WRONG_RATE: dict[str, Mechanism] = {
    "three_times": lambda s, n: _played_at(s, 3.0),
    "twice": lambda s, n: _played_at(s, 2.0),
    "half": lambda s, n: _played_at(s, 0.5),
    "third": lambda s, n: _played_at(s, 1 / 3),
}


def _echoed(scene: Scene, delay: float, gain: float, times: int = 1) -> Sound:
    out = scene.talk(-26)
    dry = out.copy()
    for n in range(1, times + 1):
        shift = round(delay * n * scene.rate)
        out[shift:] += dry[: len(out) - shift] * gain**n
    return out


_ECHO = {1: 0.25, 2: 0.4, 3: 0.7}
ECHO: dict[str, Mechanism] = {
    "short": lambda s, n: _echoed(s, _u(s, 0.09, 0.16), _ECHO[n]),
    "long": lambda s, n: _echoed(s, _u(s, 0.2, 0.6), _ECHO[n]),
    "several": lambda s, n: _echoed(s, _u(s, 0.12, 0.3), _ECHO[n], 3),
    "coloured": lambda s, n: s.talk(-26) * 0.5 + filtered(_echoed(s, _u(s, 0.1, 0.4), 0.9), s.rate,
                                                          lambda f: (f > 300) / (1 + (f / 3500) ** 4)),
}  # fmt: skip


def _pumped(scene: Scene, severity: int) -> Sound:
    """A gain control that hunts: noise swells and is pushed down again."""
    swing = {1: 12, 2: 18, 3: 26}[severity]
    saw = (_time(scene) * _u(scene, 0.7, 2.0)) % 1
    return (scene.talk(-30, -46) if severity < 3 else scene.floor(-40)) * 10 ** ((saw - 1) * swing / 20)


PUMPING: dict[str, Mechanism] = {"hunting": _pumped}


def _pair(scene: Scene, how: str) -> Sound:
    dry = talk(scene.voice, scene.rate, SECONDS, scene.chance)
    live = scene.in_room(dry, 1.0) + scene.floor(-58)
    return np.stack((live, -live * _u(scene, 0.8, 1.1) if how == "inverted" else converter(scene, -93)), axis=1)


INVERTED: dict[str, Mechanism] = {"inverted": lambda s, n: _pair(s, "inverted")}
CHANNEL_DEAD: dict[str, Mechanism] = {"one_dead": lambda s, n: _pair(s, "dead")}
