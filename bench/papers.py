"""Every paper and message of ten stories in every language, in one folder, held against the journal.

    python -m bench.papers --to DIR

Prints JSON: how many papers and messages there are, how many statements the journal contradicts, and how many English
words stand in Chinese beyond names of products and what people wrote. Exit code 1 where there are any.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import logging
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from alerting.journal import JournalReader, open_reader
from alerting.papers.drill.score_sheet import score_sheet
from alerting.papers.plan.card_sheet import RoomCode, write_cards
from alerting.papers.plan.document import plan_document
from alerting.papers.rendering.content import Document
from alerting.papers.rendering.formats import write_document
from alerting.papers.report.case_file import read_case
from alerting.papers.report.document import report_document
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.review.document import review_document
from alerting.papers.review.period import read_period
from alerting.words import LANGUAGES, load_words
from alerting.workflows.drill.score import score
from bench.message_corpus import Text, corpus, wrong_with
from bench.paper_checks import Rows, broken_phrases, check_report, check_review, foreign_words, read_page
from bench.paper_stories import ROOMS, STORIES, Sent, plan_in, play
from monitor.pages.table_sign import qr_svg
from tests.alerting.stage import START

DAY = 86400.0


def draw(reader: JournalReader, end: float, language: str) -> dict[str, Document]:
    """Name → paper, of everything that a story leaves."""
    plan = plan_in(language)
    phrasing = Phrasing(load_words(language), plan.data, lambda room: ROOMS.get(room, room))
    papers: dict[str, Document] = {}
    for incident in reader.incidents():
        case = read_case(reader, incident.id, end)
        assert case is not None
        papers[f"report-{incident.id}"] = report_document(case, plan.data, phrasing)
        if incident.drill:
            rows = reader.notifications(incident.id)
            sheet = score(incident, reader.events(incident.id), rows, plan.data.targets, plan)
            papers[f"drill-{incident.id}"] = score_sheet(case, sheet, plan.data, phrasing)
    period = read_period(reader, START - DAY, end + 1, end)
    papers["review"] = review_document(period, plan.data, phrasing, end)
    return papers


TYPED = frozenset(
    {"name", "role", "duty", "place", "organisation", "title", "goal", "scope", "what", "join", "phone", "by"}
)
"""Fields of a plan in which people write what they like."""


def typed_in_the_plan(language: str) -> set[str]:
    found: set[str] = set()

    def collect(value: object, name: str = "") -> None:
        if isinstance(value, str) and name in TYPED:
            found.add(value)
        elif isinstance(value, dict):
            for key, one in value.items():
                collect(one, str(key))
        elif isinstance(value, (list, tuple)):
            for one in value:
                collect(one, name)

    collect(msgspec.to_builtins(plan_in(language).data, enc_hook=str))
    return found


def written_by_people(rows: Rows, language: str) -> set[str]:
    """Names and sentences of people, and what the plan and the room call their things."""
    found = typed_in_the_plan(language) | set(ROOMS.values()) | set(ROOMS)
    found |= {str(fault.get("target", "")) for one in rows.incidents for fault in one.get("faults", [])}
    for event in rows.events:
        found |= {str(event["data"].get(name, "")) for name in ("text", "place")}
        found.add(str((event["why"] or {}).get("values", {}).get("text", "")))
    found |= {str(((one.get("detail") or {}).get("values") or {}).get("text", "")) for one in rows.messages}
    return {one for one in found if len(one) > 1}


async def one_story(name: str, language: str, to: Path, formats: tuple[str, ...]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        journal = Path(place)
        sent, end = await play(name, journal, language)
        rows = Rows(journal)
        reader = open_reader(journal)
        papers = draw(reader, end, language)
        folder = to / name / language
        for paper, document in papers.items():
            list(write_document(document, folder, paper, formats))
        reader.close()
    (folder / "messages.txt").write_text("\n\n".join(map(_as_text, sent)), encoding="utf-8")
    names = {one: contact.name for one, contact in plan_in(language).data.contacts.items()}
    contradictions, foreign = [], []
    written = written_by_people(rows, language)
    for paper in papers:
        page = read_page(folder / f"{paper}.html")
        if paper.startswith("report-"):
            contradictions += [f"{paper}: {one}" for one in check_report(page, rows, int(paper[7:]), names, language)]
        elif paper == "review":
            contradictions += [f"{paper}: {one}" for one in check_review(page, rows)]
        contradictions += [f"{paper}: {one}" for one in broken_phrases(page.text)]
        if language != "en":
            foreign += [f"{paper}: {word}" for word in foreign_words(page.text, written)]
    for one in sent:
        text = _as_text(one)
        contradictions += [f"message to {one.contact}: {found}" for found in broken_phrases(text)]
        if one.language != "en":
            foreign += [
                f"message to {one.contact}: {word}"
                for word in foreign_words(f"{one.title}\n{one.body}\n{one.short}", written)
            ]
    return {
        "papers": len(papers),
        "messages": len(sent),
        "contradictions": sorted(f"{name}/{language} {one}" for one in contradictions),
        "english_in_chinese": sorted(f"{name}/{language} {one}" for one in foreign),
    }


def _as_text(one: Sent) -> str:
    return f"+{one.at:.0f} s → {one.contact}\n{one.title}\n{one.body}\n[{one.short}]"


def of_the_plan(to: Path, formats: tuple[str, ...]) -> dict[str, Any]:
    """The plan and its cards, which belong to no story."""
    foreign: list[str] = []
    for language in LANGUAGES:
        data, words = plan_in(language).data, load_words(language)
        folder, link = to / "plan" / language, "https://rooms.example.org/r/R305"
        code = RoomCode(svg=qr_svg(link).decode(), link=link, name=ROOMS["R305"])
        list(write_document(plan_document(data, words), folder, "plan", formats))
        list(write_cards(data, words, code, folder, formats))
        for name in ("plan", "cards"):
            if language != "en":
                page = read_page(to / "plan" / language / f"{name}.html")
                said = typed_in_the_plan(language)
                foreign += [f"plan/{language} {name}: {word}" for word in foreign_words(page.text, said)]
    return {"papers": 2 * len(LANGUAGES), "messages": 0, "contradictions": [], "english_in_chinese": foreign}


PHONE = """<!doctype html><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 15px/1.4 "Noto Sans CJK SC", sans-serif; background: #dfe5ec; margin: 1em; }}
h2 {{ font-size: 15px; }} main {{ display: flex; flex-wrap: wrap; gap: 12px; align-items: start; }}
article {{ width: 360px; background: #fff; border-radius: 12px; padding: 10px 14px; overflow-wrap: anywhere; }}
article b {{ display: block; }} pre {{ white-space: pre-wrap; font: inherit; margin: .4em 0; }} small {{ color: #667; }}
</style><main>{cards}</main>
"""
CARD = "<article><small>{name}</small><b>{title}</b><pre>{body}</pre><small>SMS</small><pre>{short}</pre></article>"


def every_message(to: Path) -> dict[str, Any]:
    """Each kind of message at each severity, for each role, long and short: a page of phone screens a language."""
    shown: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    wrong: list[str] = []
    count = 0
    (to / "messages").mkdir(parents=True)
    for one in corpus():
        count += 1
        wrong += [f"messages/{one.language} {one.name}: {found}" for found in wrong_with(one)]
        shown[one.language].append(_card(one))
    for language, cards in shown.items():
        page = PHONE.format(title=f"messages, {language}", cards="\n".join(dict.fromkeys(cards)))
        (to / "messages" / f"{language}.html").write_text(page, encoding="utf-8")
    return {"papers": 0, "messages": count, "contradictions": wrong, "english_in_chinese": []}


def _card(one: Text) -> str:
    parts = {name: html.escape(getattr(one, name)) for name in ("name", "title", "body", "short")}
    return CARD.format(**parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True, help="a folder, made anew")
    parser.add_argument("--story", choices=STORIES, action="append", help="only this one; repeat it")
    parser.add_argument("--format", choices=("html", "pdf", "docx"), action="append", help="beside html; default none")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    formats = tuple(dict.fromkeys(("html", *(given.format or ()))))
    if given.to.exists():
        shutil.rmtree(given.to)
    found = [of_the_plan(given.to, formats), every_message(given.to)]
    for name in given.story or STORIES:
        found += [asyncio.run(one_story(name, language, given.to, formats)) for language in LANGUAGES]
    contradictions = [line for one in found for line in one["contradictions"]]
    foreign = [line for one in found for line in one["english_in_chinese"]]
    result = {
        "stories": len(given.story or STORIES),
        "languages": list(LANGUAGES),
        "papers": sum(one["papers"] for one in found),
        "messages": sum(one["messages"] for one in found),
        "contradictions": len(contradictions),
        "english_words_in_chinese": len(foreign),
        "which": [*contradictions[:40], *foreign[:40]],
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))
    return 1 if contradictions or foreign else 0


if __name__ == "__main__":
    sys.exit(main())
