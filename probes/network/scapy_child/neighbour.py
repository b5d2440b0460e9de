"""Reads one LLDP (IEEE 802.1AB) or CDP frame: which switch, which port, which VLAN. Runs in a child process."""

from __future__ import annotations

from typing import Any

MOST_TEXT = 64
"""Characters kept of a name: a hostile frame must not fill a message."""
_SWITCHING = ("mac_bridge", "router", "wlan_access_point", "telephone", "repeater")
"""What a wall port may be plugged into. A frame of another PC, carried on by a dumb switch, is none of these."""


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
    chassis = description = ""
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
        elif isinstance(layer, lldp.LLDPDUSystemCapabilities):
            if not any(getattr(layer, f"{name}_available") for name in _SWITCHING):
                return {}
        elif isinstance(layer, lldp.LLDPDUGenericOrganisationSpecific):
            data = bytes(layer.data)
            if layer.org_code == 0x0080C2 and layer.subtype == 1 and len(data) >= 2:
                found["vlan"] = int.from_bytes(data[:2])
        layer = layer.payload
        if not layer:
            break
    found["switch"] = found["switch"] or chassis
    if description and (by_address or not found["port"]):
        found["port"] = description  # a hardware address is no name that anybody finds on a patch panel
    return found if found["switch"] or found["port"] else {}


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
        elif isinstance(message, cdp.CDPMsgNativeVLAN):
            found["vlan"] = int(message.vlan)
    return found if found["switch"] or found["port"] else {}
