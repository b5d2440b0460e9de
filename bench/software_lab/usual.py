"""Programs that are well, however they were started, named, closed or updated: nothing may be told."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator

from bench.software_lab.situation import healthy
from bench.software_lab.world import PYTHON, World
from tests.software.screen import SWITCHES, display, page
from tests.software.test_signed_in import WINDOW

EXIT = "import sys; sys.stdin.readline()"
LAUNCH = "import subprocess, sys, time; subprocess.run(sys.argv[1:]); time.sleep(60)"
RENDER = """
import os, subprocess, sys, time
time.sleep(float(sys.argv[1]))
while True:
    subprocess.run([sys.executable, "-c", "import time; time.sleep(60)", "--ty" + "pe=renderer"])
"""
"""A main program that starts its page's process after so many seconds, and anew where that dies. The switch is written
in two parts: it must not stand in the main program's own command line."""


@healthy
def _a_program_runs(world: World) -> None:
    world.watch("zoom")
    world.start(world.copy("opt/zoom/zoom"), "60")


@healthy
def _never_installed_and_not_expected(world: World) -> None:
    world.watch("zoom", expected="seen")


@healthy
def _not_expected_outside_a_meeting(world: World) -> None:
    world.watch("zoom", expected="meeting")


@healthy
def _it_may_still_start(world: World) -> None:
    world.watch("zoom", start_within=1e9)


@healthy
def _started_by_a_script_that_stays(world: World) -> Iterator[None]:
    world.watch("zoom", count=1, expected="seen")
    program = world.copy("opt/zoom/zoom")
    yield
    world.start(world.script("bin/zoom", f'"{program}" 60; :'))


@healthy
def _started_by_a_compiled_launcher(world: World) -> None:
    world.watch("zoom", count=1)
    world.python("bin/zoom", LAUNCH, world.copy("opt/zoom/zoom"), "60")


@healthy
def _a_start_script_becomes_its_program(world: World) -> Iterator[None]:
    world.watch("zoom", expected="seen")
    program = world.copy("opt/zoom/zoom")
    yield
    world.start(world.script("bin/zoom", f'sleep 2; exec "{program}" 60'))


@healthy
def _a_program_with_its_like_named_helper(world: World) -> None:
    world.watch("webex", count=1)
    for name in ("CiscoCollabHost", "CiscoCollabHostCef", "CiscoCollabHostCef"):
        world.start(world.copy(f"opt/Webex/bin/{name}"), "60")


@healthy
def _a_name_that_the_kernel_cuts(world: World) -> None:
    world.watch("dingtalk")
    world.start("dingtalk", "60", executable=world.copy("files/com.alibabainc.dingtalk"))


@healthy
def _a_chinese_name_with_another_first_argument(world: World) -> None:
    world.watch("meeting", executables=("腾讯会议客户端",))
    world.start("/opt/start", "60", executable=world.copy("opt/腾讯会议客户端"))


@healthy
def _wines_program(world: World) -> None:
    world.watch("wemeet", executables=("wemeetapp.exe",))
    world.start("C:\\Program Files\\WeMeet\\wemeetapp.exe", "60", executable=world.copy("wine64-preloader"))


@healthy
def _a_shared_electron(world: World) -> None:
    world.watch("teams", count=1)
    electron = world.copy("lib/electron30/electron", PYTHON)
    for name in ("teams-for-linux", "other-app"):
        place = world.folder / name / "app.asar"
        place.parent.mkdir()
        place.write_text("import time; time.sleep(60)")
        world.start(electron, str(place), env={"PYTHONHOME": sys.base_prefix})


@healthy
def _started_by_the_loader_that_its_vendor_brings_along(world: World) -> None:
    world.watch("wemeet", count=1)
    loader = world.copy("opt/wemeet/lib/ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2")
    world.start(loader, "--argv0", "wemeetapp", world.copy("opt/wemeet/bin/wemeetapp"), "60")


@healthy
def _an_appimage(world: World) -> None:
    world.watch("jitsi", count=1)
    world.start(world.copy("tmp/.mount_jitsi-Xy12ab/AppRun"), "60")
    world.start(world.copy("jitsi-meet-x86_64.AppImage"), "60")


@healthy
def _flatpaks_layout_in_its_own_namespaces(world: World) -> None:
    world.watch("zoom", count=1)
    program = world.copy("app/extra/zoom/zoom")
    script = world.script("app/bin/zoom", f'"{program}" 60; :')
    world.start("unshare", "--pid", "--mount", "--fork", "--kill-child", script, wait=1.0)


@healthy
def _a_snap_that_unpacks_before_its_pages_come(world: World) -> Iterator[None]:
    world.watch("teams", helpers=("--type=renderer",), expected="seen")
    yield
    world.python("snap/teams-for-linux/1/teams-for-linux", RENDER, "1")


@healthy
def _a_page_that_dies_and_comes_back(world: World) -> Iterator[None]:
    world.watch("teams", helpers=("--type=renderer",))
    main = world.python("opt/teams-for-linux", RENDER, "0", wait=1.5)
    yield
    os.kill(world.child(main, "teams-for-linux"), 9)


@healthy
def _one_copy_for_each_of_two_users(world: World) -> None:
    world.watch("slack", count=1)
    world.folder.chmod(0o755)
    program = world.copy("opt/slack")
    world.start(program, "60")
    world.start(program, "60", user=65534)


@healthy
def _a_program_of_another_user(world: World) -> None:
    world.watch("slack", count=1, user="65534")
    world.folder.chmod(0o755)
    world.start(world.copy("opt/slack"), "60", user=65534)


@healthy
def _several_copies_where_any_number_is_right(world: World) -> None:
    world.watch("zoom", count=0)
    for _ in range(3):
        world.start(world.copy("opt/zoom/zoom") if not world.started else str(world.folder / "opt/zoom/zoom"), "60")


@healthy
def _a_script_of_that_name_where_none_is_expected(world: World) -> None:
    world.watch("slack", expected="seen")
    world.start(world.script("bin/slack", "sleep 60; :"))


@healthy
def _the_rooms_own_program_is_a_script(world: World) -> None:
    world.watch("firmcall")
    world.start(world.script("bin/firmcall", "sleep 60; :"))


@healthy
def _closed_at_once_with_the_call(world: World) -> Iterator[None]:
    world.watch("zoom", expected="meeting")
    world.meeting(True)
    program = world.python("opt/zoom/zoom", EXIT)
    yield
    program.communicate(b"\n", timeout=30)
    time.sleep(1)
    world.meeting(False)


@healthy
def _closed_after_the_call_was_left(world: World) -> Iterator[None]:
    world.watch("zoom", expected="meeting")
    world.meeting(True)
    program = world.python("opt/zoom/zoom", EXIT)
    yield
    world.meeting(True, over=True)
    program.communicate(b"\n", timeout=30)
    time.sleep(1)
    world.meeting(False)


@healthy
def _told_to_end_with_the_call(world: World) -> Iterator[None]:
    world.watch("zoom", expected="meeting")
    world.meeting(True)
    program = world.start(world.copy("opt/zoom/zoom"), "60")
    yield
    world.end(program, signal.SIGTERM)
    time.sleep(1)
    world.meeting(False)


@healthy
def _it_crashes_on_its_way_out_after_the_call(world: World) -> Iterator[None]:
    world.watch("zoom", expected="meeting")
    world.meeting(True)
    program = world.start(world.copy("opt/zoom/zoom"), "60")
    yield
    world.meeting(True, over=True)
    world.end(program, signal.SIGSEGV)
    time.sleep(1)
    world.meeting(False)


@healthy
def _closed_where_the_meeting_is_unknown(world: World) -> Iterator[None]:
    world.watch("zoom", expected="meeting")
    world.meeting(None)
    program = world.python("opt/zoom/zoom", EXIT)
    yield
    program.communicate(b"\n", timeout=30)


@healthy
def _an_update_starts_it_again(world: World) -> Iterator[None]:
    world.watch("zoom")
    program = world.python("opt/zoom/zoom", EXIT)
    yield
    program.communicate(b"\n", timeout=30)
    (world.folder / "opt/zoom/zoom").unlink()
    time.sleep(2)
    world.python("opt/zoom/zoom", EXIT)


@healthy
def _three_updates_in_one_evening(world: World) -> Iterator[None]:
    world.watch("zoom")
    program = world.python("opt/zoom/zoom", EXIT)
    yield
    for _ in range(3):
        program.communicate(b"\n", timeout=30)
        (world.folder / "opt/zoom/zoom").unlink()
        time.sleep(0.8)
        program = world.python("opt/zoom/zoom", EXIT, wait=1.0)


@healthy
def _a_person_starts_it_anew_twice(world: World) -> Iterator[None]:
    world.watch("zoom", expected="meeting")
    program = world.start(world.copy("opt/zoom/zoom"), "60")
    yield
    for _ in range(2):
        world.end(program, signal.SIGTERM)
        program = world.start(str(world.folder / "opt/zoom/zoom"), "60", wait=1.0)


@healthy
def _chromes_installed_page_with_a_process_of_its_own(world: World) -> None:
    world.watch("meet")
    world.python("opt/chrome", "import time; time.sleep(60)", "--app-id=kjgfgldnnfoeklkmfkjfagphfbffeigk")


@healthy
def _a_page_in_a_window_of_a_running_browser(world: World) -> Iterator[None]:
    chromium = shutil.which("chromium") or "chromium"
    with display() as screen, page() as (address, _):
        host = address.split("/")[2].partition(":")[0]
        world.watch("page", executables=("chromium",), command=f"--app=http://{host}")
        environment = {**os.environ, "DISPLAY": screen}
        browser = [chromium, *SWITCHES, f"--user-data-dir={world.folder}/profile"]
        world.start(*browser, "about:blank", env=environment, wait=6.0)
        world.start(*browser, f"--app={address}", env=environment, wait=6.0)
        yield
        time.sleep(2)
        yield


@healthy
def _a_window_that_is_no_login(world: World) -> Iterator[None]:
    yield from _window(world, "How to log in | Conference", "登录失败率周报 - 会议")


def _window(world: World, *titles: str) -> Iterator[None]:
    title, script = world.folder / "title", world.folder / "window.py"
    title.write_text(titles[0])
    script.write_text(WINDOW)
    with display() as screen:
        world.watch("conf", executables=("python3",), command=str(script), native=False)
        environment = {**os.environ, "DISPLAY": screen, "TITLE": str(title)}
        world.start("/usr/bin/python3", str(script), env=environment, wait=3.0)
        yield
        title.write_text(titles[-1])
        yield


@healthy
def _its_log_says_that_it_is_signed_in_again(world: World) -> None:
    world.watch("zoom", logs=(f"{world.folder}/*.log",))
    world.start(world.copy("opt/zoom/zoom"), "60")
    (world.folder / "a.log").write_text("user was logged out\nuser signed in\n")
