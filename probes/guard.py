"""One rung of a probe on its own: what it raises is its own "cannot measure", and what it finds is said at once."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Sequence

from probes.child.isolate import IsolationError
from probes.reading import CannotMeasure, Context, Outcome
from probes.why import Why, because

log = logging.getLogger(__name__)

Found = Outcome | Sequence[Outcome]
Look = Callable[[], Found | Awaitable[Found]]


async def guarded(context: Context, check: str, look: Look, target: str = "") -> list[Outcome]:
    """What ``look`` found. Whatever it raises becomes one CannotMeasure of (check, target): the other rungs go on."""
    try:
        found = look()
        if inspect.isawaitable(found):
            found = await found
    except Exception as error:
        log.exception("%s %s cannot be measured", check, target)
        broke = not isinstance(error, OSError)  # what the system refuses is not our fault
        found = CannotMeasure(check=check, target=target, reason=reason_of(error), broke=broke)
    outcomes = [found] if isinstance(found, Outcome) else list(found)
    for one in outcomes:
        context.say(one)
    return outcomes


def reason_of(error: BaseException) -> Why:
    """What the error was raised with, how a child ended, the system's own words for an OSError, else the kind of error
    and its text."""
    if error.args and isinstance(error.args[0], Why):
        return error.args[0]
    if isinstance(error, IsolationError):
        return because(f"child_{error.kind}")
    if isinstance(error, OSError) and error.strerror:
        return because("system_error", detail=error.strerror)
    text = str(error).splitlines()[0][:200] if str(error) else ""
    return because("program_error", kind=type(error).__name__, detail=text)
