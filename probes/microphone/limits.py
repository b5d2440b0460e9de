"""Every threshold of the sample judge, each with its reason and what raising and lowering it does. No numpy here.

Levels are dBFS RMS of the alternating part in frames of 10 ms, unless said otherwise: 0 dBFS is a full-scale square.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Decibel = Annotated[float, msgspec.Meta(ge=-150, le=60)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=60)]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes sound a fault. Tune one at a time, with a recording of the room in its quietest hour at hand."""

    least_fraction: Fraction = 0.5
    # Of the asked samples must have come, or the microphone counts as missing. Raise to hear of short stalls too.
    start_up_seconds: Seconds = 0.25
    # A converter's pop at power-up ends well within this. Sound that ends later was live and then cut ("muted").
    silent_dbfs: Decibel = -80.0
    # 16 bits of converter noise read -98 to -84; the quietest room at night heard through any live microphone, with
    # its own noise of 14 dB(A) or more, stays above -79. Raise towards -75 for noisy rooms, lower for 24-bit studios.
    cut_seconds: Seconds = 0.3
    # A cut must last this long to the end: noise suppressors close for shorter in a talker's pauses.
    cut_dbfs: Decibel = -84.0
    # What follows a cut is converter noise or zeros. Noise suppressors leave a residue of about -78.
    clipped_samples_per_second: Annotated[float, msgspec.Meta(ge=0)] = 8.0
    # Samples flat against the rail. Natural sound touches its own maximum once or twice in all.
    offset: Fraction = 0.007
    # Mean of the samples, full scale 1. Good converters stay below 0.002; from 0.01 on mutes click and headroom goes.
    quiet_speech_dbfs: Decibel = -48.0
    # Loud frames of speech below this cannot be followed: RFC 7874 asks for -22, automatic gain adds some 25 dB.
    quiet_range_db: Annotated[float, msgspec.Meta(ge=0)] = 17.5
    # Speech in a quiet channel spans this much between its loud and its silent frames; room noise spans 5 to 15.
