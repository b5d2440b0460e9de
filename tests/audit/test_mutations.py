"""Two hundred journals, each with one promise broken behind the engine's back: the auditor finds every one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from alerting.audit.auditor import audit
from alerting.journal import open_reader
from tests.alerting.stage import Organisation
from tests.audit.audited_room import Room
from tests.audit.broken import Broken
from tests.audit.mutations import MUTATIONS
from tests.audit.random_days import random_day
from tests.audit.stories import STORIES

RANDOM_DAYS = 6
WANTED = 240


@dataclass
class Journal:
    name: str
    file: Path
    now: float
    plan: Organisation
    plan_since: float


async def journals(folder: Path) -> list[Journal]:
    made = []
    for name in [*STORIES, *(f"random day {seed}" for seed in range(RANDOM_DAYS))]:
        place = folder / name.replace(" ", "_")
        place.mkdir()
        room = Room(place)
        if name in STORIES:
            await STORIES[name](room)
        else:
            await random_day(room, int(name.split()[-1]))
        now = room.clock.now
        await room.close()
        made.append(Journal(name, place / "journal.db", now, room.plan, room.plan_since))
    return made


@pytest.mark.long
async def test_every_one_of_two_hundred_seeded_mutations_is_found(folder: Path) -> None:
    healthy = await journals(folder)
    tried: dict[str, int] = {}
    missed = []
    seed = 0
    while sum(tried.values()) < WANTED or tried.keys() != MUTATIONS.keys():
        names = list(MUTATIONS)
        name = names[seed % len(names)]
        journal = healthy[(seed // len(names) + seed % len(names) * 7) % len(healthy)]
        seed += 1
        assert seed < WANTED * 20, "the stories hold too little that could be broken"
        file = folder / f"broken-{seed}" / "journal.db"
        file.parent.mkdir()
        shutil.copy(journal.file, file)
        broken = Broken(file, journal.now, journal.plan_since, seed)
        incident = MUTATIONS[name](broken)
        broken.close()
        if incident is None:
            shutil.rmtree(file.parent)
            continue
        tried[name] = tried.get(name, 0) + 1
        reader = open_reader(file.parent)
        found = list(audit(reader, now=journal.now, plan=journal.plan, plan_since=journal.plan_since))
        reader.close()
        shutil.rmtree(file.parent)
        if not any(one.incident == incident for one in found):
            missed.append((seed, name, journal.name, incident))
    assert missed == [], f"{len(missed)} of {WANTED}: {missed}"
