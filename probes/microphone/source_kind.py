"""What a source is: raw, processed, virtual, an array; told by the admin, the device, the sound server, or its habits.

The silence of a raw microphone is a fault, that of any other may be an empty room. Pure: facts in, a kind out.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from probes.why import Why, because

Kind = Literal["raw", "processed", "virtual", "array", "unknown"]
KINDS: tuple[Kind, ...] = ("unknown", "raw", "processed", "virtual", "array")

RAW_BURSTS = 120
"""Live bursts, two hours of looks at one a minute: a gate in an empty room closes within seconds."""

RAW_SECONDS = 3 * 86_400.0
"""Three days and nights without one silent burst: a gate closes in the first night, or on the first free day."""

GATED_TIMES = 3
"""A microphone that was repaired came back once."""

SILENT_SHARE = 0.02
"""Share of a burst's frames below converter noise: two frames of a hundred are more than a cable's crack."""

ARRAY_WORDS = ("array", "speakerphone", "meetup", "rally", "soundbar", "videobar", "video bar", "ceiling", "beam")
PROCESSED_WORDS = ("echo", "cancel", "denoise", "noise", "rnnoise", "easyeffects", "speak", "jabra", "poly", "yealink",
                   "evolve", "sync", "conference", "bluetooth", "headset")  # fmt: skip
"""In a device's name: what is sold for meetings processes. They only ever make its silence count for less."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a source without listening. name: all its names in one; virtual, bus as the sound server has
    them ("" where there is none); configured: what the admin says, "auto" for nothing."""

    name: str = ""
    virtual: bool = False
    bus: str = ""
    configured: str = "auto"


class Habits(msgspec.Struct, kw_only=True):
    """What a source did in earlier bursts. Counts, seconds since 1970, dBFS; no sound.

    live: bursts without any silence since the last that had some; since: the first of them. raw: that they once
    lasted for days. gated: bursts with silence and sound, or silent ones between live ones. silent: silent bursts in a
    row at the end. channels_live: the most channels that ever carried sound at once.
    """

    live: Annotated[int, msgspec.Meta(ge=0)] = 0
    since: float = 0.0
    raw: bool = False
    gated: Annotated[int, msgspec.Meta(ge=0)] = 0
    silent: Annotated[int, msgspec.Meta(ge=0)] = 0
    channels_live: Annotated[int, msgspec.Meta(ge=0)] = 0

    def take(self, silent_share: float, live_channels: int, now: float, *, cut: bool) -> None:
        """Count one burst. silent_share: of its frames that carried less than converter noise. cut: the sound ended or
        began at once, as a switch or a contact does it and no gate."""
        if silent_share >= 1 - SILENT_SHARE:
            self.silent += 1
            self.live = 0
            return
        if self.silent:  # it was silent and is back: a gate, if it happens again and again
            self.gated += 1
        self.silent = 0
        if silent_share > SILENT_SHARE:
            self.gated += not cut
            self.live = 0
        else:
            self.since = now if self.live == 0 else self.since
            self.live += 1
            self.raw = self.raw or (self.live >= RAW_BURSTS and now - self.since >= RAW_SECONDS)
        self.channels_live = max(self.channels_live, live_channels)


def kind_of(facts: Facts, habits: Habits) -> tuple[Kind, Why]:
    """(kind, why it is that). The admin's word first, then what it did, then what it is."""
    if facts.configured in KINDS:
        return next(kind for kind in KINDS if kind == facts.configured), because("kind_configured")
    name = facts.name.lower()
    if facts.virtual:
        return "virtual", because("kind_made_by_server")
    if any(word in name for word in ARRAY_WORDS):
        return "array", because("kind_by_name")
    if facts.bus == "bluetooth" or any(word in name for word in PROCESSED_WORDS):
        return "processed", because("kind_by_name_or_bus")
    if habits.gated >= GATED_TIMES:
        return "processed", because("kind_by_gating", times=habits.gated)
    if habits.raw:
        return "raw", because("kind_never_silent")
    if facts.bus == "pci":
        return "raw", because("kind_own_converter")
    return "unknown", because("kind_not_watched")
