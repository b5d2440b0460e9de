"""What damage looks like in one picture, also where it never changes: rolls, repeats, cuts, combs, dead columns. Pure.

Each answer is a number that grows with the damage; the judge holds it against its limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from probes.camera.features import PLAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from probes.camera.features import Bytes, Grey

LEAST_CONTRAST = 10.0
"""Standard deviation in grey levels below which rows, columns and halves are alike by being plain."""
CONSTANT = 2
"""Grey levels that what a decoder fills in may vary by across a row, after one more coder."""
FEWEST_ROWS = 6
"""Rows of 180 from which a constant end of the picture counts: less is a border."""
SEAMS = 5
"""Rows that step most, among which a seam is looked for: edges of the room step, too."""
LEAST_SHIFT = 6
"""Pixels that a tear shifts rows by, at least; less is a slanted edge."""
GOES_ON = 0.65
"""Correlation of a row with the one three further away on its side of a tear: fine views have 0.7."""
MENDS, NO_PATTERN = 0.5, 0.1
"""By how much the shift that mends a tear is better than none, and than any quite other one: a pattern of stripes has
several."""
NO_CHANCE, PLAINLY = 0.25, 0.24
"""By how much it is better than any other where it cannot be chance, and what that counts for: noise and coders take
away from the likeness of two rows with little in them."""
SHADE = 81
"""Pixels over which light and shade change."""
LEAST_TEAR, LEAST_THINGS = 3.0, 8.0
"""Mean step in grey levels across a tear, and standard deviation of what stands in its rows."""
SAME_SHIFT, MENDED_NEXT = 4, 0.55
"""Pixels by which the shift of the next rows may differ, and how well it mends them: slanted edges lie between."""
WIDEST = 4
"""Columns that a dead one takes after a coder has smeared it."""
EXACT = 1.0
"""Standard deviation of a column that has one value from top to bottom: what a lens sees has noise."""
LIVES = 4.0
"""Standard deviation of a column that shows something, be it a wall's grain and shade."""
ALONE = 48
"""Grey levels by which a speck stands out of each of its eight neighbours. A lens spreads light: it lets nothing real
do that."""


def _rows(picture: Bytes | Grey) -> Grey:
    return np.asarray(picture, dtype=np.float32)


def wrapped(picture: Bytes) -> float:
    """How plainly the picture is rolled up or down (for left and right: of the transposed), as a ratio; 0: not.

    A rolled picture has a seam from side to side, and its last row goes on in its first.
    """
    height, width = picture.shape
    if height < 32 or width < 32:
        return 0.0
    first, last = _rows(picture[0]), _rows(picture[-1])
    if min(float(first.std()), float(last.std())) < LEAST_CONTRAST:
        return 0.0
    alike, wrap = _correlation(first, last), float(np.abs(first - last).mean())
    if alike < 0.6 or wrap > 0.5 * float(first.std()):
        return 0.0
    steps = cv2.reduce(cv2.absdiff(picture[1:], picture[:-1]), 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel()
    best = 0.0
    for at in np.argsort(steps)[-SEAMS:]:
        if not 8 <= at < height - 9:
            continue
        above, below = _rows(picture[at]), _rows(picture[at + 1])
        apart = above - below
        wide = float((np.abs(apart) > 0.5 * LEAST_CONTRAST).mean())
        # A floor is darker than its wall all along; of two rows that do not belong together now one is, now the other.
        one_way = abs(float(apart.mean())) / (float(np.abs(apart).mean()) + 1e-6)
        # Beyond the seam both sides go on: it is a border of the content, not a thin thing in it.
        goes_on = min(_correlation(above, _rows(picture[at - 1])), _correlation(below, _rows(picture[at + 2])))
        plainly = (wide > 0.85 and one_way < 0.7) or (alike > 0.9 and wide > 0.6)
        if plainly and goes_on > 0.4 and _correlation(above, below) < 0.6:
            best = max(best, float(steps[at]) / (wrap + float(np.median(steps)) + 1.0))
    return best


def _correlation(one: Grey, other: Grey) -> float:
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / size if size > 0.0 else 0.0


def repeated(picture: Bytes) -> float:
    """Correlation of the picture's two halves, upper and lower or left and right; 0 where they are plain."""
    height, width = picture.shape
    halves = (
        (picture[: height // 2], picture[height // 2 : 2 * (height // 2)]),
        (picture[:, : width // 2], picture[:, width // 2 : 2 * (width // 2)]),
    )
    best = 0.0
    for one, other in halves:
        small = [_rows(cv2.resize(half, (60, 40), interpolation=cv2.INTER_AREA)) for half in (one, other)]
        if min(float(half.std()) for half in small) < LEAST_CONTRAST:
            continue
        # A coarse likeness is not enough: what is finer than furniture must be the same, too.
        fine = [half - cv2.GaussianBlur(half, (0, 0), 2.0) for half in small]
        if min(float(half.std()) for half in fine) < 2.5:
            continue
        best = max(best, min(_correlation(*small), _correlation(*fine)))
    return best


def constant_end(picture: Bytes) -> float:
    """Share of rows at the picture's lower end that a decoder filled in: one value all over, neither black nor white.

    0 where nothing above them shows a picture.
    """
    height = picture.shape[0]
    if int(np.ptp(picture[-1])) > CONSTANT:
        return 0.0
    low, high = picture.min(axis=1), picture.max(axis=1)
    # Rows of one value, counted from the last one up.
    plain = (high.astype(np.int16) - low <= CONSTANT) & (high > 24) & (low < 232)
    same = np.abs(high.astype(np.int16) - int(high[-1])) <= CONSTANT
    count = int(np.argmin(np.append((plain & same)[::-1], False)))
    if count < max(2, FEWEST_ROWS * height // 180) or count > 0.95 * height:
        return 0.0
    above = picture[: height - count]
    return count / height if float(above.std()) > LEAST_CONTRAST else 0.0


def combed(picture: Bytes) -> float:
    """How much rows differ from their neighbours beyond how much these differ from each other, as a ratio.

    Under 1 in any real view; fields of two pictures woven into one give 2 and more.
    """
    if picture.shape[0] < 16:
        return 0.0
    middle = cv2.addWeighted(picture[:-2], 0.5, picture[2:], 0.5, 0.0)
    own = float(cv2.absdiff(picture[1:-1], middle).mean())
    usual = float(cv2.absdiff(picture[2:], picture[:-2]).mean())
    return own / (usual + 1.5)


def dead_columns(picture: Bytes) -> int:
    """Number of lines, up to WIDEST columns wide, that stand out of both sides from top to bottom and hardly change,
    while the sides are alike and do change (rows: of the transposed). One of exactly one value counts twice."""
    height, width = picture.shape
    if width < 16 or height < 16:
        return 0
    left, there, right = picture[:, :-6], picture[:, 3:-3], picture[:, 6:]
    beside = cv2.addWeighted(left, 0.5, right, 0.5, 0.0)
    step = cv2.absdiff(left, right)
    brighter = _often(cv2.subtract(there, beside), step)
    darker = _often(cv2.subtract(beside, there), step)
    spread = _spread(picture)
    beside = np.minimum(spread[:-6], spread[6:])
    dead = (brighter + darker > 0.7) & (spread[3:-3] < 0.4 * beside) & (beside > 1.2 * LEAST_CONTRAST)
    # One value from top to bottom beside what lives is dead also where the view is plain.
    dead |= (brighter + darker > 0.9) & (spread[3:-3] < EXACT) & (beside > LIVES)
    begins = np.flatnonzero(np.diff(np.concatenate(([0], dead.astype(np.int8), [0]))))
    lines = begins[1::2] - begins[::2] <= WIDEST
    exact = [
        bool((spread[3 + one : 3 + end] < EXACT).any()) for one, end in zip(begins[::2], begins[1::2], strict=True)
    ]
    return int(lines.sum() + (lines & np.array(exact, bool)).sum())


def _often(out: Bytes, step: Bytes) -> Grey:
    """Share of each column's pixels that stand out, and further than their sides are apart."""
    plain = cv2.bitwise_and(cv2.compare(out, 8, cv2.CMP_GT), cv2.compare(out, step, cv2.CMP_GT))
    return np.asarray(cv2.reduce(plain, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel() / 255.0, dtype=np.float32)


def _spread(picture: Bytes) -> Grey:
    """Standard deviation of each column."""
    square = _mean(cv2.multiply(picture, picture, dtype=cv2.CV_32F))
    return np.asarray(np.sqrt(np.maximum(square - _mean(picture) ** 2, 0.0)), dtype=np.float32)


def _mean(picture: Bytes | Grey) -> Grey:
    return np.asarray(cv2.reduce(picture, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel(), dtype=np.float32)


def specks(picture: Bytes) -> float:
    """Share of pixels that are further than ALONE from each of their eight neighbours."""
    ring = np.ones((3, 3), np.uint8)
    ring[1, 1] = 0
    above = cv2.subtract(picture, cv2.dilate(picture, ring))
    below = cv2.subtract(cv2.erode(picture, ring), picture)
    return float(cv2.countNonZero(cv2.compare(cv2.max(above, below), ALONE, cv2.CMP_GT))) / picture.size


def torn(picture: Bytes) -> float:
    """How well, as a correlation, one jump sideways mends the worst pair of rows; 0 where none needs mending.

    Above and below the tear the rows go on; across it they do only when one side is shifted, and the next ones ask for
    the same shift.
    """
    height, width = picture.shape
    if height < 32 or width < 64:
        return 0.0
    steps = cv2.reduce(cv2.absdiff(picture[1:], picture[:-1]), 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel()
    best = 0.0
    for at in np.argsort(steps)[-SEAMS:]:
        if not 8 <= at < height - 9 or steps[at] < LEAST_TEAR:
            continue
        above2, above1, above, below, below1, below2 = (_things(picture[at + n]) for n in (-2, -1, 0, 1, 2, 3))
        unmended = _correlation(above, below)
        if min(float(above.std()), float(below.std())) < LEAST_THINGS or unmended > 0.6:
            continue
        if min(_correlation(above, above2), _correlation(below, below2)) < GOES_ON:
            continue
        (shift, mended, other), (shift_next, mended_next, _) = _shift(above, below), _shift(above1, below1)
        apart = min((shift - shift_next) % width, (shift_next - shift) % width)
        alone = mended > unmended + MENDS and mended > other + NO_PATTERN
        if min(shift, width - shift) < LEAST_SHIFT or apart > SAME_SHIFT or mended_next < MENDED_NEXT or not alone:
            continue
        plainly = mended > other + NO_CHANCE and apart <= 1
        best = max(best, min(1.0, mended + PLAINLY) if plainly else mended)
    return best


def _things(row: Bytes) -> Grey:
    """What stands in the row, without light and shade: these are alike wherever it is shifted to."""
    level = _rows(row)
    return np.asarray(level - cv2.blur(level[None], (SHADE, 1)).ravel(), dtype=np.float32)


def _shift(one: Grey, other: Grey) -> tuple[int, float, float]:
    """(shift in pixels that makes the rows most alike, their correlation then, that of the best quite other shift)."""
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one * one).sum() * (other * other).sum())) + 1e-6
    alike = np.fft.irfft(np.fft.rfft(one) * np.conj(np.fft.rfft(other)), len(one)) / size
    at = int(np.argmax(alike))
    elsewhere = np.ones(len(one), bool)
    elsewhere[np.arange(at - LEAST_SHIFT, at + LEAST_SHIFT + 1) % len(one)] = False
    return at, float(alike[at]), float(alike[elsewhere].max())


def still_damage(still: Bytes, some: Sequence[Bytes], *, edges: float) -> dict[str, float]:
    """What single pictures of one view show. still: their median. edges: edge_share_average of the view."""
    across = [np.ascontiguousarray(one.T) for one in some]
    lines = max(dead_columns(still), dead_columns(np.ascontiguousarray(still.T)))
    return {
        "wrapped_seam": float(max(np.median([wrapped(one) for one in way]) for way in (some, across))),
        "repeated_halves": repeated(some[0]) if edges > PLAIN else 0.0,
        "combed_rows": min(combed(some[0]), combed(some[-1])),
        "dead_lines": float(lines),
        "speck_share": min(specks(one) for one in some),
        "torn_rows": max(torn(one) for one in (still, some[0], some[-1])),
    }
