"""What nl80211 knows of a Wi-Fi link: signal, access point, network, bit rate. Linux only; needs no privilege.

Falls back to /proc/net/wireless where the kernel or the driver has no nl80211.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

from probes.linux import rtnetlink

# linux/netlink.h, linux/genetlink.h, linux/nl80211.h
NETLINK_GENERIC = 16
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 1, 2
CMD_GET_INTERFACE, CMD_GET_STATION = 5, 17
ATTR_IFINDEX, ATTR_MAC, ATTR_STA_INFO, ATTR_WIPHY_FREQ, ATTR_SSID = 3, 6, 21, 38, 52
STA_SIGNAL, STA_TX_BITRATE, STA_SIGNAL_AVG = 7, 8, 13
RATE_BITRATE, RATE_BITRATE32 = 1, 5
_HEADER = struct.Struct("=IHHII")
ANSWER_SECONDS = 1.0
"""The kernel answers in microseconds; a second only guards against a broken driver."""


@dataclass(frozen=True, slots=True)
class Station:
    """One association. signal in dBm, bits_per_second of the last packet sent, frequency in MHz; None: not said.

    access_point: its hardware address; another one in the same network is a roam.
    """

    access_point: str = ""
    network: str = ""
    signal: float | None = None
    bits_per_second: float | None = None
    frequency: int | None = None


def station(name: str, index: int, proc: Path) -> Station:
    """What is known of the interface's association. Never raises."""
    with contextlib.suppress(OSError, struct.error):
        asked = ask(index)
        if asked is not None:
            return asked
    return Station(signal=_from_proc(name, proc))


def ask(index: int) -> Station | None:
    """From nl80211; None where it has no station for this interface. Raises OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_GENERIC) as asking:
        asking.settimeout(ANSWER_SECONDS)
        family = _family(asking)
        if family is None:
            return None
        which = _attribute(ATTR_IFINDEX, struct.pack("=I", index))
        interfaces = list(_talk(asking, family, CMD_GET_INTERFACE, which, dump=False))
        stations = list(_talk(asking, family, CMD_GET_STATION, which, dump=True))
    return parse(interfaces[0] if interfaces else b"", stations[0]) if stations else None


def parse(interface: bytes, of_station: bytes) -> Station:
    """From the attributes of NL80211_CMD_GET_INTERFACE and GET_STATION. Malformed parts read as "not said"."""
    about, found = rtnetlink.attributes(interface), rtnetlink.attributes(of_station)
    info = rtnetlink.attributes(found.get(ATTR_STA_INFO, b""))
    signal = info.get(STA_SIGNAL_AVG) or info.get(STA_SIGNAL)
    rate = rtnetlink.attributes(info.get(STA_TX_BITRATE, b""))
    wide, narrow = rate.get(RATE_BITRATE32, b""), rate.get(RATE_BITRATE, b"")
    bits: float | None = None
    if len(wide) == 4:
        bits = struct.unpack("=I", wide)[0] * 1e5
    elif len(narrow) == 2:
        bits = struct.unpack("=H", narrow)[0] * 1e5
    frequency = about.get(ATTR_WIPHY_FREQ, b"")
    name = about.get(ATTR_SSID, b"")[:32].decode("utf-8", errors="replace")
    return Station(
        access_point=found.get(ATTR_MAC, b"")[:6].hex(":"),
        network="".join(letter for letter in name if letter.isprintable()),
        signal=float(struct.unpack("=b", signal[:1])[0]) if signal else None,
        bits_per_second=bits,
        frequency=struct.unpack("=I", frequency)[0] if len(frequency) == 4 else None,
    )


def _family(asking: socket.socket) -> int | None:
    name = _attribute(CTRL_ATTR_FAMILY_NAME, b"nl80211\0")
    for payload in _talk(asking, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, name, dump=False):
        number = rtnetlink.attributes(payload).get(CTRL_ATTR_FAMILY_ID, b"")
        if len(number) == 2:
            return int(struct.unpack("=H", number)[0])
    return None


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def _talk(asking: socket.socket, family: int, command: int, body: bytes, *, dump: bool) -> list[bytes]:
    """The attributes of each answer; empty where the kernel refuses (no such family, no such interface)."""
    flags = rtnetlink.NLM_F_REQUEST | (rtnetlink.NLM_F_DUMP if dump else 0)
    payload = struct.pack("=BBH", command, 1, 0) + body
    asking.send(_HEADER.pack(16 + len(payload), family, flags, 1, 0) + payload)
    answers: list[bytes] = []
    while len(answers) < 64:
        for kind, data in rtnetlink.messages(asking.recv(1 << 16)):
            if kind in (rtnetlink.NLMSG_DONE, rtnetlink.NLMSG_ERROR):
                return answers
            answers.append(data[4:])
        if not dump:
            return answers
    return answers


def _from_proc(name: str, proc: Path) -> float | None:
    """Signal level in dBm from /proc/net/wireless; None where the driver does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in (proc / "net/wireless").read_text().splitlines():
            interface, colon, rest = line.partition(":")
            if colon and interface.strip() == name:
                level = float(rest.split()[2].rstrip("."))
                return level if level < 0 else None
    return None
