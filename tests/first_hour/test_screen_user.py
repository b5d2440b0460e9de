"""The user of the room's screen: which commands enable the session part, and which take it back."""

from __future__ import annotations

import grp
import pwd
import sys

import pytest
from click.testing import CliRunner

from alerting.words import load_words
from monitor.cli import main
from monitor.commands.session import let_answer
from monitor.first_hour.screen_user import ScreenUser, ScreenUserError, carry_out, disabling, enabling, find

JOIN = ("usermod", "--append", "--groups", "roomwatch-session", "kiosk")
LEAVE = ("gpasswd", "--delete", "kiosk", "roomwatch-session")
MANAGER = ("systemctl", "--user", "--machine=kiosk@")
ON = (*MANAGER, "enable", "--now", "roomwatch-session.socket")
OFF = (*MANAGER, "disable", "--now", "roomwatch-session.socket")


def kiosk(*, member: bool, enabled: bool, logged_in: bool = False) -> ScreenUser:
    return ScreenUser(name="kiosk", member=member, enabled=enabled, logged_in=logged_in)


@pytest.mark.parametrize(
    ("member", "enabled", "to_enable", "to_disable"),
    [
        (False, False, (JOIN, ON), ()),
        (True, False, (ON,), (LEAVE,)),
        (False, True, (JOIN,), (OFF,)),
        (True, True, (), (OFF, LEAVE)),
    ],
)
def test_only_what_is_missing_is_done_and_only_what_is_there_is_taken_back(
    member: bool, enabled: bool, to_enable: object, to_disable: object
) -> None:
    user = kiosk(member=member, enabled=enabled)
    assert (enabling(user), disabling(user)) == (to_enable, to_disable)


def test_a_manager_that_runs_without_the_group_is_not_asked_to_start_the_socket() -> None:
    later = (*MANAGER, "enable", "roomwatch-session.socket")
    assert enabling(kiosk(member=False, enabled=False, logged_in=True)) == (JOIN, later)
    assert enabling(kiosk(member=True, enabled=False, logged_in=True)) == (ON,)


def test_a_user_that_is_not_there_and_root_are_refused() -> None:
    with pytest.raises(ScreenUserError, match="this machine has no user nobody-of-that-name"):
        find("nobody-of-that-name")
    with pytest.raises(ScreenUserError, match="root is no user of the room's screen"):
        find("root")
    done = CliRunner().invoke(main, ["session", "enable", "nobody-of-that-name"])
    assert (done.exit_code, done.output) == (1, "roomwatch: this machine has no user nobody-of-that-name.\n")


def test_a_user_is_found_with_the_group_and_the_socket_of_its_own() -> None:
    ordinary = next(one for one in pwd.getpwall() if one.pw_uid != 0)
    own = grp.getgrgid(ordinary.pw_gid).gr_name
    other = next(one for one in grp.getgrall() if one.gr_name != own and ordinary.pw_name not in one.gr_mem)
    assert find(ordinary.pw_name, own).member
    assert not find(ordinary.pw_name, other.gr_name).member
    assert not find(ordinary.pw_name, own).enabled
    with pytest.raises(ScreenUserError, match="no group no-such-group: install roomwatch first"):
        find(ordinary.pw_name, "no-such-group")


def test_what_a_command_says_when_it_fails_is_handed_on() -> None:
    carry_out((sys.executable, "-c", ""))
    with pytest.raises(ScreenUserError, match="no way"):
        carry_out((sys.executable, "-c", "raise SystemExit('no way')"))
    with pytest.raises(ScreenUserError, match="no-such-program"):
        carry_out(("no-such-program", "--now"))


@pytest.mark.parametrize(("language", "hint"), [("en", "Log that user out and in once"), ("zh-CN", "重新登录一次")])
@pytest.mark.parametrize("reachable", [True, False])
def test_a_manager_without_a_bus_is_named_as_the_reason_and_no_other_is(
    language: str, hint: str, reachable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")  # no command that it runs is there
    user = ScreenUser(name="kiosk", member=True, enabled=False, logged_in=True, reachable=reachable)
    with pytest.raises(ScreenUserError, match="systemctl") as refused:
        let_answer(user, load_words(language))
    assert (hint in str(refused.value)) is not reachable
