"""The room page says when the room last listened to itself."""

from typing import Any

import pytest

from alerting.words import load_words
from monitor.pages.room_view import check_view


def check(**values: float) -> dict[str, Any]:
    return {
        "check": "acoustic", "target": "mic", "state": "ok", "values": values, "note": "", "fault": "", "limit": None,
        "at": 1_795_000_000.0, "since": 0.0, "limits": {},
    }  # fmt: skip


@pytest.mark.parametrize(("language", "said"), [("en", "last listened to itself at"), ("zh-CN", "上次声学自检：")])
def test_the_time_is_that_of_the_sweep_and_not_of_the_look(language: str, said: str) -> None:
    shown = check_view(check(listened_ago_seconds=3600.0, gain_db=-20.0), load_words(language), {}, "UTC")
    other = check_view(check(listened_ago_seconds=0.0, gain_db=-20.0), load_words(language), {}, "UTC")
    assert said in shown["since"]
    assert shown["since"] != other["since"]
    assert [one["text"] for one in shown["readings"]] == ["-20.0 dB"]


def test_without_a_sweep_nothing_is_said() -> None:
    assert check_view(check(), load_words("en"), {}, "UTC")["since"] == ""
