"""The auditor says nothing about journals in which everything went as the plan says, however rough the day was."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerting.audit.finding import Code
from tests.alerting.stage import RUNNING, Organisation
from tests.audit.audited_room import CAMERA, HOUR, Room
from tests.audit.random_days import random_day
from tests.audit.stories import STORIES

UNHEARD = {"mail_is_down_for_hours", "mail_is_down_for_days", "nobody_has_an_address"}
"""The engine does all it can in these, and still nobody hears of the fault: that has to be said, and nothing else."""


@pytest.mark.parametrize("name", STORIES)
async def test_a_story_as_the_engine_lives_it_raises_nothing(folder: Path, name: str) -> None:
    room = Room(folder)
    await STORIES[name](room)
    heard = [one for one in room.findings if one.code is not Code.NOBODY or name not in UNHEARD]
    assert heard == []
    assert any(one.code is Code.NOBODY for one in room.findings) == (name in UNHEARD)
    assert room.journal.reader.events() != []
    await room.close()


@pytest.mark.parametrize("seed", range(10))
async def test_a_random_day_raises_nothing(folder: Path, seed: int) -> None:
    room = Room(folder)
    await random_day(room, seed)
    assert room.findings == []
    await room.close()


async def test_an_incident_whose_chain_has_no_step_reached_nobody(folder: Path) -> None:
    room = Room(folder, Organisation(steps=()))
    number = await room.engine.fault_opened(CAMERA, RUNNING)
    assert room.engine.summary()["nobody_reached"] == [number], "at once: no step will ever come"
    await room.until(600)
    assert room.findings == [], "not yet"
    await room.until(HOUR)
    assert [(one.incident, one.code) for one in room.findings] == [(number, Code.NOBODY)]
    await room.close()
