"""Whatever is damaged: the engine starts, alarms, says what was lost, and accuses nobody of it."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from pathlib import Path

import pytest

from alerting.audit.auditor import audit
from alerting.audit.finding import Code
from alerting.journal import open_journal, open_reader
from alerting.journal.rows import Batch
from bench.damage_kinds import DEEP, JOURNAL, STRUCTURAL, copied, flip_a_bit
from tests.journal.spoilt import INCIDENTS, LATER, Seen, live, readings_go_on, start

QUIET = frozenset({"index of the log is noise", "checksums gone"})
"""Kinds that need not be told: SQLite makes that index anew, and a row without a checksum can be read."""


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(live(tmp_path_factory.mktemp("young"), old=False))


@pytest.fixture(scope="module")
def left_old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(live(tmp_path_factory.mktemp("old"), old=True))


@pytest.fixture(scope="module")
def healthy(left: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return asyncio.run(start(copied(left, tmp_path_factory.mktemp("healthy") / "state")))


def test_a_killed_daemon_s_folder_is_whole(healthy: Seen) -> None:
    assert healthy.numbers == tuple(range(1, INCIDENTS + 1))
    assert (healthy.alarmed, healthy.told_of_damage, healthy.accused) == (True, False, ())


@pytest.mark.parametrize("kind", STRUCTURAL)
async def test_a_start_on_a_damaged_folder_alarms_and_says_so(
    kind: str, left: Path, healthy: Seen, tmp_path: Path
) -> None:
    place = copied(left, tmp_path / "state")
    STRUCTURAL[kind](place, random.Random(kind))
    seen = await start(place)
    assert seen.alarmed
    assert seen.accused == ()
    missing = set(healthy.numbers) - set(seen.numbers) or healthy.events > seen.events
    if missing or (kind not in QUIET and "readings" not in kind and "audit" not in kind and not seen.numbers):
        assert seen.told_of_damage
    assert await readings_go_on(place)


@pytest.mark.parametrize("seed", range(12))
async def test_one_flipped_bit_loses_nothing(seed: int, left_old: Path, tmp_path: Path) -> None:
    place = copied(left_old, tmp_path / "state")
    reader = open_reader(copied(left_old, tmp_path / "whole"))
    before = ({one.id for one in reader.incidents()}, len(reader.events()), len(reader.notifications()))
    reader.close()
    spoilt = flip_a_bit(place, random.Random(seed))
    seen = await start(place)
    assert seen.alarmed, spoilt
    assert seen.accused == (), spoilt
    assert set(seen.numbers) == before[0], spoilt
    assert (seen.events >= before[1], seen.messages >= before[2], seen.lost()) == (True, True, 0), spoilt
    assert await readings_go_on(place)


def spoil(folder: Path, table: str, column: str, value: object, *, checksum_stays: bool, row: int = -1) -> None:
    """row: its place, -1 for all of them."""
    db = sqlite3.connect(folder / JOURNAL, isolation_level=None)
    rows = [one for (one,) in db.execute(f"SELECT rowid FROM {table} ORDER BY rowid")]
    for one in rows if row < 0 else rows[row : row + 1]:
        db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, one))
        if not checksum_stays:
            db.execute(f"UPDATE {table} SET checksum = NULL WHERE rowid = ?", (one,))
    db.close()


@pytest.mark.parametrize(
    ("table", "column", "value", "checksum_stays"),
    [
        ("incidents", "state", "true", False),
        ("incidents", "state", "[1]", False),
        ("incidents", "state", '{"faults": [7]}', False),
        ("incidents", "drill", -(2**63), True),
        ("incidents", "opened_at", 1e300, False),
        ("events", "incident", 2**63 - 1, True),
        ("events", "incident", 1, True),
        ("events", "data", '{"a": 1}', True),
        ("events", "incident", -(2**63), False),
        ("events", "at", float("-inf"), False),
        ("events", "at", 1.0, False),
        ("events", "verb", "[]", False),
        ("notifications", "decided_at", 1e12, False),
        ("memory", "value", DEEP, False),
        ("memory", "value", "NaN", False),
        ("memory", "value", "a" * 3_000_000, False),
    ],
)
async def test_a_row_of_foreign_values_keeps_nobody_from_starting_and_accuses_nobody(
    table: str, column: str, value: object, checksum_stays: bool, left: Path, tmp_path: Path
) -> None:
    place = copied(left, tmp_path / "state")
    spoil(place, table, column, value, checksum_stays=checksum_stays)
    seen = await start(place)
    assert (seen.alarmed, seen.accused) == (True, ())


@pytest.mark.parametrize("checksum_stays", [True, False])
@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("incidents", "phase", "exploded"),
        ("incidents", "opened_at", "yesterday"),
        ("incidents", "room", b"\xff"),
        ("incidents", "owes", -(2**63)),
        ("notifications", "state", "lost in space"),
        ("notifications", "incident", 2**62),
        ("notifications", "decided_at", b"\x01"),
    ],
)
async def test_a_column_that_the_whole_row_knows_too_is_written_anew(
    table: str, column: str, value: object, checksum_stays: bool, left: Path, healthy: Seen, tmp_path: Path
) -> None:
    place = copied(left, tmp_path / "state")
    spoil(place, table, column, value, checksum_stays=checksum_stays, row=3)
    seen = await start(place)
    assert (seen.numbers, seen.lost(), seen.told_of_damage) == (healthy.numbers, 0, True)
    assert seen.messages >= healthy.messages


async def test_what_is_lost_is_in_a_file_counted_and_told_once(left: Path, tmp_path: Path) -> None:
    place = copied(left, tmp_path / "state")
    STRUCTURAL["foreign JSON as incidents"](place, random.Random(1))
    seen = await start(place)
    (file,) = place.glob("journal.db.salvaged-*")
    assert len(file.read_bytes().splitlines()) == seen.lost() > 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert [title for title in seen.told if "journal_damaged" in title]
    again = await start(place)
    assert not again.told_of_damage
    assert len(again.damage) == len(seen.damage)


async def test_numbers_of_lost_incidents_are_not_given_again(left: Path, tmp_path: Path) -> None:
    place = copied(left, tmp_path / "state")
    STRUCTURAL["no table of incidents"](place, random.Random(1))
    seen = await start(place)
    reader = open_reader(place)
    assert seen.numbers == ()
    assert min(one.id for one in reader.incidents()) == INCIDENTS + 1
    reader.close()


async def test_damaged_files_do_not_fill_the_disk(tmp_path: Path) -> None:
    for _ in range(9):
        (tmp_path / "journal.db").write_bytes(b"no journal")
        open_journal(tmp_path).close()
    kept = sorted(one.name for one in tmp_path.glob("journal.db.corrupt-*"))
    assert kept == [f"journal.db.corrupt-{n}" for n in (5, 6, 7, 8, 9)]
    journal = open_journal(tmp_path)
    assert await journal.discard_salvage() == 5
    assert list(tmp_path.glob("*corrupt*")) == []
    journal.close()


async def test_damage_that_comes_while_it_runs_is_rebuilt_and_nothing_waits_for_a_restart(
    left_old: Path, tmp_path: Path
) -> None:
    place = copied(left_old, tmp_path / "state")
    journal = open_journal(place)
    with (place / "journal.db").open("r+b") as out:
        for page in range(100, 600):
            out.seek(page * 4096)
            out.write(b"\xff" * 4096)
    damage = await journal.examine()
    assert damage.any_incident
    assert [one.name for one in place.glob("*.corrupt-*")] == ["journal.db.corrupt-1"]
    await journal.commit(Batch(memory={"a": "2"}))
    assert journal.reader.memories()["a"] == "2"
    assert len(journal.reader.incidents()) > INCIDENTS
    journal.close()


async def test_the_auditor_says_which_incidents_it_cannot_judge(left: Path, tmp_path: Path) -> None:
    place = copied(left, tmp_path / "state")
    for row in (3, 17, 40):
        spoil(place, "events", "data", "[7]", checksum_stays=True, row=row)
    seen = await start(place)
    reader = open_reader(place)
    (event,) = seen.damage
    assert event.data["incidents"]
    assert not event.data["any_incident"]
    found = list(audit(reader, now=LATER + 7200))
    assert {one.incident for one in found if one.code is Code.DAMAGED} == set(event.data["incidents"])  # type: ignore[call-overload]
    reader.close()
