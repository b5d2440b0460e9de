"""The signed-off view of a room as a vector of numbers, at most 16 kB, stored with mode 0600.

Does not keep anything from which a picture could be had back, and pathlib: 10 ms of CPU in each child.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from probes.camera import features
from probes.camera.chosen_frames import median_of, spread
from probes.camera.corners import BITS, Corners, find_corners, make_corners
from probes.camera.damage import still_damage
from probes.why import Why, because

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BYTES = 16_384
FORMAT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What `roomwatch camera learn` keeps.

    size: width and height of the judged pictures in pixels. sharpness: edge ratio, and sharp: that of
    each cell. structure: one number a cell.
    red, blue: median logarithmic channel balance, reds, blues: that of each cell. greyest: see
    features.colour_balance.
    places and bits: corners, as little-endian 16-bit pairs and 8 bytes of comparisons each.
    position: pan, tilt and zoom as the camera told them then; () where it does not turn.
    usual: numbers that speak for a fault, as this sound view shows them; see CameraCase.over.
    """

    format: int
    size: tuple[int, int]
    sharpness: float
    sharp: tuple[float, ...]
    structure: tuple[float, ...]
    red: float
    blue: float
    greyest: float
    reds: tuple[float, ...]
    blues: tuple[float, ...]
    places: bytes
    bits: bytes
    position: tuple[int, ...] = ()
    usual: dict[str, float] = field(default_factory=dict)

    def corners(self) -> Corners:
        """Raises ValueError where the two lists do not fit each other."""
        places = np.frombuffer(self.places, dtype="<i2").reshape(-1, 2)
        bits = np.frombuffer(self.bits, dtype=np.uint8).reshape(-1, BITS // 8)
        if len(places) != len(bits):
            raise ValueError(because("view_damaged"))
        return make_corners(places.astype(np.int16), bits, self.size)

    def spread_of_colour(self) -> float:
        """How differently the cells are coloured: 0 for a grey view."""
        return float(np.hypot(np.std(self.reds), np.std(self.blues)))


def learn_reference(frames: NDArray[np.uint8]) -> Reference:
    """The vector of a burst (T×H×W×3) of the healthy view. Raises ValueError without a picture."""
    if len(frames) == 0:
        raise ValueError("there is no picture to learn from")
    chosen = [frames[n] for n in spread(len(frames))]
    greys = features.grey(np.stack(chosen))
    still = median_of(greys)
    red, blue, greyest, *_ = features.colour_balance(chosen[len(chosen) // 2])
    maps = [features.sharpness_map(one.astype(np.float32)) for one in greys]
    sharp = np.median([one[2] for one in maps], axis=0)
    structure = features.structure_map(still.astype(np.float32))
    reds, blues = np.median([features.chroma_cells(one) for one in chosen], axis=0)
    found = find_corners(still)
    usual = still_damage(still, list(greys), edges=features.edge_share(still.astype(np.float32)))
    usual["clipped_share"] = features.plateau(still)[0]
    return Reference(
        format=FORMAT,
        size=(frames.shape[2], frames.shape[1]),
        sharpness=round(float(np.median([one[0] for one in maps])), 4),
        sharp=tuple(round(float(one), 4) for one in sharp.ravel()),
        structure=tuple(round(float(one), 5) for one in structure.ravel()),
        red=round(red, 4),
        blue=round(blue, 4),
        greyest=round(greyest, 4),
        reds=tuple(round(float(one), 4) for one in reds),
        blues=tuple(round(float(one), 4) for one in blues),
        places=found.places.astype("<i2").tobytes(),
        bits=found.bits.tobytes(),
        usual={name: round(value, 3) for name, value in usual.items()},
    )


def encode_reference(reference: Reference) -> bytes:
    """At most MAX_BYTES of JSON. Raises ValueError beyond."""
    import msgspec

    data = msgspec.json.encode(reference)
    if len(data) > MAX_BYTES:
        raise ValueError(f"a reference of {len(data)} bytes is over {MAX_BYTES}")
    return data


def decode_reference(data: bytes) -> Reference:
    """Raises ValueError with a Why for foreign, damaged or older data."""
    if len(data) > MAX_BYTES:
        raise ValueError(because("view_too_large", bytes=MAX_BYTES))
    import msgspec  # a look at a room without a reference does without it

    try:
        reference = msgspec.json.decode(data, type=Reference)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(because("view_foreign", detail=str(error))) from None
    if reference.format != FORMAT:
        raise ValueError(because("view_of_other_version"))
    cells = features.COLUMNS * features.ROWS
    if {len(reference.structure), len(reference.sharp), len(reference.reds), len(reference.blues)} != {cells} or min(
        reference.size
    ) < 1:
        raise ValueError(because("view_of_other_version"))
    reference.corners()
    return reference


def read_reference(path: str | os.PathLike[str]) -> tuple[Reference | None, Why | None]:
    """The stored reference, or None with the reason why it is not used."""
    try:
        with open(path, "rb") as file:
            return decode_reference(file.read()), None
    except FileNotFoundError:
        return None, None
    except (OSError, ValueError) as error:
        why = error.args[0] if isinstance(error, ValueError) else because("system_error", detail=error.strerror or "?")
        return None, because("view_unused", file=os.path.basename(path), why=why)


def write_reference(path: str | os.PathLike[str], reference: Reference) -> None:
    """Replace the file at once, readable by the owner only."""
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    fresh = os.path.splitext(path)[0] + ".new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, encode_reference(reference))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(fresh, path)
