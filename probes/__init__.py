"""The table of probes: one line each. A new probe is a package here and a line in this table.

Each package offers ``Settings`` (a frozen msgspec.Struct with defaults, its docstring and comments saying what raising
and lowering does), ``thresholds(settings)`` and ``async probe(settings, context) -> list[Outcome]``. It is imported
only when its probe is switched on, and imports no other probe. ``STOPS_FOR_EVENTS = True`` where a kernel event makes
a run that is under way worthless. ``unwatched(settings)``, where it has one, gives what is written and would watch
nothing (``probes.unwatched_setting``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What the monitor must know of a probe before it imports it.

    module: the package. area: where a diagnosis of the room shows it, in the plan's order; "" for not at all.
    interval, deadline, confirm_interval (seconds), fail_after, recover_after (readings): the defaults of
    ``[schedule.<name>]``. own_table: its settings are a table of the room's own instead of ``[probes.<name>]``.
    plugged: kernel subsystems whose devices come and go. vital: a room is called ready only when one vital probe has
    measured something. single: its checks of which a room has one device, so that what is seen under another name
    speaks for what was missing.
    """

    module: str
    area: Literal["", "network", "software", "devices"] = ""
    interval: float = 15.0
    deadline: float = 10.0
    confirm_interval: float = 2.0
    fail_after: int = 1
    recover_after: int = 2
    own_table: bool = False
    plugged: tuple[str, ...] = ()
    vital: bool = False
    single: tuple[str, ...] = ()


# Camera and microphone look once a minute: each cold child costs 0.2 s of CPU.
PROBES: Mapping[str, Probe] = {
    "network": Probe(module="probes.network", area="network", vital=True),
    "software": Probe(module="probes.software", area="software", recover_after=1),
    "host": Probe(module="probes.host", area="software", interval=60.0, fail_after=2),
    "power": Probe(module="probes.power", area="software"),
    "display": Probe(module="probes.display", area="devices", interval=30.0, fail_after=2),
    "camera": Probe(
        module="probes.camera",
        area="devices",
        interval=60.0,
        deadline=30.0,
        confirm_interval=5.0,
        fail_after=2,
        plugged=("video4linux",),
        vital=True,
    ),
    "microphone": Probe(
        module="probes.microphone",
        area="devices",
        interval=60.0,
        deadline=20.0,
        confirm_interval=5.0,
        fail_after=2,
        plugged=("sound",),
        vital=True,
        single=("microphone", "microphone.settings"),
    ),
    "speaker": Probe(
        module="probes.speaker",
        area="devices",
        interval=60.0,
        confirm_interval=5.0,
        fail_after=2,
        plugged=("sound",),
        single=("speaker",),
    ),
    "acoustic": Probe(
        module="probes.acoustic",
        area="devices",
        interval=60.0,
        deadline=30.0,
        confirm_interval=30.0,
        fail_after=2,
        recover_after=1,
    ),
    "calendar": Probe(
        module="probes.calendar",
        interval=600.0,
        deadline=60.0,
        confirm_interval=30.0,
        fail_after=2,
        recover_after=1,
        own_table=True,
    ),
}
