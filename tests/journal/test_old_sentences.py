"""Sentences of a journal up to schema 2 become codes; nothing of them is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.journal import JournalReader, open_journal, open_reader
from alerting.journal.sqlite.old_sentences import _PHRASES, code_of
from alerting.model.reason import Reason, because
from alerting.model.reason_codes import REASON_CODES
from tests.journal.old import write_old_journal

FOREIGN = {"sent", "permanent", "temporary", "str", "timeout", "No space left on device"}
"""What servers, libraries and the system wrote into that journal: no code says it better."""


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("", Reason()),
        ("the incident was opened", because("opened")),
        ("not taken 300 s after 技术组 was told", because("not_taken", span=300.0, step="技术组")),
        ("not taken 2 × 120 s after 技术组", because("still_not_taken", times=2, span=120.0, step="技术组")),
        ("wang, li cannot be reached", because("unreachable", people=("wang", "li"))),
        ("2 failed: it is over", because("channel_failed", channel="2", detail=because("is_over"))),
        (
            "wecom failed: errcode 93000",
            because("channel_failed", channel="wecom", detail=because("as_written", text="errcode 93000")),
        ),
        ("meet failed and the plan has no other way", because("no_backup_left", entry="meet")),
        ("in 60 s", because("remedy_in", span=60.0)),
        ("usb 1-1 fell asleep", because("as_written", text="usb 1-1 fell asleep")),
    ],
)
def test_a_sentence_becomes_its_code(sentence: str, reason: Reason) -> None:
    assert code_of(sentence) == reason


def test_every_sentence_gives_the_values_of_its_code() -> None:
    given = {code: set(re.compile(pattern).groupindex) for code, pattern in _PHRASES}
    assert given == {code: set(REASON_CODES[code].values) for code in given}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JournalReader]:
    folder = tmp_path_factory.mktemp("sentences")
    write_old_journal(folder / "journal.db")
    open_journal(folder).close()
    reader = open_reader(folder)
    yield reader
    reader.close()


def reasons_in(reader: JournalReader) -> Iterator[Reason]:
    for event in reader.events():
        yield event.why
    for row in reader.notifications():
        yield from (row.reason, row.detail)
    for incident in reader.incidents():
        yield from (step.reason for step in incident.steps)
        yield from (run.detail for run in (*incident.remedies, *incident.backups))


def test_only_what_others_wrote_is_kept_as_it_was_written(reader: JournalReader) -> None:
    kept = {str(one.values["text"]) for one in reasons_in(reader) if one.code == "as_written"}
    assert {text for text in kept if not re.search("[\u4e00-\u9fff]", text)} <= FOREIGN


def test_every_code_of_it_is_in_the_table(reader: JournalReader) -> None:
    wrong = {str(one) for one in reasons_in(reader) if one and set(REASON_CODES[one.code].values) != one.values.keys()}
    assert wrong == set()


def test_what_people_said_is_theirs_and_ways_have_names(reader: JournalReader) -> None:
    notes = [event.why for event in reader.events() if event.verb in ("order", "done")]
    assert notes
    assert {one.code for one in notes} == {"said"}
    assert {event.why.code for event in reader.events() if event.verb == "taken"} == {"", "taken_over"}
    ways = {str(row.reason.values["channel"]) for row in reader.notifications() if row.reason.code == "channel_failed"}
    assert ways
    assert not any(way.isdigit() for way in ways)


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    write_old_journal(tmp_path / "journal.db")
    open_journal(tmp_path).close()
    before = dump(tmp_path)
    open_journal(tmp_path).close()
    assert dump(tmp_path) == before


def dump(folder: Path) -> list[object]:
    reader = open_reader(folder)
    found = [reader.events(), reader.notifications(), reader.incidents(), reader.memories()]
    reader.close()
    return found
