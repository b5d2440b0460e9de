"""Mains and battery of the room's PC, from /sys/class/power_supply. Batteries of mice and headsets do not count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec

from probes.guard import guarded
from probes.judge_reading import Threshold
from probes.reading import Context, NothingToMeasure, Outcome, Reading
from probes.why import because

Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a battery that feeds the PC counts as low; judged only while it discharges."""

    # A quarter is about 15 minutes of a small UPS: time enough to move a meeting. Higher warns earlier.
    battery_low: Ratio = 0.25
    # UPS and laptops shut themselves down between 3 and 10 % (UPower's PercentageCritical is 5, its Low 20).
    battery_empty: Ratio = 0.10


def thresholds(settings: Settings) -> tuple[Threshold, ...]:
    return (
        Threshold(
            value="discharging_charge_ratio",
            fault="battery_low",
            degraded=settings.battery_low,
            failed=settings.battery_empty,
            above=False,
        ),
    )


def _text(supply: Path, name: str) -> str:
    """A file of the supply, "" where it is absent, gone or refuses to be read (a driver may answer ENODEV)."""
    try:
        return (supply / name).read_text(errors="replace").strip()
    except OSError:
        return ""


async def probe(settings: Settings, context: Context) -> list[Outcome]:
    """``power``: are we on mains; ``power.battery`` for each battery or UPS that feeds the PC."""
    try:
        supplies = sorted((context.sys / "class" / "power_supply").iterdir())
    except OSError:
        supplies = []
    ours = [one for one in supplies if _text(one, "scope") != "Device"]
    mains = [one for one in ours if _text(one, "type") == "Mains" or _text(one, "type").startswith("USB")]
    batteries = [one for one in ours if _text(one, "type") in ("Battery", "UPS") and _text(one, "present") != "0"]
    if not batteries and not [one for one in mains if _text(one, "type") == "Mains"]:
        return [NothingToMeasure(check="power", reason=because("no_power_source"))]
    outcomes = await guarded(context, "power", partial(_mains, mains, batteries, context))
    for one in batteries:
        outcomes += await guarded(context, "power.battery", partial(_battery, one), one.name)
    return outcomes


def _mains(mains: list[Path], batteries: list[Path], context: Context) -> Outcome:
    """On mains or not, by the supplies' ``online`` and the batteries' ``status``."""
    online = {one.name: value for one in mains if (value := _text(one, "online"))}
    status = {one.name: value for one in batteries if (value := _text(one, "status"))}
    witnesses = context.memory.setdefault("power", Witnesses())
    assert isinstance(witnesses, Witnesses)
    on_mains = witnesses.on_mains(says_online(online), says_status(status), context.monotonic())
    discharging = ", ".join(name for name, value in status.items() if value == "Discharging")
    evidence: dict[str, str | float | int | bool] = {"discharging": discharging} if discharging else {}
    if online:
        evidence["online"] = ", ".join(name for name, value in online.items() if value != "0") or "none"
    return Reading(
        check="power",
        values={"on_mains": float(on_mains)},
        finding="" if on_mains else "mains_lost",
        evidence=evidence,
    )


def says_online(online: Mapping[str, str]) -> bool | None:
    """What the supplies say: one that is online is enough. None where none says anything."""
    return any(value != "0" for value in online.values()) if online else None


def says_status(status: Mapping[str, str]) -> bool | None:
    """What the batteries say: one that discharges feeds the PC. None where they say nothing of it ("Unknown")."""
    if "Discharging" in status.values():
        return False
    return True if set(status.values()) & {"Charging", "Full", "Not charging"} else None


@dataclass
class Witnesses:
    """Two witnesses of the mains, and when each last changed its word.

    They can contradict each other for good: USB-C feeds the PC beside an adapter that is not plugged in, firmware
    forgets to take ``online`` back. And for moments: each driver asks its hardware at its own time.
    """

    words: dict[str, bool | None] = field(default_factory=dict)
    changed: dict[str, float] = field(default_factory=dict)

    def on_mains(self, online: bool | None, status: bool | None, now: float) -> bool:
        """Where both agree, that; else whoever changed last. Where neither has changed yet, the battery: what it does
        is what counts."""
        for name, word in (("online", online), ("status", status)):
            if name in self.words and self.words[name] is not word:
                self.changed[name] = now
            self.words[name] = word
        if online is None or status is None or online is status:
            return next((word for word in (online, status) if word is not None), True)
        newer = self.changed.get("online", -1.0) > self.changed.get("status", -1.0)
        return online if newer else status


def _battery(battery: Path) -> Outcome:
    status, text = _text(battery, "status"), _text(battery, "capacity")
    try:
        charge = min(1.0, max(0.0, int(text) / 100))
    except ValueError:
        return NothingToMeasure(check="power.battery", target=battery.name, reason=because("no_charge"))
    values = {"charge_ratio": charge}
    if status == "Discharging":
        values["discharging_charge_ratio"] = charge
    evidence: dict[str, str | float | int | bool] = {"status": status or "unknown"}
    seconds = _text(battery, "time_to_empty_now")
    if status == "Discharging" and seconds.isdecimal():
        values["remaining_seconds"] = float(seconds)
    return Reading(check="power.battery", target=battery.name, values=values, evidence=evidence)
