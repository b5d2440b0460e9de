"""One rule for the spaces between Chinese and Latin text, at the ends of every value."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.messages.place import say_place
from alerting.spacing import fill
from alerting.words import LANGUAGES, load_words

CHINESE = "\u4e00-\u9fff"


@pytest.mark.parametrize(
    ("template", "values", "said"),
    [
        ("已由 {name} 接单", {"name": "王强"}, "已由王强接单"),
        ("已由{name}接单", {"name": "Li Wei"}, "已由 Li Wei 接单"),
        ("已从{place}取出{name}", {"place": "IT 服务台", "name": "HDMI 线"}, "已从 IT 服务台取出 HDMI 线"),
        ("历时 {span}。", {"span": "不到 1 分钟"}, "历时不到 1 分钟。"),
        ("历时{span}。", {"span": "5 分钟"}, "历时 5 分钟。"),
        ("打开{link}接单", {"link": "https://r.example.org/i/1?k=a="}, "打开 https://r.example.org/i/1?k=a= 接单"),
        ("请运行 {run}{by}；", {"run": "roomwatch", "by": " --by 王强"}, "请运行 roomwatch --by 王强；"),
        ("{year}年{month}月{day}日", {"year": 2027, "month": 1, "day": 15}, "2027年1月15日"),
        ("{when}  启动“{title}”", {"when": "确认后", "title": "B"}, "确认后  启动“B”"),
        ("{a} {b}", {"a": "", "b": "王强"}, " 王强"),
        ("{rate:.1f}{unit}", {"rate": 2.0, "unit": "倍"}, "2.0 倍"),
    ],
)  # fmt: skip
def test_a_value_stands_as_a_colleague_would_write_it(template: str, values: dict[str, object], said: str) -> None:
    assert fill(template, values) == said


@given(st.text(), st.text())
def test_nothing_but_spaces_is_lost_and_nothing_is_added(one: str, other: str) -> None:
    made = fill("甲{one}乙 {other}丙", {"one": one, "other": other})
    assert made.replace(" ", "") == f"甲{one}乙{other}丙".replace(" ", "")


@pytest.mark.parametrize("language", [name for name, traits in LANGUAGES.items() if not traits.spaced])
def test_the_texts_of_the_catalogue_keep_to_the_rule(language: str) -> None:
    words = load_words(language)
    wrong = re.compile(rf"[{CHINESE}][A-Za-z0-9]|[A-Za-z0-9][{CHINESE}]|[{CHINESE}] [{CHINESE}]|[，。：；、！？] ")
    allowed = re.compile(r"\d[年月日]|[年月日]\d|姓名 说明")
    texts = {key: allowed.sub("", words.text(key)) for key in sorted(words.keys())}
    assert {key: text for key, text in texts.items() if wrong.search(text)} == {}


@pytest.mark.parametrize(
    ("language", "room", "floor", "site", "said"),
    [
        ("zh-CN", "湖畔会议室", "3", "总部", "总部 3 楼湖畔会议室"),
        ("zh-CN", "Lakeside", "B1", "", "B1 Lakeside"),
        ("zh-CN", "3 楼湖畔会议室", "3", "总部", "总部 3 楼湖畔会议室"),
        ("en", "Lakeside", "3", "HQ", "Lakeside, floor 3, HQ"),
        ("en", "3F Lakeside", "3", "", "3F Lakeside"),
        ("en", "Room 13F", "3", "", "Room 13F, floor 3"),
        ("en", "Lakeside", "", "HQ", "Lakeside, HQ"),
        ("en", "HQ Lakeside", "mezzanine", "hq", "HQ Lakeside, mezzanine"),
    ],
)
def test_a_room_is_said_with_its_floor_and_site(language: str, room: str, floor: str, site: str, said: str) -> None:
    assert say_place(load_words(language), room, floor, site) == said
