"""The auditor says nothing about journals in which everything went as the plan says, however rough the day was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.stories import STORIES, Room, random_day


@pytest.mark.parametrize("name", STORIES)
async def test_a_story_as_the_engine_lives_it_raises_nothing(folder: Path, name: str) -> None:
    room = Room(folder)
    await STORIES[name](room)
    assert room.findings == []
    assert room.journal.reader.events() != []
    await room.close()


@pytest.mark.parametrize("seed", range(10))
async def test_a_random_day_raises_nothing(folder: Path, seed: int) -> None:
    room = Room(folder)
    await random_day(room, seed)
    assert room.findings == []
    await room.close()
