"""Programs in which something is broken: what must be told, and nothing else."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.software_lab.situation import broken
from bench.software_lab.usual import EXIT, LAUNCH, RENDER, _window
from bench.software_lab.world import PYTHON, World

GONE = "app_not_running"


def _ended_in_the_call(world: World, number: int) -> Iterator[None]:
    world.watch("zoom", expected="meeting")
    world.meeting(True)
    program = world.start(world.copy("opt/zoom/zoom"), "60")
    yield
    world.end(program, number)


@broken(GONE, says="SIGKILL")
def _killed_in_the_call(world: World) -> Iterator[None]:
    yield from _ended_in_the_call(world, signal.SIGKILL)


@broken(GONE, says="SIGSEGV")
def _a_segmentation_fault_in_the_call(world: World) -> Iterator[None]:
    yield from _ended_in_the_call(world, signal.SIGSEGV)


@broken(GONE, says="SIGABRT")
def _an_assertion_in_the_call(world: World) -> Iterator[None]:
    yield from _ended_in_the_call(world, signal.SIGABRT)


@broken(GONE, says="status=1")
def _an_error_that_it_caught_itself_in_the_call(world: World) -> Iterator[None]:
    world.watch("zoom", expected="meeting")
    world.meeting(True)
    program = world.python("opt/zoom/zoom", "import sys; sys.stdin.readline(); sys.exit(1)")
    yield
    program.communicate(b"\n", timeout=30)


@broken(GONE)
def _closed_while_the_call_goes_on(world: World) -> Iterator[None]:
    world.watch("zoom", expected="meeting")
    world.meeting(True)
    program = world.python("opt/zoom/zoom", EXIT)
    yield
    program.communicate(b"\n", timeout=30)


@broken(GONE)
def _it_ended_outside_a_call_where_it_must_always_run(world: World) -> Iterator[None]:
    world.watch("zoom")
    program = world.python("opt/zoom/zoom", EXIT)
    yield
    program.communicate(b"\n", timeout=30)


@broken(GONE, says="not_started_within")
def _never_started(world: World) -> None:
    world.watch("zoom")


@broken(GONE)
def _its_script_outlives_it(world: World) -> Iterator[None]:
    world.watch("zoom")
    program = world.copy("opt/zoom/zoom")
    script = world.start(world.script("bin/zoom", f'"{program}" 60; sleep 60; :'))
    yield
    os.kill(world.child(script, "opt/zoom/zoom"), 9)


@broken(GONE)
def _its_compiled_launcher_outlives_it(world: World) -> Iterator[None]:
    world.watch("zoom")
    launcher = world.python("bin/zoom", LAUNCH, world.copy("opt/zoom/zoom"), "60", wait=1.0)
    yield
    os.kill(world.child(launcher, "opt/zoom/zoom"), 9)


@broken("app_restart_loop")
def _its_script_starts_it_again_and_again(world: World) -> Iterator[None]:
    world.watch("zoom")
    program = world.copy("opt/zoom/zoom")
    script = world.start(world.script("bin/zoom", f'while :; do "{program}" 60; done'))
    yield
    for _ in range(4):
        os.kill(world.child(script, "opt/zoom/zoom"), 11)
        time.sleep(0.8)


@broken(GONE)
def _its_like_named_helper_outlives_it(world: World) -> Iterator[None]:
    world.watch("webex")
    main = world.start(world.copy("opt/CiscoCollabHost"), "60")
    world.start(world.copy("opt/CiscoCollabHostCef"), "60")
    yield
    world.end(main, 9)


@broken(GONE)
def _a_script_of_that_name_runs_instead(world: World) -> None:
    world.watch("slack")
    world.start(world.script("bin/slack", "sleep 60; :"))


@broken(GONE)
def _another_program_of_the_shared_electron_lives_on(world: World) -> Iterator[None]:
    world.watch("teams")
    electron = world.copy("lib/electron30/electron", PYTHON)
    begun = []
    for name in ("teams-for-linux", "other-app"):
        place = world.folder / name / "app.asar"
        place.parent.mkdir()
        place.write_text("import time; time.sleep(60)")
        begun.append(world.start(electron, str(place), env={"PYTHONHOME": sys.base_prefix}))
    yield
    world.end(begun[0], 9)


@broken(GONE)
def _an_appimage_whose_mount_lives_on(world: World) -> Iterator[None]:
    world.watch("teams")
    main = world.start(world.copy("tmp/.mount_teams-Xy12ab/teams-for-linux"), "60")
    world.start(world.copy("teams-for-linux-1.4.AppImage"), "60")
    yield
    world.end(main, 9)


@broken(GONE)
def _flatpaks_program_dies_and_its_container_lives_on(world: World) -> Iterator[None]:
    world.watch("zoom")
    program = world.copy("app/extra/zoom/zoom")
    script = world.script("app/bin/zoom", f'"{program}" 60; sleep 60; :')
    outer = world.start("unshare", "--pid", "--mount", "--fork", "--kill-child", script, wait=1.0)
    yield
    os.kill(world.child(outer, "app/extra/zoom/zoom"), 9)


@broken(GONE)
def _a_chinese_name_that_died(world: World) -> Iterator[None]:
    world.watch("meeting", executables=("腾讯会议客户端",))
    program = world.start("/opt/start", "60", executable=world.copy("opt/腾讯会议客户端"))
    yield
    world.end(program, 9)


@broken(GONE)
def _the_room_users_copy_died_and_another_users_lives(world: World) -> Iterator[None]:
    world.watch("slack", user="65534")
    world.folder.chmod(0o755)
    program = world.copy("opt/slack")
    world.start(program, "60")
    theirs = world.start(program, "60", user=65534)
    yield
    world.end(theirs, 9)


@broken("app_two_instances")
def _two_copies_of_one_user(world: World) -> Iterator[None]:
    world.watch("slack", count=1)
    program = world.copy("opt/slack")
    world.start(program, "60")
    yield
    world.start(program, "60")


@broken("app_stopped")
def _stopped(world: World) -> Iterator[None]:
    world.watch("zoom")
    program = world.start(world.copy("opt/zoom/zoom"), "60")
    yield
    program.send_signal(signal.SIGSTOP)


@broken("app_helper_died")
def _its_page_died(world: World) -> Iterator[None]:
    world.watch("teams", helpers=("--type=renderer",))
    code = RENDER.replace("while True:", "if True:") + "    time.sleep(60)\n"
    main = world.python("opt/teams-for-linux", code, "0", wait=1.5)
    yield
    os.kill(world.child(main, "teams-for-linux"), 9)


@broken("app_helper_died")
def _its_page_never_came(world: World) -> None:
    world.watch("teams", helpers=("--type=renderer",))
    world.python("opt/teams-for-linux", RENDER, "600")


@broken(GONE)
def _an_update_that_does_not_bring_it_back(world: World) -> Iterator[None]:
    world.watch("zoom", update_within=20.0)
    program = world.python("opt/zoom/zoom", EXIT)
    yield
    program.communicate(b"\n", timeout=30)
    (world.folder / "opt/zoom/zoom").unlink()


@broken(GONE)
def _an_update_in_the_middle_of_a_call(world: World) -> Iterator[None]:
    world.watch("zoom")
    world.meeting(True)
    program = world.python("opt/zoom/zoom", EXIT)
    yield
    program.communicate(b"\n", timeout=30)
    (world.folder / "opt/zoom/zoom").unlink()


@broken(GONE, says="memory_limit")
def _its_memory_limit_was_hit(world: World) -> Iterator[None]:
    top = Path("/sys/fs/cgroup/memory")
    group = (top if top.is_dir() else Path("/sys/fs/cgroup")) / f"rw-lab-{os.getpid()}"
    group.mkdir()
    try:
        (group / ("memory.limit_in_bytes" if top.is_dir() else "memory.max")).write_text(str(48 << 20))
        world.watch("zoom")
        code = "import sys; sys.stdin.read(1); kept = [b'x' * (1 << 20) for _ in range(4000)]"
        program = world.python("opt/zoom/zoom", code)
        (group / "cgroup.procs").write_text(str(program.pid))
        yield
        program.communicate(b"x", timeout=60)
        yield
    finally:
        for _ in range(100):
            try:
                group.rmdir()
                break
            except OSError:
                time.sleep(0.05)


@broken("app_signed_out")
def _its_login_window_is_shown(world: World) -> Iterator[None]:
    yield from _window(world, "Conference", "Sign in to Conference")


@broken("app_signed_out")
def _its_login_window_in_chinese(world: World) -> Iterator[None]:
    yield from _window(world, "会议", "登录")


@broken("app_signed_out")
def _its_log_says_that_the_login_has_expired(world: World) -> Iterator[None]:
    world.watch("zoom", logs=(f"{world.folder}/*.log",))
    world.start(world.copy("opt/zoom/zoom"), "60")
    yield
    (world.folder / "a.log").write_text("user signed in\n登录状态已失效\n")
