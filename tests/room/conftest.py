"""The room's PC, for the tests that scripts/test-room runs; and where their results go."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from tests.room.room_pc import RoomPc, folder, opened

collect_ignore = [] if "ROOMWATCH_ROOM" in os.environ else ["test_faults.py", "test_capturing.py", "test_storm.py"]
"""These take hours and need a guest: scripts/test-room alone runs them."""


@pytest.fixture(scope="session")
def room() -> Iterator[RoomPc]:
    with opened() as made:
        yield made


def keep(row: dict[str, object]) -> None:
    with (folder() / "results.jsonl").open("a") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
