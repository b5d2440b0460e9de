"""A loudspeaker that is a screen: while it sleeps it takes sound and plays none. Pure but for reading sysfs."""

from __future__ import annotations

from pathlib import Path

from probes.linux.sound_devices import Node

WORDS = ("hdmi", "displayport")
"""In the names that ALSA gives to the outputs of a graphics card, and PipeWire after it."""


def is_screen(sink: Node) -> bool:
    named = f"{sink.name} {sink.description}".lower()
    return any(word in named for word in WORDS)


def all_asleep(sys: Path) -> bool:
    """Whether screens are plugged in and this computer has sent all of them to sleep. Of one that sleeps by itself, or
    by its own key, it knows nothing."""
    states = []
    for place in (sys / "class" / "drm").glob("card*-*"):
        try:
            if (place / "status").read_text().strip() == "connected":
                states.append((place / "dpms").read_text().strip())
        except (OSError, UnicodeDecodeError):
            continue
    return bool(states) and "On" not in states
