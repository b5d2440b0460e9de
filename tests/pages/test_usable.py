"""Can a meeting be held here? The word for each state of a room."""

from __future__ import annotations

from typing import Any

import pytest

from alerting.words import LANGUAGES, load_words
from monitor.pages.room_view import verdict
from monitor.pages.usable import Part, RoomAnswer, Usable, usable
from tests.pages.test_server import STATUS


def room(*codes: str, states: tuple[str, ...] = ("ok",), ready: bool = True, drill: bool = False) -> dict[str, Any]:
    faults = [{"code": code, "target": "", "since": 0.0} for code in codes]
    incident = {"number": 1, "drill": drill, "elsewhere": False, "faults": faults}
    checks = [{"check": "host.disk", "state": state} for state in states]
    return {**STATUS, "ready": ready, "faults": [], "incidents": [incident] if codes else [], "checks": checks}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (room(), RoomAnswer(Usable.READY)),
        (room("camera_black"), RoomAnswer(Usable.LIMITED, (Part.PICTURE,))),
        (room("microphone_missing"), RoomAnswer(Usable.LIMITED, (Part.SOUND,))),
        (room("camera_defocus"), RoomAnswer(Usable.LIMITED, (), (Part.PICTURE,))),
        (room("camera_black", "microphone_missing"), RoomAnswer(Usable.NOT_NOW, (Part.PICTURE, Part.SOUND))),
        (room("link_down"), RoomAnswer(Usable.NOT_NOW, (Part.NETWORK,))),
        (room("app_not_running"), RoomAnswer(Usable.NOT_NOW, (Part.PROGRAM,))),
        (room("reported_network"), RoomAnswer(Usable.NOT_NOW, (Part.NETWORK,))),
        (room("reboot_pending"), RoomAnswer(Usable.READY)),
        (room("link_down", drill=True), RoomAnswer(Usable.READY)),
        (room(states=("unknown", "unknown")), RoomAnswer(Usable.UNKNOWN)),
        (room(states=("unknown", "ok")), RoomAnswer(Usable.READY)),
        (room(ready=False), RoomAnswer(Usable.UNKNOWN)),
    ],
)
def test_the_word_follows_what_people_can_do(status: dict[str, Any], expected: RoomAnswer) -> None:
    assert usable(status) == expected


@pytest.mark.parametrize(("severity", "expected"), [("critical", Usable.LIMITED), ("notice", Usable.READY)])
def test_what_people_tell_and_no_check_sees_is_no_ready_room(severity: str, expected: Usable) -> None:
    told = room("reported_device")
    told["incidents"][0]["severity"] = severity
    assert usable(told).usable is expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("word", Usable)
def test_every_answer_has_one_word_and_one_sentence(language: str, word: Usable) -> None:
    made = verdict(
        RoomAnswer(word, (Part.SOUND,) if word in (Usable.LIMITED, Usable.NOT_NOW) else ()), load_words(language)
    )
    assert made["word"]
    assert made["sentence"].endswith((".", "。"))


@pytest.mark.parametrize(("language", "said"), [("en", "Instead: Room 402"), ("zh-CN", "可改用：Room 402")])
@pytest.mark.parametrize("word", Usable)
def test_a_room_that_is_not_all_there_says_where_to_go_instead(language: str, said: str, word: Usable) -> None:
    made = verdict(RoomAnswer(word), load_words(language), ("Room 402", "Hall", "Third"))
    assert (said in made["more"]) is (word in (Usable.LIMITED, Usable.NOT_NOW))
    assert len(made["more"]) in (0, 2), "a choice is no list"
