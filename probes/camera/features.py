"""What a burst looks like, as numbers with a physical meaning. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from probes.camera.chosen_frames import histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

Grey: TypeAlias = "NDArray[np.float32]"
Bytes: TypeAlias = "NDArray[np.uint8]"

WHITE_WIDTH = 4
"""Grey levels to both sides of the plateau that coders and noise spread what was clipped over."""
LOWEST_WHITE = 218
"""Where the plateau of what was clipped can lie at the lowest, after a narrow range or a soft shoulder."""
CLIPPED = 245
"""A pixel at or above this has lost its detail; JPEG moves white by a few levels."""
EDGE_STEP = 3.0
"""Slope in grey levels a pixel, after blurring, from which an edge is a thing and not noise."""
FEWEST_EDGES = 40
"""Edge pixels below which a width cannot be told."""
CELL_EDGES = 0.02
"""Share of a cell's pixels that must be edges: 30 of them hold a width, a hot pixel does not."""
REBLUR = 1.5
"""Standard deviation, in pixels, of the second blur that edge widths are measured with."""
CHROMA_FAR = 0.5
"""Logarithmic distance beyond which a cell's colour is simply another; people change a few cells by any amount."""
CHROMA_NOISE = 0.01
"""Logarithmic distance of colours that coders and noise make by themselves."""
FLAT = 0.003
"""Slope over brightness that noise alone gives a cell."""
PLAIN = 0.05
"""Edge share of a view that is hardly more than a wall: one half of it is like the other, and a coder rests."""
COLUMNS, ROWS = 8, 5
"""Cells of the maps: 40×36 pixels, about a head at four metres."""


def grey(frames: Bytes) -> list[Bytes]:
    return [np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), dtype=np.uint8) for frame in frames]


def cells(picture: NDArray[np.generic]) -> Grey:
    """Mean of each cell, ROWS×COLUMNS."""
    return np.asarray(cv2.resize(picture, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), dtype=np.float32)


def clipped_share(picture: Bytes) -> float:
    """Share of a grey picture's pixels that are clipped: its brightness is, though one channel may not be yet."""
    return float(cv2.countNonZero(cv2.inRange(picture, CLIPPED, 255)) / picture.size)


def steady_structure(even: Grey, odd: Grey) -> float:
    """Grey levels of structure that the means of both halves of a burst share, without their noise: the root of their
    covariance.

    A dark room has it and a black picture has not, however strong the noise of either is. Hot pixels are no structure,
    nor is a shading over the whole picture: glow of the sensor, or light through a cap.
    """
    even, odd = (_without_shading(half) for half in (even, odd))
    shared = float(((even - even.mean()) * (odd - odd.mean())).mean())
    return float(np.sqrt(max(shared, 0.0)))


def _without_shading(half: Grey) -> Grey:
    small = cv2.resize(cv2.medianBlur(half, 5), (64, 36), interpolation=cv2.INTER_AREA)
    return np.asarray(small - _surface(small), dtype=np.float32)


def _surface(level: Grey) -> NDArray[np.float64]:
    """The smooth surface of second order that fits a picture best."""
    rows, columns = level.shape
    y, x = np.mgrid[-1 : 1 : complex(0, rows), -1 : 1 : complex(0, columns)]
    x, y = x.ravel(), y.ravel()
    terms = np.stack((np.ones_like(x), x, y, x * x, y * y, x * y), axis=1)
    fitted = terms @ np.linalg.lstsq(terms, level.ravel(), rcond=None)[0]
    return np.asarray(fitted.reshape(rows, columns))


def edge_share(picture: Grey) -> float:
    """Share of edge pixels, as sharpness counts them."""
    again = _slope(cv2.GaussianBlur(cv2.GaussianBlur(picture, (0, 0), 0.8), (0, 0), REBLUR))
    return float((again > EDGE_STEP).mean())


def sharpness(picture: Grey) -> tuple[float, float]:
    """(edge ratio, share of edge pixels). Edge ratio: 90th percentile of slope over slope after a second blur.

    An edge of width s loses sqrt(1 + REBLUR²/s²): 1.2 is hopelessly blurred, above 1.5 is sharp, 0: too few edges.
    """
    ratio, share, _ = sharpness_map(picture)
    return ratio, share


def sharpness_map(picture: Grey) -> tuple[float, float, Grey]:
    """As sharpness, and the edge ratio of each cell, ROWS×COLUMNS: the root of its
    slopes' energies, since the mere sum across an edge is its height however wide it is; 0: too few edges."""
    once = cv2.GaussianBlur(picture, (0, 0), 0.8)
    slope, again = _slope(once), _slope(cv2.GaussianBlur(once, (0, 0), REBLUR))
    edges = again > EDGE_STEP
    count = int(edges.sum())
    if count < FEWEST_EDGES:
        return 0.0, count / edges.size, np.zeros((ROWS, COLUMNS), np.float32)
    there = edges.astype(np.float32)
    share, fine, coarse = cells(there), cells(slope * slope * there), cells(again * again * there)
    by_cell = np.where(share > CELL_EDGES, np.sqrt(fine / np.maximum(coarse, 1e-6)), 0.0).astype(np.float32)
    return float(np.percentile(slope[edges] / again[edges], 90)), count / edges.size, by_cell


def swapped_chroma(red: Grey, blue: Grey, learned_red: Grey, learned_blue: Grey) -> float:
    """How much worse the learned view's pattern of colours fits than the same with red and blue changed over, as a
    ratio: a healthy view stays below 0.9, whatever tint all cells have taken on, swapped chroma lies above 1.1."""
    now, learned = (np.stack(pair) for pair in ((red, blue), (learned_red, learned_blue)))
    now, learned = (one - np.median(one, axis=1, keepdims=True) for one in (now, learned))

    def apart(pattern: Grey) -> float:
        return float(np.minimum(np.hypot(*(now - pattern)), CHROMA_FAR).mean())

    return apart(learned) / (apart(learned[::-1]) + CHROMA_NOISE)


def chroma_cells(frame: Bytes) -> tuple[Grey, Grey]:
    """(ln R/G, ln B/G) of each cell, flat: where in the view things are warm and where cold."""
    means = cv2.resize(frame, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).astype(np.float32).reshape(-1, 3) + 8.0
    return np.log(means[:, 2] / means[:, 1]), np.log(means[:, 0] / means[:, 1])


def unevenness(picture: Grey) -> float:
    """Light and shade of the cells beyond a smooth surface through them, over the mean brightness.

    Lamps and windows light a wall smoothly; the shapes behind frosted film and the folds of a cloth stay.
    """
    level = cells(picture)
    return float((level - _surface(level)).std() / (level.mean() + 8.0))


def added_blur(now: Grey, learned: Grey) -> tuple[float, int]:
    """(blur that came on top of the learned view's, pixels², number of cells that have edges both times).

    An edge of width s loses sqrt(1 + REBLUR²/s²) of its peak and the square root of that of its energy, so the edge
    ratio gives s². Lower quartile over the cells: a lens out of focus widens all of them; what people, lamps, screens
    and coders change leaves some as they were.
    """
    both = (now > 0) & (learned > 0)
    if not both.any():
        return 0.0, 0
    return float(np.percentile(_width(now[both]) - _width(learned[both]), 25)), int(both.sum())


def _width(ratio: Grey) -> NDArray[np.float64]:
    return np.asarray(REBLUR**2 / (np.maximum(ratio, 1.04).astype(np.float64) ** 4 - 1.0))  # beyond: no edge at all


def _slope(picture: NDArray[np.generic]) -> Grey:
    dx = cv2.Sobel(picture, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    dy = cv2.Sobel(picture, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return np.asarray(cv2.magnitude(dx, dy), dtype=np.float32)


def structure_map(picture: Grey) -> Grey:
    """ROWS×COLUMNS: mean slope of each cell over its brightness, so that dimming the light changes nothing."""
    slope = cells(_slope(cv2.GaussianBlur(picture, (0, 0), 1.5)))
    return np.asarray(slope / (cells(picture) + 16.0), dtype=np.float32)


def alike(now: Grey, learned: NDArray[np.float64]) -> float:
    """Correlation of two structure maps in logarithms: where the view has much and where little. 0 for a bare wall."""
    one, other = np.log(now + FLAT), np.log(learned + FLAT)
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / size if size > 0.0 else 0.0


def colour_balance(frame: Bytes) -> tuple[float, float, float, float, float]:
    """(median ln R/G, median ln B/G, greyest, greenness, cast).

    greyest: 10th percentile of the pixels' distance from grey in the plane of the first two. greenness: by how much
    green is over the others, nine times of ten. cast: how far nine of ten pixels lie from grey in the direction of the
    medians: a view of two colours has none, a wrong channel gain shifts all pixels alike.
    """
    small = cv2.resize(frame, (80, 45), interpolation=cv2.INTER_AREA).astype(np.float32).reshape(-1, 3)
    brightest = small.max(axis=1)
    used = (brightest > 25) & (small.min(axis=1) < CLIPPED)
    if used.sum() < 200:
        used = np.ones(len(small), bool)
    lit = small[used] + 8.0  # black is noise: its ratios mean nothing
    red, blue = np.log(lit[:, 2] / lit[:, 1]), np.log(lit[:, 0] / lit[:, 1])
    greyest, greenness = float(np.percentile(np.hypot(red, blue), 10)), -float(np.percentile(red + blue, 90)) / 2.0
    tone = np.array((np.median(red), np.median(blue)))
    way = tone / max(float(np.hypot(*tone)), 1e-6)
    cast = float(np.percentile(red * way[0] + blue * way[1], 10))
    return float(tone[0]), float(tone[1]), greyest, greenness, cast


def plateau(picture: Bytes) -> tuple[float, float, float]:
    """(share of pixels at the fullest white, its grey level, mean grey of what is darker)."""
    counts = histogram(picture)
    wide = np.convolve(counts, np.ones(2 * WHITE_WIDTH + 1), "same")
    white = LOWEST_WHITE + int(np.argmax(wide[LOWEST_WHITE : 256 - WHITE_WIDTH]))
    clipped = float(counts[CLIPPED:].sum())
    share = max(float(wide[white]), clipped)
    lowest = white - WHITE_WIDTH if share > clipped else CLIPPED
    rest = counts[:lowest]
    left = float(rest.sum())
    return share, float(white), float((rest * np.arange(lowest)).sum() / left) if left > 0.0 else 255.0
