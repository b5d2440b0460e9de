"""The limits of the frame judge: each with its reason, and what raising or lowering it does. Refuses logic."""

from __future__ import annotations

from typing import Annotated

import msgspec

_Fraction = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
_Positive = Annotated[float, msgspec.Meta(gt=0.0)]
_Grey = Annotated[float, msgspec.Meta(ge=0.0, le=255.0)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Grey levels are 0 to 255; pictures have a long side of 320 pixels."""

    # Rate asked of a camera that names none. Only a measure for low_fps.
    assumed_fps: _Positive = 10.0
    # Share of the nominal rate from which pictures count as too few. A dark room may lower a healthy camera to two
    # thirds (longer exposure), a fault halves it: the middle. Higher: more alarms in the dark; lower: misses stutter.
    low_rate_share: _Fraction = 0.58
    # Mean grey difference of two pictures below which they are the same one. The quietest healthy sensors and codecs
    # were seen at 0.19; a re-encoded still picture at 0.04 to 0.10. Higher: still rooms behind strong noise
    # reduction look frozen; lower: a frozen picture that is encoded again passes.
    same_picture_difference: _Positive = 0.14
    # Share of repeated pictures from which the burst is frozen. One repeat happens when a camera drops a picture;
    # WebRTC's test page also takes a third. Higher: misses freezes that begin late; lower: alarms on dropped pictures.
    frozen_share: _Fraction = 0.3
    # Mean grey that a black picture stays under. Camera black is 0 or 16, plus noise.
    # Higher: dim rooms need more structure to pass; lower: noisy black passes as a dark room.
    black_luma: _Grey = 24.0
