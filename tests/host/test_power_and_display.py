"""Mains, batteries and screens out of a sysfs tree that this machine may not have."""

import time
from pathlib import Path

import pytest

from probes import display, power
from probes.judge_reading import Status, judge
from probes.reading import Context, NothingToMeasure, Reading


def supply(sys: Path, name: str, **facts: str) -> None:
    place = sys / "class" / "power_supply" / name
    place.mkdir(parents=True, exist_ok=True)
    for key, value in facts.items():
        (place / key).write_text(value + "\n")


def screen(sys: Path, name: str, status: str) -> None:
    place = sys / "class" / "drm" / name
    place.mkdir(parents=True, exist_ok=True)
    (place / "status").write_text(status + "\n")


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(now=time.time, monotonic=time.monotonic, sys=tmp_path)


async def test_a_desktop_pc_without_any_supply_is_nothing_to_measure(context: Context) -> None:
    (outcome,) = await power.probe(power.Settings(), context)
    assert isinstance(outcome, NothingToMeasure)


async def test_mains_gone_is_a_fault_and_mains_back_is_none(context: Context) -> None:
    supply(context.sys, "AC", type="Mains", online="0")
    supply(context.sys, "BAT0", type="Battery", status="Discharging", capacity="80")
    mains, _ = await power.probe(power.Settings(), context)
    assert isinstance(mains, Reading)
    assert mains.finding == "mains_lost"
    assert mains.evidence["discharging"] == "BAT0"
    supply(context.sys, "AC", type="Mains", online="1")
    supply(context.sys, "BAT0", status="Charging")
    mains, _ = await power.probe(power.Settings(), context)
    assert isinstance(mains, Reading)
    assert mains.finding == ""


@pytest.mark.parametrize(
    ("online", "status", "lost"),
    [
        ("1", "Charging", False),
        ("1", "Full", False),
        ("0", "Discharging", True),
        ("0", "Charging", False),  # fed over USB-C, beside an adapter that is not plugged in
        ("0", "Full", False),
        ("0", "Not charging", False),
        ("1", "Discharging", True),  # the firmware forgot to take "online" back
        ("1", "Unknown", False),
        ("0", "Unknown", True),
        ("", "Discharging", True),
        ("", "Full", False),
    ],
)
async def test_what_the_adapter_and_the_battery_say_together(
    context: Context, online: str, status: str, lost: bool
) -> None:
    supply(context.sys, "AC", type="Mains", online=online)
    supply(context.sys, "BAT0", type="Battery", status=status, capacity="80")
    mains, _ = await power.probe(power.Settings(), context)
    assert isinstance(mains, Reading)
    assert (mains.finding == "mains_lost") is lost


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (("1", "Full"), ("0", "Full"), True),  # unplugged; the battery has not noticed yet
        (("1", "Full"), ("1", "Discharging"), True),  # unplugged; the adapter's driver has not noticed yet
        (("0", "Discharging"), ("1", "Discharging"), False),  # plugged in again
        (("0", "Discharging"), ("0", "Charging"), False),  # plugged in over USB-C
        (("0", "Charging"), ("0", "Discharging"), True),  # USB-C pulled out
    ],
)
async def test_where_they_contradict_each_other_the_newer_word_counts(
    context: Context, before: tuple[str, str], after: tuple[str, str], lost: bool
) -> None:
    for online, status in (before, after, after):
        supply(context.sys, "AC", type="Mains", online=online)
        supply(context.sys, "BAT0", type="Battery", status=status, capacity="80")
        mains, _ = await power.probe(power.Settings(), context)
    assert isinstance(mains, Reading)
    assert (mains.finding == "mains_lost") is lost


async def test_two_usb_c_ports_of_which_one_feeds_are_mains(context: Context) -> None:
    supply(context.sys, "AC", type="Mains", online="0")
    supply(context.sys, "ucsi-source-psy-USBC000:001", type="USB", online="1")
    supply(context.sys, "ucsi-source-psy-USBC000:002", type="USB", online="0")
    supply(context.sys, "BAT0", type="Battery", status="Not charging", capacity="80")
    mains, _ = await power.probe(power.Settings(), context)
    assert isinstance(mains, Reading)
    assert mains.finding == ""


async def test_a_ups_without_a_mains_supply_tells_by_discharging(context: Context) -> None:
    supply(context.sys, "hid-ups", type="UPS", status="Discharging", capacity="60")
    mains, _ = await power.probe(power.Settings(), context)
    assert isinstance(mains, Reading)
    assert mains.finding == "mains_lost"


async def test_the_battery_of_a_mouse_is_not_the_rooms_power(context: Context) -> None:
    supply(context.sys, "hidpp_battery_0", type="Battery", scope="Device", status="Discharging", capacity="3")
    (outcome,) = await power.probe(power.Settings(), context)
    assert isinstance(outcome, NothingToMeasure)


@pytest.mark.parametrize(
    ("charge", "state", "expected"),
    [
        ("80", "Discharging", Status.OK),
        ("20", "Discharging", Status.DEGRADED),
        ("5", "Discharging", Status.FAILED),
        ("5", "Charging", Status.OK),
    ],
)
async def test_a_battery_is_low_only_while_it_discharges(
    context: Context, charge: str, state: str, expected: Status
) -> None:
    supply(context.sys, "AC", type="Mains", online="1")
    supply(context.sys, "BAT0", type="Battery", status=state, capacity=charge)
    _, battery = await power.probe(power.Settings(), context)
    assert isinstance(battery, Reading)
    assert judge(battery, power.thresholds(power.Settings())).status is expected


async def test_a_battery_that_reports_nonsense_is_left_out(context: Context) -> None:
    supply(context.sys, "AC", type="Mains", online="1")
    supply(context.sys, "BAT0", type="Battery", status="Unknown", capacity="n/a")
    _, battery = await power.probe(power.Settings(), context)
    assert isinstance(battery, NothingToMeasure)


async def test_a_screen_that_was_seen_and_is_unplugged_is_missing(context: Context) -> None:
    screen(context.sys, "card0-HDMI-A-1", "connected")
    screen(context.sys, "card0-DP-1", "disconnected")
    (first,) = await display.probe(display.Settings(), context)
    assert isinstance(first, Reading)
    assert first.finding == ""
    screen(context.sys, "card0-HDMI-A-1", "disconnected")
    (second,) = await display.probe(display.Settings(), context)
    assert isinstance(second, Reading)
    assert second.finding == "display_missing"
    assert second.evidence["missing"] == "HDMI-A-1"


async def test_two_screens_are_missed_though_they_were_never_seen(context: Context) -> None:
    screen(context.sys, "card1-HDMI-A-1", "connected")
    (outcome,) = await display.probe(display.Settings(count=2), context)
    assert isinstance(outcome, Reading)
    assert outcome.finding == "display_missing"
    assert outcome.values == {"displays": 1.0, "displays_expected": 2.0}


async def test_a_named_connector_without_screen_is_missing_though_the_count_is_right(context: Context) -> None:
    screen(context.sys, "card0-HDMI-A-1", "disconnected")
    screen(context.sys, "card0-DP-1", "connected")
    (outcome,) = await display.probe(display.Settings(connectors=("HDMI-A-1",)), context)
    assert isinstance(outcome, Reading)
    assert outcome.finding == "display_missing"


async def test_a_writeback_connector_is_no_screen(context: Context) -> None:
    screen(context.sys, "card0-Writeback-1", "unknown")
    (outcome,) = await display.probe(display.Settings(), context)
    assert isinstance(outcome, NothingToMeasure)
