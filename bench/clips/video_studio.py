"""One scene before one webcam: its lights, its reference view, people who walk in it, what is written on it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from bench.clips.video_coding import coded, draw_coding
from bench.clips.video_sources import SIZE, Light, Scene, Shelf
from bench.clips.video_webcam import COUNT, Frames, Webcam, delivered, draw_webcam, shoot


@dataclass(frozen=True, slots=True)
class Clip:
    """frames: as the judge gets them. ref: the learned view's picture, None where the room has none. damaged: pictures
    that the decoder complained of."""

    frames: Frames
    label: str
    severity: int
    subtype: str
    scene: str
    ref: Frames | None = None
    arrivals: list[float] = field(default_factory=list)
    nominal: float = 10.0
    damaged: int = 0


@dataclass(slots=True)
class Studio:
    """One scene, one webcam, one chance; makes clips."""

    shelf: Shelf
    scene: Scene
    chance: np.random.Generator
    webcam: Webcam

    @classmethod
    def of(cls, shelf: Shelf, scene: Scene, chance: np.random.Generator, codec: str = "any") -> Studio:
        return cls(shelf, scene, chance, draw_webcam(chance, codec))

    def view(self) -> Light:
        """The scene in the light of a room: a photo's whites are not clipped."""
        return self.shelf.view(self.scene) * np.float32(self.chance.uniform(0.6, 0.95))

    def lights(self, count: int = COUNT, people: int | None = None) -> list[Light]:
        """A film plays, before a photo people move."""
        if self.scene.kind == "film":
            return self.shelf.film(self.scene, count, 10.0)
        return walked([self.view()] * count, self.shelf, self.chance,
                      int(self.chance.integers(1, 4)) if people is None else people)  # fmt: skip

    def still(self, count: int = COUNT) -> list[Light]:
        return [self.view()] * count

    def ref(self, view: Light | None = None) -> Frames:
        """The same camera's picture of the view on another day: other light, other noise, no people."""
        light = (self.shelf.view(self.scene) if view is None else view) * np.float32(self.chance.uniform(0.6, 0.95))
        light = light * self.chance.uniform(0.95, 1.05, 3).astype(np.float32)
        webcam = replace(self.webcam, coding=replace(self.webcam.coding, codec="jpeg", quality=90))
        return np.asarray(delivered(coded(shoot([light] * 3, webcam, self.chance)[2:], webcam.coding))[0], np.uint8)

    def healthy(self, subtype: str, lights: list[Light], webcam: Webcam | None = None, *, ref: Frames | None = None,
                arrivals: list[float] | None = None, nominal: float = 10.0, bands: float = 0.0,
                warm: int = 0) -> Clip:  # fmt: skip
        """warm: pictures that the encoder has seen before the burst begins."""
        used = webcam or self.webcam
        frames = delivered(
            coded(
                shoot(
                    lights,
                    used,
                    self.chance,
                    bands=bands,
                    band_speed=float(self.chance.uniform(0, 3)),
                    band_rows=float(self.chance.choice([0.035, 0.042, 0.07])),
                ),
                used.coding,
            )
        )[warm:]
        times = arrivals if arrivals is not None else even(len(frames), 10.0, self.chance)
        return Clip(frames, "healthy", 0, subtype, self.scene.name, self.ref() if ref is None else ref, times, nominal)


def even(count: int, rate: float, chance: np.random.Generator) -> list[float]:
    return [float(t) for t in np.cumsum(1000.0 / rate + chance.normal(0, 4, count)).round(1)]


def h264_of(webcam: Webcam, chance: np.random.Generator, most: float = 3.35, least: float = 2.0) -> Webcam:
    coding = draw_coding(chance, "h264", webcam.size)
    scale = 1.0 if webcam.size > 180 else 0.4
    return replace(webcam, coding=replace(coding, kbits=int(scale * 10 ** chance.uniform(least, most))))


def walked(lights: list[Light], shelf: Shelf, chance: np.random.Generator, people: int, *, big: float = 1.0,
           speed: float = 1.0) -> list[Light]:  # fmt: skip
    """People, cut out of other scenes' pictures, sway and walk before the view."""
    out = [one.copy() for one in lights]
    height, width = SIZE
    for _ in range(people):
        tall = int(big * chance.uniform(0.35, 0.8) * height)
        wide = int(tall * 0.55)
        other = shelf.view(shelf.scenes[int(chance.integers(0, len(shelf.scenes)))])
        y, x = int(chance.integers(0, height - min(tall, height - 1))), int(chance.integers(0, width - wide))
        patch = cv2.resize(other[y : y + tall, x : x + wide], (wide, tall)) * np.float32(chance.uniform(0.5, 1.0))
        mask = np.zeros((tall, wide), np.float32)
        cv2.ellipse(mask, (wide // 2, int(tall * 0.8)), (int(wide * 0.48), int(tall * 0.5)), 0, 0, 360, 1.0, -1)
        cv2.ellipse(mask, (wide // 2, int(tall * 0.18)), (int(wide * 0.2), int(tall * 0.17)), 0, 0, 360, 1.0, -1)
        mask = cv2.GaussianBlur(mask, (0, 0), 1.2)[..., None]
        left, drift = chance.uniform(-0.1, 0.9) * width, chance.uniform(-8, 8) * speed * (chance.random() < 0.5)
        top, sway, pace = height - tall * chance.uniform(0.8, 1.0), chance.uniform(1, 8) * speed, chance.uniform(0.2, 1)
        for n, picture in enumerate(out):
            px, py = int(left + drift * n + sway * np.sin(n * pace)), int(top + 0.3 * sway * np.cos(n * pace))
            x0, x1, y0, y1 = max(0, px), min(width, px + wide), max(0, py), min(height, py + tall)
            if x0 < x1 and y0 < y1:
                part = (slice(y0 - py, y1 - py), slice(x0 - px, x1 - px))
                picture[y0:y1, x0:x1] += mask[part] * (patch[part] - picture[y0:y1, x0:x1])
    return out


def framed(light: Light, zoom: float, x: float, y: float) -> Light:
    """What a camera that frames by itself cuts out: zoom 1 to 3, x and y from 0 to 1."""
    height, width = light.shape[:2]
    w, h = width / zoom, height / zoom
    matrix = np.array([[zoom, 0, -x * (width - w) * zoom], [0, zoom, -y * (height - h) * zoom]], np.float32)
    return np.asarray(cv2.warpAffine(light, matrix, (width, height), flags=cv2.INTER_LINEAR), np.float32)


def plain_wall(studio: Studio, tone: tuple[float, float, float], light: float) -> Light:
    """A wall: a photo's coarse light and its fine grain, and at a border perhaps a piece of the room."""
    view = studio.shelf.view(studio.scene)
    coarse = cv2.GaussianBlur(view.mean(axis=2), (0, 0), 90)
    fine = view.mean(axis=2) - cv2.GaussianBlur(view.mean(axis=2), (0, 0), 2)
    wall = (coarse / coarse.mean() * 0.25 + 0.75) * (1 + 0.04 * fine / (fine.std() + 1e-6))
    out: Light = (light * wall[..., None] * np.array(tone, np.float32)).astype(np.float32)
    if studio.chance.random() < 0.6:
        rows = int(SIZE[0] * studio.chance.uniform(0.04, 0.25))
        out[-rows:] = view[-rows:] * np.float32(light)
    return out


def clocked(frames: Frames, chance: np.random.Generator) -> Frames:
    """A date and a running clock, as network cameras write them into the picture."""
    out = frames.copy()
    scale = float(chance.uniform(0.3, 0.55))
    at = (int(chance.choice([4, 150])), int(chance.choice([14, frames.shape[1] - 6])))
    fine = chance.random() < 0.4
    first = int(chance.integers(0, 40))
    for n, one in enumerate(out):
        seconds = f"{(first + n // 10) % 60:02}" + (f".{n % 10}" if fine else "")
        text = f"2026-11-24 10:42:{seconds}"
        cv2.putText(one, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), 3)
        cv2.putText(one, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1)
    return out
