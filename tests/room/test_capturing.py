"""What only a real kernel driver shows, through `roomwatch probe` as the service's user: vivid, uvcvideo, snd-aloop and
snd-usb-audio. The fault matrix has what the service makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.room.room_pc import RoomPc

VIVID, WEBCAM, LOOP, USB_MIC = "vivid", "USB_Room_Camera", "RoomMic", "USB_Room_Mic"
WEBCAM_NAME = "usb-RoomVendor_USB_Room_Camera_CAM42-video-index0"
CONFIGURATION = """
[probes.camera]
cameras = ["{camera}"]
deadline_seconds = 20.0
[schedule.camera]
deadline = 90.0
[schedule.microphone]
deadline = 90.0
[probes.microphone]
source = "{microphone}"
cpu_seconds = 30
"""
Rows = list[dict[str, Any]]


class Prober:
    """The command line of the room's PC, with the service stopped."""

    def __init__(self, room: RoomPc) -> None:
        self.machine = room.machine

    def configure(self, camera: str = VIVID, microphone: str = LOOP) -> None:
        text = CONFIGURATION.format(camera=camera, microphone=microphone)
        self.machine.put({"/tmp/room/roomwatch.toml": text.encode()}, 0o755)

    def probe(self, name: str, *, user: str = "roomwatch", during: str = "") -> Rows:
        """during: a shell line run while the probe streams."""
        command = f"cd /tmp && runuser -u {user} -- /opt/roomwatch/bin/roomwatch probe {name} --json --config /tmp/room"
        if during:
            command = f"({command}) & {STREAMING[name]}; {during}; wait $!"
        done = self.machine.shell(command, seconds=180, check=False)
        start = done.stdout.find("[{")
        if start < 0:
            raise RuntimeError(f"{command}\n{done.stdout}{done.stderr}")
        rows: Rows = json.loads(done.stdout[start:].splitlines()[0])
        return rows

    def left(self) -> int:
        """Capturing children that are still there."""
        return int(self.machine.shell("pgrep -fc 'probes[.]isolate' || true").stdout)


OPENED = "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q '/dev/video[01]$'"
LISTENING = "grep -qs RUNNING /proc/asound/card*/pcm*c/sub0/status"
STREAMING = {
    probe: f"for n in $(seq 600); do {sign} && break; sleep 0.05; done; sleep 0.2"
    for probe, sign in (("camera", OPENED), ("microphone", LISTENING))
}
"""Shell that waits until the probe has the device. A look takes 2 s: what goes wrong has to fall into it."""


def of(rows: Rows, check: str) -> dict[str, Any]:
    return next((row for row in rows if row["check"] == check), {})


def fault(code: str, check: str) -> Callable[[Rows], bool]:
    return lambda rows: of(rows, check).get("fault") == code


def busy(holder: str, check: str) -> Callable[[Rows], bool]:
    """A state and not a fault, with the holder's name where it can be known."""

    def judge(rows: Rows) -> bool:
        row = of(rows, check)
        who = row.get("busy") or row.get("evidence", {}).get("busy_holder", "")
        return row.get("fault") == "" and holder in str(who)

    return judge


def no_verdict(check: str) -> Callable[[Rows], bool]:
    """Unknown, or a fault of the device that went away; never healthy and never another fault."""
    gone = ("", "camera_no_frames", "microphone_stalled")
    return lambda rows: of(rows, check).get("fault") in gone and of(rows, check).get("status") != "ok"


Case = tuple[str, list[str], str, Callable[[Rows], bool], dict[str, str]]


def vivid() -> Iterator[Case]:
    def case(name: str, orders: list[str], judge: Callable[[Rows], bool], **more: str) -> Case:
        return f"camera-{name}", orders, "camera", judge, more

    yield case("black", ["camera-pattern 5"], fault("camera_black", "camera"))
    yield case("white", ["camera-pattern 6"], fault("camera_overexposed", "camera"))
    yield case("noise", ["camera-pattern 21"], fault("camera_corruption", "camera"))
    yield case("frozen", ["camera-pattern 0"], fault("camera_frozen", "camera"))
    yield case("busy", ["camera-busy"], busy("another user", "camera"))
    yield case("busy-asked-as-root", [], busy("v4l2-ctl", "camera"), user="root")
    dropped = "camera-control percentage_of_dropped_buffers=100"
    yield case("no-frames", ["camera-free", dropped], fault("camera_no_frames", "camera"))
    repair = "camera-control percentage_of_dropped_buffers=0"
    broken = "v4l2-ctl -d /dev/video0 -c inject_fatal_streaming_error=1"
    yield case("streaming-error", [repair], no_verdict("camera"), during=broken)
    yield case("reopened-after-the-error", [], fault("camera_frozen", "camera"))
    yield case("unplugged-while-we-look", [], no_verdict("camera"), during="/opt/rig/rig.sh camera-unplug")
    yield case("missing", [], fault("camera_missing", "camera.present"))
    yield case("plugged-again", ["camera-plug"], fault("camera_frozen", "camera"))


def webcam() -> Iterator[Case]:
    def case(name: str, orders: list[str], judge: Callable[[Rows], bool], **more: str) -> Case:
        return f"webcam-{name}", orders, "camera", judge, more

    def named(rows: Rows) -> bool:
        return of(rows, "camera").get("target") == WEBCAM_NAME and of(rows, "camera").get("status") == "ok"

    yield case("healthy", ["usbcam-plug"], named)
    yield case("black", ["usbcam-order luma 0"], fault("camera_black", "camera"))
    yield case("white", ["usbcam-order luma 255"], fault("camera_overexposed", "camera"))
    yield case("frozen", ["usbcam-order luma 128", "usbcam-order freeze"], fault("camera_frozen", "camera"))
    yield case("stalled", ["usbcam-order stall"], fault("camera_no_frames", "camera"))
    yield case("busy", ["usbcam-order run", "camera-busy /dev/video1"], busy("another user", "camera"))
    unplug = "/opt/rig/rig.sh usbcam-unplug"
    yield case("unplugged-while-we-look", ["camera-free"], no_verdict("camera"), during=unplug)
    yield case("missing", [], fault("camera_missing", "camera.present"))
    yield case("replugged", ["usbcam-plug"], named)


def loop() -> Iterator[Case]:
    def case(name: str, orders: list[str], judge: Callable[[Rows], bool], **more: str) -> Case:
        return f"microphone-{name}", orders, "microphone", judge, more

    def level(rows: Rows) -> bool:
        return abs(float(of(rows, "microphone").get("values", {}).get("level_dbfs", 0.0)) + 20.0) < 0.15

    silence = fault("microphone_digital_silence", "microphone")
    yield case("level-of-a-tone-at-20-dbfs", ["mic-tone -20"], level)
    yield case("exact-zeros", ["mic-tone silence"], silence)
    yield case("nobody-plays", ["mic-off"], silence)
    yield case("busy", ["mic-busy"], busy("arecord", "microphone"))
    yield case("free-again", ["mic-free"], silence)


def usb_microphone() -> Iterator[Case]:
    def case(name: str, orders: list[str], judge: Callable[[Rows], bool], **more: str) -> Case:
        return f"usb-microphone-{name}", orders, "microphone", judge, more

    def heard(rows: Rows) -> bool:
        row = of(rows, "microphone")
        return "USB_Room_Mic" in row.get("target", "") and abs(row["values"].get("level_dbfs", 0.0) + 9.03) < 0.15

    unplug = "/opt/rig/rig.sh usbmic-unplug"
    yield case("level-of-its-tone", ["usbmic-plug", "usbmic-order tone"], heard)
    yield case("silent", ["usbmic-order silence"], fault("microphone_digital_silence", "microphone"))
    yield case("stalled", ["usbmic-order stall"], fault("microphone_stalled", "microphone"))
    yield case("unplugged-while-we-listen", ["usbmic-order tone"], no_verdict("microphone"), during=unplug)
    yield case("missing", [], fault("microphone_missing", "microphone"))
    yield case("replugged", ["usbmic-plug", "usbmic-order tone"], heard)


GROUPS: dict[str, tuple[Callable[[], Iterator[Case]], str, str]] = {
    "vivid": (vivid, VIVID, LOOP),
    "webcam": (webcam, WEBCAM, LOOP),
    "loop": (loop, VIVID, LOOP),
    "usb-microphone": (usb_microphone, VIVID, USB_MIC),
}


@pytest.mark.room
@pytest.mark.parametrize("group", GROUPS)
def test_each_state_of_the_driver_is_told_as_what_it_is(group: str, room: RoomPc) -> None:
    cases, camera, microphone = GROUPS[group]
    room.restore()
    # No sound server and no devices but the group's: the drivers themselves are what is looked at here.
    room.shell("systemctl stop roomwatch; loginctl disable-linger kiosk; systemctl stop user@1000", seconds=120)
    room.shell("/opt/rig/rig.sh usbcam-unplug; /opt/rig/rig.sh usbmic-unplug", check=False)
    prober, wrong = Prober(room), []
    prober.configure(camera, microphone)
    for name, orders, probe, judge, more in cases():
        for order in orders:
            room.rig(order)
        rows = prober.probe(probe, **more)
        if not judge(rows) or prober.left():
            row = of(rows, probe)
            wrong.append((name, {key: row.get(key) for key in ("status", "fault", "note", "busy", "target", "values")}))
    assert not wrong
