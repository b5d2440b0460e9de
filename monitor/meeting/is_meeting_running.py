"""Is a meeting running? Concluded from who uses what. Pure.

One rule for all programs: a meeting is an exchange with a far end. So each program's own signs are weighed together,
and no sign of one program adds to another's. Playing sound is no sign. Who cannot be asked makes the answer unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from alerting.model.meeting_state import MeetingSign, MeetingState

Sort = Literal["conference", "browser", "other"]
Part = Literal["camera", "microphone", "sockets"]

ENOUGH = 0.6
"""From here a meeting is believed: a conferencing program's open microphone alone passes, its camera alone does not."""

CALL = 0.97
"""The program itself says that it is in a call."""

NOT_IN_CALL = 0.3
"""The program itself says that it is in no call: its open devices are then a preview or settings page."""

HELPER = 0.4
"""A helper that runs only in calls. Names change with versions and helpers linger after a crash: not enough alone."""

MEDIA: Mapping[Sort, float] = {"conference": 0.8, "browser": 0.7, "other": 0.6}
"""A media socket while datagrams flow both ways. A browser's may be a game or a file transfer."""

SOCKET_OF_USER = 0.5
"""The same where only the socket's user is known to run the program: another program of that user may own it."""

MEDIA_OVER_TCP: Mapping[Sort, float] = {"conference": 0.7, "browser": 0.35, "other": 0.0}
"""Connections at a call's pace both ways: a call whose datagrams are blocked. A conferencing program's may be a file. A
browser's are mostly a page, so that they count for a meeting only at the booked time."""

MICROPHONE: Mapping[Sort, float] = {"conference": 0.75, "browser": 0.65, "other": 0.2}
"""An open microphone. In a browser of a meeting room it is a web meeting; in another program most likely a recorder."""

MICROPHONE_HELD: Mapping[Sort, float] = {"conference": 0.45, "browser": 0.35, "other": 0.1}
"""A microphone stream that is held and takes no sound: how some programs mute."""

CAMERA: Mapping[Sort, float] = {"conference": 0.4, "browser": 0.4, "other": 0.15}
"""An open camera: as well a preview before joining."""

CALL_WINDOW = 0.65
"""A conferencing program shows the window of a call: a muted one with the camera off may exchange nothing else."""

SCHEDULED = 0.4
"""The calendar says that a meeting runs now. Adds to a sign, is none itself: people stay away or end early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What one program uses of what a meeting needs.

    name: what people call it. application: its profile's id, "" without one. sockets: media sockets that are its own;
    sockets_of_user: those of the user that runs it, where the kernel shows no owner. streams: its TCP connections at a
    call's pace. says: its own word, None if none. idle: it has held the microphone for long without a packet of a
    call. always_listens: it holds camera or microphone for ever, which is left out here. service: a background service.
    call_window: it shows the window of a call.
    ports: local ports of its sockets (TCP's and 65536), where another must count their packets.
    """

    name: str
    application: str = ""
    sort: Sort = "other"
    camera: bool = False
    microphone: bool = False
    microphone_held: bool = False
    sockets: int = 0
    sockets_of_user: int = 0
    helpers: tuple[str, ...] = ()
    says: bool | None = None
    streams: int = 0
    idle: bool = False
    always_listens: bool = False
    service: bool = False
    call_window: bool = False
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingLook:
    """One look at the room. flowing: datagrams flow both ways at a call's pace, None where it could not be counted.

    blind: what could not be asked for every user, with the reason's code. scheduled: by the calendar, now.
    alive: names of the programs that run, in use or not.
    """

    uses: tuple[Use, ...] = ()
    alive: frozenset[str] = frozenset()
    flowing: bool | None = False
    blind: Mapping[Part, str] = field(default_factory=dict)
    scheduled: bool = False


def conclude(look: MeetingLook) -> MeetingState:
    """The room's state: that of its most convincing program. Calendar fields are left open."""
    weighed = sorted(((weigh(use, look), use) for use in look.uses), key=lambda one: -one[0][0])
    occupied = any(use.camera or use.microphone or use.microphone_held for use in look.uses)
    best, reasons = weighed[0][0] if weighed else (0.0, ())
    listeners = tuple(sorted({use.name for use in look.uses if use.always_listens}))
    if best >= ENOUGH:
        return MeetingState(running=True, confidence=best, reasons=reasons, listeners=listeners)
    others = tuple(dict.fromkeys(reason for (_, some), _ in weighed for reason in some))
    if look.blind:
        blind = tuple(MeetingSign(f"{part}_{code}") for part, code in look.blind.items())
        return MeetingState(running=None, occupied=occupied, reasons=(*others, *blind), listeners=listeners)
    return MeetingState(
        running=False,
        occupied=occupied,
        confidence=1 - best,
        reasons=others or (MeetingSign("nothing_in_use"),),
        listeners=listeners,
    )


def weigh(use: Use, look: MeetingLook) -> tuple[float, tuple[MeetingSign, ...]]:
    """How sure it is that this program is in a meeting, 0 to 1, and why."""
    signs = list(_signs(use, look))
    doubt = 1.0
    for sure, _ in signs:
        doubt *= 1 - sure
    if signs and look.scheduled:
        doubt *= 1 - SCHEDULED
        signs.append((SCHEDULED, MeetingSign("scheduled")))
    reasons = tuple(reason for _, reason in signs)
    if use.says is False:
        return min(1 - doubt, NOT_IN_CALL), (*reasons, MeetingSign("says_no_call", use.name))
    return 1 - doubt, reasons


def _signs(use: Use, look: MeetingLook) -> Iterable[tuple[float, MeetingSign]]:
    name = use.name
    if use.says:
        yield CALL, MeetingSign("says_call", name)
    if use.call_window:
        yield CALL_WINDOW, MeetingSign("call_window", name)
    if use.helpers:
        yield HELPER, MeetingSign("helper", use.helpers[0])
    if use.idle and (use.microphone or use.microphone_held):
        yield MICROPHONE["other"], MeetingSign("microphone_idle", name)
    elif use.microphone:
        yield MICROPHONE[use.sort], MeetingSign("microphone", name)
    elif use.microphone_held:
        yield MICROPHONE_HELD[use.sort], MeetingSign("microphone_held", name)
    if use.camera:
        yield CAMERA[use.sort], MeetingSign("camera", name)
    if look.flowing and use.sockets:
        yield MEDIA[use.sort], MeetingSign("media", name)
    elif look.flowing and use.sockets_of_user:
        yield SOCKET_OF_USER, MeetingSign("media_of_user", name)
    elif use.streams and MEDIA_OVER_TCP[use.sort]:
        yield MEDIA_OVER_TCP[use.sort], MeetingSign("media", name)


HOLD_SECONDS = 15.0
"""A meeting counts as running this long after its last sign: people toggle microphone and camera, and a call that
moves to another server is silent for seconds. Short against what waits for the end: looks once a minute."""

INTERRUPTED_SECONDS = 300.0
"""The same where the program itself ended with its signs: it crashed, the people still sit there and it matters most.
Five minutes are long enough to come back, and short where somebody only closed the window without leaving."""


@dataclass(slots=True)
class Steady:
    """Keeps a meeting alive over gaps and crashes. ``take`` gets each conclusion; now: seconds that never run back."""

    seen_at: float | None = None
    last: MeetingState = field(default_factory=MeetingState)
    interrupted: bool = False
    left: bool = False

    def take(
        self, state: MeetingState, now: float, alive: frozenset[str], closed: frozenset[str] = frozenset()
    ) -> MeetingState:
        """The state to go by. alive: names of running programs. closed: of those that ended in order, by a record.

        Who leaves a call and closes the program, or does both at once, has interrupted nothing.
        """
        if state.running:
            self.seen_at, self.last, self.interrupted, self.left = now, state, False, False
            return state
        if self.seen_at is None:
            return state
        who = {reason.who for reason in self.last.reasons if reason.who and reason.code != "helper"}
        self.left = self.left or bool(who & alive) or bool(who and who <= closed)
        self.interrupted = self.interrupted or bool(who and not who & alive and not self.left)
        if now - self.seen_at >= self._hold:
            self.seen_at = None
            return state
        why = MeetingSign("interrupted", min(who)) if self.interrupted else MeetingSign("just_ended")
        half = self.last.confidence / 2
        return MeetingState(
            running=True, occupied=state.occupied, confidence=half, reasons=(why,), listeners=state.listeners
        )

    @property
    def _hold(self) -> float:
        return INTERRUPTED_SECONDS if self.interrupted else HOLD_SECONDS

    def due_in(self, now: float) -> float | None:
        """Seconds until a held meeting must be judged anew; None while nothing is held."""
        return None if self.seen_at is None else max(0.0, self.seen_at + self._hold - now)


def merged(uses: Sequence[Use]) -> tuple[Use, ...]:
    """One use for each program: its processes and streams together."""
    found: dict[tuple[str, str], Use] = {}
    for use in uses:
        key = (use.application, use.name)
        known = found.get(key)
        found[key] = use if known is None else _both(known, use)
    return tuple(found.values())


def _both(one: Use, other: Use) -> Use:
    return Use(
        name=one.name,
        application=one.application,
        sort=one.sort,
        camera=one.camera or other.camera,
        microphone=one.microphone or other.microphone,
        microphone_held=one.microphone_held or other.microphone_held,
        sockets=one.sockets + other.sockets,
        sockets_of_user=max(one.sockets_of_user, other.sockets_of_user),
        helpers=tuple(dict.fromkeys((*one.helpers, *other.helpers))),
        says=one.says if one.says is not None else other.says,
        streams=one.streams + other.streams,
        service=one.service or other.service,
        call_window=one.call_window or other.call_window,
        ports=tuple(dict.fromkeys((*one.ports, *other.ports))),
    )
