"""The one table of probes: name in the configuration → module. No registration by import, scan or reflection.

Each module offers: ``Settings`` (a frozen msgspec.Struct with defaults, its docstring and comments saying what raising
and lowering does), ``thresholds(settings)`` and ``async probe(settings, context) -> list[Outcome]``. A probe of several
rungs runs each of them in guard.guarded: one that raises costs itself alone, and what is known counts even where the
probe overruns its deadline later. A probe is imported
only when its probe is switched on, and imports no other probe. ``STOPS_FOR_EVENTS = True`` where a kernel event makes
a run that is under way worthless.
"""

from __future__ import annotations

from collections.abc import Mapping

PROBES: Mapping[str, str] = {
    "network": "probes.network",
    "software": "probes.software",
    "camera": "probes.camera",
    "microphone": "probes.microphone",
    "speaker": "probes.speaker",
    "display": "probes.display",
    "host": "probes.host",
    "power": "probes.power",
    "calendar": "probes.calendar",
}
