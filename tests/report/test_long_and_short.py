"""A report of thousands of events stays one that people read; a report of a single event is whole."""

from __future__ import annotations

import dataclasses
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.papers.rendering.content import Document, Grid
from alerting.papers.rendering.html import render_html
from alerting.papers.report.abridged import MOST, LeftOut, abridged
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.document import report_document
from alerting.papers.report.phrasing import Phrasing
from alerting.words import LANGUAGES, load_words
from tests.alerting.stage import START
from tests.report.story import example_plan

MANY = 3000


@given(st.integers(0, 400), st.sets(st.integers(0, 399)), st.integers(8, 200))
def test_every_row_is_shown_or_counted_once_and_in_order(count: int, mattering: set[int], most: int) -> None:
    found = abridged(range(count), lambda row: row in mattering, most)
    told = [row for one in found for row in (one.rows if isinstance(one, LeftOut) else [one])]
    assert told == list(range(count))
    assert len(found) <= 2 * most


def long_case(case: CaseFile) -> CaseFile:
    """A camera that comes and goes for hours, with a diagnosis and a message each time."""
    (opened, *_) = case.of("opened")
    verbs = ("fault_cleared", "fault_joined", "evidence")
    more = [
        msgspec.structs.replace(
            opened, verb=verbs[n % 3], at=START + 60 + n, by="roomwatch",
            data={**opened.data, "evidence": {"frames": n}, "kind": "network", "cause": "link_down"},
        )
        for n in range(MANY)
    ]  # fmt: skip
    first = case.notifications[0]
    sent = [msgspec.structs.replace(first, key=f"{first.key}-{n}", decided_at=START + n) for n in range(MANY)]
    events = sorted((*case.events, *more), key=lambda one: one.at)
    return dataclasses.replace(case, events=tuple(events), notifications=(*case.notifications, *sent))


def report(case: CaseFile, language: str) -> Document:
    data = example_plan().data
    return report_document(case, data, Phrasing(load_words(language), data, lambda room: room))


@pytest.mark.parametrize("language", LANGUAGES)
def test_thousands_of_events_are_counted_and_what_matters_is_shown(language: str, camera_case: CaseFile) -> None:
    written = report(long_case(camera_case), language)
    grids = [block for block in written.blocks if isinstance(block, Grid)]
    assert max(len(grid.rows) for grid in grids) <= MOST
    assert sum(len(grid.rows) for grid in grids) < 4 * MOST
    said = str(written)
    numbers = re.findall(load_words(language).text("report.left_out", count=77).split("77")[1].strip(), said)
    assert len(numbers) >= 3  # of the story, of the messages, of what was measured
    for text in ("更换摄像头 USB 线缆，并用扎带固定", "李娜到场更换线缆"):
        assert text in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_single_event_makes_a_whole_report(language: str, camera_case: CaseFile) -> None:
    alone = dataclasses.replace(camera_case, events=camera_case.events[:1], notifications=(), readings=())
    written = report(alone, language)
    assert load_words(language).text("report.told.nobody") in str(written)
    assert ">None<" not in render_html(written)
