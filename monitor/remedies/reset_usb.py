"""Switch one USB device off and on again by its port (sysfs ``authorized``), as pulling its plug would.

Refuses hubs, disks, keyboards and network adapters: only cameras and sound devices may be reset from afar.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from pathlib import Path

from alerting.model.reason import Reason, because
from alerting.model.remedy_outcome import RemedyOutcome
from monitor.remedies.oneshot import Oneshot
from monitor.remedies.remedy import ALLOWED, Remedy, cannot, done

PORT = re.compile(r"\d{1,3}-\d{1,3}(?:\.\d{1,3}){0,7}")
ALLOWED_CLASSES = frozenset({"01", "0e", "10"})
"""Audio, video, audio/video (USB-IF class codes)."""

HARMLESS_CLASSES = frozenset({"03", "fe", "ff"})
"""Buttons of a headset or camera (HID), firmware update, the vendor's own; alone they are not enough."""

BACK_SECONDS = 15.0
"""A UVC camera enumerates in 1-3 s; conference bars that load firmware take about ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetUsb:
    """target: port ("1-1.4"), device node ("/dev/video0"), or a camera's or sound device's stable name."""

    target: str
    manager: tuple[str, ...] = ("systemctl",)
    allowed: Path = ALLOWED
    sys: Path = Path("/sys")
    dev: Path = Path("/dev")

    def describe(self) -> str:
        return f"Switch the USB device {self.target} off and on again."

    async def dry_run(self) -> RemedyOutcome:
        port = find_port(self.target, self.sys, self.dev)
        if not port:
            return cannot(because("usb_none", what=self.target))
        wrong = unfit(port, self.sys)
        if wrong:
            return cannot(wrong)
        oneshot = self._oneshot(port)
        hindrance = await oneshot.hindrance()
        return hindrance or done(because("usb_ready", what=label(port, self.sys), port=port), oneshot.command)

    async def run(self) -> RemedyOutcome:
        ready = await self.dry_run()
        if not ready.ok:
            return ready
        port = find_port(self.target, self.sys, self.dev)
        before = label(port, self.sys)
        failed = await self._oneshot(port).start()
        if failed is not None:
            return failed
        deadline = time.monotonic() + BACK_SECONDS
        while not _back(port, self.sys) or label(port, self.sys) != before:
            if time.monotonic() > deadline:
                return cannot(because("usb_lost", what=before, port=port, span=BACK_SECONDS), ready.command)
            await asyncio.sleep(0.25)
        return done(because("usb_back", what=before, port=port), ready.command)

    def _oneshot(self, port: str) -> Oneshot:
        return Oneshot(kind="reset-usb", instance=port, manager=self.manager, allowed=self.allowed)


def remedy(target: str, user: str) -> Remedy:
    return ResetUsb(target=target)


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""


def label(port: str, sys: Path) -> str:
    """Maker, product and ids of what sits at the port."""
    place = sys / "bus" / "usb" / "devices" / port
    words = [_text(place / "manufacturer"), _text(place / "product")]
    return " ".join(filter(None, (*words, f"{_text(place / 'idVendor')}:{_text(place / 'idProduct')}")))


def _interfaces(port: str, sys: Path) -> list[str]:
    return sorted(_text(one / "bInterfaceClass") for one in (sys / "bus" / "usb" / "devices").glob(f"{port}:*.*"))


def _back(port: str, sys: Path) -> bool:
    authorized = _text(sys / "bus" / "usb" / "devices" / port / "authorized")
    return authorized == "1" and bool(set(_interfaces(port, sys)) & ALLOWED_CLASSES)


def unfit(port: str, sys: Path) -> Reason:
    """Why this device may not be reset; no reason where it may. One that hangs shows no interface: it may."""
    if _text(sys / "bus" / "usb" / "devices" / port / "bDeviceClass") == "09":
        return because("usb_hub", port=port)
    kinds = set(_interfaces(port, sys))
    if kinds - ALLOWED_CLASSES - HARMLESS_CLASSES:
        return because("usb_also_other", port=port)
    if kinds and not kinds & ALLOWED_CLASSES:
        return because("usb_other", port=port)
    return Reason()


def find_port(target: str, sys: Path, dev: Path) -> str:
    """The port of a device by any of its names; "" where there is none."""
    devices = sys / "bus" / "usb" / "devices"
    if PORT.fullmatch(target):
        return target if (devices / target).exists() else ""
    for folder, names in (("video4linux", _nodes(target, dev)), ("sound", _nodes(target, dev))):
        for name in names:
            port = _above(sys / "class" / folder / name / "device")
            if port:
                return port
    wanted = _plain(target)
    for place in sorted(devices.glob("*-*")):
        if ":" in place.name:
            continue
        product = _plain(_text(place / "product"))
        maker, serial = _plain(_text(place / "manufacturer")), _plain(_text(place / "serial"))
        if len(product) >= 4 and product in wanted and (serial in wanted or maker in wanted):
            return place.name
    return ""


def _nodes(target: str, dev: Path) -> list[str]:
    """Names of kernel devices that the target may mean: a node, or a link that udev made to one."""
    for place in (dev / target.removeprefix("/dev/"), dev / "v4l" / "by-id" / target, dev / "snd" / "by-id" / target):
        if target and place.exists():
            return [place.resolve().name]
    return []


def _above(device: Path) -> str:
    """The nearest USB device above a class device in sysfs."""
    try:
        place = device.resolve(strict=True)
    except OSError:
        return ""
    return next((one.name for one in (place, *place.parents) if PORT.fullmatch(one.name)), "")


def _plain(text: str) -> str:
    """Letters and digits only: udev, PulseAudio and sysfs write one device's name in three ways."""
    return "".join(sign for sign in text.lower() if sign.isalnum())
