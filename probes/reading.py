"""What a probe may say: a reading, that it cannot measure, or that there is nothing to measure.

Owns the seam between probes and the monitor.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from probes.why import Why

Fact = str | float | int | bool | Why
Evidence = Mapping[str, Fact]

AskSession = Callable[[str, Mapping[str, Any]], Awaitable[Mapping[str, float] | None]]
"""(verb, arguments) → the numbers that the room user's session part answers, None where there is no such part.

Raises SessionSilent where there is one, and it had no answer.
"""


class SessionSilent(Exception):
    """A session part is installed and gave no answer. reason: which and why. remedy: what to do, None for nothing."""

    def __init__(self, reason: Why, remedy: Why | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One look at one thing.

    check: dotted name of the check, such as ``network.gateway``; the fault catalogue uses the same names.
    target: which one, where a check looks at several (interface, resolver, application, device); else "".
    values: numbers in base units, the unit in the name (``rtt_seconds``); thresholds judge them by name.
    finding: the fault code that the probe itself saw ("camera_frozen"); "" where it saw nothing wrong.
    confidence: 0 to 1, how sure the finding is.
    passive: True where the device was not touched and other evidence was used; evidence says which.
    evidence: small facts for the responder, never a picture, a sound, a title or a secret.
    lasted: seconds for which the probe itself has just watched the finding last (it waited for an answer so long).
    look_again: seconds after which the probe wants to run again, where that is sooner than its interval; 0 where not.
    """

    check: str
    target: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    finding: str = ""
    confidence: float = 1.0
    passive: bool = False
    evidence: Evidence = field(default_factory=dict)
    lasted: float = 0.0
    look_again: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotMeasure:
    """The probe is hindered: a privilege, a library, a busy device. Status becomes ``unknown``, never ``failed``.

    remedy: what to type or change, None where nothing helps.
    busy_holder: who holds the device, where that is the reason ("busy" is a state and not a fault).
    look_again: as in Reading.
    broke: the reason lies in us, not in the room: the probe did not understand what it was told, or died of it. The
    monitor alarms for that (check ``monitor.probe``).
    """

    check: str
    target: str = ""
    reason: Why
    remedy: Why | None = None
    busy_holder: str = ""
    look_again: float = 0.0
    broke: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingToMeasure:
    """The thing does not exist here and is not expected: no camera configured, no Wi-Fi. No status at all."""

    check: str
    target: str = ""
    reason: Why


Outcome = Reading | CannotMeasure | NothingToMeasure

Say = Callable[[Outcome], None]
"""Takes an outcome as soon as it is known: it counts even where the probe dies or overruns its deadline later on."""


def keep_quiet(_: Outcome) -> None:
    """For those who wait for the whole list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a probe is given: roots, time and the meeting, so that tests inject and nothing is patched.

    now: wall clock in Unix seconds. monotonic: seconds that never run back.
    in_meeting: True, False, or None for unknown, which counts as running wherever a device would be touched.
    call_over: the call's own signs have stopped, though in_meeting may still be held for a moment.
    meeting_in_seconds: seconds to the next meeting's start; None where no calendar says.
    wake: what woke the probe: "interval", "confirm", "event:<what>", "once" (the command line), "pre-meeting".
    session: asks the room user's session part for what only that user may see; None where there is none to ask.
    memory: a place of the probe's own that lives as long as the daemon: numbers of earlier runs, no media.
    deadline: seconds that this run may take; a probe of many rungs ends them by itself before that.
    say: hands over an outcome before the run ends; the run's list names it again.
    """

    now: Callable[[], float]
    monotonic: Callable[[], float]
    in_meeting: bool | None = None
    call_over: bool = False
    meeting_in_seconds: float | None = None
    in_working_hours: bool = True
    wake: str = "interval"
    proc: Path = Path("/proc")
    sys: Path = Path("/sys")
    dev: Path = Path("/dev")
    state: Path = Path("/var/lib/roomwatch")
    session: AskSession | None = None
    memory: dict[str, object] = field(default_factory=dict)
    deadline: float = 10.0
    say: Say = keep_quiet

    @property
    def may_touch_devices(self) -> bool:
        """True only when it is known that no meeting runs and none starts within 4 minutes."""
        soon = self.meeting_in_seconds is not None and self.meeting_in_seconds <= QUIET_BEFORE_MEETING_SECONDS
        return self.in_meeting is False and not soon


ASKED_SECONDS = 20.0
"""The deadline of a look that a person waits for: time enough to find out why something fails."""
QUIET_BEFORE_MEETING_SECONDS = 240.0
"""People arrive and test their devices in the last minutes: no active capture from here to the end."""
