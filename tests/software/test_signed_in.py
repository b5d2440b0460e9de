"""A client that shows its login window, or whose log says that it is signed out: a real window, and logs."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import msgspec
import pytest

from probes.reading import CannotMeasure, Context, Reading
from probes.software import Application, Settings, probe
from probes.software.processes_linux import ProcessTable
from probes.software.profiles import shipped
from probes.software.signed_in import BY_LOG, BY_TITLE, SIGNED_IN, UNKNOWN, by_log, by_title
from probes.software.x11_linux import WindowWords
from probes.why import because
from tests.software.screen import display

WINDOW = """
import os, gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk, GLib
window = Gtk.Window(title=open(os.environ["TITLE"]).read())
window.show_all()
GLib.timeout_add(50, lambda: window.set_title(open(os.environ["TITLE"]).read()) or True)
Gtk.main()
"""


def windows(*titles: str) -> list[WindowWords]:
    return [WindowWords(title, "conf\0Conf\0") for title in titles]


LOGIN = [
    "Sign In", "Sign in to your account | Microsoft Teams", "Log in", "Webex - Sign in", "Zoom Login",
    "登录", "登录飞书", "腾讯会议登录", "登录窗口", "登录 - 钉钉",
]  # fmt: skip
OTHERS = [
    "Zoom Workplace", "Sprint signing in the new year | Teams", "Sign-in sheet for guests", "How to log in",
    "会议", "登录失败率周报 - 飞书会议", "讨论 登录",
]  # fmt: skip


@pytest.mark.parametrize("title", LOGIN)
def test_a_login_window_is_known_by_its_title(title: str) -> None:
    assert by_title(Application(), windows("", title))[0] == BY_TITLE


@pytest.mark.parametrize("title", OTHERS)
def test_another_window_is_none(title: str) -> None:
    assert by_title(Application(), windows(title))[0] == SIGNED_IN


def test_a_window_of_the_signed_in_program_outweighs_a_login_window() -> None:
    application = Application(signed_in_titles=("^Chat",))
    assert by_title(application, windows("Sign in", "Chat | Teams"))[0] == SIGNED_IN
    assert by_title(application, windows("About"))[0] == UNKNOWN
    assert by_title(application, [])[0] == UNKNOWN


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("user signed in\nsession renewed\naccount was signed out\nretry\n", BY_LOG),
        ("account was signed out\nuser signed in\nretry\n", SIGNED_IN),
        ("登录已过期\n", BY_LOG),
        ("nothing of that kind\n", SIGNED_IN),
    ],
)
def test_the_newest_word_of_the_log_counts(tmp_path: Path, lines: str, says: int) -> None:
    log = tmp_path / "client.log"
    log.write_text(lines)
    (main,) = ProcessTable().these(Path("/proc"), (os.getpid(),))
    application = Application(logs=(str(tmp_path / "*.log"),))
    assert by_log(application, main, Path("/proc"))[0] == says
    os.utime(log, (1000, 1000))
    assert by_log(application, main, Path("/proc"))[0] == UNKNOWN, "it was written before the program started"


def test_the_shipped_patterns_name_an_expired_login_of_teams(tmp_path: Path) -> None:
    (main,) = ProcessTable().these(Path("/proc"), (os.getpid(),))
    application = msgspec.structs.replace(shipped()["teams"], logs=(str(tmp_path / "*.log"),))
    (tmp_path / "a.log").write_text("error: interaction_required: AADSTS50078: presented multi-factor is old\n")
    assert by_log(application, main, Path("/proc"))[0] == BY_LOG


def test_a_pattern_that_is_none_is_named() -> None:
    with pytest.raises(msgspec.ValidationError, match="login_titles: '\\[' is no regular expression"):
        msgspec.convert({"executables": ["conf"], "login_titles": ["["]}, Application)


async def test_a_running_client_with_its_login_window_is_signed_out(tmp_path: Path) -> None:
    title, script = tmp_path / "title", tmp_path / "window.py"
    title.write_text("Room 5 | Conference")
    script.write_text(WINDOW)
    with display() as screen:
        environment = {**os.environ, "DISPLAY": screen, "TITLE": str(title)}
        with subprocess.Popen(["/usr/bin/python3", str(script)], env=environment) as process:
            try:
                application = Application(executables=("python3",), command=str(script))
                settings = Settings(applications={"conf": application}, use_known=False, ask_windows=False)
                context = Context(now=time.time, monotonic=time.monotonic, state=tmp_path)

                async def until(finding: str) -> Reading:
                    deadline = time.monotonic() + 30
                    while True:
                        found = next(one for one in await probe(settings, context) if one.check == "software.signed_in")
                        if isinstance(found, Reading) and found.finding == finding:
                            return found
                        assert time.monotonic() < deadline, found
                        assert isinstance(found, Reading | CannotMeasure)

                await until("")
                title.write_text("Sign in to Conference")
                found = await until("app_signed_out")
                assert found.evidence["seen_by"] == because("by_window_title")
                assert "Conference" not in str(found.evidence), "a title stays where it is"
                title.write_text("Room 5 | Conference")
                await until("")
            finally:
                process.kill()
