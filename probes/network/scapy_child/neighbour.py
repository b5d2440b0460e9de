"""Reads LLDP (IEEE 802.1AB) and CDP frames: which switch, which port, which VLAN. Runs in a child process."""

from __future__ import annotations

import re
from typing import Any

MOST_TEXT = 64
"""Characters kept of a name: a hostile frame must not fill a message."""
_SWITCHING = ("mac_bridge", "router", "wlan_access_point", "repeater", "c_vlan_component", "s_vlan_component")
"""What a wall port may be plugged into. A frame of a PC or a telephone, carried on by a simple switch, is none of
these, though both can have a bridge on board."""
_STATIONS = ("station_only", "telephone")
_SWITCH_BITS, _STATION_BITS = 0x01 | 0x02 | 0x04 | 0x08 | 0x40, 0x10 | 0x80
"""CDP's capabilities: router, two kinds of bridge, switch, repeater; host, telephone."""
_PC_PORT = re.compile(r"(en[opsx][0-9a-z]{1,12}|eth[0-9]{1,4}|wl[a-z0-9]{1,13})$")
_PC_SYSTEM = re.compile(r"linux|windows|mac ?os|darwin", re.IGNORECASE)
"""A PC that runs containers says of itself that it bridges and routes: the names that its system gives tell it."""


def choose(argument: dict[str, Any]) -> dict[str, Any]:
    """argument: {"frames": [hex, ...]}, of one sender each. Returns what ``read`` returns for the frame that names the
    wall port, LLDP before CDP; {} where none does, {"error": ...} where none can be read."""
    found = [read({"frame": frame}) for frame in argument["frames"]]
    good = sorted((one for one in found if one.get("protocol")), key=lambda one: one["protocol"] != "LLDP")
    return good[0] if good else next((one for one in found if "error" in one), {})


def read(argument: dict[str, Any]) -> dict[str, Any]:
    """argument: {"frame": hex of the Ethernet frame}. Returns {"protocol", "switch", "port", "vlan"} ("" or 0 where the
    frame does not say), {} for a frame that names no switch, {"error": ...} for one that cannot be read."""
    try:
        frame = bytes.fromhex(str(argument["frame"]))
        found = _lldp(frame) if frame[12:14] == b"\x88\xcc" else _cdp(frame)
    except Exception as error:  # scapy raises whatever a malformed field makes it raise
        return {"error": f"{type(error).__name__}: {error}"[:200]}
    return found


def _text(value: Any) -> str:
    """Printable, short, one line."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    cleaned = "".join(letter for letter in str(value or "") if letter.isprintable() and letter != "�")
    return " ".join(cleaned.split())[:MOST_TEXT]


def _lldp(frame: bytes) -> dict[str, Any]:
    from scapy.config import conf
    from scapy.contrib import lldp

    conf.contribs["LLDP"].strict_mode_disable()
    packet = lldp.LLDPDU(frame[14:])
    found: dict[str, Any] = {"protocol": "LLDP", "switch": "", "port": "", "vlan": 0}
    chassis = description = system = ""
    by_address = False
    layer: Any = packet
    for _ in range(64):
        if isinstance(layer, lldp.LLDPDUChassisID):
            chassis = _text(layer.id)
        elif isinstance(layer, lldp.LLDPDUPortID):
            found["port"], by_address = _text(layer.id), layer.subtype == 3
        elif isinstance(layer, lldp.LLDPDUPortDescription):
            description = _text(layer.description)
        elif isinstance(layer, lldp.LLDPDUSystemName):
            found["switch"] = _text(layer.system_name)
        elif isinstance(layer, lldp.LLDPDUTimeToLive) and layer.ttl == 0:
            return {}  # the neighbour says goodbye
        elif isinstance(layer, lldp.LLDPDUSystemDescription):
            system = _text(layer.description)
        elif isinstance(layer, lldp.LLDPDUSystemCapabilities):
            if not _switches(layer):
                return {}
        elif isinstance(layer, lldp.LLDPDUGenericOrganisationSpecific):
            data = bytes(layer.data)
            if layer.org_code == 0x0080C2 and layer.subtype == 1 and len(data) >= 2:
                found["vlan"] = int.from_bytes(data[:2])
        layer = layer.payload
        if not layer:
            break
    if _PC_PORT.match(found["port"]) and _PC_SYSTEM.search(system):
        return {}
    found["switch"] = found["switch"] or chassis
    if description and (by_address or not found["port"]):
        found["port"] = description  # a hardware address is no name that anybody finds on a patch panel
    return found if found["switch"] or found["port"] else {}


def _switches(layer: Any) -> bool:
    """By what is enabled; by what is there, where the device says that nothing is."""
    names = (*_SWITCHING, *_STATIONS)
    said = {
        name: (bool(getattr(layer, f"{name}_available", 0)), bool(getattr(layer, f"{name}_enabled", 0)))
        for name in names
    }
    which = 1 if any(enabled for _, enabled in said.values()) else 0
    return any(said[name][which] for name in _SWITCHING) and not any(said[name][which] for name in _STATIONS)


def _cdp(frame: bytes) -> dict[str, Any]:
    from scapy.contrib import cdp

    if frame[14:22] != b"\xaa\xaa\x03\x00\x00\x0c\x20\x00":
        return {}
    packet = cdp.CDPv2_HDR(frame[22:])
    found: dict[str, Any] = {"protocol": "CDP", "switch": "", "port": "", "vlan": 0}
    for message in list(packet.msg)[:64]:
        if isinstance(message, cdp.CDPMsgDeviceID):
            found["switch"] = _text(message.val)
        elif isinstance(message, cdp.CDPMsgPortID):
            found["port"] = _text(message.iface)
        elif isinstance(message, cdp.CDPMsgCapabilities):
            bits = int(message.cap)
            if bits & _STATION_BITS or not bits & _SWITCH_BITS:
                return {}
        elif isinstance(message, cdp.CDPMsgNativeVLAN):
            found["vlan"] = int(message.vlan)
    return found if found["switch"] or found["port"] else {}
