"""Mains and battery of the room's PC, from /sys/class/power_supply. Refuses batteries of mice and headsets."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec

from probes.guard import guarded
from probes.reading import Context, NothingToMeasure, Outcome, Reading
from probes.threshold import Threshold

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
        return [NothingToMeasure(check="power", reason="the machine reports neither mains nor battery")]
    outcomes = await guarded(context, "power", partial(_mains, mains, batteries))
    for one in batteries:
        outcomes += await guarded(context, "power.battery", partial(_battery, one), one.name)
    return outcomes


def _mains(mains: list[Path], batteries: list[Path]) -> Outcome:
    """A supply that says it is online decides; where none says anything, a discharging battery does."""
    online = [value for one in mains if (value := _text(one, "online"))]
    discharging = [one.name for one in batteries if _text(one, "status") == "Discharging"]
    if online:
        on_mains = any(value != "0" for value in online)
    else:
        on_mains = not discharging
    evidence = {"discharging": ", ".join(discharging)} if discharging else {}
    return Reading(
        check="power",
        values={"on_mains": float(on_mains)},
        finding="" if on_mains else "mains_lost",
        evidence=evidence,
    )


def _battery(battery: Path) -> Outcome:
    status, text = _text(battery, "status"), _text(battery, "capacity")
    try:
        charge = min(1.0, max(0.0, int(text) / 100))
    except ValueError:
        return NothingToMeasure(check="power.battery", target=battery.name, reason="it does not report its charge")
    values = {"charge_ratio": charge}
    if status == "Discharging":
        values["discharging_charge_ratio"] = charge
    evidence: dict[str, str | float | int | bool] = {"status": status or "unknown"}
    seconds = _text(battery, "time_to_empty_now")
    if status == "Discharging" and seconds.isdecimal():
        values["remaining_seconds"] = float(seconds)
    return Reading(check="power.battery", target=battery.name, values=values, evidence=evidence)
