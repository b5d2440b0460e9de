"""Remedies for real: a room user with an own service manager, programs that hang, the sound server, units, links."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from alerting.model.reason import because
from alerting.model.remedy_outcome import RemedyOutcome
from alerting.plan.remedy_format import REMEDIES, PlannedRemedy
from alerting.words import LANGUAGES, load_words
from monitor.remedies import carry_out, remedy_of
from monitor.remedies.renew_dhcp import RenewDhcp
from monitor.remedies.restart_application import RestartApplication
from monitor.remedies.restart_sound_server import RestartSoundServer
from monitor.remedies.restart_unit import RestartUnit
from monitor.remedies.show_screen import show_screen
from monitor.remedies.start_backup import StartBackup
from monitor.user_session.open_link import open_link
from monitor.user_session.problems import SessionProblem
from monitor.user_session.restart_program import restart
from monitor.user_session.restart_units import restart_sound
from probes.software.processes_linux import ProcessTable
from tests.open_folders import open_folder
from tests.remedies.room_user import SOURCE, UID, RoomUser

ONESHOTS = SOURCE / "systemd"


@pytest.fixture(scope="module")
def user() -> Iterator[RoomUser]:
    with open_folder() as folder, RoomUser(folder) as user:
        shutil.copy("/bin/sleep", folder / "rw-conf-app")
        shutil.copy("/bin/false", folder / "rw-broken")
        join = folder / "rw-join"
        join.write_text(f'#!/bin/sh\necho "$1" > {user.home}/joined\nexec sleep 600\n')
        join.chmod(0o755)
        (user.etc / "roomwatch.toml").write_text(
            f'[probes.software.applications.conf]\nexecutables = ["rw-conf-app"]\n'
            f'start = ["{folder}/rw-conf-app", "600"]\n'
            f'[probes.software.applications.unit]\nexecutables = ["rw-unit-app"]\nunit = "rw-room.service"\n'
            f'[probes.software.applications.broken]\nexecutables = ["rw-broken"]\nstart = ["{folder}/rw-broken"]\n'
            f'[probes.software.applications.bare]\nexecutables = ["rw-bare"]\n'
            f'[probes.software.applications.backup]\nexecutables = ["rw-join"]\njoin = ["{join}", "{{link}}"]\n'
        )
        (user.units / "rw-room.service").write_text("[Service]\nExecStart=/bin/sleep 600\n")
        (user.etc / "remedies/start-backup").mkdir(parents=True)
        user.ctl("daemon-reload")
        yield user


def application(user: RoomUser, target: str) -> RestartApplication:
    return RestartApplication(target=target, folder=user.sockets)


async def both(remedy: RestartApplication | RestartUnit | StartBackup | RestartSoundServer) -> RemedyOutcome:
    """A dry run that promises, then the run."""
    dry = await remedy.dry_run()
    assert dry.ok, dry
    return await remedy.run()


def pids(name: str) -> list[int]:
    return [one.pid for one in ProcessTable().look(Path("/proc")) if one.name == name]


async def test_a_stopped_program_is_ended_and_runs_again_in_its_users_session(user: RoomUser) -> None:
    old = user.run("sh", "-c", f"{user.folder}/rw-conf-app 500 >/dev/null 2>&1 & echo $!")
    os.kill(int(old), signal.SIGSTOP)
    outcome = await both(application(user, "conf"))
    assert outcome.ok, outcome
    (new,) = pids("rw-conf-app")
    assert new != int(old)
    assert Path(f"/proc/{new}").stat().st_uid == UID
    assert "roomwatch-conf-" in Path(f"/proc/{new}/cgroup").read_text()
    outcome = await application(user, "conf").run()
    assert outcome.ok, "one that was started this way is restarted as well"
    assert pids("rw-conf-app") not in ([], [new])


async def test_a_program_with_a_unit_is_restarted_by_it(user: RoomUser) -> None:
    user.ctl("start", "rw-room")
    before = user.ctl("show", "-P", "InvocationID", "rw-room")
    outcome = await both(application(user, "unit"))
    assert outcome.ok, outcome
    assert user.ctl("is-active", "rw-room") == "active"
    assert user.ctl("show", "-P", "InvocationID", "rw-room") != before


async def test_a_program_that_ends_at_once_was_not_restarted(user: RoomUser) -> None:
    outcome = await application(user, "broken").run()
    assert not outcome.ok
    assert outcome.detail.code == "session_not_started"


@pytest.mark.parametrize(("target", "says"), [("bare", "session_no_start"), ("nothing", "session_profile")])
async def test_what_cannot_be_restarted_says_why(user: RoomUser, target: str, says: str) -> None:
    for outcome in (await application(user, target).dry_run(), await application(user, target).run()):
        assert not outcome.ok
        assert outcome.detail == because(says, what=target)


async def test_nothing_is_restarted_as_root() -> None:
    if os.getuid() != 0:
        pytest.fail("this test runs as root, as the others here")
    asked = type("Asked", (), {"application": "zoom", "link": "https://zoom.us/j/1", "pid": 0, "dry": False})()
    for verb in (restart, restart_sound, open_link):
        assert (await verb(asked))["problem"] == SessionProblem.ROOT


async def test_the_sound_server_is_another_one_afterwards(user: RoomUser) -> None:
    remedy = RestartSoundServer(folder=user.sockets)
    user.ctl("mask", "--now", "wireplumber.service")  # it wants a session bus, which this user has not
    user.ctl("daemon-reload")  # without a bus nobody tells the manager of the mask
    assert user.ctl("show", "-P", "LoadState", "wireplumber.service") == "masked"
    user.ctl("start", "pipewire.service", "pipewire-pulse.service")
    before = user.ctl("show", "-P", "MainPID", "pipewire.service")
    for _ in range(8):  # until its manager refuses to start it again
        user.ctl("kill", "--signal=KILL", "pipewire.service")
    outcome = await both(remedy)
    assert outcome.ok, outcome
    after = user.ctl("show", "-P", "MainPID", "pipewire.service")
    assert after not in ("0", before)
    parts = ("pipewire", "pipewire-pulse", "wireplumber")
    user.ctl("stop", *(f"{part}.socket" for part in parts[:2]), *(f"{part}.service" for part in parts))
    user.ctl("reset-failed")  # a part that failed is still one to restart; here there is to be none at all
    for part in parts:
        user.until(lambda part=part: user.ctl("is-active", part) in ("inactive", "unknown"), f"the end of {part}")  # type: ignore[misc]
    assert (await remedy.dry_run()).detail.code == "session_sound"


async def test_the_backup_is_joined_by_its_link_only_where_the_host_is_allowed(user: RoomUser) -> None:
    remedy = StartBackup(target="backup https://meeting.example.com/p/123", folder=user.sockets)
    outcome = await remedy.run()
    assert outcome.detail == because("session_host", place="/etc/roomwatch/remedies/start-backup/HOST")
    (user.etc / "remedies/start-backup/meeting.example.com").touch()
    outcome = await both(remedy)
    assert outcome.ok, outcome
    assert (user.home / "joined").read_text() == "https://meeting.example.com/p/123\n"
    for link in ("file:///etc/passwd", "https://", "javascript:alert(1)", "https://meeting.example.com/ü"):
        outcome = await StartBackup(target=f"backup {link}", folder=user.sockets).run()
        assert not outcome.ok, link


async def test_the_room_s_page_is_opened_once_and_closed_again_only_where_its_host_is_allowed(user: RoomUser) -> None:
    page = "http://127.0.0.1:9720/screen"
    outcome = await show_screen(page, folder=user.sockets)
    assert outcome.detail == because("session_host", place="/etc/roomwatch/remedies/show-screen/HOST")
    user.allow_screen("127.0.0.1")
    assert (await show_screen(page, folder=user.sockets)).ok
    user.until((user.home / "shown").exists, "the browser")
    assert f"--app={page}" in (user.home / "shown").read_text()
    unit = user.ctl("show", "-P", "InvocationID", "roomwatch-screen")
    assert (await show_screen(page, folder=user.sockets)).ok
    assert user.ctl("show", "-P", "InvocationID", "roomwatch-screen") == unit, "the page that is open stays"
    assert user.ctl("show", "-P", "RuntimeMaxUSec", "roomwatch-screen") == "30min"
    assert (await show_screen("", folder=user.sockets)).ok
    assert user.ctl("is-active", "roomwatch-screen") != "active"
    assert (await show_screen("", folder=user.sockets)).ok, "what is closed is closed"


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:9720/report",
        "file:///screen",
        "javascript:alert(1)//screen",
        "http:///screen",
        "http://a@127.0.0.1/screen",
        "http://127.0.0.1/screen?x=/screen",
        "http://127.0.0.1/#/screen",
        "http://127.0.0.1/ü/screen",
        "http://127.0.0.1/ --gpu-launcher=sh /screen",
        "http://[::1/screen",
    ],
)
async def test_no_other_page_is_opened(user: RoomUser, link: str) -> None:
    assert (await show_screen(link, folder=user.sockets)).detail == because("session_link")


async def test_a_listed_unit_is_restarted_and_no_other(user: RoomUser, tmp_path: Path) -> None:
    """The shipped oneshot itself, under the user's manager: without its sandbox, which only the system's can build."""
    text = (ONESHOTS / "roomwatch-remedy-restart-unit@.service").read_text()
    text = text[: text.index("# It only talks")].replace("/etc/roomwatch/remedies", str(user.folder / "allowed"))
    assert "ExecStart=/usr/bin/systemctl --no-ask-password restart -- %i.service" in text
    text = text.replace("/usr/bin/systemctl", "/usr/bin/systemctl --user")
    (user.units / "roomwatch-remedy-restart-unit@.service").write_text(text)
    listed = user.folder / "allowed" / "restart-unit"
    listed.mkdir(parents=True)
    user.ctl("daemon-reload")
    user.ctl("start", "rw-room")
    remedy = RestartUnit(target="rw-room.service", manager=user.manager, allowed=user.folder / "allowed")
    outcome = await remedy.run()
    assert outcome.detail == because("not_permitted", place=f"{listed}/rw-room")
    (listed / "rw-room").touch()
    before = user.ctl("show", "-P", "InvocationID", "rw-room")
    outcome = await both(remedy)
    assert outcome.ok, outcome
    assert user.ctl("show", "-P", "InvocationID", "rw-room") != before
    (listed / "rw-gone").touch()
    outcome = await RestartUnit(target="rw-gone", manager=user.manager, allowed=user.folder / "allowed").dry_run()
    assert outcome.detail == because("unit_none", what="rw-gone.service", state="not-found")


async def test_without_a_session_or_a_service_manager_it_says_what_to_do(tmp_path: Path) -> None:
    outcome = await RestartApplication(target="zoom", folder=tmp_path).run()
    assert outcome.detail.code == "session_none"
    outcome = await RestartApplication(target="zoom", user="nobody-here", folder=tmp_path).run()
    assert outcome.detail == because("session_no_user", user="nobody-here")
    for uid in (1, 2):
        (tmp_path / f"{uid}.sock").touch()
    several = await RestartApplication(target="zoom", folder=tmp_path).run()
    assert several.detail == because("session_several", uids=("1", "2"))
    outcome = await RenewDhcp(target="lo", manager=("false",)).dry_run()
    assert outcome.detail.code == "manager_silent"
    assert (await RenewDhcp(target="rw-none0").dry_run()).detail.code == "interface_none"
    assert (await RenewDhcp(target="a/../b").dry_run()).detail.code == "interface_name"
    assert (await RestartUnit(target="x;reboot").run()).detail.code == "unit_name"


async def test_every_kind_of_the_plan_is_known_and_wrong_ones_are_answered() -> None:
    assert (await carry_out("reboot", "", dry_run=False)).detail.code == "remedy_unknown"
    assert (await carry_out("reset_usb", "", dry_run=False)).detail.code == "remedy_without_target"
    assert all(remedy_of(kind, "target").describe().endswith(".") for kind in REMEDIES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_remedy_that_a_plan_may_name_has_words(language: str) -> None:
    words = load_words(language)
    wanted = (f"{part}.{kind}" for kind in REMEDIES for part in ("course.remedy", "course.remedy_noun"))
    named = [key for key in wanted if REMEDIES[key.rpartition(".")[2]].in_remedies]
    assert [key for key in named if not words.has(key)] == []


def test_a_plan_names_no_remedy_that_a_backup_asks_for() -> None:
    with pytest.raises(msgspec.ValidationError, match="start_backup"):
        msgspec.convert({"kind": "start_backup", "faults": ["app_crashed"]}, PlannedRemedy)


async def test_a_cancelled_remedy_leaves_no_command_behind() -> None:
    from monitor.linux.run_command import execute

    work = asyncio.create_task(execute("sleep", "4711.5", seconds=60))
    while not (
        started := subprocess.run(
            ["pgrep", "-f", "^sleep 4711.5"], capture_output=True, text=True, check=False
        ).stdout.split()
    ):
        await asyncio.sleep(0.05)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not Path(f"/proc/{started[0]}").exists()
