"""A state folder as a killed daemon leaves it, and what an engine makes of it once it is spoilt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alerting.audit.auditor import audit
from alerting.audit.finding import Code
from alerting.journal import Event, open_reader
from alerting.model.fault import Fault
from alerting.workflows.scheduled.journal_damage import JournalDamage
from alerting.workflows.scheduled.uptime_record import WatchTrace
from bench.damage_kinds import copied
from monitor.pipeline.history import ReadingHistory
from tests.alerting.stage import RUNNING, START, Stage
from tests.journal.old import write_old_journal

INCIDENTS = 20
LATER = START + 8_000_000
"""After everything that the old journal holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What an engine did on a folder. numbers: of the incidents that it found. told: titles of its messages."""

    numbers: tuple[int, ...]
    events: int
    messages: int
    told: tuple[str, ...]
    damage: tuple[Event, ...]
    accused: tuple[str, ...]

    @property
    def alarmed(self) -> bool:
        return any("NEW" in title for title in self.told)

    @property
    def told_of_damage(self) -> bool:
        return any(title.startswith("opened") and "journal_damaged" in title for title in self.told)

    def lost(self) -> int:
        return sum(int(str(event.data["lost"])) for event in self.damage)


class Daemon(Stage):
    """A stage with the tasks that a daemon has for its journal."""

    def open(self, mode: str = "act") -> None:
        self.tasks = ()
        super().open(mode)
        presence = WatchTrace(self.journal.reader.last_time())
        self.tasks = (presence, JournalDamage())
        self.journal.close()
        super().open(mode)


def _fault(room: str) -> Fault:
    return Fault(room=room, code="app_not_running", target="zoom", since=LATER)


async def live(folder: Path, *, old: bool) -> Path:
    """Twenty incidents, some taken, some over, some told to nobody yet; old: on top of the old version's journal. The
    folder as a kill leaves it, its log unwritten into the file."""
    lived = folder / "lived"
    lived.mkdir()
    if old:
        write_old_journal(lived / "journal.db")
    stage = Daemon(lived)
    stage.clock.now = LATER
    for n in range(INCIDENTS):
        number = await stage.engine.fault_opened(_fault(f"房间 {n}"), RUNNING)
        stage.clock.now += 5
        await stage.engine.tick()
        await stage.engine.settle()
        if n % 2:
            await stage.engine.command("take", number, by="王强")
        if n % 5 == 0:
            await stage.engine.fault_cleared(_fault(f"房间 {n}"))
    history = ReadingHistory(lived / "readings.db", keep_days=7)
    await history.record([(LATER + n, "camera", "cam0", "fps", 25.0) for n in range(2000)], LATER)
    left = copied(lived, folder / "left")
    history.close()
    await stage.close()
    return left


async def start(folder: Path) -> Seen:
    """Start an engine on the folder, let it meet a new fault, and look at what it says and does."""
    stage = Daemon(folder)
    stage.clock.now = LATER + 3600
    numbers = tuple(one.id for one in stage.journal.reader.incidents())
    await stage.engine.tick()
    await stage.engine.fault_opened(_fault("NEW"), RUNNING)
    await stage.engine.settle()
    if await stage.journal.examine():
        await stage.engine.reread_memory()
    await stage.until(LATER + 3660 - START)
    assert not stage.engine.summary()["journal_unavailable"]
    reader = open_reader(folder)
    found = audit(reader, now=stage.clock.now)
    seen = Seen(
        numbers=numbers,
        events=len(reader.events()),
        messages=len(reader.notifications()),
        told=tuple(message.title for _, _, message in stage.post.arrived),
        damage=tuple(event for event in reader.events(0) if event.verb == "journal_damaged"),
        accused=tuple(
            f"{one.incident} {one.code} {one.what}: {one.detail}" for one in found if one.code is not Code.DAMAGED
        ),
    )
    reader.close()
    await stage.close()
    return seen


async def readings_go_on(folder: Path) -> bool:
    history = ReadingHistory(folder / "readings.db", keep_days=7)
    await history.record([(LATER + 9990, "camera", "cam0", "fps", 24.0)], LATER)  # this may meet the damage
    await history.record([(LATER + 9999, "camera", "cam0", "fps", 24.0)], LATER)
    found = await history.series("camera", "cam0", "fps", LATER + 9999)
    history.close()
    return found == [(LATER + 9999, 24.0)]
