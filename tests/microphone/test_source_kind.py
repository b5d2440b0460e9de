"""What a source is found to be, what its silence then means, and what evidence over several bursts adds up to."""

from pathlib import Path

import pytest

from probes.microphone.listening import FILE, Listening
from probes.microphone.source_kind import Facts, Habits, kind_of

DAYS = 3 * 1440 + 1
"""Minutes."""
LIVE = {"silent_share": 0.0, "channels": 1.0, "dead_channels": 0.0}
SILENT = {"silent_share": 1.0, "channels": 1.0, "dead_channels": 1.0}


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (Facts(configured="raw", virtual=True), "raw"),
        (Facts(configured="processed", bus="pci"), "processed"),
        (Facts(virtual=True, name="Echo-Cancel Source"), "virtual"),
        (Facts(name="Acme Ceiling Array", bus="usb"), "array"),
        (Facts(name="Jabra SPEAK 510 USB", bus="usb"), "processed"),
        (Facts(name="Headphones", bus="bluetooth"), "processed"),
        (Facts(name="Built-in Audio Analog Stereo", bus="pci"), "raw"),
        (Facts(name="USB Audio Device", bus="usb"), "unknown"),
    ],
)
def test_device_and_configuration_tell_what_a_source_is(facts: Facts, kind: str) -> None:
    assert kind_of(facts, Habits())[0] == kind


def heard(listening: Listening, label: str, numbers: dict[str, float], now: float, confidence: float = 1.0) -> str:
    return listening.hear("mic", Facts(bus="usb"), label, confidence, numbers, now).label


def test_a_source_that_was_live_for_days_is_raw_and_its_silence_is_then_a_fault() -> None:
    listening = Listening()
    assert heard(listening, "digital_silence", SILENT, 0.0) == "unknown"
    listening = Listening()
    for minute in range(DAYS):
        assert heard(listening, "healthy", LIVE, 60.0 * minute) == "healthy"
    assert listening.kind("mic", Facts(bus="usb"))[0] == "raw"
    assert heard(listening, "dead", SILENT, 60.0 * (DAYS + 1)) == "dead"


def test_a_source_that_falls_silent_every_night_is_processed_and_its_silence_alarms_nobody() -> None:
    listening = Listening()
    said = set()
    for minute in range(5 * 1440):
        night = minute % 1440 < 480
        said.add(heard(listening, "dead" if night else "healthy", SILENT if night else LIVE, 60.0 * minute))
    assert said == {"unknown", "healthy"}
    assert listening.kind("mic", Facts(bus="usb"))[0] == "processed"


def test_a_loose_contact_does_not_make_a_raw_source_a_processed_one() -> None:
    listening = Listening()
    for minute in range(DAYS):
        heard(listening, "healthy", LIVE, 60.0 * minute)
    for minute in range(DAYS, DAYS + 20):
        heard(listening, "muted", {**LIVE, "silent_share": 0.4}, 60.0 * minute)
    assert listening.kind("mic", Facts(bus="usb"))[0] == "raw"


@pytest.mark.parametrize(
    ("configured", "loud", "said"),
    [("raw", -66.0, "too_quiet"), ("processed", -66.0, "unknown"), ("array", -66.0, "unknown"),
     ("processed", -52.0, "too_quiet")],
)  # fmt: skip
def test_faint_shreds_of_a_processed_source_are_no_quiet_voice(configured: str, loud: float, said: str) -> None:
    numbers = LIVE | {"loud_dbfs": loud}
    assert Listening().hear("mic", Facts(configured=configured), "too_quiet", 0.9, numbers, 0.0).label == said


def test_a_guess_alarms_nobody_and_four_that_agree_do() -> None:
    listening = Listening()
    first = listening.hear("mic", Facts(), "hum", 0.55, LIVE, 0.0)
    assert (first.label, first.suspected) == ("healthy", "hum")
    assert [heard(listening, "hum", LIVE, 5.0 * n, 0.62) for n in (1, 2, 3)] == ["healthy", "healthy", "hum"]


@pytest.mark.parametrize(
    ("configured", "loud", "said"),
    [
        ("processed", -36.0, "unknown"),
        ("array", -30.0, "unknown"),
        ("processed", -18.0, "hiss"),
        ("raw", -36.0, "hiss"),
    ],
)
def test_hiss_of_an_automatic_gain_is_told_once_somebody_speaks(configured: str, loud: float, said: str) -> None:
    numbers = LIVE | {"hiss_dbfs": -32.0, "loud_dbfs": loud}
    assert Listening().hear("mic", Facts(configured=configured), "hiss", 0.95, numbers, 0.0).label == said


def test_hiss_whose_level_was_not_told_is_unknown_behind_processing() -> None:
    assert Listening().hear("mic", Facts(configured="array"), "hiss", 0.95, LIVE, 0.0).label == "unknown"


@pytest.mark.parametrize("label", ["echo", "muffled", "wind", "clipping"])
def test_what_music_and_laughter_can_sound_like_is_told_when_it_goes_on(label: str) -> None:
    listening = Listening()
    said = [heard(listening, label, LIVE, 60.0 * minute, 0.6) for minute in range(4)]
    assert said == ["healthy", "healthy", "healthy", label]
    assert heard(listening, "healthy", LIVE, 300.0) == "healthy"
    assert heard(listening, label, LIVE, 360.0, 0.6) == "healthy"


def test_a_guess_bears_out_a_burst_that_was_sure() -> None:
    listening = Listening()
    assert [heard(listening, "hum", LIVE, 5.0 * n, sure) for n, sure in enumerate((0.9, 0.6))] == ["hum", "hum"]


def test_guesses_that_disagree_or_lie_far_apart_do_not_add_up() -> None:
    listening = Listening()
    assert heard(listening, "hum", LIVE, 0.0, 0.55) == "healthy"
    assert heard(listening, "echo", LIVE, 5.0, 0.55) == "healthy"
    assert heard(listening, "echo", LIVE, 5000.0, 0.55) == "healthy"
    assert heard(listening, "hum", LIVE, 5005.0, 0.95) == "hum"


def test_an_array_that_loses_a_part_is_told_and_one_that_never_had_it_is_not() -> None:
    four = {"silent_share": 0.0, "channels": 4.0, "dead_channels": 0.0}
    listening = Listening()
    for minute in range(20):
        listening.hear("a", Facts(configured="array"), "healthy", 1.0, four, 60.0 * minute)
    three = four | {"dead_channels": 1.0}
    said = [listening.hear("a", Facts(configured="array"), "healthy", 1.0, three, 1200.0 + n).label for n in range(4)]
    assert said == ["healthy", "healthy", "healthy", "channel_dead"]
    for label in ("healthy", "channel_dead"):
        never = [listening.hear("b", Facts(configured="raw"), label, 1.0, three, 60.0 * n).label for n in range(40)]
        assert set(never) == {"healthy"}


def test_habits_outlive_the_daemon_and_a_broken_file_does_not_stop_it(tmp_path: Path) -> None:
    file = tmp_path / FILE
    listening = Listening(file)
    for minute in range(DAYS):
        heard(listening, "healthy", LIVE, 60.0 * minute)
    again = Listening(file)
    assert again.habits["mic"].raw
    file.write_text("{broken")
    assert Listening(file).habits == {}
