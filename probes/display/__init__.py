"""Screens of the room: which DRM connectors have one plugged in. Does not light, mode-set or photograph a screen."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from probes.judge_reading import Threshold
from probes.reading import Context, NothingToMeasure, Outcome, Reading
from probes.unwatched_setting import Unwatched
from probes.why import because

CONNECTOR = re.compile(r"^card\d+-(?P<name>.+)$")
NAMED = re.compile(r"^[A-Za-z][A-Za-z-]*-\d+(-\d+)*$")
"""A type and a number, as the kernel makes them; one below another for monitors in a chain."""
VIRTUAL = ("Writeback", "Virtual")
"""Connectors that are no socket: they are always or never "connected"."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which screens must be there."""

    # How many screens the room has; 0: as many as were seen at most since the monitor started.
    count: Annotated[int, msgspec.Meta(ge=0, le=16)] = 0
    # Connectors that must have a screen, as /sys/class/drm names them after the card: "HDMI-A-1". Empty: any.
    connectors: tuple[str, ...] = ()


def unwatched(settings: Settings) -> list[Unwatched]:
    """Connectors by a name that the kernel gives to none."""
    return [
        Unwatched("connectors", f'"{name}"', "is no connector's name", 'Write it like "HDMI-A-1"; see /sys/class/drm.')
        for name in settings.connectors
        if not NAMED.match(name)
    ]


def thresholds(settings: Settings) -> tuple[Threshold, ...]:
    return ()


async def probe(settings: Settings, context: Context) -> list[Outcome]:
    """One reading ``display``: how many are connected, and which expected one is not."""
    try:
        places = sorted((context.sys / "class" / "drm").iterdir())
    except OSError:
        places = []
    states: dict[str, str] = {}
    for place in places:
        found = CONNECTOR.match(place.name)
        if found is None or found["name"].startswith(VIRTUAL):
            continue
        try:
            state = (place / "status").read_text(errors="replace").strip()
        except OSError:
            continue
        # Two cards can each have an HDMI-A-1: one with a screen is enough.
        if states.get(found["name"]) != "connected":
            states[found["name"]] = state
    if not states and not settings.count and not settings.connectors:
        return [NothingToMeasure(check="display", reason=because("no_graphics"))]
    return [_judge(settings, context, sorted(name for name, state in states.items() if state == "connected"))]


def _judge(settings: Settings, context: Context, connected: list[str]) -> Reading:
    most = context.memory.get("connected", ())
    before = most if isinstance(most, tuple) else ()
    if len(connected) >= len(before):
        context.memory["connected"] = before = tuple(connected)
    expected = settings.count or len(settings.connectors) or len(before)
    missing = [name for name in settings.connectors if name not in connected]
    if not missing and len(connected) < expected:
        missing = [name for name in before if name not in connected]
    lost = bool(missing) or len(connected) < expected
    evidence: dict[str, str | float | int | bool] = {"connected": ", ".join(connected) or "none", "expected": expected}
    if missing:
        evidence["missing"] = ", ".join(missing)
    values = {"displays": float(len(connected)), "displays_expected": float(expected)}
    return Reading(check="display", values=values, finding="display_missing" if lost else "", evidence=evidence)
