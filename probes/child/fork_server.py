"""The child's side of shared_start.py: pays for an interpreter and numpy once, forks a process for each job, and says
when each began and ended. Runs no job itself; ends when the last one has.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import sys
from typing import Any, NoReturn

from probes.child.isolated import call, die_with_parent
from probes.child.light_imports import leave_out


def serve() -> None:
    """Jobs as a JSON list on standard input; "NUMBER pid PID", 0 for one that found no room for a process, and "NUMBER
    end CODE" as lines on standard output.

    A job: function, limits and argument as isolated.py has them, environment, out and err (inherited descriptors).
    Those that have ended stay zombies to the end: no other process can get their ids while somebody may kill them.
    """
    die_with_parent()
    say = os.dup(1)
    os.dup2(2, 1)  # libraries may print; only our lines go to the parent
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # before Linux 5.3, or forbidden: rather no child than one whose end nobody sees
        sys.exit(1)
    jobs = json.load(sys.stdin)
    leave_out()
    importlib.import_module("numpy")
    poll, server = select.poll(), os.getpid()
    running: dict[int, int] = {}
    for number, job in enumerate(jobs):
        try:
            pid = os.fork()
        except OSError:  # no room for one more: those that are there go on
            os.write(say, f"{number} pid 0\n".encode())
        else:
            if pid == 0:
                _work(server, number, jobs, (say, *running))
            running[os.pidfd_open(pid)] = number
            os.write(say, f"{number} pid {pid}\n".encode())
        os.close(job["out"])
        os.close(job["err"])
    for ended in running:
        poll.register(ended, select.POLLIN)
    left = len(running)
    while left:
        for ended, _ in poll.poll():
            poll.unregister(ended)
            left -= 1
            how = os.waitid(os.P_PIDFD, ended, os.WEXITED | os.WNOWAIT)
            assert how is not None
            code = how.si_status if how.si_code == os.CLD_EXITED else -how.si_status
            os.write(say, f"{running[ended]} end {code}\n".encode())
    for ended in running:
        os.waitid(os.P_PIDFD, ended, os.WEXITED)  # their CPU time is ours now, and with us our parent's


def _work(server: int, number: int, jobs: list[dict[str, Any]], others: tuple[int, ...]) -> NoReturn:
    """The forked process: nothing of its siblings stays open in it."""
    os.setsid()
    die_with_parent()
    if os.getppid() != server:  # it went before we could ask to go with it
        os._exit(1)
    for descriptor in (*others, *(job[end] for job in jobs[number + 1 :] for end in ("out", "err"))):
        os.close(descriptor)
    job = jobs[number]
    os.dup2(job["err"], 2)
    os.dup2(2, 1)
    os.close(job["err"])
    os.environ.update(job["environment"])
    try:
        call(job["function"], job["limits"], job["argument"], job["out"])
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(1)
