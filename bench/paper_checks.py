"""Holds rendered papers and messages against the journal. It reads the HTML as a reader would and the journal's rows as
they lie in the file, and shares no code with what renders them."""

from __future__ import annotations

import datetime as dt
import html.parser
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
PAPERS = ("report_", "reminder", "digest", "test")
NOTHING = {"en": "Nothing.", "zh-CN": "无。"}
PRODUCT = frozenset(
    [
        "roomwatch",
        "IT",
        "USB",
        "DNS",
        "TCP",
        "TLS",
        "UDP",
        "HTTP",
        "HTTPS",
        "IP",
        "IPv",
        "VLAN",
        "DHCP",
        "ARP",
        "MOS",
        "CPU",
        "PDF",
        "JSON",
        "WeCom",
        "Teams",
        "Zoom",
        "Slack",
        "ntfy",
        "MQTT",
        "Matrix",
        "Lark",
        "Wi",
        "Fi",
        "Linux",
        "GB",
        "GiB",
        "MiB",
        "KiB",
        "Mbit",
        "Gbit",
        "kbit",
        "bit",
        "dBFS",
        "dBm",
        "dB",
        "Hz",
        "ms",
        "MHz",
        "SMS",
        "STUN",
        "NTP",
        "SMTP",
        "PC",
        "UTC",
        "CSV",
        "OK",
        "TOML",
        "URL",
        "API",
        "QR",
        "ID",
        "APP",
        "App",
        "VoIP",
        "HDMI",
        "LED",
        "UPS",
        "ISO",
        "docx",
        "Office",
    ]
)
"""Names of products, protocols and units that are the same in every language."""
COMMAND = re.compile(
    r"timedatectl set-ntp true"
    r"|(?:ssh [\w.-]+ )?roomwatch"
    r" [a-z][a-z-]*(?: [a-z][a-z-]*)*(?: --?[a-z-]+(?:[ =][^\s，。；：、）|]+)?| #?\d+| [A-Za-z_]+)*"
)
KEY = re.compile(r"\b[0-9a-f]{8}-\d+-[\w.+:-]+")
BROKEN = re.compile(
    r"\b1 (faults|incidents|messages|people|drills|improvements|answers)\b|There were 1 |\{[a-z_]+\}|\bNone\b(?![:.])"
)
WORD = re.compile(r"[A-Za-z][A-Za-z]+")


@dataclass
class Page:
    """A page as it is read. tables: rows of cells; items: of all lists; text: everything, in its order."""

    title: str = ""
    tables: list[list[list[str]]] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    text: str = ""


class _Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page, self._into, self._skip = Page(), "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "svg"):
            self._skip += 1
        elif tag == "table":
            self.page.tables.append([])
        elif tag == "tr":
            self.page.tables[-1].append([])
        elif tag in ("td", "th"):
            self.page.tables[-1][-1].append("")
            self._into = "cell"
        elif tag == "li":
            self.page.items.append("")
            self._into = "item"
        elif tag == "title":
            self._into = "title"
        if tag not in ("strong", "b"):
            self.page.text += "\n"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "svg"):
            self._skip -= 1
        if tag in ("td", "th", "li", "title"):
            self._into = ""

    def handle_data(self, data: str) -> None:
        if self._skip:
            return
        if self._into == "cell":
            self.page.tables[-1][-1][-1] += data
        elif self._into == "item":
            self.page.items[-1] += data
        elif self._into == "title":
            self.page.title += data
        self.page.text += data


def read_page(file: Path) -> Page:
    reader = _Reader()
    reader.feed(file.read_text(encoding="utf-8"))
    return reader.page


class Rows:
    """The journal's rows as plain tables."""

    def __init__(self, folder: Path) -> None:
        with closing(sqlite3.connect(f"file:{folder / 'journal.db'}?mode=ro", uri=True)) as db:
            self.incidents = [json.loads(row[0]) for row in db.execute("SELECT state FROM incidents ORDER BY id")]
            found = db.execute("SELECT incident, at, verb, by_whom, why, data FROM events ORDER BY seq")
            self.events = [
                {"incident": n, "at": at, "verb": verb, "by": by, "why": json.loads(why), "data": json.loads(data)}
                for n, at, verb, by, why, data in found
            ]
            self.messages = [json.loads(row[0]) for row in db.execute("SELECT row FROM notifications")]

    def of(self, number: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        events = [one for one in self.events if one["incident"] == number]
        news = [one for one in self.messages if one["incident"] == number and not one["kind"].startswith(PAPERS)]
        return events, news


def clock(at: float) -> str:
    return dt.datetime.fromtimestamp(at, ZONE).strftime("%H:%M:%S")


def check_report(page: Page, rows: Rows, number: int, names: dict[str, str], language: str) -> Iterator[str]:
    """Every contradiction between a report and the journal."""
    incident = next(one for one in rows.incidents if one["id"] == number)
    events, news = rows.of(number)
    yield from _messages(page, news, names, language)
    yield from _times(page, events)
    yield from _words(page, events)
    drill = bool(incident.get("drill"))
    marked = page.title.startswith({"en": "Drill:", "zh-CN": "演练："}[language])
    if drill is not marked:
        yield f"drill is {drill}, and the title says {page.title!r}"
    if incident.get("resolved_at") is None and not any(word in page.text for word in ("not over", "尚未恢复")):
        yield "it lasts, and the report does not say so"
    lost = [one for one in news if one.get("state") in ("failed", "expired")]
    broken = [
        one for one in events if re.search(r"_(failed|unknown|not_helped|impossible|silent|declined)$", one["verb"])
    ]
    if (lost or broken) and _blames_nothing(page, language):
        yield f"{len(lost)} messages lost, {len(broken)} steps failed, and nothing did not work"


def _blames_nothing(page: Page, language: str) -> bool:
    head = {"en": "5.2 What did not", "zh-CN": "（二）存在问题"}[language]
    after = page.text.partition(head)[2].strip()
    return not after or after.startswith(NOTHING[language])


def _messages(page: Page, news: list[dict[str, Any]], names: dict[str, str], language: str) -> Iterator[str]:
    column = {"en": "fate", "zh-CN": "结果"}[language]
    kinds = {"en": ("message",), "zh-CN": ("事由",)}[language]
    listed = [t for t in page.tables if t and any(cell.casefold() in kinds for cell in t[0]) and len(t[0]) == 6]
    count = len(listed[0]) - 1 if listed else 0
    if count != len(news):
        yield f"the annex lists {count} messages, the journal {len(news)} ({column})"
    accepted: dict[str, float] = {}
    for one in news:
        if one.get("accepted_at") is not None and one.get("state") != "observed":
            accepted[one["contact"]] = min(one["accepted_at"], accepted.get(one["contact"], 9e9))
    people = {one["contact"] for one in news}
    table = next((t for t in page.tables if t and len(t[0]) == 6 and t not in listed and _is_people(t, names)), None)
    if people and table is None:
        yield "nobody is listed as told, and the journal has messages"
        return
    shown = {row[0]: row for row in (table or [])[1:]}
    for contact in people:
        row = shown.get(names.get(contact, contact))
        if row is None:
            yield f"{contact} was to be told and is not listed"
        elif contact in accepted and clock(accepted[contact]) not in row[1]:
            yield f"{contact} was told at {clock(accepted[contact])}, and the report says {row[1]!r}"
        elif contact not in accepted and re.search(r"\d\d:\d\d:\d\d$", row[1]) and "until" not in row[1]:
            yield f"{contact} was not told, and the report says {row[1]!r}"
    for name in set(shown) - {names.get(one, one) for one in people}:
        yield f"{name} is listed as told, and the journal has no message"


def _is_people(table: list[list[str]], names: dict[str, str]) -> bool:
    known = set(names.values())
    return len(table) > 1 and all(row and row[0] in known for row in table[1:])


def _times(page: Page, events: list[dict[str, Any]]) -> Iterator[str]:
    for one in events:
        if one["verb"] in (
            "opened",
            "taken",
            "confirmed",
            "mitigated",
            "resolved",
            "order",
            "backup_failed",
            "unanswered",
        ):
            cells = [cell for table in page.tables for row in table for cell in row[:2]]
            if not any(clock(one["at"]) in cell for cell in cells):
                yield f"{one['verb']} at {clock(one['at'])} stands in no table"


def _words(page: Page, events: list[dict[str, Any]]) -> Iterator[str]:
    for one in events:
        text = one.get("why", {}).get("values", {}).get("text") if one.get("why") else None
        spoken = one["verb"] in ("order", "note", "done", "backup_failed") and one.get("by") != "roomwatch"
        if text and spoken and str(text) not in page.text:
            yield f"what {one['by']} said in {one['verb']} stands nowhere: {text}"


def check_review(page: Page, rows: Rows) -> Iterator[str]:
    real = sum(not one.get("drill") for one in rows.incidents)
    drills = len(rows.incidents) - real
    figures = re.findall(r"(?:Incidents|故障事件|事件数|故障起数)\s+(\d+)", page.text)
    if figures and int(figures[0]) != real:
        yield f"the evaluation counts {figures[0]} incidents, the journal has {real}"
    counted = re.findall(r"(?:Drills|演练次数|演练)\s+(\d+)\s", page.text)
    if counted and int(counted[0]) != drills:
        yield f"the evaluation counts {counted[0]} drills, the journal has {drills}"
    for items in _runs(page.items):
        if len(items) != len(set(items)):
            yield f"one sentence twice in a list: {items}"


def _runs(items: list[str]) -> list[list[str]]:
    return [items] if items else []


def foreign_words(text: str, written: set[str]) -> list[str]:
    """English words in a Chinese text, beyond names of products, commands and what people wrote or configured."""
    text = COMMAND.sub(" ", KEY.sub(" ", text))
    for one in sorted(written, key=len, reverse=True):
        text = text.replace(one, " ")
    text = re.sub(r"https?://\S+|\S+@\S+|/[\w./-]+", " ", text)
    text = re.sub(r"\[RW-[^\]]*\]", " ", text)
    return [word for word in WORD.findall(text) if word not in PRODUCT]


def broken_phrases(text: str) -> list[str]:
    """Plurals of one, unfilled fields."""
    return [found.group() for found in BROKEN.finditer(text)]
