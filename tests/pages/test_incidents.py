"""Open incidents on the page and in the terminal: what is wrong, who has it, what comes first, how to take it."""

from __future__ import annotations

import html
from typing import Any

import click
import pytest

from alerting.service.incident_words import begun, loose_faults, trouble
from alerting.words import load_words
from monitor.daemon.live_summary import address, lines
from monitor.pages.rendering import page
from monitor.pages.room_view import room_view
from tests.pages.test_server import STATUS

INCIDENT: dict[str, Any] = {
    "number": 7,
    "room": "r12",
    "room_name": "Room 12",
    "elsewhere": False,
    "scope": "room",
    "code": "reported_device",
    "severity": "critical",
    "phase": "open",
    "opened_at": 0.0,
    "taken_by": "",
    "confirmed_by": "",
    "told": [
        {"name": "Li Wei", "state": "accepted", "channel": "wecom", "at": 180.0},
        {"name": "Chen Li", "state": "accepted", "channel": "sms", "at": 200.0},
        {"name": "Zhou Min", "state": "held", "channel": "mail", "at": 25200.0},
        {"name": "Sun Yue", "state": "failed", "channel": "mail", "at": None},
        {"name": "", "state": "pending", "channel": "mail", "at": None},
        {"name": "He Ping", "state": "withdrawn", "channel": "mail", "at": None},
    ],
    "reported_by": "Ann",
    "text": "<b>the beamer smokes",
    "faults": [{"code": "reported_device", "target": "", "since": 0.0}],
    "drill": False,
    "handed_over": False,
}


def room(*incidents: dict[str, Any], faults: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {**STATUS, "faults": list(faults), "incidents": list(incidents), "premeeting": None, "checks": []}


def render(status: dict[str, Any], language: str) -> str:
    """The room's page, its typed texts as a browser shows them."""
    return html.unescape(escaped(status, language))


def escaped(status: dict[str, Any], language: str) -> str:
    words = load_words(language)
    shown = {**room_view(status, words, {}), "seen": "", "calls": []}
    return page("room.html", words, room={"name": "", "place": ""}, root="", home="", version="", **shown)


def seen(status: dict[str, Any], language: str) -> tuple[str, str]:
    """(page, live view)."""
    return render(status, language), click.unstyle("\n".join(lines(status, load_words(language), 400)))


def says(view: str, text: str) -> bool:
    """A page begins its lines with a capital letter."""
    return text in view or begun(text) in view


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("#7", "Device fault reported", "Critical", "not taken yet", "told 2", "Ann reports: “")),
        ("zh-CN", ("#7", "用户报告设备问题", "严重", "尚未接单", "已通知 2 人", "Ann 报告：“", "联系报告人")),
    ],
)
def test_a_declared_incident_says_who_must_do_what(language: str, expected: tuple[str, ...]) -> None:
    page, live = seen(room(INCIDENT), language)
    for text in expected:
        assert says(page, text)
        assert says(live, text)
    assert "roomwatch take 7 --by " in live
    assert "1 " in trouble(room(INCIDENT), load_words(language))


@pytest.mark.parametrize(("language", "expected"), [("en", "Reported by Ann"), ("zh-CN", "报告人：Ann")])
def test_the_reporter_to_call_is_named_without_any_words_of_theirs(language: str, expected: str) -> None:
    for view in seen(room({**INCIDENT, "text": ""}), language):
        assert expected in view
    for view in seen(room({**INCIDENT, "text": "", "reported_by": ""}), language):
        assert expected.removesuffix("Ann") not in view


def test_who_took_and_confirmed_it_is_named_and_nobody_is_asked_to_take_it_again() -> None:
    taken = {**INCIDENT, "taken_by": "Li Wei", "confirmed_by": "Chen Li"}
    for view in seen(room(taken), "en"):
        assert says(view, "taken by Li Wei, confirmed by Chen Li")
        assert "roomwatch take" not in view


def test_a_fault_is_shown_once_in_its_incident() -> None:
    mine = {"code": "camera_black", "room": "r12", "target": "cam", "since": 0.0, "symptoms": [], "class": "device"}
    other = {**mine, "code": "camera_frozen", "target": "other"}
    held = {**INCIDENT, "code": "camera_black", "text": "", "faults": [mine]}
    status = room(held, faults=(mine, other))
    assert loose_faults(status) == [other]
    for view in seen(status, "en"):
        assert view.count("Camera picture is black cam") == 1
    assert "2" in trouble(status, load_words("en"))


def test_a_drill_is_shown_as_one_and_is_no_trouble() -> None:
    drill = {**INCIDENT, "drill": True}
    page, live = seen(room(drill), "zh-CN")
    assert "【演练】" in page
    assert "【演练】" in live
    assert trouble(room(drill), load_words("zh-CN")) == ""


def test_the_place_of_an_incident_elsewhere_is_named() -> None:
    floor = {**INCIDENT, "scope": "floor", "room": "3", "room_name": "3", "elsewhere": True}
    for view in seen(room(floor), "en"):
        assert "Floor 3: " in view


def test_the_live_view_names_no_port_before_there_is_one() -> None:
    assert address("127.0.0.1", {"port": 0, "port_problem": ""}, load_words("en")) == ""
    assert address("127.0.0.1", {"port": 9720, "port_problem": ""}, load_words("en")) == "http://127.0.0.1:9720/"
    taken = {"port": 0, "port_problem": "::1 port 9720: Address already in use"}
    assert address("::1", taken, load_words("en")).startswith("no page: ::1 port 9720: the address is in use")
    assert "ddress" not in address("::1", taken, load_words("zh-CN"))


def test_nothing_that_comes_from_outside_is_markup() -> None:
    page = escaped({**STATUS, "incidents": [INCIDENT], "premeeting": None}, "en")
    assert "<b>the beamer" not in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            "told: Li Wei (WeCom, 00:03), Chen Li (SMS, 00:03); about to be sent: a participant (mail); "
            "held back until 07:00 by quiet hours: Zhou Min (mail); not delivered: Sun Yue (mail)",
        ),
        (
            "zh-CN",
            "已通知：Li Wei（企业微信，00:03）、Chen Li（短信，00:03）；待发送：参会人员（邮件）；"
            "免打扰时段，07:00 发送：Zhou Min（邮件）；未送达：Sun Yue（邮件）",
        ),
    ],
)
def test_who_was_told_stands_on_every_screen_with_channel_and_time(language: str, expected: str) -> None:
    status = {**room(INCIDENT), "timezone": "UTC", "language": language}
    page, live = seen(status, language)
    assert says(page, expected)
    assert expected in live
    untold = {**INCIDENT, "told": [one for one in INCIDENT["told"] if one["state"] != "accepted"]}
    nobody = load_words(language).text("page.told_nobody")
    assert all(nobody in view for view in seen({**status, "incidents": [untold]}, language))
    assert all(nobody not in view for view in seen(status, language))
