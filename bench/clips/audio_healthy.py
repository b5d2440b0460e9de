"""Healthy sound by kind: what a microphone that works may deliver in a room that nobody staged.

Each kind is a function of a Scene → samples (N or N×2) at the scene's rate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bench.clips import audio_processing as processing
from bench.clips.audio_packages import Sound, Voice
from bench.clips.audio_rooms import (
    FLOORS,
    Chance,
    at_level,
    convolved,
    highpass,
    impulse_response,
    machine_tones,
    resampled,
    shaped_noise,
    talk,
    voice_floor,
)

SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One talker in one room before one microphone; other: a second talker; sounds: music, keys, events."""

    name: str
    voice: Voice
    other: Voice
    sounds: Mapping[str, Voice]
    rate: int
    reverberation: float
    chance: Chance

    def count(self) -> int:
        return round(SECONDS * self.rate)

    def floor(self, dbfs: float | None = None) -> Sound:
        """The room's noise and the microphone's own. dbfs: of both; None: anything between a studio and an office."""
        level = float(self.chance.uniform(-72, -48)) if dbfs is None else dbfs
        if self.chance.random() < 0.3:
            return voice_floor(self.other, self.rate, SECONDS, level, self.chance)
        kind = str(self.chance.choice(FLOORS))
        own = at_level(self.chance.standard_normal(self.count()), min(level - 6, float(self.chance.uniform(-84, -70))))
        return shaped_noise(self.rate, SECONDS, kind, level, self.chance) + own

    def in_room(self, sound: Sound, distance: float) -> Sound:
        return convolved(sound, impulse_response(self.rate, self.reverberation, distance, self.chance))

    def speech(self, dbfs: float, distance: float = 1.0, pause: float = 0.5) -> Sound:
        dry = talk(self.voice, self.rate, SECONDS, self.chance, pause)
        wet = self.in_room(dry, distance)
        return wet * 10 ** ((dbfs + 26) / 20)

    def talk(self, dbfs: float | None = None, floor: float | None = None) -> Sound:
        """Somebody speaks at a usual level in a usual room."""
        level = float(self.chance.uniform(-34, -20)) if dbfs is None else dbfs
        return self.speech(level, float(self.chance.uniform(0.4, 3))) + self.floor(floor)

    def event(self) -> Sound:
        """A chair, a door, a knock, paper: one burst in the room."""
        out = np.zeros(self.count())
        for _ in range(int(self.chance.integers(1, 3))):
            length = round(self.chance.uniform(0.01, 0.2) * self.rate)
            burst = self.chance.standard_normal(length) * np.exp(-np.linspace(0, 6, length))
            if self.chance.random() < 0.5:
                burst = np.cumsum(burst) * np.exp(-np.linspace(0, 4, length))
                burst -= burst.mean()
            at = int(self.chance.integers(0, max(1, len(out) - length)))
            out[at : at + length] += at_level(burst, 0)
        return self.in_room(out, 2.0)

    def keys(self, dbfs: float) -> Sound:
        """Typing with a typewriter's or keyboard's recorded keystrokes."""
        out = np.zeros(self.count())
        keys = self.sounds["keys"]
        at = self.chance.uniform(0.02, 0.3)
        while at < SECONDS - 0.1:
            piece = resampled(keys.pieces[int(self.chance.integers(len(keys.pieces)))], keys.rate, self.rate)
            piece = piece * self.chance.uniform(0.3, 1.0)
            start = round(at * self.rate)
            length = min(len(piece), len(out) - start, round(0.25 * self.rate))
            out[start : start + length] += piece[:length]
            at += float(self.chance.choice([0.09, 0.14, 0.2, 0.6]) * self.chance.uniform(0.8, 1.3))
        return at_level(self.in_room(out, 0.8), dbfs)

    def music(self, dbfs: float, distance: float = 1.5) -> Sound:
        music = self.sounds["music"]
        whole = music.pieces[0]
        wanted = round(SECONDS * music.rate)
        at = int(self.chance.integers(0, len(whole) - wanted))
        piece = resampled(whole[at : at + wanted], music.rate, self.rate)[: self.count()]
        return at_level(self.in_room(np.pad(piece, (0, self.count() - len(piece))), distance), dbfs)

    def recorded(self, name: str, dbfs: float) -> Sound:
        sound = self.sounds[name]
        piece = resampled(sound.pieces[0], sound.rate, self.rate)
        out, at = np.zeros(self.count()), 0
        while at < len(out):  # never twice at the same distance: that would be a tone
            length = min(len(piece), len(out) - at)
            out[at : at + length] += piece[:length]
            at += round(len(piece) * self.chance.uniform(1.02, 1.6)) + 1  # over each other they would be an echo
        # The recording of applause hums at 49.5 Hz and its overtones.
        cleaned = highpass(out, self.rate, 500, 8) if name == "applause" else highpass(out, self.rate, 75)
        return at_level(self.in_room(cleaned, 2.0), dbfs)


def _u(scene: Scene, low: float, high: float) -> float:
    return float(scene.chance.uniform(low, high))


def _thump(scene: Scene) -> Sound:
    """The converter settles when it opens: a large offset that decays within some tenths of a second."""
    time = np.arange(scene.count()) / scene.rate
    decay = _u(scene, 0.02, 0.15)
    sound = scene.talk(_u(scene, -40, -24))
    offset = float(scene.chance.choice([-1, 1])) * _u(scene, 0.05, 0.6)
    return sound + offset * np.exp(-time / decay)


def _residual(scene: Scene) -> Sound:
    time = np.arange(scene.count()) / scene.rate
    mains = float(scene.chance.choice([50.0, 60.0]))
    lines = sum(np.sin(2 * np.pi * mains * n * time + n) / n for n in (1, 2, 3))
    return (
        scene.floor(_u(scene, -60, -50)) + at_level(np.asarray(lines), _u(scene, -80, -74)) + _u(scene, -0.0018, 0.0018)
    )


def _ring(scene: Scene) -> Sound:
    """A telephone rings in the room, on and off."""
    time = np.arange(scene.count()) / scene.rate
    pitch = np.where(time % 0.1 < 0.05, _u(scene, 600, 1200), _u(scene, 1300, 2000))
    tone = np.sin(2 * np.pi * np.cumsum(pitch) / scene.rate) * ((time + _u(scene, 0, 1)) % 1.5 < 0.8)
    return scene.in_room(at_level(tone, _u(scene, -42, -26)), 2.0) + scene.floor()


def _stereo(scene: Scene) -> Sound:
    dry = talk(scene.voice, scene.rate, SECONDS, scene.chance)
    pair = [scene.in_room(dry, _u(scene, 0.5, 2)) + scene.floor(_u(scene, -66, -56)) for _ in range(2)]
    return np.stack(pair, axis=1)


def _array(scene: Scene, talking: bool) -> Sound:
    dry = talk(scene.voice, scene.rate, SECONDS, scene.chance) * (1.0 if talking else 0.0)
    return processing.beamformed(
        [scene.in_room(dry, 2.0) + scene.floor(-58) for _ in range(4)], scene.rate, scene.chance
    )


def _speex_rate(scene: Scene) -> int:
    return 16000 if scene.rate not in (8000, 16000, 48000) else scene.rate


def _suppressed(scene: Scene, sound: Sound) -> Sound:
    rate = _speex_rate(scene)
    clean = processing.speex(resampled(sound, scene.rate, rate), rate, int(scene.chance.integers(-45, -15)),
                             bool(scene.chance.random() < 0.3))  # fmt: skip
    return resampled(clean, rate, scene.rate)[: scene.count()]


def _gate(scene: Scene, sound: Sound, floor_dbfs: float | None) -> Sound:
    """floor_dbfs: what is left when it is closed; None: exact zeros."""
    opens = _u(scene, -44, -36)
    out = processing.gated(sound, scene.rate, opens, _u(scene, 0.05, 0.3), 0.0, _u(scene, 0.008, 0.05))
    if floor_dbfs is None:
        return np.round(out * 32768) / 32768
    return out + at_level(scene.chance.standard_normal(len(out)), floor_dbfs)


def _peaked(sound: Sound, peak: float) -> Sound:
    return np.asarray(sound * peak / np.abs(sound).max(), np.float64)


Kind = Callable[[Scene], Sound]

PLAIN: dict[str, Kind] = {
    "talk_near": lambda s: s.speech(_u(s, -26, -18), _u(s, 0.2, 0.8)) + s.floor(),
    "talk_far": lambda s: s.speech(_u(s, -42, -32), _u(s, 2.5, 5)) + s.floor(_u(s, -64, -52)),
    "talk_far_quiet_room": lambda s: s.speech(_u(s, -43, -36), 3.5) + s.floor(_u(s, -74, -66)),
    "two_talkers": lambda s: s.talk(-28) + s.in_room(talk(s.other, s.rate, SECONDS, s.chance), 2.0) * 0.5,
    "loud": lambda s: _peaked(s.speech(-20, _u(s, 0.2, 0.6)) + s.floor(), _u(s, 0.7, 0.98)),
    "empty_room": lambda s: s.floor(),
    "quiet_night": lambda s: s.floor(_u(s, -77, -70)),
    "air_conditioner": lambda s: s.floor(_u(s, -58, -40)) + machine_tones(s.rate, SECONDS, _u(s, -66, -50), s.chance),
    "typing": lambda s: s.keys(_u(s, -56, -34)) + s.floor(_u(s, -76, -56)),
    "typing_low_gain": lambda s: s.keys(_u(s, -66, -56)) + s.floor(_u(s, -80, -74)),
    "events": lambda s: s.event() * 10 ** (_u(s, -34, -14) / 20) + s.floor(),
    "applause": lambda s: s.recorded("applause", _u(s, -34, -20)) + s.floor(),
    "laughter": lambda s: s.recorded("laugh", _u(s, -34, -20)) + s.floor(),
    "music": lambda s: s.music(_u(s, -34, -18)) + s.floor(),
    "music_close": lambda s: s.music(_u(s, -24, -14), 0.1) + s.floor(-70),
    "ring": _ring,
    "residual_hum_and_offset": _residual,
    "start_up_thump": _thump,
    "stereo": _stereo,
    "bluetooth_narrow": lambda s: processing.bluetooth(s.talk(-26), s.rate, False),
    "bluetooth_wide": lambda s: processing.bluetooth(s.talk(-26), s.rate, True),
}
"""Of microphones that hand on what they hear, and of links that only carry it."""

PROCESSED: dict[str, Kind] = {
    "agc": lambda s: processing.levelled(s.talk(_u(s, -44, -30)), s.rate),
    "agc_empty": lambda s: processing.levelled(s.floor(), s.rate, _u(s, 0.02, 0.1)),
    "agc_machine": lambda s: processing.levelled(PLAIN["air_conditioner"](s), s.rate, _u(s, 0.02, 0.1)),
    "agc_speex": lambda s: _suppressed(s, s.talk(_u(s, -40, -30))),
    "limiter": lambda s: processing.limited(s.talk(-22), s.rate, _u(s, 0.4, 0.95), _u(s, 6, 16)),
    "suppressor": lambda s: _suppressed(s, s.talk()),
    "gate_talk": lambda s: _gate(s, s.talk(_u(s, -30, -20), _u(s, -66, -56)), None),
    "gate_talk_residue": lambda s: _gate(s, s.talk(_u(s, -30, -20), _u(s, -66, -56)), _u(s, -92, -84)),
    "gate_opens_once": lambda s: _gate(s, s.event() * 10 ** (_u(s, -24, -10) / 20) + s.floor(-66), None),
    "echo_residue": lambda s: processing.echo_residue(
        s.talk(-26), talk(s.other, s.rate, SECONDS, s.chance), s.rate, s.chance),
    "opus": lambda s: processing.opus(s.talk(), s.rate, int(s.chance.choice([16, 24, 40])), False),
    "opus_dtx": lambda s: processing.opus(s.talk(-26, -64), s.rate, 20, True),
    "array_talk": lambda s: _array(s, True),
    "suppressor_music": lambda s: _suppressed(s, s.music(-26) + s.floor()),
}  # fmt: skip
"""Behind processing, with something to hear."""

EMPTY: dict[str, Kind] = {
    "gate_zeros": lambda s: np.zeros(s.count()),
    "gate_residue": lambda s: at_level(s.chance.standard_normal(s.count()), _u(s, -92, -85)),
    "gate_opens_on_a_click": lambda s: _gate(s, s.event() * 10 ** (-28 / 20) + s.floor(-70), _u(s, -95, -86)),
    "gate_short_holds": lambda s: processing.gated(s.floor(-62), s.rate, _u(s, -53, -50), 0.02, 0.0, 0.005),
    "suppressor_empty": lambda s: _suppressed(s, s.floor(_u(s, -66, -54))),
    "echo_residue_empty": lambda s: processing.echo_residue(
        np.zeros(s.count()), talk(s.other, s.rate, SECONDS, s.chance) * 0.2, s.rate, s.chance),
    "opus_dtx_empty": lambda s: processing.opus(s.floor(-66), s.rate, 20, True),
    "array_empty": lambda s: _array(s, False),
    "highpassed_zero_floor": lambda s: np.round(highpass(s.floor(-92), s.rate, 100) * 32768) / 32768,
}  # fmt: skip
"""Behind processing, in an empty room: silence here is no evidence of anything. The manifest says what they are."""
