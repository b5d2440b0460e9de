"""What people say on the command line, against a real daemon, with a real receiver of what they are told."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from alerting.audit.finding import AuditFinding, Code
from alerting.service.scheduled_audit import in_words
from monitor.cli import COMMANDS, main
from tests.end_to_end.test_killed_program import Receiver, Room, receiver

__all__ = ["receiver"]

PLAN = """
timezone = "Asia/Shanghai"
[contacts.li]
name = "Li Wei"
language = "en"
channels = ["json://127.0.0.1:{port}/hook"]
[contacts.chen]
name = "Chen Li"
language = "en"
channels = ["json://127.0.0.1:{port}/hook"]
[contacts.group]
name = "Meeting group"
language = "en"
channels = ["json://127.0.0.1:{port}/hook"]
[groups.technical]
name = "Technical"
members = ["li"]
[groups.leadership]
name = "Leadership"
members = ["chen"]
[groups.participants]
name = "Participants"
members = ["group"]
[chains.default]
steps = [{{ after = 0, tell = ["technical"] }}]
[backups.meet]
name = "Meet"
join = "http://127.0.0.1:{port}/none"
[materials.camera]
name = "Spare camera"
quantity = 1
minimum = 0
place = "cupboard A"
covers = ["spare_camera"]
[inspections.devices]
name = "Monthly check"
every_days = 30
start = 2026-01-12
[rosters.week]
owner = "li"
start = 2026-01-05
rotation = ["li"]
"""


class Terminal:
    """The command line of somebody at the room's machine."""

    def __init__(self, room: Room) -> None:
        self.room = room

    async def say(self, *words: str) -> Result:
        return await asyncio.to_thread(
            CliRunner().invoke, main, [*words, "--config", str(self.room.folder)], catch_exceptions=False
        )

    async def good(self, *words: str) -> str:
        result = await self.say(*words)
        assert result.exit_code == 0, result.output
        return result.output

    async def refused(self, *words: str) -> str:
        result = await self.say(*words)
        assert result.exit_code == 1, result.output
        return result.output


@pytest.fixture
async def terminal(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Terminal]:
    room = Room(tmp_path, receiver.port)
    (tmp_path / "plan.toml").write_text(PLAN.format(port=receiver.port))
    file = tmp_path / "roomwatch.toml"
    text = file.read_text().replace("[probes.software]", "[never.software]")
    head = text.partition("[never")[0].replace("[schedule]", "[schedule]\nsoftware = { enabled = false }")
    for name in ("display", "power"):
        head += f"{name} = {{ enabled = false }}\n"
    file.write_text(head)
    await room.start()
    yield Terminal(room)
    await asyncio.to_thread(room.end)


async def test_an_incident_from_the_phone_call_to_its_end(terminal: Terminal, receiver: Receiver) -> None:
    said = await terminal.good(
        "declare", "the camera is black", "--by", "Ann", "--class", "device", "--severity", "critical"
    )
    assert "#1 opened, reported by Ann" in said
    await receiver.wait_for("Room 12")
    assert "Ann reports: “the camera is black”" in await terminal.good("incidents")
    seen = await terminal.say("status")
    assert (seen.exit_code, "#1 Device fault reported" in seen.output, "not taken yet" in seen.output) == (
        1,
        True,
        True,
    )
    take = f"roomwatch take --config {terminal.room.folder} 1"
    assert take in " ".join(seen.output.split()), seen.output
    checked = await terminal.say("premeeting")
    assert (checked.exit_code, "Device fault reported" in checked.output) == (1, True), checked.output
    assert "#1, which is open" in await terminal.good("declare", "no picture", "--by", "Bob", "--class", "device")
    assert "Ann is nobody of the plan" in said
    assert "nobody is called Li Wie. Did you mean Li Wei (li)?" in await terminal.refused("take", "1", "--by", "Li Wie")
    assert "nobody of the plan is called Zorro; there are: Li Wei (li)" in await terminal.refused(
        "take", "1", "--by", "Zorro"
    )
    assert "is no contact of the plan. Say in whose name: --by NAME" in await terminal.refused("take", "1")
    assert "taken by Li Wei" in await terminal.good("take", "1", "--by", "li wei")
    assert "leadership was NOT told" in await terminal.good("confirm", "1", "--by", "group")
    assert "NOT" not in await terminal.good("confirm", "1", "--by", "Li Wei", "--text", "the cable is torn")
    confirmed = await receiver.wait_for("confirmed")
    assert "the cable is torn" in confirmed["message"]
    await terminal.good("order", "1", "bring the ladder", "--to", "Li Wei", "--by", "chen")
    await receiver.wait_for("order")
    await terminal.good("assign", "1", "at the door", "--to", "chen", "--by", "li")
    await receiver.wait_for("your help is asked for")
    await terminal.good("accept", "1", "--by", "chen")
    await receiver.wait_for("Chen Li is coming")
    assert "Who is told next stays" in await terminal.good("class", "1", "operator", "--by", "li")
    await terminal.good("severity", "1", "warning", "--by", "li")
    await terminal.good("note", "1", "lens cap found", "--by", "li")
    await terminal.good("snooze", "1", "30m", "--by", "li")
    assert "30m, 2h or 14:30" in (await terminal.say("snooze", "1", "soon")).output
    assert "snooze reaches 24 h" in await terminal.refused("snooze", "1", "99h", "--by", "li")
    await terminal.good("backup", "start", "1", "--by", "li")
    moved = await receiver.wait_for("the meeting goes on in Meet")
    assert moved["message"].splitlines()[0] == f"Join here: http://127.0.0.1:{receiver.port}/none"
    await terminal.good("mitigate", "1", "--by", "li")
    await receiver.wait_for("backup in use")
    await terminal.good("spare", "take", "Spare camera", "--for", "1", "--by", "li")
    assert "out with: Li Wei" in await terminal.refused("spare", "take", "camera", "--by", "chen")
    assert "To end it: roomwatch resolve 1" in await terminal.good("done", "1", "took the lens cap off", "--by", "li")
    await terminal.good("resolve", "1", "--by", "li")
    over = await receiver.wait_for("recovered")
    assert "took the lens cap off" in over["message"]
    await terminal.good("status")
    await terminal.good("close", "1", "--by", "li")
    assert "no open incident 1; open: none" in await terminal.refused("take", "1", "--by", "li")
    commands = _verbs(terminal.room.folder)
    wanted = (
        "opened severity note report_joined taken confirmed order assigned helper_accepted class snoozed"
        " backup_ordered mitigated spare_taken done resolved closed"
    )
    assert [verb for verb in wanted.split() if verb not in commands] == []


def _verbs(folder: Path) -> set[str]:
    db = sqlite3.connect(folder / "state" / "journal.db")
    found = {row[0] for row in db.execute("SELECT verb FROM events")}
    db.close()
    return found


async def test_floors_sites_and_standing_duties(terminal: Terminal, receiver: Receiver) -> None:
    await terminal.good("declare", "smoke", "--floor", "3", "--class", "external", "--by", "Ann")
    await receiver.wait_for("Floor 3")
    assert "--room, --floor and --site" in (await terminal.say("declare", "x", "--floor", "3", "--site", "HQ")).output
    assert "Monthly check" in await terminal.good("inspection", "list")
    assert "Recorded: Monthly check" in await terminal.good("inspection", "done", "devices", "--text", "all good")
    assert "Recorded: week" in await terminal.good("roster", "confirm", "--by", "li")
    assert "cupboard A" in await terminal.good("spare", "list")
    await terminal.good("spare", "checked", "camera")
    assert "no Spare camera is out" in await terminal.refused("spare", "return", "camera")
    await terminal.good("backup", "test", "meet")
    async with asyncio.timeout(60):
        while json.loads(await terminal.good("backup", "list", "--json"))[0]["ok"] is None:
            await asyncio.sleep(0.3)
    listed = await terminal.good("backup", "list")
    assert "DOES NOT WORK" in listed
    assert "HTTP 404" in listed
    assert "next test" in await terminal.good("backup", "tested", "meet", "--ok")
    assert "--ok or --failed" in (await terminal.say("backup", "tested", "meet")).output


async def test_people_read_times_of_the_plans_zone_on_a_machine_of_another(
    terminal: Terminal, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    try:
        await terminal.good("declare", "the beamer hums", "--by", "Ann")
        said = await terminal.good("snooze", "1", "10m", "--by", "li")
        there = [f"{_shanghai() + timedelta(minutes=10, seconds=back):%m-%d %H:%M}" for back in (0, -60)]
        assert any(one in said for one in there), said
        wanted = f"{_shanghai() + timedelta(hours=2):%m-%d %H:%M}"
        assert wanted in await terminal.good("snooze", "1", wanted[-5:], "--by", "li")
        await terminal.good("spare", "take", "camera", "--by", "li")
        there = [f"{_shanghai() + timedelta(seconds=back):%m-%d %H:%M}" for back in (0, -60)]
        listed = await terminal.good("spare", "list")
        assert any(one in listed for one in there), listed
        await terminal.good("inspection", "done", "devices", "--text", "all good")
        assert f"{_shanghai():%Y-%m-%d}" in await terminal.good("inspection", "list")
    finally:
        monkeypatch.undo()
        time.tzset()


def _shanghai() -> datetime:
    return datetime.now(ZoneInfo("Asia/Shanghai"))


def test_an_audit_line_has_the_time_of_the_zone_given() -> None:
    at = datetime(2026, 1, 31, 20, 5, tzinfo=UTC).timestamp()
    finding = AuditFinding(incident=1, code=Code.MISSED, what="opened", at=at)
    assert "02-01 04:05" in in_words(finding, "en", "Asia/Shanghai")


async def test_numbers_complete_and_a_wrong_one_is_said(
    terminal: Terminal,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await terminal.good("declare", "the beamer hums", "--by", "Ann")
    import monitor.commands.daemon_command as telling
    from monitor.settings import load

    monkeypatch.setattr(telling, "load", lambda _: load(terminal.room.folder))
    found = await asyncio.to_thread(_complete, "roomwatch take ")
    assert found == [("1", "r12: reported_other")]
    monkeypatch.setattr(telling, "load", lambda _: load(terminal.room.folder / "nowhere"))
    assert await asyncio.to_thread(_complete, "roomwatch take ") == []
    assert '"x" is no incident number' in (await terminal.say("take", "x")).output
    assert "#1 is taken" in await terminal.good("take", "#1", "--by", "li")


def _complete(line: str) -> list[tuple[str, str | None]]:
    from click.shell_completion import ShellComplete

    words = line.split()
    shell = ShellComplete(main, {}, "roomwatch", "_ROOMWATCH_COMPLETE")
    return [(one.value, one.help) for one in shell.get_completions(words[1:], "")]


def test_every_command_has_a_short_help_that_is_not_cut_off() -> None:
    shown = CliRunner().invoke(main, ["--help"], terminal_width=100).output
    lines = {
        line.split()[0]: line for line in shown.splitlines() if line.startswith("  ") and line.split()[0] in COMMANDS
    }
    mine = "take confirm note order assign accept decline snooze class severity mitigate done resolve close declare"
    assert set(lines) == set(COMMANDS)
    assert [name for name in mine.split() if lines[name].endswith("...")] == []


def test_the_version_is_told_to_who_asks_in_the_usual_way() -> None:
    asked = CliRunner().invoke(main, ["--version"])
    assert asked.exit_code == 0
    assert asked.output == CliRunner().invoke(main, ["version"]).output
