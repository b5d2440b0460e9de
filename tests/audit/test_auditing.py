"""The audit in the daemon and on the command line: what it finds is told once, past the chain that it doubts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from alerting.configuration import Secret
from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from alerting.model.room import Room as RoomSettings
from alerting.service.scheduled_audit import CODE, Audits
from alerting.service.settings import AuditSettings, ServiceSettings
from monitor.commands.audit import audit as audit_command
from tests.alerting.stage import RUNNING
from tests.audit.audited_room import CAMERA, Room
from tests.audit.broken import Broken
from tests.audit.mutations import step_with_all_its_traces_deleted
from tests.audit.stories import STORIES


class Straight:
    """The sender, past the outbox."""

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []

    async def send(self, rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]:
        self.sent += rows
        return [SendResult(key=row.key, outcome=Outcome.SENT) for row in rows]

    async def warm(self) -> None: ...

    async def close(self) -> None: ...


class Watched:
    """The audits of one stage, and what they told whom."""

    def __init__(self, room: Room) -> None:
        self.straight = Straight()
        self.alarms: list[str] = []
        lakeside = RoomSettings(id="R1", name="Lakeside", language="en")
        self.settings = ServiceSettings(
            home=lakeside,
            rooms=(lakeside,),
            plan=room.folder / "plan.toml",
            audit=AuditSettings(channels=(Secret("literal", "json://127.0.0.1:1"),)),
        )
        self.audits = self.again(room)

    def again(self, room: Room) -> Audits:
        async def alarm(text: str) -> None:
            self.alarms.append(text)

        return Audits(
            lambda: self.settings,
            room.folder,
            plan=lambda: (room.plan, room.plan_since),
            now=lambda: room.clock.now,
            opened=room.engine.fault_opened,
            cleared=room.engine.fault_cleared,
            outbound=self.straight,
            alarm=alarm,
        )


def codes(room: Room) -> list[str]:
    return [fault.code for fault in room.engine.open_faults()]


async def test_a_step_that_vanished_is_told_past_the_chain_and_once_only(folder: Path) -> None:
    room = Room(folder)
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(21 * 60)
    watched = Watched(room)
    assert await watched.audits.once() == []
    broken = Broken(folder / "journal.db", room.clock.now, room.plan_since, 1)
    assert step_with_all_its_traces_deleted(broken) == 1
    broken.close()
    assert await watched.audits.once() != []
    assert [message.title for message in watched.straight.sent] == [
        "Lakeside: the response plan did not run as it should"
    ]
    assert "#1" in watched.straight.sent[0].body
    assert len(watched.alarms) == 1
    assert CODE in codes(room)
    await watched.audits.once()
    again = watched.again(room)  # after a restart of the daemon
    await again.once()
    assert len(watched.straight.sent) == 1
    assert watched.audits.findings > 0
    await room.close()


async def test_in_observe_mode_nothing_is_sent(folder: Path) -> None:
    room = Room(folder)
    await room.engine.fault_opened(CAMERA, RUNNING)
    await room.until(21 * 60)
    watched = Watched(room)
    watched.settings = replace(watched.settings, mode="observe")
    broken = Broken(folder / "journal.db", room.clock.now, room.plan_since, 2)
    step_with_all_its_traces_deleted(broken)
    broken.close()
    await watched.audits.once()
    assert watched.straight.sent == []
    await room.close()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_the_command_lists_what_it_finds_in_the_room_s_language(folder: Path, language: str) -> None:
    state = folder / "state"
    state.mkdir()
    room = Room(state)
    await STORIES["nobody_answers"](room)
    now = room.clock.now
    await room.close()
    (folder / "roomwatch.toml").write_text(f'state = "{state}"\n[room]\nlanguage = "{language}"\n')
    config = ["--config", str(folder / "roomwatch.toml"), "--since", "2026-01-01"]
    healthy = CliRunner().invoke(audit_command, config)
    assert healthy.exit_code == 0, healthy.output
    broken = Broken(state / "journal.db", now, now + 1, 3)
    step_with_all_its_traces_deleted(broken)
    broken.close()
    found = CliRunner().invoke(audit_command, config)
    assert found.exit_code == 1
    assert {"en": "1 finding:", "zh-CN": "个问题"}[language] in found.output
    answer = json.loads(CliRunner().invoke(audit_command, [*config, "--json"]).output)
    assert answer["findings"][0]["incident"] == 1
    assert not answer["running"]


def test_without_a_journal_it_says_so(folder: Path) -> None:
    (folder / "roomwatch.toml").write_text(f'state = "{folder}/none"\n')
    answer = CliRunner().invoke(audit_command, ["--config", str(folder / "roomwatch.toml")])
    assert answer.exit_code == 3
    assert "there is no journal" in answer.output
