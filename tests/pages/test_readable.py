"""Readings are shown with names and units that people know."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from alerting.messages.check_readings import check_name, readings, value_text
from alerting.words import load_words

EN, ZH = load_words("en"), load_words("zh-CN")


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("gateway_rtt_seconds", 0.005781, "5.78 ms"),
        ("certificate_left_seconds", 86400 * 41.2, "41 d"),
        ("remaining_seconds", 5400, "90 min"),
        ("free_bytes", 7.511e10, "70 GiB"),
        ("free_ratio", 0.2776, "27.8 %"),
        ("link_bits_per_second", 1e9, "1 Gbit/s"),
        ("level_dbfs", -54.26, "-54.3 dBFS"),
        ("wifi_signal_dbm", -61.0, "-61.0 dBm"),
        ("muted", 0.0, "no"),
        ("processes", 3.0, "3"),
    ],
)
def test_a_number_is_shown_in_the_unit_that_fits(name: str, value: float, shown: str) -> None:
    assert value_text(name, value, EN) == shown


def test_checks_and_readings_have_names_in_the_language_of_the_page() -> None:
    assert check_name("network.gateway", ZH) == "网关"
    assert readings({"gateway_rtt_seconds": 0.0012}, ZH) == [("往返", "1.2 ms")]
    assert check_name("some.new", EN) == "some.new"
    assert readings({"brand_new_count": 2.0}, EN) == [("brand new count", "2")]


@given(name=some.sampled_from(["a_seconds", "b_bytes", "c_ratio", "d_dbfs", "e"]), value=some.floats(allow_nan=True))
def test_no_number_breaks_a_page(name: str, value: float) -> None:
    assert value_text(name, value, ZH)
