"""Which of a program's log files was written last, and how long ago: real files in a folder as clients keep it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from probes.software.log_files_linux import NewestLog, newest_log

PROC = Path("/proc")


def written(place: Path, seconds_ago: float) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("a line\n")
    at = time.time() - seconds_ago
    os.utime(place, (at, at))
    return place


def test_the_file_that_was_written_last_counts_whatever_its_name_and_folder(tmp_path: Path) -> None:
    written(tmp_path / "a" / "z.log", 300)
    last = written(tmp_path / "b" / "a.log", 20)
    written(tmp_path / "b" / "another", 1)
    patterns = (f"{tmp_path}/a/*.log", f"{tmp_path}/b/*.log", f"{tmp_path}/none/*.log")
    assert newest_log(patterns, os.getpid(), PROC) == last
    assert newest_log(patterns[2:], os.getpid(), PROC) is None


def test_the_age_follows_a_log_that_is_continued_in_another_file(tmp_path: Path) -> None:
    log, patterns = NewestLog(), (f"{tmp_path}/*.log",)
    assert log.age(patterns, os.getpid(), PROC) is None
    first = written(tmp_path / "1.log", 3)
    assert log.age(patterns, os.getpid(), PROC) == pytest.approx(3, abs=2)
    written(first, 60)
    written(tmp_path / "2.log", 5)
    assert log.age(patterns, os.getpid(), PROC) == pytest.approx(5, abs=2)
    (tmp_path / "2.log").unlink()
    assert log.age(patterns, os.getpid(), PROC) == pytest.approx(60, abs=2)


def test_a_silent_log_is_as_old_as_it_is(tmp_path: Path) -> None:
    log, patterns = NewestLog(), (f"{tmp_path}/*.log",)
    written(tmp_path / "1.log", 90)
    for _ in range(2):
        assert log.age(patterns, os.getpid(), PROC) == pytest.approx(90, abs=2)
    written(tmp_path / "1.log", 0)
    assert log.age(patterns, os.getpid(), PROC) == pytest.approx(0, abs=2)
