"""The wall port that another port stands in for: it stays a fault while Wi-Fi or a second cable carries the room."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from probes.linux import rtnetlink
from probes.network import address, link, neighbour_linux
from probes.network.run_memory import Memory
from probes.reading import Fact, NothingToMeasure, Outcome, Reading
from probes.why import because

CHECK = "network.wired"


def read(port: link.Port, links: Sequence[rtnetlink.Interface], memory: Memory, sys: Path) -> list[Outcome]:
    """What the port used last before this one does now. finding: wired_link_down, wired_no_address.

    port: the one in use. links: all of this machine.
    """
    usual = memory.book.usual
    lit = frozenset(one.name for one in links if one.carrier)
    if port.tunnel or not port.interface.carrier:
        return []
    if not port.wifi and (usual.wired in ("", port.name) or _moved(port, usual.wired, memory, lit)):
        usual.wired, memory.lit = port.name, lit
        if memory.stood_in:
            return [Reading(check=CHECK, target=port.name, evidence={"reason": because("cable_again")})]
        return [NothingToMeasure(check=CHECK, target=port.name, reason=because("cable_in_use"))]
    cable = link.named(usual.wired, sys) if usual.wired else link.lit_cable(links, sys)
    if cable is None and not usual.wired:
        return []
    memory.stood_in = True
    name = cable.name if cable is not None else usual.wired
    known = neighbour_linux.evidence(memory.neighbours.known.get(name, {}))
    evidence: dict[str, Fact] = {**known, "instead": port.name}
    if cable is None or not cable.interface.carrier:
        why = link.why_dark(cable, known) if cable is not None else because("adapter_gone")
        evidence["reason"] = because("used_instead", why=why, name=port.name)
        return [Reading(check=CHECK, target=name, finding="wired_link_down", evidence=evidence)]
    if not address.usable(address.on(cable), 4) and not address.usable(address.on(cable), 6):
        evidence["reason"] = because("used_instead", why=because("cable_without_address"), name=port.name)
        return [Reading(check=CHECK, target=name, finding="wired_no_address", evidence=evidence)]
    return [NothingToMeasure(check=CHECK, target=name, reason=because("cable_well"))]


def _moved(port: link.Port, before: str, memory: Memory, lit: frozenset[str]) -> bool:
    """The cable was put into another port of this PC: that one had no signal while the old one had."""
    return before not in lit and port.name not in memory.lit and bool(memory.lit)
