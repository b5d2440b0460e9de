"""A small file of the state folder that is nested beyond measure is no reason not to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.meeting.listeners import FILE as LISTENERS
from monitor.meeting.listeners import Listeners
from monitor.pipeline.seen_working import FILE as SEEN_WORKING
from monitor.pipeline.seen_working import SeenWorking
from probes.network.neighbour_linux import Neighbours
from probes.software.remembered_programs import SEEN_FILE, Tracks

DEEP = "[" * 200_000


def test_what_is_remembered_beside_the_journal_is_forgotten_then(tmp_path: Path) -> None:
    (tmp_path / LISTENERS).write_text(DEEP)
    assert Listeners.restored(tmp_path).microphone.names == frozenset()
    (tmp_path / SEEN_FILE).write_text(DEEP)
    assert Tracks.restored(tmp_path, Path("/proc")).by_name == {}


def test_every_check_counts_as_seen_then(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / SEEN_WORKING).write_text(DEEP)
    assert SeenWorking(tmp_path).everything
    assert "cannot be read" in caplog.text


def test_no_neighbour_is_known_then(tmp_path: Path) -> None:
    file = tmp_path / "neighbour.json"
    file.write_text(DEEP)
    neighbours = Neighbours()
    neighbours.recall(file)
    assert neighbours.known == {}
