"""Which source of the sound server is the room's microphone, how it is set, and what the server tells of its kind.

Pure: one look at the server in, readings out.
"""

from __future__ import annotations

from typing import Literal

from probes.linux.sound_chain import behind, first_where
from probes.linux.sound_devices import Node, SoundServer
from probes.microphone.source_kind import Facts
from probes.reading import Reading

SETTINGS_CHECK = "microphone.settings"

Closed = Literal["", "microphone_muted", "microphone_gain_zero"]


def choose(server: SoundServer, wanted: str) -> Node | None:
    """The source that the configuration names, else the default one, else the only real microphone's.

    A part of a name fits the monitor of a speakerphone's own speaker too: only a whole name takes a monitor.
    """
    if wanted:
        return server.source(wanted) or next(
            (node for node in server.microphones if wanted in node.name or wanted in node.description), None
        )
    default = server.source(server.default_source)
    if default is not None and not default.monitor and default.available:
        return default
    if server.garbled:  # the default one may be what we do not understand
        return None
    return next((node for node in server.microphones if node.available), None)


def judge_settings(server: SoundServer, source: Node, least_gain: float) -> Reading:
    """Mute, gain and default device: the operator's faults, worst first. Along the whole chain: a filter over a muted
    microphone is muted."""
    closed, at = closed_at(server, source, least_gain)
    finding: str = closed
    if not finding and server.default_source != source.name:
        finding = "microphone_wrong_default"
    chain = {"closed_at": at} if at not in ("", source.name) else {}
    return Reading(
        check=SETTINGS_CHECK,
        target=source.name,
        values={"gain_ratio": source.volume, "muted": float(source.muted)},
        finding=finding,
        evidence={"default_source": server.default_source, "source": source.name, "sound_server": server.name, **chain},
    )


def closed_at(server: SoundServer, source: Node, least_gain: float) -> tuple[Closed, str]:
    """("microphone_muted" or "microphone_gain_zero", name of the source at which it is so); two "" where it is open."""
    muted = first_where(server, source, lambda node: node.muted)
    if muted is not None:
        return "microphone_muted", muted.name
    turned_down = first_where(server, source, lambda node: node.volume <= least_gain)
    return ("microphone_gain_zero", turned_down.name) if turned_down is not None else ("", "")


def facts_of(server: SoundServer, source: Node, configured: str) -> Facts:
    """The facts of a source of the sound server, with what stands behind it."""
    chain = behind(server, source)
    names = " ".join((source.name, source.description, *(node.description for node in chain)))
    return Facts(name=names, virtual=source.virtual, bus=source.bus, configured=configured)
