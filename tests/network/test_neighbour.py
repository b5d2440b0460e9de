"""The switch port is known while the cable is plugged, and named when it is pulled."""

from __future__ import annotations

import json
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.linux import rtnetlink
from probes.network import link, wifi_linux
from probes.network.scapy_child import neighbour
from probes.why import because
from tests.network.lab import FAR, FAR_OTHER, WALL, Lab, run

SEND = """
import socket, sys
made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
made.bind(("in0", 0))
made.send(bytes.fromhex(sys.argv[1]))
"""


def tlv(kind: int, data: bytes) -> bytes:
    return struct.pack("!H", kind << 9 | len(data)) + data


def lldp(
    name: bytes = b"sw-3f",
    port: bytes = b"12",
    capabilities: int = 0x14,
    seconds: int = 120,
    enabled: int | None = None,
    system: bytes = b"",
) -> bytes:
    body = tlv(1, b"\x04" + bytes.fromhex("020000000001")) + tlv(2, b"\x05" + port) + tlv(3, struct.pack("!H", seconds))
    body += tlv(4, b"3F lakeside") + tlv(5, name) + (tlv(6, system) if system else b"")
    body += tlv(7, struct.pack("!HH", capabilities, capabilities if enabled is None else enabled))
    body += tlv(127, bytes.fromhex("0080c201") + struct.pack("!H", 30)) + tlv(0, b"")
    return bytes.fromhex("0180c200000e" + "020000000001" + "88cc") + body


def cdp(capabilities: int = 0x29) -> bytes:
    def field(kind: int, data: bytes) -> bytes:
        return struct.pack("!HH", kind, 4 + len(data)) + data

    body = b"\x02\xb4\x00\x00" + field(1, b"sw-4f") + field(3, b"Gi1/0/7") + field(4, struct.pack("!I", capabilities))
    body += field(10, struct.pack("!H", 40))
    head = bytes.fromhex("aaaa0300000c2000")
    return bytes.fromhex("01000ccccccc" + "020000000001") + struct.pack("!H", len(head + body)) + head + body


def read(frame: bytes) -> dict[str, object]:
    return neighbour.read({"frame": frame.hex()})


def test_an_lldp_frame_names_switch_port_and_vlan() -> None:
    assert read(lldp()) == {"protocol": "LLDP", "switch": "sw-3f", "port": "12", "vlan": 30}


def test_a_cdp_frame_names_switch_port_and_vlan() -> None:
    assert read(cdp()) == {"protocol": "CDP", "switch": "sw-4f", "port": "Gi1/0/7", "vlan": 40}


def test_another_pc_or_a_goodbye_is_no_switch() -> None:
    assert read(lldp(capabilities=0x80)) == {}
    assert read(lldp(seconds=0)) == {}


@pytest.mark.parametrize(
    ("enabled", "available", "port", "system", "switch"),
    [
        (0x80, 0x9C, b"eno1", b"", False),  # a PC that could bridge and does not
        (0x24, 0x24, b"1", b"", False),  # a telephone with a second socket
        (0x14, 0x9C, b"enp3s0", b"Debian GNU/Linux 12 Linux 6.1.0", False),  # a PC that runs containers
        (0x14, 0x9C, b"swp12", b"Cumulus Linux 5.4", True),
        (0x00, 0x14, b"12", b"", True),  # a switch that forgets to say what is enabled
        (0x04, 0x94, b"GigabitEthernet1/0/3", b"", True),
        (0x08, 0x08, b"lan1", b"", True),  # the second socket of an access point
    ],
)
def test_only_what_switches_is_a_wall_port(
    enabled: int, available: int, port: bytes, system: bytes, switch: bool
) -> None:
    assert bool(read(lldp(port=port, capabilities=available, enabled=enabled, system=system))) is switch


@pytest.mark.parametrize(
    ("capabilities", "switch"), [(0x28, True), (0x09, True), (0x90, False), (0x490, False), (0x10, False)]
)
def test_a_telephone_or_a_host_by_cdp_is_no_wall_port(capabilities: int, switch: bool) -> None:
    assert bool(read(cdp(capabilities))) is switch


def test_of_several_neighbours_the_switch_is_the_wall_port() -> None:
    frames = [lldp(name=b"desk-pc", capabilities=0x9C, enabled=0x80), cdp(0x90), cdp(), lldp()]
    assert neighbour.choose({"frames": [one.hex() for one in frames]})["switch"] == "sw-3f"
    assert neighbour.choose({"frames": [one.hex() for one in frames[:3]]})["protocol"] == "CDP"
    assert neighbour.choose({"frames": [one.hex() for one in frames[:2]]}) == {}


def test_a_dark_link_names_no_switch_that_nobody_heard_of() -> None:
    port = link.Port(rtnetlink.Interface(2, "eth0", rtnetlink.IFF_UP), bytes(6), wifi=False, physical=True)
    assert link.why_dark(port, {"neighbour": "LLDP and CDP need CAP_NET_RAW"}) == because("no_signal")
    heard = link.why_dark(port, {"switch": "sw-3f"})
    assert heard == because("no_signal_from", switch="sw-3f", port="?")


def test_a_hostile_name_becomes_short_and_printable() -> None:
    found = read(lldp(name=b"\x1b[31m" + b"x" * 200 + b"\n"))
    assert len(str(found["switch"])) == 64
    assert str(found["switch"]).isprintable()


def test_the_words_of_nl80211_are_read() -> None:
    def attribute(kind: int, data: bytes) -> bytes:
        return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)

    rate = attribute(5, struct.pack("=I", 4333))
    info = attribute(7, struct.pack("=b", -61)) + attribute(8, rate)
    station = attribute(6, bytes.fromhex("0a0b0c0d0e0f")) + attribute(21, info)
    about = attribute(52, "会议室".encode()) + attribute(38, struct.pack("=I", 5180))
    assert wifi_linux.parse(about, station) == wifi_linux.Station("0a:0b:0c:0d:0e:0f", "会议室", -61.0, 433.3e6, 5180)


@pytest.fixture
def heard(lab: Lab) -> Iterator[Lab]:
    lab.probe("interval")  # opens the sockets
    lab.inside(lab.wall, sys.executable, "-c", SEND, lldp().hex())
    lab.probe("interval")  # takes the frame and has it read
    yield lab
    run("ip", "-n", lab.wall, "link", "set", "in0", "up")


@pytest.mark.root
def test_a_pc_behind_the_same_simple_switch_does_not_hide_the_wall_port(heard: Lab) -> None:
    pc = bytearray(lldp(name=b"desk-pc", capabilities=0x9C, enabled=0x80))
    pc[6:12] = bytes.fromhex("0200000000ff")
    heard.inside(heard.wall, sys.executable, "-c", SEND, bytes(pc).hex())
    heard.probe("interval")
    evidence = heard.probe("interval")["network.link"]["evidence"]
    assert (evidence["switch"], evidence["switch_port"]) == ("sw-3f", "12")


@pytest.mark.root
def test_a_pulled_cable_is_named_by_its_switch_port(heard: Lab) -> None:
    plugged = heard.probe("interval")["network.link"]["evidence"]
    assert (plugged["switch"], plugged["switch_port"], plugged["vlan"]) == ("sw-3f", "12", 30)
    run("ip", "-n", heard.wall, "link", "set", "in0", "down")
    pulled = heard.probe("event:link-down")["network.link"]
    assert pulled["fault"] == "link_down"
    assert pulled["evidence"]["reason"] == "no_signal_from(switch=sw-3f, port=12)"
    assert json.loads((heard.folder / "neighbour.json").read_text())["eth0"]["switch"] == "sw-3f"


@pytest.mark.root
def test_a_dead_wall_port_stays_a_fault_while_wifi_carries_on(heard: Lab, tmp_path: Path) -> None:
    run("ip", "-n", heard.room, "link", "add", "wlan0", "type", "veth", "peer", "name", "ap0", "netns", heard.wall)
    for name in ("eth0", "wlan0"):
        (tmp_path / "class/net" / name).mkdir(parents=True)
        address = json.loads(run("ip", "-j", "-n", heard.room, "link", "show", name))[0]["address"]
        (tmp_path / "class/net" / name / "address").write_text(address)
    (tmp_path / "class/net/wlan0/wireless").mkdir()
    try:
        for where, interface, address in ((heard.room, "wlan0", "10.80.0.2/24"), (heard.wall, "ap0", "10.80.0.1/24")):
            run("ip", "-n", where, "address", "add", address, "dev", interface)
            run("ip", "-n", where, "link", "set", interface, "up")
        run("ip", "-n", heard.far, "route", "add", "10.80.0.0/24", "via", "10.78.0.1")
        heard.probe("interval", sys=str(tmp_path))
        run("ip", "-n", heard.wall, "link", "set", "in0", "down")
        run("ip", "-n", heard.room, "route", "replace", "default", "via", "10.80.0.1")
        run("ip", "-n", heard.room, "route", "add", f"{WALL}/32", "via", "10.80.0.1")
        found = heard.probe("event:link-down", sys=str(tmp_path))
    finally:
        run("ip", "-n", heard.room, "link", "delete", "wlan0")
        run("ip", "-n", heard.wall, "link", "set", "in0", "up")
        run("ip", "-n", heard.room, "route", "replace", "default", "via", WALL)
    assert found["network.link"]["target"] == "wlan0"
    assert found["network.wired"]["fault"] == "wired_link_down"
    assert found["network.wired"]["evidence"]["switch"] == "sw-3f"
    assert found["network.wired"]["evidence"]["instead"] == "wlan0"


@pytest.mark.root
def test_the_daemon_tells_the_port_and_attaches_the_diagnosis(heard: Lab, tmp_path: Path) -> None:
    others = ("software", "camera", "microphone", "speaker", "display", "host", "power")
    quiet = "".join(f"[schedule.{name}]\nenabled = false\n" for name in others)
    (tmp_path / "roomwatch.toml").write_text(
        f'mode = "observe"\nstate = "{tmp_path}/state"\n[web]\nport = 0\n[patience]\nlink_down = 0\n{quiet}'
        f'[probes.network]\nresolvers = ["{WALL}"]\ninternet = ["{FAR}", "{FAR_OTHER}"]\ninternet6 = []\n'
        'portal_url = ""\nservices = []\nproxy = "none"\n'
    )
    (tmp_path / "plan.toml").write_text(
        '[contacts.it]\nname = "IT"\nlanguage = "zh-CN"\nchannels = ["json://127.0.0.1:9/"]\n'
        '[groups.technical]\nname = "T"\nmembers = ["it"]\n'
        '[chains.default]\nsteps = [{ after = 0, tell = ["technical"] }]\n'
    )
    (tmp_path / "state").mkdir()
    (tmp_path / "state/neighbour.json").write_text((heard.folder / "neighbour.json").read_text())
    command = [sys.executable, "-m", "monitor.cli", "run", "--plain", "--config", str(tmp_path)]
    with (tmp_path / "log").open("w") as log:
        daemon = subprocess.Popen(["ip", "netns", "exec", heard.room, *command], stderr=log)
    try:
        journal = tmp_path / "state/journal.db"
        _until(lambda: "watching" in (tmp_path / "log").read_text() or journal.exists(), tmp_path)
        _until(lambda: _rows(journal, "SELECT 1") == [(1,)], tmp_path)
        time.sleep(0.5)
        run("ip", "-n", heard.wall, "link", "set", "in0", "down")
        _until(lambda: bool(_rows(journal, "SELECT 1 FROM events WHERE verb = 'evidence'")), tmp_path)
        data = json.loads(str(_rows(journal, "SELECT data FROM events WHERE verb = 'evidence'")[0][0]))
        told = _rows(journal, "SELECT row FROM notifications")[0][0]
    finally:
        daemon.terminate()
        daemon.wait(30)
    assert data["kind"] == "network"
    assert data["cause"] == "link_down"
    assert "sw-3f 的 12 号端口" in "".join(data["sentences"]["zh-CN"])
    assert "原先接在交换机 sw-3f 的 12 号端口" in json.loads(told)["body"]


def _rows(file: Path, query: str) -> list[tuple[object, ...]]:
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            rows: list[tuple[object, ...]] = database.execute(query).fetchall()
        database.close()
    except sqlite3.OperationalError:
        return []
    return rows


def _until(met: object, folder: Path, seconds: float = 60) -> None:
    assert callable(met)
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.05)
