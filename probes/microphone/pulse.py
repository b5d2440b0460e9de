"""How a child records one source of the sound server through PortAudio: what its environment must hold."""

from __future__ import annotations

from pathlib import Path

CONFIGURATION = Path(__file__).with_name("pulse.conf")


def recording_environment(source: str) -> dict[str, str]:
    """Beside the session's own: the source to pin, and an ALSA configuration that holds nothing else."""
    return {"PULSE_SOURCE": source, "ALSA_CONFIG_PATH": str(CONFIGURATION)}
