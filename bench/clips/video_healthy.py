"""Everything that healthy cameras deliver of real scenes: light, coders, noise reduction, people, framing, settling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from bench.clips.video_coding import Coding
from bench.clips.video_sources import GAMMA, SIZE
from bench.clips.video_studio import Clip, Studio, clocked, even, framed, h264_of, plain_wall, walked
from bench.clips.video_webcam import COUNT, dimmer


def _film(s: Studio) -> Clip:
    return s.healthy("film_or_people", s.lights())


def _film_h264(s: Studio) -> Clip:
    return s.healthy("film_or_people_h264", s.lights(COUNT + 5), h264_of(s.webcam, s.chance), warm=5)


def _still(s: Studio) -> Clip:
    return s.healthy("still_room", s.still())


def _still_h264(s: Studio) -> Clip:
    return s.healthy("still_h264", s.still(COUNT + 12), h264_of(s.webcam, s.chance), warm=12)


def _still_tnr(s: Studio) -> Clip:
    webcam = replace(s.webcam, temporal=float(s.chance.uniform(0.85, 0.96)), spatial=float(s.chance.uniform(0.5, 1.2)))
    return s.healthy("still_temporal_nr", s.still(COUNT + 8), webcam, warm=8)


def _still_tnr_h264(s: Studio) -> Clip:
    webcam = replace(s.webcam, temporal=float(s.chance.uniform(0.7, 0.95)), spatial=float(s.chance.uniform(0.5, 1.2)))
    return s.healthy("still_temporal_nr_h264", s.still(COUNT + 12), h264_of(webcam, s.chance), warm=12)


def _one_person_tnr_h264(s: Studio) -> Clip:
    webcam = replace(s.webcam, temporal=float(s.chance.uniform(0.7, 0.95)), spatial=float(s.chance.uniform(0.5, 1.2)))
    lights = walked(s.still(COUNT + 12), s.shelf, s.chance, 1, big=0.6, speed=0.35)
    return s.healthy("one_quiet_person_h264", lights, h264_of(webcam, s.chance, 2.8), warm=12)


def _dark(s: Studio) -> Clip:
    light = float(10 ** s.chance.uniform(-1.7, -0.9))
    webcam = dimmer(s.webcam, s.chance, light * 4)
    return s.healthy("dark_room", [one * np.float32(light) for one in s.lights()], webcam)


def _dim(s: Studio, share: float) -> Clip:
    """Automatic exposure lengthens: fewer pictures, noisy, not quite as bright."""
    lights = [one * np.float32(s.chance.uniform(0.25, 0.7)) for one in s.lights()]
    webcam = dimmer(s.webcam, s.chance, float(s.chance.uniform(0.06, 0.25)))
    nominal = float(s.chance.choice([30.0, 25.0, 20.0]))  # a camera of ten has nothing to halve
    name = "dim_half_rate" if share == 0.5 else "dim_third_rate"
    times = even(max(COUNT, int(1.5 * nominal * share)), nominal * share, s.chance)
    return s.healthy(name, lights, webcam, arrivals=times, nominal=nominal)


def _banding(s: Studio) -> Clip:
    return s.healthy("mains_banding", s.lights(), bands=float(s.chance.uniform(0.05, 0.2)))


def _exposure(s: Studio) -> Clip:
    at = np.clip((np.arange(COUNT) - s.chance.integers(0, 6)) / s.chance.uniform(2, 6), 0, 1)
    begin = float(s.chance.choice([s.chance.uniform(0.25, 0.7), s.chance.uniform(1.3, 2.2)]))
    gains = begin ** (1 - at)
    return s.healthy("exposure_settles", [one * np.float32(g) for one, g in zip(s.lights(), gains, strict=True)])


def _balance(s: Studio) -> Clip:
    at = np.clip((np.arange(COUNT) - s.chance.integers(0, 5)) / s.chance.uniform(3, 8), 0, 1)[:, None]
    gains = s.chance.uniform(0.8, 1.25, 3)[None, :] ** (1 - at)
    return s.healthy("white_balance_settles",
                     [one * g.astype(np.float32) for one, g in zip(s.lights(), gains, strict=True)])  # fmt: skip


def _focus(s: Studio) -> Clip:
    away = np.abs(np.clip(np.arange(COUNT) - s.chance.integers(1, 5), -5, 3) - 3) * s.chance.uniform(0.2, 0.7)
    lights = [cv2.GaussianBlur(one, (0, 0), r) if r > 0.3 else one for one, r in zip(s.lights(), away, strict=True)]
    return s.healthy("focus_settles", lights)


def _framed(s: Studio) -> Clip:
    zoom, x, y = s.chance.uniform(1.2, 2.2), s.chance.uniform(0.1, 0.9), s.chance.uniform(0.1, 0.9)
    return s.healthy("framed_zoom", [framed(one, zoom, x, y) for one in s.lights()])


def _framing(s: Studio) -> Clip:
    goal, x, y = s.chance.uniform(1.3, 2.2), s.chance.uniform(0.1, 0.9), s.chance.uniform(0.1, 0.9)
    at = np.clip(np.arange(COUNT) / s.chance.uniform(10, 20), 0, 1)
    back = s.chance.random() < 0.4
    lights = s.lights()
    lights = [framed(one, 1 + (goal - 1) * (1 - a if back else a), x, y) for one, a in zip(lights, at, strict=True)]
    return s.healthy("framing_moves", lights, h264_of(s.webcam, s.chance, 3.4, 2.6) if s.chance.random() < 0.5
                     else None)  # fmt: skip


def _panning(s: Studio) -> Clip:
    zoom, y = s.chance.uniform(1.4, 2.0), s.chance.uniform(0.1, 0.9)
    begin, step = s.chance.uniform(0.0, 0.5), s.chance.uniform(0.005, 0.03)
    return s.healthy("framing_pans", [framed(one, zoom, min(1.0, begin + n * step), y)
                                      for n, one in enumerate(s.lights())])  # fmt: skip


def _white_wall(s: Studio) -> Clip:
    wall = plain_wall(s, tuple(s.chance.uniform(0.92, 1.06, 3)), float(s.chance.uniform(0.2, 0.5)))
    return s.healthy("white_wall", [wall] * COUNT, ref=s.ref(wall))


def _warm_wall(s: Studio) -> Clip:
    tone = (s.chance.uniform(0.45, 0.75), s.chance.uniform(0.8, 0.92), 1.15)
    wall = plain_wall(s, tone, float(s.chance.uniform(0.1, 0.35)))
    return s.healthy("warm_wall", [wall] * COUNT, ref=s.ref(wall))


def _grey_wall(s: Studio) -> Clip:
    wall = plain_wall(s, tuple(s.chance.uniform(0.9, 1.1, 3)), float(s.chance.uniform(0.04, 0.16)))
    return s.healthy("dark_wall", [wall] * COUNT, ref=s.ref(wall))


def _warm_view(s: Studio) -> Clip:
    tone = np.array((s.chance.uniform(0.5, 0.75), s.chance.uniform(0.85, 0.95), 1.1), np.float32)
    return s.healthy("warm_light", [one * tone for one in s.lights()], ref=s.ref(s.view() * tone))


def _evening(s: Studio) -> Clip:
    tone = np.array((s.chance.uniform(0.76, 0.9), 1.0, s.chance.uniform(1.05, 1.2)), np.float32)
    return s.healthy("evening_light", [one * tone for one in s.lights()])


def _glass(s: Studio) -> Clip:
    """A glass wall: a third of the picture is sky, the rest is as dark as automatic exposure leaves it."""
    mask = np.zeros(SIZE, np.float32)
    wide, tall = s.chance.uniform(0.15, 0.7), s.chance.uniform(0.4, 0.8)
    left = s.chance.uniform(0, 1 - wide)
    mask[: int(tall * SIZE[0]), int(left * SIZE[1]) : int((left + wide) * SIZE[1])] = s.chance.uniform(1.3, 4)
    mask[:, :: max(20, int(s.chance.integers(60, 160)))] = 0
    dim = np.float32(s.chance.uniform(0.15, 0.6))
    lights = [np.maximum(one * dim, mask[..., None]) for one in s.lights()]
    return s.healthy("glass_room", lights, ref=s.ref(np.maximum(s.view() * dim, mask[..., None])))


def _infrared(s: Studio) -> Clip:
    lights = [np.repeat(one.mean(axis=2, keepdims=True), 3, axis=2) * np.float32(0.5) for one in s.lights()]
    webcam = replace(dimmer(s.webcam, s.chance, 0.15), tint=(1.0, 1.0, 1.0))
    clip = s.healthy("infrared", lights, webcam)
    grey = clip.frames.mean(axis=3, keepdims=True).astype(np.uint8)
    return replace(clip, frames=np.repeat(grey, 3, axis=3), ref=None if s.chance.random() < 0.5 else clip.ref)


def _clock(s: Studio) -> Clip:
    clip = s.healthy("clock_on_screen", s.lights())
    return replace(clip, frames=clocked(clip.frames, s.chance))


def _vibration(s: Studio) -> Clip:
    moves = s.chance.normal(0, 1.2, (COUNT, 2))
    lights = [cv2.warpAffine(one, np.array([[1, 0, x], [0, 1, y]], np.float32), SIZE[::-1],
                             borderMode=cv2.BORDER_REPLICATE)
              for one, (x, y) in zip(s.lights(), moves, strict=True)]  # fmt: skip
    return s.healthy("vibration", lights)


def _letterbox(s: Studio) -> Clip:
    clip = s.healthy("letterbox", s.lights())
    frames, ref = clip.frames.copy(), None if clip.ref is None else clip.ref.copy()
    for one in [*frames, *([] if ref is None else [ref])]:
        one[:, :40], one[:, -40:] = 0, 0
    return replace(clip, frames=frames, ref=ref)


def _soft(s: Studio) -> Clip:
    webcam = replace(s.webcam, blur=float(s.chance.uniform(1.6, 2.4)), sharpen=float(s.chance.uniform(0.3, 0.9)))
    soft = Studio(s.shelf, s.scene, s.chance, webcam)
    return soft.healthy("soft_lens", soft.lights())


def _close_person(s: Studio) -> Clip:
    base = s.still() if s.scene.kind == "photo" else s.lights()
    return s.healthy("close_person", walked(base, s.shelf, s.chance, 1, big=1.6, speed=1.5))


def _lamp(s: Studio) -> Clip:
    at = int(s.chance.integers(3, 12))
    gain = float(s.chance.choice([0.4, 1.8]))
    return s.healthy("lamp_switched", [one * np.float32(gain if n >= at else 1.0) for n, one in
                                       enumerate(s.lights())])  # fmt: skip


def _slow_film(s: Studio) -> Clip:
    rate = float(s.chance.choice([5.0, 7.5, 6.0]))
    count = max(6, int(rate * 1.5))
    return s.healthy("slow_by_design", s.lights()[:count], arrivals=even(count, rate, s.chance), nominal=rate)


def _screen(s: Studio) -> Clip:
    """A wall screen in the view shows slides, and changes one."""
    drawn = [np.full((120, 200, 3), 230, np.uint8) for _ in range(2)]
    for n, slide in enumerate(drawn):
        for row in range(5):
            cv2.putText(slide, f"{n}{row} Agenda {n * 7 + row}", (8, 22 + row * 22), 0, 0.5, (40, 40, 60), 1)
    slides = [(slide.astype(np.float32) / 255) ** GAMMA for slide in drawn]
    at, y, x = int(s.chance.integers(2, 16)), int(s.chance.integers(10, 150)), int(s.chance.integers(10, 400))
    lights = [one.copy() for one in s.lights()]
    for n, one in enumerate(lights):
        one[y : y + 120, x : x + 200] = slides[n >= at]
    return s.healthy("slides", lights)


def _coarse(s: Studio) -> Clip:
    webcam = replace(s.webcam, coding=Coding("jpeg", quality=int(s.chance.integers(15, 40))))
    return s.healthy("coarse_jpeg", s.lights(), webcam)


def _mild_exposure(s: Studio) -> Clip:
    """Bright but not lost: a sunny room."""
    return s.healthy("bright_room", [one * np.float32(1.35) for one in s.lights()])


HEALTHY: dict[str, Callable[[Studio], Clip]] = {
    "film": _film, "film_h264": _film_h264, "still": _still, "still_h264": _still_h264, "still_tnr": _still_tnr,
    "still_tnr_h264": _still_tnr_h264, "one_person_tnr_h264": _one_person_tnr_h264, "dark": _dark,
    "dim_half": lambda s: _dim(s, 0.5), "dim_third": lambda s: _dim(s, 1 / 3), "banding": _banding,
    "exposure": _exposure, "balance": _balance, "focus": _focus, "framed": _framed, "framing": _framing,
    "panning": _panning, "white_wall": _white_wall, "warm_wall": _warm_wall, "dark_wall": _grey_wall,
    "warm_view": _warm_view, "evening": _evening, "glass": _glass, "infrared": _infrared, "clock": _clock,
    "vibration": _vibration, "letterbox": _letterbox, "soft": _soft, "close_person": _close_person, "lamp": _lamp,
    "slow_film": _slow_film, "screen": _screen, "coarse": _coarse, "bright": _mild_exposure,
}  # fmt: skip
"""Name → one clip of it."""
