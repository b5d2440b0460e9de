"""What damaged pictures show: specks, broken lines, lost blocks and tears, as numbers. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from probes.camera import damage
from probes.camera.rolling import rolled_share

if TYPE_CHECKING:
    from probes.camera.burst_case import CameraCase, Verdict
    from probes.camera.features import Bytes, Grey

FLASH = 45
"""Grey levels by which a faulty pixel stands out; noise of a dark room stays under 30."""
BLOCK_STEP = 22
"""Grey levels of a step at a lost block; compression of moving things makes smaller ones on the same grid."""
TREMBLE = 2
"""Pixels that a camera on a screen shakes by when somebody types or a door falls shut."""
_TREMBLING = np.ones((2 * TREMBLE + 1, 2 * TREMBLE + 1), np.uint8)
FEWEST_TRANSIENT = 0.0008
"""Share of pixels that must stand out at all before it is worth asking how: 50 of 320×180."""
LAMP = 8.0
"""Grey levels of the means of all thirds of the picture between neighbours, when a lamp is switched."""
TEAR_REACH = 24
"""Pixels of shift that are tried to both sides."""
CUT_ABOVE = 0.5
"""Change of the rows above a wrong bit over that of the rows below: above it the picture goes on as it was."""
LEAST_BAND = 5.0
"""Grey levels below which a step along a whole row is not looked into: light comes and goes by as much."""
STANDING = (
    "wrapped_seam", "rolled_share", "repeated_halves", "constant_rows", "combed_rows", "dead_lines", "speck_share",
    "torn_rows", "band_step",
)  # fmt: skip
SPECK = 14
"""Grey levels by which a speck that a coder has smeared stands in one picture alone."""
SPECK_AROUND = 2.5
"""Times what changes in a ring around it: what moves changes along an edge, and noise everywhere."""
_AROUND = np.pad(np.zeros((3, 3), np.uint8), 3, constant_values=1)
SPECKS_AT = 3
"""Triples of pictures that are looked at, every other one."""
SPECK_CELLS = 0.3
"""Share of the picture's cells with a speck: one cable's specks lie all over, those of one moving thing do not."""
COME_AND_GO = ("rolled_share", "band_step")
"""What no view shows by itself: of these, a little in each of several looks adds up."""
LEAST_STEP = 3.0
"""Mean grey difference of two rows below which no tear lies between them."""
MENDED = 0.6
"""Share of the difference that may be left where a shift mends a tear; noise and slight shear leave some."""


def judge_damage(case: CameraCase) -> Verdict | None:
    """Damage that the decoder tells of, damage that stays, and damage that comes and goes."""
    return case.over("corruption", "damaged_share", case.limits.damaged_share) or _standing(case) or _passing(case)


def _standing(case: CameraCase) -> Verdict | None:
    numbers, limits, burst = case.numbers, case.limits, case.burst
    some = [burst.greys[n] for n in burst.some[1:4]]
    numbers |= damage.still_damage(burst.still, some, edges=numbers["edge_share_average"])
    numbers |= {
        "rolled_share": rolled_share(burst.greys),
        "constant_rows": max(damage.constant_end(one) for one in burst.greys),
        "band_step": band_step(burst.greys),
    }
    for name in STANDING:
        if (said := case.over("corruption", name, getattr(limits, name), stays=name not in COME_AND_GO)) is not None:
            return said
    return None


def band_step(pictures: list[Bytes]) -> float:
    """Grey levels by which everything below some row steps from one picture to the next, all along the row.

    So does a JPEG from its first wrong bit on. Mains bands are soft, and neither people nor screens are as wide as the
    picture.
    """
    if pictures[0].shape[0] < 32:
        return 0.0
    rows = np.stack([cv2.reduce(one, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel() for one in pictures])
    change = np.diff(rows, axis=0)
    steps = np.abs(change[:, 3:] - change[:, :-3])
    best = 0.0
    for n in np.flatnonzero(steps.max(axis=1) > LEAST_BAND):
        at = int(np.argmax(steps[n]))
        around = np.concatenate((steps[n, max(0, at - 20) : max(0, at - 5)], steps[n, at + 6 : at + 21]))
        if at < 12 or at > steps.shape[1] - 16 or float(np.median(around)) > 0.25 * steps[n, at]:
            continue
        # A trembling edge of the room is a bump; below a wrong bit all rows are otherwise.
        beyond = change[n, at + 4 : at + 16].mean() - change[n, max(0, at - 12) : at].mean()
        if abs(float(beyond)) < 0.7 * steps[n, at]:
            continue
        apart = cv2.absdiff(pictures[n + 1], pictures[n])
        if cv2.mean(apart[: at - 2])[0] > CUT_ABOVE * cv2.mean(apart[at + 4 :])[0]:
            continue  # all of it is another picture: a cut of a film, or a camera that turned
        above, below = (pictures[n + 1][y].astype(np.float32) - pictures[n][y] for y in (at, at + 3))
        way = below - above
        along = float((way * np.sign(way.mean()) > 0.4 * abs(way.mean())).mean())
        if along > 0.75:
            best = max(best, abs(float(way.mean())))
    return best


def _passing(case: CameraCase) -> Verdict | None:
    greys, numbers, limits = case.burst.greys, case.numbers, case.limits
    impulse, line, blocks = transients(greys)
    some = greys[::2]
    steps = row_steps(some)
    usual = np.median(steps, axis=0)
    torn = max(tear(one, step, usual) for one, step in zip(some, steps, strict=True))
    if torn > limits.tear_gain:  # one that never moves is an edge of the room
        still = case.burst.still
        torn -= tear(still, row_steps([still])[0], usual)
    numbers |= {"impulse_share": impulse, "line_rows": line, "block_steps": blocks, "tear_gain": torn}
    numbers["passing_specks"] = passing_specks(greys)
    for name in ("impulse_share", "line_rows", "block_steps", "tear_gain", "passing_specks"):
        if (said := case.over("corruption", name, getattr(limits, name))) is not None:
            return said
    return None


def transients(pictures: list[Bytes]) -> tuple[float, float, float]:
    """What stands in one picture and neither before nor after it: (impulse share, line, blocks).

    impulse share: pixels that also stand out of their 3×3 neighbours. line: one row unlike both of its neighbours,
    in multiples of the typical row. blocks: steps on the coder's grid of 8 pixels, share of its pixels above others,
    in the direction that has fewer: a lost block has four sides, a person's edge goes one way.
    What an edge of the room makes when camera or picture stabiliser shakes by up to TREMBLE pixels does not count.
    """
    impulse = line = blocks = 0.0
    means = np.array([[cv2.mean(part)[0] for part in np.array_split(one, 3)] for one in pictures])
    for n in range(1, len(pictures) - 1):
        before, here, after = pictures[n - 1 : n + 2]
        if min(np.ptp(means[n - 1 : n + 2], axis=0)) > LAMP:
            continue  # the light changed everywhere: everything stands in one picture alone
        usual = np.maximum(np.minimum(before, here), np.minimum(np.maximum(before, here), after))
        apart = cv2.absdiff(here, usual)
        contrast = cv2.subtract(cv2.dilate(usual, _TREMBLING), cv2.erode(usual, _TREMBLING))
        beyond = cv2.subtract(apart, contrast)
        if cv2.countNonZero(cv2.inRange(beyond, BLOCK_STEP, 255)) < FEWEST_TRANSIENT * beyond.size:
            continue
        alone = (cv2.subtract(cv2.absdiff(here, cv2.medianBlur(here, 3)), contrast) > FLASH) & (beyond > FLASH)
        impulse = max(impulse, float(alone.mean()))
        rest = beyond.astype(np.float32)
        cv2.subtract(0.0, rest, rest, mask=cv2.compare(here, usual, cv2.CMP_LT))
        step = _row_steps(rest)
        if len(step) > 2:
            line = max(line, float(np.minimum(step[1:], step[:-1]).max() / (np.median(step) + 1.0)))
        blocks = max(blocks, min(_grid_steps(rest), _grid_steps(np.ascontiguousarray(rest.T))))
    return impulse, line, blocks


def passing_specks(pictures: list[Bytes]) -> float:
    """Share of pixels with a small speck that is in one picture alone, all over it: in the middle one of the pictures
    looked at. Softer ones than transients looks for, since there are many."""
    found = []
    for n in range(1, min(len(pictures) - 1, 2 * SPECKS_AT), 2):
        before, here, after = pictures[n - 1 : n + 2]
        usual = np.maximum(np.minimum(before, here), np.minimum(np.maximum(before, here), after))
        apart = cv2.absdiff(here, usual)
        around = cv2.multiply(cv2.dilate(apart, _AROUND), SPECK_AROUND)
        alone = cv2.bitwise_and(cv2.compare(apart, SPECK, cv2.CMP_GT), cv2.compare(apart, around, cv2.CMP_GT))
        count, _, _, middles = cv2.connectedComponentsWithStats(alone)
        cells = {(int(8 * x / alone.shape[1]), int(5 * y / alone.shape[0])) for x, y in middles[1:]}
        found.append((count - 1) / alone.size if len(cells) >= SPECK_CELLS * 40 else 0.0)
    return float(np.median(found)) if found else 0.0


def _row_steps(rows: Grey | Bytes) -> Grey:
    """Mean difference of each row to the next."""
    steps = cv2.reduce(cv2.absdiff(rows[1:], rows[:-1]), 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)
    return np.asarray(steps.ravel(), dtype=np.float32)


def _grid_steps(rest: Grey) -> float:
    if rest.shape[1] < 25:
        return 0.0
    steps = cv2.absdiff(rest[:, 1:], rest[:, :-1])
    peak = cv2.subtract(steps[:, 1:-1], cv2.max(steps[:, :-2], steps[:, 2:]))
    high = cv2.inRange(peak, BLOCK_STEP + 1e-3, 1e9)
    share = cv2.reduce(high, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel() / 255.0
    on = (np.arange(len(share)) + 2) % 8 == 0
    return float(share[on].mean() - share[~on].mean())


def row_steps(pictures: list[Bytes]) -> Grey:
    """T×(H−1): mean grey difference of each row to the next."""
    return np.stack([_row_steps(one) for one in pictures])


def tear(picture: Bytes, step: Grey, usual: Grey) -> float:
    """The largest gain, in grey levels, that shifting one of two neighbouring rows sideways brings.

    A tear is one jump that a shift mends: where the rows do not match after it, or the next rows ask for a shift
    too, an edge of the room lies there or a slanted pattern. step: the picture's row_steps; usual: their median over
    the burst. The rows that step most are looked at, and those that step most beyond what is usual there.
    """
    height, width = picture.shape
    if height < 8 or width < 4 * TEAR_REACH:
        return 0.0
    rows = picture.astype(np.float32)
    gain = 0.0
    for row in {*np.argsort(step)[-2:].tolist(), *np.argsort(step - usual)[-2:].tolist()}:
        if step[row] <= max(gain, LEAST_STEP):
            continue  # no shift can win more than there is
        won, left = _shift_gain(rows, row)
        if won > gain and left < MENDED * (won + left):
            beside = [_shift_gain(rows, one)[0] for one in (row - 1, row + 1) if 0 <= one < height - 1]
            gain = max(gain, won - max(beside))
    return gain


def _shift_gain(rows: Grey, row: int) -> tuple[float, float]:
    """(what shifting wins in mean grey difference between this row and the next, what difference is left)."""
    middle = rows[row, TEAR_REACH:-TEAR_REACH]
    error = np.abs(np.lib.stride_tricks.sliding_window_view(rows[row + 1], len(middle)) - middle).mean(axis=1)
    least = float(error.min())
    return float(error[TEAR_REACH]) - least, least
