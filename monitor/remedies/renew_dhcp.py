"""Renew the DHCP lease of one interface through whatever manages it, and see that an address is there afterwards."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from pathlib import Path

from alerting.model.reason import because
from alerting.model.remedy_outcome import RemedyOutcome
from monitor.remedies.oneshot import Oneshot
from monitor.remedies.remedy import ALLOWED, Remedy, cannot, done

INTERFACE = re.compile(r"[A-Za-z0-9_.:-]{1,15}")
ADDRESS_SECONDS = 20.0
"""A DHCP client asks at 0, 4 and 12 s (RFC 2131, 4.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewDhcp:
    """target: the interface's name."""

    target: str
    manager: tuple[str, ...] = ("systemctl",)
    allowed: Path = ALLOWED
    sys: Path = Path("/sys")

    @property
    def _oneshot(self) -> Oneshot:
        return Oneshot(kind="renew-dhcp", instance=self.target, manager=self.manager, allowed=self.allowed)

    def describe(self) -> str:
        return f"Ask the DHCP server for the address of {self.target} again."

    async def dry_run(self) -> RemedyOutcome:
        if not INTERFACE.fullmatch(self.target):
            return cannot(because("interface_name", what=self.target))
        if not (self.sys / "class" / "net" / self.target).exists():
            return cannot(because("interface_none", what=self.target))
        hindrance = await self._oneshot.hindrance()
        return hindrance or done(because("lease_ready", what=self.target), self._oneshot.command)

    async def run(self) -> RemedyOutcome:
        ready = await self.dry_run()
        if not ready.ok:
            return ready
        failed = await self._oneshot.start()
        if failed is not None:
            return failed
        deadline = time.monotonic() + ADDRESS_SECONDS
        while not (address := _address(self.target)):
            if time.monotonic() > deadline:
                return cannot(because("lease_none", what=self.target, span=ADDRESS_SECONDS), ready.command)
            await asyncio.sleep(0.5)
        return done(because("lease_renewed", what=self.target, address=address), ready.command)


def remedy(target: str, user: str) -> Remedy:
    return RenewDhcp(target=target)


def _address(interface: str) -> str:
    """Its IPv4 address; a link-local one (169.254/16) is what a PC gives itself when no server answered."""
    import psutil

    for one in psutil.net_if_addrs().get(interface, []):
        if one.family.name == "AF_INET" and not one.address.startswith("169.254."):
            return str(one.address)
    return ""
