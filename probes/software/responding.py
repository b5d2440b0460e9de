"""``software.responding``: does a living program still answer. Gathers the signs, asks the windows, lets the judge say.

Does not wait for a program that does not answer: each look is over in a moment, and the next comes soon.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from probes.reading import CannotMeasure, Context, Fact, Outcome, Reading
from probes.software.hang import HangLook, ProcessSigns
from probes.software.hang_signs_linux import datagrams, family, process_signs, unread
from probes.software.processes_linux import Process
from probes.software.profiles import Application
from probes.software.remembered_programs import Track
from probes.software.x11_linux import NoDisplay
from probes.why import Why, all_of, because

CHECK = "software.responding"
LOOK_SECONDS = 3.0
"""Signs must last 6 s (a window) or 9 s (a page): looked at so often, a hang is found within 12 s."""

ASK_AGAIN_SECONDS = 60.0
"""Asking through the session part starts an interpreter (0.15 CPU-s): not oftener while it is answered."""

STILL_SHARE = 0.8
"""Share of the time since the last look. It is less than the judge's, because a look may begin in a thread's last
rest."""

AskSession = Callable[[int, int], Awaitable[tuple[int, int]]]
"""(pid, uid) → windows asked and answered within SILENT_SECONDS; raises OSError where there is no session part."""


async def look_for_hang(
    name: str, application: Application, main: list[Process], running: list[Process], track: Track, context: Context
) -> Outcome:
    """One look. main: the program's own processes, running: all of them, where its children are."""
    first = main[0]
    processes = [one for one in (process_signs(each, context.proc) for each in family(first, running)) if one]
    if not processes or processes[0].identity != first.identity:
        return CannotMeasure(check=CHECK, target=name, reason=because("ended_meanwhile"))
    now = context.monotonic()
    hindered: Why | None = None
    try:
        asked, unanswered, silent = await track.windows.look(frozenset(one.pid for one in main), context.proc, now)
    except NoDisplay as error:
        hindered = error.reason
        asked, unanswered, silent = track.asked_through_session(now)
    meeting = context.in_meeting is True
    before = track.judge.looks[-1] if track.judge.looks else None
    media_may_wait = meeting and (unanswered > 0 or is_still(processes[0], before, now))
    look = HangLook(
        at=now,
        processes=tuple(processes),
        asked=asked,
        unanswered=unanswered,
        silent=silent,
        in_meeting=meeting,
        datagrams=datagrams(first.pid, context.proc) if meeting else None,
        unread=unread(first.pid, context.proc) if media_may_wait else None,
        log_age=track.log.age(application.logs, first.pid, context.proc) if meeting and application.logs else None,
    )
    verdict = track.judge.take(look)
    if hindered and verdict.suspicious:
        _ask_session(first, track, context, now)
    values = {"windows_asked": float(asked), "unanswered": float(unanswered), "silent_seconds": silent}
    if before is not None and now > before.at and before.processes[0].identity == first.identity:
        values["cpu_share"] = (processes[0].cpu - before.processes[0].cpu) / (now - before.at)
    elif hindered and not asked:
        return CannotMeasure(
            check=CHECK, target=name, reason=because("no_windows", why=hindered), look_again=LOOK_SECONDS
        )
    evidence: dict[str, Fact] = {"pid": first.pid}
    if verdict.signs:
        evidence["signs"] = all_of(verdict.signs)
    if hindered:
        evidence["windows"] = hindered
    return Reading(
        check=CHECK,
        target=name,
        values=values,
        finding=verdict.finding,
        confidence=verdict.confidence,
        evidence=evidence,
        passive=True,
        look_again=LOOK_SECONDS,
    )


def is_still(main: ProcessSigns, before: HangLook | None, now: float) -> bool:
    """Whether its first thread neither woke nor rested since the look before.

    Only then may media wait unread: the kernel walks its whole table of sockets to tell, 0.3 ms a look.
    """
    if before is None or before.processes[0].identity != main.identity:
        return False
    then = before.processes[0]
    busy = main.running + main.waiting - then.running - then.waiting
    return main.slices == then.slices or main.state in "TtD" or busy > STILL_SHARE * (now - before.at)


def _ask_session(first: Process, track: Track, context: Context, now: float) -> None:
    """Where only the room's user may talk to the windows, its session part is asked, once signs make it worth while."""
    ask = context.memory.get("ask_windows")
    if ask is None or track.asking is not None or now - track.session_asked_at < ASK_AGAIN_SECONDS:
        return
    track.session_asked_at = now
    track.asking = asyncio.create_task(_through_session(ask, first, track, context.proc), name="session windows")  # type: ignore[arg-type]


async def _through_session(ask: AskSession, first: Process, track: Track, proc: Path) -> None:
    try:
        asked, answered = await ask(first.pid, (proc / str(first.pid)).stat().st_uid)
    except OSError:
        return
    finally:
        track.asking = None
    track.session_answer = (asked, asked - answered if not answered else 0)
    if asked and not answered:
        track.session_asked_at = float("-inf")  # keep asking: it must also be seen to come back
