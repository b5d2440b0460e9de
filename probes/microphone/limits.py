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
    # Share of the asked samples that must have come, or the microphone counts as missing. Raise to hear of stalls.
    start_up_seconds: Seconds = 0.25
    # A converter's pop at power-up ends well within this. Sound that ends later was live and then cut ("muted").
    silent_dbfs: Decibel = -80.0
    # 16 bits of converter noise read -98 to -84; the quietest room at night heard through any live microphone, with
    # its own noise of 14 dB(A) or more, stays above -79. Raise towards -75 for noisy rooms, lower for 24-bit studios.
    cut_seconds: Seconds = 0.3
    # A cut must last this long to the end: noise suppressors close for shorter in a talker's pauses.
    cut_dbfs: Decibel = -84.0
    # What follows a cut is converter noise or zeros. Noise suppressors leave a residue of about -78.
    clipped_fraction: Fraction = 0.0003
    # Share of the samples that lie flat on the rail, two or more in a row. Natural sound and limiters touch their own
    # extreme with single samples. Raise to hear of gross clipping only; lower and one shout counts.
    offset: Fraction = 0.007
    # Mean of the samples, full scale 1. Good converters stay below 0.002; from 0.01 on mutes click and headroom goes.
    quiet_speech_dbfs: Decibel = -46.0
    # Loud frames of speech below this cannot be followed: RFC 7874 asks for -22, automatic gain adds some 25 dB.
    quiet_range_db: Annotated[float, msgspec.Meta(ge=0)] = 17.5
    # Speech in a quiet channel spans this much between its loud and its silent frames; room noise spans 5 to 15.
    quiet_floor_dbfs: Decibel = -72.0
    # Under too little gain the room's own noise sinks below this too; in a quiet room with right gain it does not.
    gaps: Annotated[int, msgspec.Meta(ge=1)] = 2
    # Holes of one repeated value, 2 ms or more, in live sound. One may be a program's start.
    repeated_fraction: Fraction = 0.002
    # Share of the clip that repeats earlier samples bit by bit: a driver gave a buffer twice. Natural sound never does.
    click_ratio: Annotated[float, msgspec.Meta(gt=1)] = 30.0
    # A damaged sample against its surroundings. Attacks of synthesisers reach 20, speech 8, clicks 80 and more.
    clicks: Annotated[int, msgspec.Meta(ge=1)] = 3
    # So many damaged samples in a clip. Lower to hear of rarer ones.
    crackles: Annotated[int, msgspec.Meta(ge=1)] = 5
    # So many needles of a contact. Lips and tongue of somebody close to the microphone make three.
    line_above_db: Annotated[float, msgspec.Meta(ge=0)] = 10.0
    # A mains line counts when it stands so far above its neighbourhood. Voices and noise rarely pass 12.
    line_coherence: Fraction = 0.93
    # Share of a line's amplitude that keeps one phase over the clip. The mains have 0.98, fans and notes 0.3 to 0.9.
    line_spread_db: Annotated[float, msgspec.Meta(ge=0)] = 2.5
    # Hum from wiring is steady; that of a motor or a lamp in the room moves by 4 dB and more.
    hum_dbfs: Decibel = -58.0
    # The sum of mains lines. Good wiring stays below -63; from -50 on everybody hears it.
    hum_below_pauses_db: Annotated[float, msgspec.Meta(ge=0)] = 15.5
    # Hum so far below what is heard in the pauses is masked by the room.
    motor_above_db: Annotated[float, msgspec.Meta(ge=0)] = 20.0
    # A line so far above its neighbourhood is measured well: when it moves, the thing itself moves.
    tone_dbfs: Decibel = -56.0
    # A tone below this is lost in a normal room's noise.
    tone_above_db: Annotated[float, msgspec.Meta(ge=0)] = 20.0
    # Over its neighbourhood. Chance and voices rarely pass 15, an oscillator has 20 beside speech, 40 in a quiet room.
    low_tone_above_db: Annotated[float, msgspec.Meta(ge=0)] = 30.0
    # Likewise below 200 Hz, where motors and transformers stand in the room.
    tone_below_pauses_db: Annotated[float, msgspec.Meta(ge=0)] = 5.0
    # A tone so far below the noise of the pauses is heard in most rooms.
    tone_spread_db: Annotated[float, msgspec.Meta(ge=0)] = 1.5
    # An oscillator's level stands still within 0.7 dB; voices and notes move by 6 dB and more.
    clear_tone_dbfs: Decibel = -50.0
    clear_tone_above_db: Annotated[float, msgspec.Meta(ge=0)] = 34.0
    # A tone above both is heard through any noise: noise lies on all pitches, the tone on one.
    howl_dbfs: Decibel = -38.0
    # Feedback is limited by the amplifier: it is loud, or it is not feedback. It holds one pitch to the end.
    buzz_dbfs: Decibel = -54.0
    # The lines of a telephone's frames, six or more. Below it the room hides them.
    wind_dbfs: Decibel = -25.3
    # Below 120 Hz, and hardly anything above. Rooms on a windy day stay below -33, behind automatic gain below -26.
    hiss_dbfs: Decibel = -39.0
    # White noise in the pauses. A microphone's own stays below -60, one behind full gain reaches -45.
    pile: Annotated[float, msgspec.Meta(gt=0)] = 0.25
    # Share of the peaks that end at one height, times how long the wave stays there. Voices have 0.05, limiters 0.15.
    plateau: Fraction = 0.08
    # Share of a loud block's samples that stay at its peak (see clipping.plateau). Healthy sound stays below 0.07.
    overdriven_dbfs: Decibel = -5.9
    # Loud frames at which a wave must have been cut off, whatever a codec made of it since: a sinusoid at full scale
    # has -3, voices behind the hardest limiter -6.5.
    quiet_voiced: Fraction = 0.63
    # Share of the loud moments with a voice's pitch: voices 0.69 and more, keys, knocks, suppressors up to 0.58.
    muffled_db: Decibel = -32.0
    # Level of a voice between 2 and 3.6 kHz against its lower half. Voices in rooms have -8 to -29.
    echo_height: Annotated[float, msgspec.Meta(gt=0)] = 11.5
    # A second arrival of everything against chance. Speech and music without one stay below 9.
    fast_moves_db: Annotated[float, msgspec.Meta(gt=0)] = 4.6
    # By how much the level of a third of an octave changes in 16 ms, in a voice. Mouths reach 4.25, twice as fast
    # 4.4 to 7; noise reaches more.
    fast_pitch_hertz: Annotated[float, msgspec.Meta(gt=0)] = 230.0
    # A voice above both is played too fast. Children and women reach the pitch.
    slow_moves_db: Annotated[float, msgspec.Meta(gt=0)] = 2.7
    slow_high_db: Decibel = -28.0
    # A voice below both is played too slowly: calm talkers reach 2.2 with -23 dB above 2 kHz, muffled ones stay at 2.9.
    pumping_db: Annotated[float, msgspec.Meta(gt=0)] = 8.0
    # By how much the background swells while it keeps its colour.
    pumping_fall_db: Annotated[float, msgspec.Meta(gt=0)] = 10.5
    # By how much it drops at once, within 64 ms. A room's noise stays within 5, gusts of wind within 9.5.
