"""Draws meeting rooms as a camera would deliver them, healthy and faulty: the video half of bench/make_clips.py.

Scenes are rendered in linear light and go through a camera (lens, shot and read noise, noise reduction, gamma,
JPEG), so that real sensor noise and compression are in them. It does not judge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.clips.video_coding import unpacked

Light: TypeAlias = NDArray[np.float32]
Frames: TypeAlias = NDArray[np.uint8]
FRAMES = 15
SIZES = ((180, 320), (180, 320), (180, 320), (240, 320), (320, 180))
"""16:9 (also what 1080p is reduced to), 4:3 and portrait."""


@dataclass
class Camera:
    """One camera model. read and shot: noise variances in linear light of full scale 1."""

    blur: float = 0.5
    read: float = 2e-6
    shot: float = 2e-4
    denoise: float = 0.0
    sharpen: float = 0.0
    quality: int = 90
    tint: tuple[float, ...] = (1.0, 1.0, 1.0)


@dataclass
class Burst:
    """What is to be filmed: a view in linear light, people, and how light, place and exposure change by picture."""

    view: Light
    camera: Camera
    people: int = 1
    speed: float = 4.0
    exposure: NDArray[np.float64] = field(default_factory=lambda: np.ones(FRAMES))
    shake: NDArray[np.float64] = field(default_factory=lambda: np.zeros((FRAMES, 2)))
    flicker: float = 0.0
    bands: float = 0.05
    infrared: bool = False
    noise: float = 1.0


def draw_camera(chance: np.random.Generator) -> Camera:
    return Camera(
        blur=float(chance.uniform(0.3, 0.7)),
        read=float(10 ** chance.uniform(-6.5, -5.2)),
        shot=float(10 ** chance.uniform(-4.6, -3.5)),
        denoise=float(chance.choice([0.0, 0.0, 0.5, 0.7])),
        sharpen=float(chance.choice([0.0, 0.3, 0.8])),
        quality=int(chance.integers(45, 96)),
        tint=tuple(float(n) for n in chance.uniform(0.94, 1.06, 3)),
    )


def draw_room(chance: np.random.Generator, size: tuple[int, int]) -> Light:
    """A room in linear light: walls, floor, table, screen, board, shelf, lamps, chairs and their textures."""
    height, width = size
    view = np.zeros((height, width, 3), np.float32)
    wall = chance.uniform(0.25, 0.55) * (1 + chance.uniform(-0.08, 0.08, 3))
    shade = np.linspace(1.1, 0.7, width)[None, :, None] if chance.random() < 0.5 else np.linspace(0.75, 1.1, width)[
        None, :, None]  # fmt: skip
    view[:] = wall * shade
    horizon = int(height * chance.uniform(0.55, 0.75))
    floor = chance.uniform(0.06, 0.25) * (1 + chance.uniform(-0.2, 0.2, 3))
    carpet = 1 + 0.25 * cv2.GaussianBlur(chance.normal(0, 1, size).astype(np.float32), (0, 0), 0.9)[..., None]
    view[horizon:] = (floor * carpet)[horizon:]

    def box(x: float, y: float, w: float, h: float, colour: NDArray[np.float64]) -> tuple[slice, slice]:
        rows = slice(max(0, int(y * height)), max(0, int((y + h) * height)))
        columns = slice(max(0, int(x * width)), max(0, int((x + w) * width)))
        view[rows, columns] = colour.astype(np.float32)
        return rows, columns

    def colour(low: float, high: float) -> NDArray[np.float64]:
        return np.asarray(chance.uniform(low, high) * (1 + chance.uniform(-0.3, 0.3, 3)))

    box(chance.uniform(0, 0.1), 0.15, 0.13, 0.55, colour(0.1, 0.4))  # a door
    rows, columns = box(chance.uniform(0.3, 0.5), 0.12, 0.25, 0.24, colour(0.01, 0.1))  # the screen
    if chance.random() < 0.5:
        lines = (np.sin(np.arange(view[rows, columns].shape[0]) * chance.uniform(0.8, 2.0)) > 0.3)[:, None, None]
        view[rows, columns] = np.where(lines, 0.5, 0.08)
    box(chance.uniform(0.68, 0.75), 0.2, 0.2, 0.22, colour(0.55, 0.75))  # a white board
    for n in range(int(chance.integers(4, 14))):  # books, pictures, sockets
        box(chance.uniform(0, 0.95), chance.uniform(0.05, 0.6), 0.015 + 0.004 * n, chance.uniform(0.05, 0.16),
            colour(0.03, 0.5))  # fmt: skip
    for _ in range(int(chance.integers(1, 4))):  # lamps
        box(chance.uniform(0.1, 0.8), 0.0, chance.uniform(0.06, 0.12), 0.035, np.full(3, chance.uniform(0.8, 1.1)))
    corners = np.array([[0.2, 0.95], [0.36, 0.66], [0.64, 0.66], [0.85, 0.95]]) + chance.uniform(-0.05, 0.05, (4, 2))
    table = (corners * (width, height)).astype(np.int32)
    cv2.fillConvexPoly(view, table, tuple(float(n) for n in colour(0.1, 0.4)), lineType=cv2.LINE_AA)
    for _ in range(int(chance.integers(2, 7))):  # chairs
        x, y = int(chance.uniform(0.1, 0.9) * width), int(chance.uniform(0.7, 0.95) * height)
        cv2.ellipse(view, (x, y), (width // 22, height // 10), 0, 0, 360, tuple(colour(0.02, 0.15)), -1, cv2.LINE_AA)
    return np.clip(view, 0.003, 1.2).astype(np.float32)


def draw_wall(chance: np.random.Generator, size: tuple[int, int]) -> Light:
    """A camera that looks at a plain wall: plaster, a corner of a frame or a skirting board, light from one side."""
    height, width = size
    slope = 1 + chance.uniform(-0.25, 0.25) * np.linspace(-1, 1, width)[None, :, None]
    plaster = 1 + 0.012 * cv2.GaussianBlur(chance.normal(0, 1, size).astype(np.float32), (0, 0), 1.0)[..., None]
    light = chance.uniform(0.22, 0.42) * (1 + chance.uniform(-0.05, 0.05, 3))
    view: Light = (light * slope * plaster).astype(np.float32)
    if chance.random() < 0.6:
        view[-int(height * 0.06) :, : int(width * chance.uniform(0.1, 0.5))] *= 0.3
    return view


def film(burst: Burst, chance: np.random.Generator) -> Frames:
    """T×H×W×3, blue-green-red, as the camera of the burst delivers it."""
    height, width = burst.view.shape[:2]
    camera = burst.camera
    places = chance.uniform(0.15, 0.85, burst.people)
    clothes = [(chance.uniform(0.02, 0.4, 3)).tolist() for _ in range(burst.people)]
    before: Light | None = None
    pictures = []
    for n in range(FRAMES):
        light = burst.view.copy()
        for who in range(burst.people):
            x = int(width * places[who] + burst.speed * 3 * np.sin(n / 3 + who) + (n - 7) * burst.speed * (who % 2))
            y = int(height * (0.6 + 0.08 * (who % 3)))
            cv2.ellipse(
                light, (x, y + height // 5), (width // 13, height // 4), 0, 0, 360, clothes[who], -1, cv2.LINE_AA
            )
            cv2.ellipse(light, (x, y - height // 12), (width // 34, height // 11), 0, 0, 360, (0.2, 0.28, 0.42), -1,
                        cv2.LINE_AA)  # fmt: skip
            cv2.ellipse(light, (x, y - height // 7), (width // 34, height // 22), 0, 0, 360, (0.02, 0.02, 0.03), -1)
        move = np.array([[1, 0, burst.shake[n, 0]], [0, 1, burst.shake[n, 1]]], np.float32)
        light = cv2.warpAffine(light, move, (width, height), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        light = cv2.GaussianBlur(light, (0, 0), camera.blur) * np.float32(burst.exposure[n])
        if burst.flicker:
            phase = np.arange(height)[:, None, None] * burst.bands + n * 1.3
            light *= (1 + burst.flicker * np.sin(phase)).astype(np.float32)
        light *= np.array(camera.tint, np.float32)
        if burst.infrared:
            light = np.repeat(light.mean(axis=2, keepdims=True), 3, axis=2)
        deviation = np.sqrt(np.maximum(light, 0) * camera.shot + camera.read) * burst.noise
        light = light + deviation * chance.standard_normal(light.shape).astype(np.float32)
        if camera.denoise:
            light = light if before is None else camera.denoise * before + (1 - camera.denoise) * light
            before = light
        picture = np.clip(light, 0, 1) ** (1 / 2.2) * 255
        if camera.sharpen:
            picture += camera.sharpen * (picture - cv2.GaussianBlur(picture, (0, 0), 1.0))
        pictures.append(np.clip(picture, 0, 255).astype(np.uint8))
    return np.stack(pictures)


def compress(frames: Frames, quality: int) -> Frames:
    flag = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return np.stack([unpacked(cv2.imencode(".jpg", one, flag)[1].tobytes()) for one in frames])


def scaled(frames: NDArray[np.generic], gain: float | NDArray[np.float64]) -> Frames:
    return np.asarray(np.clip(frames.astype(np.float32) * gain, 0, 255), np.uint8)


def disc(frames: Frames, radius: float) -> Frames:
    """A lens out of focus draws points as discs; the edge of the disc is antialiased."""
    reach = int(np.ceil(radius)) + 1
    far = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    kernel = np.clip(radius + 0.5 - far, 0, 1)
    return np.stack([cv2.filter2D(one, -1, kernel / kernel.sum()) for one in frames]).astype(np.uint8)


def _noise_of(shape: tuple[int, ...], deviation: float, chance: np.random.Generator) -> NDArray[np.float32]:
    return (deviation * chance.standard_normal(shape)).astype(np.float32)


Harm: TypeAlias = Callable[[Frames, int, np.random.Generator], Frames]


def frozen_identical(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    del severity, chance
    return np.repeat(frames[:1], len(frames), axis=0)


def frozen_midway(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    at = {1: 7, 2: 5, 3: 2}[severity] + int(chance.integers(0, 2))
    return np.concatenate((frames[:at], np.repeat(frames[at : at + 1], len(frames) - at, axis=0)))


def frozen_loop(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    del severity
    period = int(chance.integers(2, 6))
    return frames[np.arange(len(frames)) % period]


def frozen_clock(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    del severity
    out = np.repeat(frames[:1], len(frames), axis=0).copy()
    at = (int(chance.integers(3, 60)), int(chance.choice([14, frames.shape[1] - 6])))
    for n, one in enumerate(out):
        cv2.putText(one, f"10:42:{n:02}", at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1)
    return out


def frozen_encoded(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    del severity, chance
    return np.stack([compress(frames[:1], 70 + 2 * (n % 3))[0] for n in range(len(frames))])


def black(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    level = chance.uniform(0, 4) if severity > 1 else chance.uniform(3, 12)
    noise = {1: chance.uniform(2, 6), 2: chance.uniform(1, 4), 3: 0.0}[severity]
    out = np.full(frames.shape, 0.0 if severity == 3 else level, np.float32) + _noise_of(frames.shape, noise, chance)
    return np.asarray(np.clip(out, 0, 255), np.uint8)


def covered(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    """3: opaque. 2: a hand or cloth with soft folds. 1: most of the view, or frosted film."""
    height, width = frames.shape[1:3]
    tone = np.array([(40, 55, 90), (35, 35, 35), (120, 130, 140), (70, 80, 95)][int(chance.integers(0, 4))], np.float32)
    tone = tone * chance.uniform(0.8, 1.15)
    ramp = 1 + 0.25 * np.linspace(-1, 1, width)[None, :, None] * chance.choice([-1, 1])
    cover = np.repeat(np.repeat((tone * ramp)[None], len(frames), 0), height, 1).reshape(len(frames), height, width, 3)
    if severity == 2:
        folds = cv2.GaussianBlur(chance.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 25)
        cover = cover * (1 + 0.12 * folds / (folds.std() + 1e-6))[None, ..., None]
    cover = cover + _noise_of(frames.shape, 1.2, chance)
    if severity > 1:
        return np.asarray(np.clip(cover, 0, 255), np.uint8)
    if chance.random() < 0.5:
        milk = np.stack([cv2.GaussianBlur(one, (0, 0), 22) for one in frames]).astype(np.float32)
        return np.asarray(np.clip(0.6 * milk + 70 + _noise_of(frames.shape, 1.0, chance), 0, 255), np.uint8)
    share = chance.uniform(0.75, 0.88)
    across = np.linspace(0, 1, width)[None, :] + 0.3 * np.linspace(0, 1, height)[:, None]
    across = across if chance.random() < 0.5 else across[:, ::-1]
    edge = np.quantile(across, share)
    mask = np.clip((edge - across) / 0.04 + 0.5, 0, 1)[None, ..., None]
    return np.asarray(np.clip(mask * cover + (1 - mask) * frames, 0, 255), np.uint8)


def overexposed(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    """Gain until the wanted share of pixels is clipped in luma."""
    low, high = {1: (0.4, 0.5), 2: (0.55, 0.75), 3: (0.88, 0.97)}[severity]
    level = float(np.quantile(frames[len(frames) // 2].mean(axis=2), 1 - chance.uniform(low, high)))
    return scaled(frames, 255.0 / max(level, 1.0))


def defocus(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    return disc(frames, float(chance.uniform(*{1: (2.3, 3.0), 2: (3.5, 5.0), 3: (6.0, 10.0)}[severity])))


def colour_cast(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    """1: one channel's gain. 2: chroma swapped or stuck. 3: chroma gone to green or pink."""
    if severity == 1:
        gain = np.ones(3)
        gain[int(chance.integers(0, 3))] = chance.choice([chance.uniform(0.5, 0.6), chance.uniform(1.6, 1.9)])
        return scaled(frames, gain)
    out = []
    stuck = (int(chance.integers(1, 3)), int(chance.choice([70, 185])))
    gone = [(0, 0), (255, 255)][int(chance.integers(0, 2))]
    swap = severity == 2 and chance.random() < 0.5
    for one in frames:
        yuv = cv2.cvtColor(one, cv2.COLOR_BGR2YUV)
        if severity == 3:
            yuv[..., 1:] = gone
        elif swap:
            yuv = yuv[..., [0, 2, 1]].copy()
        else:
            yuv[..., stuck[0]] = stuck[1]
        out.append(cv2.cvtColor(yuv, cv2.COLOR_YUV2BGR))
    return np.stack(out).astype(np.uint8)


def corrupted_blocks(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    out = frames.copy()
    share = {1: 0.02, 2: 0.05, 3: 0.15}[severity] * chance.uniform(0.9, 1.4)
    height, width = frames.shape[1:3]
    for n, one in enumerate(out):
        if severity == 1 and n % 2:
            continue
        for _ in range(max(2, round(share * height * width / 256))):
            y, x = 16 * int(chance.integers(0, height // 16)), 16 * int(chance.integers(0, width // 16))
            from_y, from_x = 16 * int(chance.integers(0, height // 16)), 16 * int(chance.integers(0, width // 16))
            piece = frames[n - 1, from_y : from_y + 16, from_x : from_x + 16]
            one[y : y + piece.shape[0], x : x + piece.shape[1]] = piece
    return out


def corrupted_tears(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    out = frames.copy()
    for one in out[:: {1: 3, 2: 2, 3: 1}[severity]]:
        for _ in range({1: 1, 2: 2, 3: 4}[severity]):
            row = int(chance.integers(15, one.shape[0] - 15))
            one[row:] = np.roll(one[row:], int(chance.integers(14, 50)) * int(chance.choice([-1, 1])), axis=1)
    return out


def corrupted_lines(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    out = frames.copy()
    for one in out:
        for row in chance.integers(0, one.shape[0], {1: 3, 2: 6, 3: 14}[severity]):
            one[row] = chance.integers(0, 256, one[row].shape)
    return out


def corrupted_specks(frames: Frames, severity: int, chance: np.random.Generator) -> Frames:
    out = frames.copy()
    hit = chance.random(out.shape[:3]) < {1: 0.006, 2: 0.03, 3: 0.15}[severity] * chance.uniform(0.8, 1.4)
    out[hit] = chance.integers(0, 2, (int(hit.sum()), 1)) * 255
    return out


def shifted(view: NDArray[np.generic], severity: int, chance: np.random.Generator) -> NDArray[np.float32]:
    """A view H×W×3 seen by a camera that was turned. Works on light and on pictures."""
    height, width = view.shape[:2]
    far = {1: (18.0, 26.0), 2: (35.0, 55.0), 3: (80.0, 130.0)}[severity]
    way, angle = chance.uniform(*far), chance.uniform(0, 2 * np.pi)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(chance.uniform(-3, 3)) * severity, 1.04)
    turn[:, 2] += (way * np.cos(angle), way * np.sin(angle) * 0.7)
    return np.asarray(
        cv2.warpAffine(view.astype(np.float32), turn, (width, height), borderMode=cv2.BORDER_REFLECT), dtype=np.float32
    )


HARMS: dict[tuple[str, str], tuple[Harm, tuple[int, ...]]] = {
    ("frozen", "identical"): (frozen_identical, (3,)),
    ("frozen", "midway"): (frozen_midway, (1, 2)),
    ("frozen", "loop"): (frozen_loop, (1,)),
    ("frozen", "clock"): (frozen_clock, (2,)),
    ("frozen", "encoded"): (frozen_encoded, (2,)),
    ("black", "black"): (black, (1, 2, 3)),
    ("covered", "covered"): (covered, (1, 2, 3)),
    ("overexposed", "overexposed"): (overexposed, (1, 2, 3)),
    ("defocus", "disc"): (defocus, (1, 2, 3)),
    ("colour_cast", "colour"): (colour_cast, (1, 2, 3)),
    ("corruption", "blocks"): (corrupted_blocks, (1, 2, 3)),
    ("corruption", "tears"): (corrupted_tears, (1, 2, 3)),
    ("corruption", "lines"): (corrupted_lines, (1, 2, 3)),
    ("corruption", "specks"): (corrupted_specks, (1, 2, 3)),
}
"""(label, subtype) → what makes it of healthy pictures, and the severities it has."""


def healthy_bursts(view: Light, wall: Light, camera: Camera, chance: np.random.Generator) -> dict[str, Burst]:
    """Everything a room does to a healthy camera, by subtype."""
    steps = np.ones(FRAMES)
    steps[: int(chance.integers(3, 7))] = chance.uniform(0.5, 0.75)
    steps[7:10] *= 0.9
    window = view.copy()
    wide = int(view.shape[1] * chance.uniform(0.1, 0.22))
    window[: int(view.shape[0] * 0.6), :wide] = chance.uniform(1.5, 4.0)
    dark = float(10 ** chance.uniform(-2.0, -1.3))
    glow = view * np.array((1.25, 1.0, 0.85), np.float32)
    projector = view * 0.06
    projector[
        int(view.shape[0] * 0.1) : int(view.shape[0] * 0.45), int(view.shape[1] * 0.3) : int(view.shape[1] * 0.6)
    ] = 0.8
    cast = view * np.array((chance.uniform(0.72, 0.85), 1.0, chance.uniform(1.05, 1.2)), np.float32)
    poor = Camera(
        camera.blur + 0.2, camera.read * 2, camera.shot * 2, 0.5, 0.3, int(chance.integers(25, 45)), camera.tint
    )
    smooth = Camera(camera.blur, camera.read, camera.shot * 0.3, 0.7, 0.0, int(chance.integers(80, 96)), camera.tint)
    return {
        "normal": Burst(view, camera, int(chance.integers(1, 4))),
        "still_room": Burst(view, camera, 0),
        "still_smooth": Burst(view, smooth, 0),
        "crowd": Burst(view, camera, 7, 6.0),
        "fast_motion": Burst(view, camera, 3, 22.0),
        "exposure_steps": Burst(view, camera, 1, exposure=steps),
        "slow_shutter": Burst(view, camera, 1, exposure=np.linspace(0.25, 1.0, FRAMES)),
        "flicker_50": Burst(view, camera, 1, flicker=float(chance.uniform(0.05, 0.16)), bands=0.07),
        "flicker_60": Burst(view, camera, 1, flicker=float(chance.uniform(0.05, 0.16)), bands=0.03),
        "webcam_compressed": Burst(view, poor, 1),
        "dark_room": Burst(view * dark, camera, 1, noise=1.3),
        "infrared": Burst(view * 0.5, camera, 1, infrared=True, noise=1.5),
        "bright_window": Burst(window, camera, 1),
        "white_wall": Burst(wall, camera, 0),
        "screen_glow": Burst(glow, camera, 1),
        "projector": Burst(projector, camera, 1),
        "mild_cast": Burst(cast, camera, 1),
        "vibration": Burst(view, camera, 1, shake=chance.normal(0, 0.7, (FRAMES, 2))),
    }  # fmt: skip
