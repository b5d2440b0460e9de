"""What the probes of a simulated room last saw: a quiet room with usual numbers, and the faults that are given."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping

from monitor.fleet.simulation.fittings import CHECKS
from monitor.fleet.simulation.rooms import SimulatedRoom
from monitor.pipeline.check_state import CheckState
from monitor.pipeline.snapshot import Entry, Key
from probes.judge_reading import Judgement, Status
from probes.reading import Reading

USUAL: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "network.gateway": {"gateway_rtt_seconds": (0.0012, 0.0004)},
    "network.internet": {"internet_rtt_seconds": (0.012, 0.004)},
    "network.dns": {"dns_seconds": (0.008, 0.004)},
    "network.service": {
        "service_seconds": (0.16, 0.04),
        "service_dns_seconds": (0.008, 0.004),
        "service_connect_seconds": (0.02, 0.008),
        "service_tls_seconds": (0.04, 0.01),
        "service_first_byte_seconds": (0.09, 0.02),
    },
    "network.stream": {
        "media_loss_ratio": (0.002, 0.002),
        "media_jitter_seconds": (0.004, 0.002),
        "media_rtt_seconds": (0.03, 0.01),
        "media_mos": (4.35, 0.05),
    },
    "software.resources": {"memory_with_children_bytes": (900e6, 200e6)},
    "software.responding": {"cpu_share": (0.25, 0.15)},
    "host.disk": {"free_ratio": (0.6, 0.05), "free_bytes": (120e9, 10e9)},
    "host.memory": {"memory_stalled_ratio": (0.0, 0.0)},
    "host.cpu": {"cpu_waiting_ratio": (0.05, 0.04)},
    "host.clock": {"clock_offset_seconds": (0.0, 0.002)},
    "camera": {"luma_mean": (120.0, 20.0), "sharpness": (0.4, 0.05)},
    "microphone": {"level_dbfs": (-45.0, 6.0), "noise_floor_dbfs": (-62.0, 2.0)},
    "microphone.settings": {"gain_ratio": (0.8, 0.0)},
    "speaker": {"volume_ratio": (0.6, 0.0)},
}
"""Check → its values, each with the mean of all rooms and how far one moves around it."""

CERTIFICATE_SECONDS = 90 * 86400.0
RENEWED_SECONDS = 60 * 86400.0
"""A certificate is renewed a month before it ends, as certificate robots do: a healthy room warns of none."""
SWING_SECONDS = 1800.0
"""How long a value takes to move up and down again: slow enough to be seen on a dashboard of an hour."""


def entries(room: SimulatedRoom, now: float, shown: float, faults: Mapping[Key, tuple[str, float]]) -> dict[Key, Entry]:
    """now: the scenario's time. shown: the same by the room's clock. faults: code and beginning by check and target."""
    made: dict[Key, Entry] = {}
    for check, (probe, targets) in CHECKS.items():
        for target in targets:
            key = (check, target)
            code, since = faults.get(key, ("", 0.0))
            values = {} if code else _values(room, check, target, now)
            evidence = {"switch": room.switch, "switch_port": room.switch_port} if check == "network.link" else {}
            look = Reading(check=check, target=target, values=values, finding=code, evidence=evidence)
            status = Status.FAILED if code else Status.OK
            state = CheckState(settled=status, fault=code, since=since, last=Judgement(status=status, fault=code))
            made[key] = Entry(probe, look, state, shown)
    return made


def _values(room: SimulatedRoom, check: str, target: str, now: float) -> dict[str, float]:
    usual = USUAL.get(check)
    if usual is None:
        return {}
    phase = zlib.crc32(f"{room.key}/{check}/{target}".encode()) % 6283 / 1000
    values = {}
    if check == "network.service":
        values["certificate_left_seconds"] = CERTIFICATE_SECONDS - (now + phase * 1e6) % RENEWED_SECONDS
    swing = math.sin(now / SWING_SECONDS * 2 * math.pi + phase)
    own = math.sin(phase * 7)  # a room's own level beside the others
    return values | {name: mean + spread * (0.6 * swing + 0.4 * own) for name, (mean, spread) in usual.items()}
