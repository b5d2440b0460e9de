"""The acoustic check's outcome as numbers and back: nothing is lost but names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import probes.acoustic
from alerting.model.catalogue import KINDS
from monitor.user_session_client.protocol import only_numbers
from probes.acoustic.by_session import FINDINGS, REASONS, WITHOUT_NAMES, from_numbers, to_numbers
from probes.acoustic.screen import all_asleep, is_screen
from probes.linux.sound_devices import Node
from probes.reading import CannotMeasure, Reading
from probes.why import because

GIVEN_AS_FINDINGS = {"", *(code.removeprefix("acoustic_") for code in KINDS if code.startswith("acoustic_"))}


def test_every_finding_of_the_catalogue_has_its_place() -> None:
    assert set(FINDINGS) == GIVEN_AS_FINDINGS


def test_every_reason_that_the_check_gives_for_not_measuring_has_its_place() -> None:
    """Those of a meeting are given outside the session; those of a finding are told by the finding."""
    outside = {"acoustic_off", "meeting_runs", "meeting_unknown", "meeting_soon"}
    of_findings = {
        "sound_too_fast", "arrives_softly", "speaker_channel_silent", "microphone_channel_silent", "sound_delayed",
        "second_arrival", "overtones", "other_hears", "silent_while_played", "loudspeaker_not_heard",
        "asked_through_session",
    }  # fmt: skip
    given = set()
    for file in Path(probes.acoustic.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "because":
                given |= {one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)
                          and isinstance(one.value, str)}  # fmt: skip
    assert len(given) > 25
    assert given - outside - of_findings <= {*REASONS, *WITHOUT_NAMES, "child_"}


@pytest.mark.parametrize("finding", sorted(GIVEN_AS_FINDINGS))
def test_a_finding_goes_there_and_back(finding: str) -> None:
    code = f"acoustic_{finding}" if finding else ""
    said = Reading(check="acoustic", target="mic", finding=code, confidence=0.9, values={"gain_db": -20.5})
    back = from_numbers(only_numbers(to_numbers(said)), "speaker", "mic")
    assert isinstance(back, Reading)
    assert (back.finding, back.confidence, back.values) == (code, 0.9, {"gain_db": -20.5})
    assert (back.evidence["loudspeaker"], back.evidence["microphone"]) == ("speaker", "mic")


@pytest.mark.parametrize(
    ("reason", "back"),
    [
        (because("room_loud", level=-30), because("room_loud", level=-30)),
        (because("heard_in_room", db=14), because("heard_in_room", db=14)),
        (because("one_is_muted"), because("one_is_muted")),
        (because("program_records", program="zoom"), because("sound_in_use")),
        (because("sweep_refused", name="speaker"), because("sweep_not_played")),
        (because("system_error", detail="secret"), because("no_usable_answer")),
    ],
)
def test_a_reason_goes_there_and_back_without_names(reason: object, back: object) -> None:
    said = CannotMeasure(check="acoustic", target="mic", reason=reason)  # type: ignore[arg-type]
    told = from_numbers(only_numbers(to_numbers(said)), "", "mic")
    assert isinstance(told, CannotMeasure) and told.reason == back


@pytest.mark.parametrize("told", [{}, {"judged": 1}, {"judged": 1, "finding": 99}, {"judged": 0, "reason": 99}])
def test_numbers_that_mean_nothing_are_no_finding(told: dict[str, float]) -> None:
    outcome = from_numbers(told, "", "")
    assert isinstance(outcome, CannotMeasure) and outcome.reason == because("no_usable_answer")


@pytest.mark.parametrize(
    ("name", "screen"),
    [
        ("alsa_output.pci-0000_00_1f.3.hdmi-stereo", True),
        ("alsa_output.pci-0000_00_1f.3.HiFi__HDMI1__sink", True),
        ("alsa_output.pci-0000_00_1f.3.analog-stereo", False),
        ("bluez_output.Meeting_Bar", False),
    ],
)
def test_a_screen_s_loudspeaker_is_known_by_its_name(name: str, screen: bool) -> None:
    assert is_screen(Node(index=1, name=name)) is screen


@pytest.mark.parametrize(
    ("screens", "asleep"),
    [
        ({}, False),
        ({"HDMI-A-1": ("connected", "On")}, False),
        ({"HDMI-A-1": ("connected", "Off")}, True),
        ({"HDMI-A-1": ("connected", "Standby"), "DP-1": ("disconnected", "On")}, True),
        ({"HDMI-A-1": ("connected", "Off"), "DP-1": ("connected", "On")}, False),
    ],
)
def test_screens_sleep_when_the_computer_has_sent_all_of_them_to_sleep(
    screens: dict[str, tuple[str, str]], asleep: bool, tmp_path: Path
) -> None:
    for name, (status, dpms) in screens.items():
        place = tmp_path / "class" / "drm" / f"card0-{name}"
        place.mkdir(parents=True)
        (place / "status").write_text(f"{status}\n")
        (place / "dpms").write_text(f"{dpms}\n")
    assert all_asleep(tmp_path) is asleep
