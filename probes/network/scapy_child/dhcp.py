"""Asks for a DHCP offer (RFC 2131) without taking it: which servers offer what. Runs in a child process."""

from __future__ import annotations

import os
import socket
import time
from typing import Any

from probes.why import because

MOST_OFFERS = 4
"""Two already mean a rogue server; more names help nobody."""
MOST_FRAMES = 20000
"""Frames looked at: a flooded port must not keep the child busy beyond its time."""


def offers(argument: dict[str, Any]) -> dict[str, Any]:
    """argument: {"interface", "hardware": hex, "seconds"}. Returns {"offers": [{"server", "address", "router",
    "lease_seconds"}, ...]}, or {"error": ...}. Asked with the interface's own address, so that no lease is used up."""
    try:
        hardware = bytes.fromhex(str(argument["hardware"]))
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as made:
            made.bind((str(argument["interface"]), 0x0800))
            return {"offers": _ask(made, hardware, float(argument["seconds"]))}
    except PermissionError:
        return {"error": because("no_privilege")}
    except OSError as error:
        return {"error": because("system_error", detail=error.strerror or str(error))}


def _ask(made: socket.socket, hardware: bytes, seconds: float) -> list[dict[str, Any]]:
    transaction = int.from_bytes(os.urandom(4))
    frame = discover(hardware, transaction)
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + seconds
    ask_at = 0.0
    for _ in range(MOST_FRAMES):
        now = time.monotonic()
        if now >= deadline or len(found) >= MOST_OFFERS:
            break
        if now >= ask_at:
            made.send(frame)
            ask_at = now + seconds / 3  # servers that check by ping answer late: ask, do not hurry them
        made.settimeout(max(0.01, min(deadline, ask_at) - now))
        try:
            answer = read_offer(made.recv(2048), transaction)
        except TimeoutError:
            continue
        if answer is not None and answer not in found:
            found.append(answer)
    return found


def discover(hardware: bytes, transaction: int) -> bytes:
    """The Ethernet frame of a DHCPDISCOVER that asks for a broadcast answer."""
    from scapy.layers.dhcp import BOOTP, DHCP
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether

    return bytes(
        Ether(src=hardware.hex(":"), dst="ff:ff:ff:ff:ff:ff")
        / IP(src="0.0.0.0", dst="255.255.255.255")
        / UDP(sport=68, dport=67)
        / BOOTP(chaddr=hardware, xid=transaction, flags=0x8000)
        / DHCP(options=[("message-type", "discover"), ("param_req_list", [1, 3, 6, 51, 54]), "end"])
    )


def read_offer(frame: bytes, transaction: int) -> dict[str, Any] | None:
    """The offer in an Ethernet frame, None for anything else. Never raises."""
    if len(frame) < 282 or frame[12:14] != b"\x08\x00" or frame[23] != 17:
        return None
    start = 14 + (frame[14] & 0x0F) * 4
    if frame[start + 2 : start + 4] != b"\x00\x44" or frame[start + 12 : start + 16] != transaction.to_bytes(4):
        return None
    from scapy.layers.dhcp import BOOTP, DHCP

    try:
        packet = BOOTP(frame[start + 8 :])
        if DHCP not in packet:
            return None
        options = {one[0]: one[1] for one in packet[DHCP].options if isinstance(one, tuple) and len(one) >= 2}
        if options.get("message-type") != 2:
            return None
        lease = options.get("lease_time", 0)
        return {
            "server": str(options.get("server_id", ""))[:64],
            "address": str(packet.yiaddr)[:64],
            "router": str(options.get("router", ""))[:64],
            "lease_seconds": lease if isinstance(lease, int) else 0,
        }
    except Exception:  # scapy raises whatever a malformed option makes it raise
        return None
