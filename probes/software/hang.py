"""The pure judge of a hang: looks in, signs and a verdict out. Several signs must agree, and the verdict names them.

One sign alone gives no verdict: a busy program is not hung, and an idle one uses no processor either.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from probes.why import Why, because

Identity = tuple[int, int]

SILENT_SECONDS = 5.0
"""Mutter calls a window that does not answer for so long unresponsive (check-alive-timeout, 5000 ms)."""

WINDOW_SECONDS = 6.0
"""Over at least so long must a thread move, rest or starve: longer than a page's layout, a codec's start, a collection
of garbage (the two-hour record of a call page has bursts of 3 s)."""

PAGE_SECONDS = 9.0
"""A page has no window of its own that could be asked, so its signs must last longer."""

SHORTEST_SECONDS = 2.0
"""Looks closer together than this are judged and not kept: sixteen must reach back half a minute, in which a thread of
a busy machine gets its two seconds."""


OLDEST_SECONDS = 20.0
"""Looks further apart than this say nothing about what happened between them (the daemon slept)."""

RESTLESS = 0.97
"""Share of the time in which a thread ran or waited for a processor: one that ever waits for work is below it."""

ENOUGH_CPU_SECONDS = 2.0
"""So long must it have run in that time: on a busy machine a thread that got less is starved by others, not hung."""

PEGGED = 0.9
"""Share of one processor, all threads together: a loop that never waits takes all of it."""

MODEST = 0.6
"""A page that usually takes less of a processor than this is not one that is always busy."""

HALF = 0.5
"""A page that cannot rest and draws less than this part of the usual is not just busy."""

FLAT = 0.1
"""Below this part of what is usual, something that should move has stopped."""

TICK_SECONDS = 0.01
"""The kernel counts a process's time in these; less than a few of them in a page's nine seconds is not measurable."""

MOVING_CPU = 0.02
MOVING_SLICES = 5.0
MOVING_DRAWING = 0.006
MOVING_DATAGRAMS = 20.0
"""A second; one direction of one voice stream is 50 datagrams. Below these nothing is "usual" to fall from."""

LOG_SILENT_SECONDS = 10.0
"""A program that writes its log often pauses for no longer."""

UNREAD_BYTES = 65536.0
"""Half a second of a video stream; a program that reads its sockets never leaves so much for seconds."""

USUAL_LOOKS = 40
ENOUGH_LOOKS = 5


@dataclass(frozen=True, slots=True)
class ProcessSigns:
    """One process of the program. running, waiting: seconds its first thread has run and queued for a processor;
    slices: how often it was let run; cpu: seconds of all threads. kind: "main", "renderer", "gpu-process", ..."""

    identity: Identity
    kind: str
    state: str
    running: float
    waiting: float
    slices: int
    cpu: float


@dataclass(frozen=True, slots=True)
class HangLook:
    """The signs of one program at one time (monotonic seconds). processes: the main one first.

    asked: windows that were asked, 0 where none can be. silent: how long the one that waits longest has not answered.
    datagrams: read and sent so far in the network namespace; unread: bytes that wait in its owner's UDP sockets; None
    where not looked at (no meeting). log_age: seconds since its log was written, None without one.
    """

    at: float
    processes: tuple[ProcessSigns, ...]
    asked: int = 0
    unanswered: int = 0
    silent: float = 0.0
    in_meeting: bool = False
    datagrams: int | None = None
    unread: int | None = None
    log_age: float | None = None


@dataclass(frozen=True, slots=True)
class HangVerdict:
    """finding: "app_hung", "app_slow" or "". signs: what speaks for it, in words. confidence: 0 to 1."""

    finding: str = ""
    signs: tuple[Why, ...] = ()
    confidence: float = 1.0
    suspicious: bool = False


@dataclass
class HangJudge:
    """One for a program. ``take`` each look in order of time."""

    looks: deque[HangLook] = field(default_factory=lambda: deque(maxlen=16))
    usual_cpu: dict[Identity, deque[float]] = field(default_factory=dict)
    usual_slices: dict[Identity, deque[float]] = field(default_factory=dict)
    usual_datagrams: deque[float] = field(default_factory=lambda: deque(maxlen=USUAL_LOOKS))
    usual_log_age: deque[float] = field(default_factory=lambda: deque(maxlen=USUAL_LOOKS))

    def take(self, look: HangLook) -> HangVerdict:
        """Judge the newest look by those before it; what moved is remembered as usual while nothing is wrong."""
        last = self.looks[-1] if self.looks else None
        if last is not None and (
            not look.processes
            or last.processes[0].identity != look.processes[0].identity
            or look.at - last.at > OLDEST_SECONDS
        ):
            self.looks.clear()
            last = None
            if look.processes and self.usual_cpu and look.processes[0].identity not in self.usual_cpu:
                self._forget()
        if not look.processes:
            return HangVerdict()
        self.looks.append(look)
        signs = dict(self._signs(look))
        if last is not None and look.at - last.at < SHORTEST_SECONDS:
            self.looks.pop()  # events can make looks come fast: they are judged, and not kept
        elif last is not None and not signs:
            self._learn(last, look)
        return _verdict(signs, look)

    def _forget(self) -> None:
        for usual in (self.usual_cpu, self.usual_slices, self.usual_datagrams, self.usual_log_age):
            usual.clear()

    def _before(self, now: float, seconds: float) -> HangLook | None:
        """The newest look that is at least so old."""
        return next((one for one in reversed(self.looks) if now - one.at >= seconds), None)

    def _signs(self, look: HangLook) -> Iterable[tuple[str, Why]]:
        """(kind of sign, what was seen)."""
        if look.silent >= SILENT_SECONDS:
            yield "window", because("windows_silent", count=look.unanswered, seconds=round(look.silent))
        before = self._before(look.at, WINDOW_SECONDS)
        if before is None:
            return
        yield from self._main_thread(before, look)
        yield from self._page(look)
        if look.in_meeting:
            yield from self._media(before, look)
        usual = _usual(self.usual_log_age)
        if look.log_age is not None and usual is not None and look.log_age > max(LOG_SILENT_SECONDS, 10 * usual):
            yield "log", because("log_silent", seconds=round(look.log_age))

    def _main_thread(self, before: HangLook, look: HangLook) -> Iterable[tuple[str, Why]]:
        then, now = before.processes[0], look.processes[0]
        seconds = look.at - before.at
        looks = [one.processes[0] for one in self.looks if one.at >= before.at]
        if all(one.state in ("T", "t") for one in looks):
            yield "stopped", because("stopped_for", seconds=round(seconds))
        elif all(one.state == "D" for one in looks) and now.slices == then.slices:
            yield "kernel", because("waits_in_kernel", seconds=round(seconds))
        elif now.slices == then.slices:
            yield "asleep", because("main_thread_asleep", seconds=round(seconds))
        restless = self._restless(now, WINDOW_SECONDS)
        if restless:
            yield "busy", because("main_thread_restless", seconds=round(restless))
        elif (now.cpu - then.cpu) / seconds >= PEGGED:
            yield "busy", because("uses_processor", percent=round(100 * (now.cpu - then.cpu) / seconds))
        usual = _usual(self.usual_cpu.get(now.identity))
        if usual is not None and usual >= MOVING_CPU and look.in_meeting:
            share = _family_cpu(before, look) / seconds
            if share < FLAT * usual:
                yield "flat", because("uses_little", percent=round(100 * share, 1), usual=round(100 * usual))
            elif now.state == "S" and now.slices == then.slices and share >= 0.25 * usual:
                yield "lopsided", because("rest_goes_on")

    def _restless(self, now: ProcessSigns, least: float) -> float:
        """For how many seconds its first thread has only run or waited for a processor; 0 where it rested lately."""
        longest = 0.0
        newest = self.looks[-1].at
        for look in reversed(self.looks):
            then = next((one for one in look.processes if one.identity == now.identity), None)
            seconds = newest - look.at
            if then is None:
                break
            running, waiting = now.running - then.running, now.waiting - then.waiting
            if seconds and running + waiting < RESTLESS * seconds:
                break
            if seconds >= least and running >= ENOUGH_CPU_SECONDS:
                longest = seconds
        return longest

    def _page(self, look: HangLook) -> Iterable[tuple[str, Why]]:
        """A page that spins or hangs while its browser answers: its own first thread, and nothing new is drawn."""
        before = self._before(look.at, PAGE_SECONDS)
        if before is None:
            return
        seconds = look.at - before.at
        known = {one.identity: one for one in before.processes}
        pages = [(known[one.identity], one) for one in look.processes if one.identity in known]
        for then, now in pages:
            said = self._page_sign(then, now, seconds) if now.kind == "renderer" else None
            if said is not None:
                break
        else:
            return
        yield "page", said
        usual = _usual(self.usual_cpu.get(now.identity))
        drawing = [
            ((one.cpu - old.cpu) / seconds, normal)
            for old, one in pages
            if one.kind == "gpu-process" and (normal := _usual(self.usual_cpu.get(one.identity))) is not None
        ]
        measurable = [(share, normal) for share, normal in drawing if normal >= MOVING_DRAWING]
        if not measurable:
            return  # what draws nothing worth measuring may be hidden, and busy: one sign is not enough
        if all(share * seconds <= max(TICK_SECONDS, FLAT * normal * seconds) for share, normal in measurable):
            yield "drawing", because("nothing_drawn")
        elif all(share < HALF * normal for share, normal in measurable) and usual is not None and usual <= MODEST:
            yield "unlike", because("usually_takes", percent=round(100 * usual))

    def _page_sign(self, then: ProcessSigns, now: ProcessSigns, seconds: float) -> Why | None:
        if then.state in ("T", "t") and now.state in ("T", "t"):
            return because("page_stopped", seconds=round(seconds))
        restless = self._restless(now, PAGE_SECONDS)
        if restless:
            return because("page_restless", seconds=round(restless))
        slices = _usual(self.usual_slices.get(now.identity)) or 0.0
        least = 0.25 * max(_usual(self.usual_cpu.get(now.identity)) or 0.0, MOVING_CPU)
        if now.slices == then.slices and slices >= MOVING_SLICES and (now.cpu - then.cpu) / seconds >= least:
            return because("page_asleep", seconds=round(seconds))
        return None

    def _media(self, before: HangLook, look: HangLook) -> Iterable[tuple[str, Why]]:
        seconds = look.at - before.at
        usual = _usual(self.usual_datagrams)
        if look.datagrams is not None and before.datagrams is not None and usual is not None:
            rate = (look.datagrams - before.datagrams) / seconds
            if usual >= MOVING_DATAGRAMS and rate < FLAT * usual:
                yield "media", because("few_datagrams", count=round(rate), usual=round(usual))
        waiting = [one.unread for one in self.looks if one.at >= before.at and one.unread is not None]
        if len(waiting) >= 2 and min(waiting) >= UNREAD_BYTES and waiting[-1] >= waiting[0]:
            yield "unread", because("media_unread", kib=round(waiting[-1] / 1024))

    def _learn(self, last: HangLook, look: HangLook) -> None:
        """Only what moved in the last step, so that a look is not counted twice."""
        seconds = look.at - last.at
        if seconds <= 0:
            return
        known = {one.identity: one for one in last.processes}
        alive = {one.identity for one in look.processes}
        for usual in (self.usual_cpu, self.usual_slices):
            for gone in [one for one in usual if one not in alive]:
                del usual[gone]
        for index, now in enumerate(look.processes):
            then = known.get(now.identity)
            if then is None:
                continue
            cpu = _family_cpu(last, look) if index == 0 else now.cpu - then.cpu
            _remember(self.usual_cpu, now.identity, cpu / seconds)
            _remember(self.usual_slices, now.identity, (now.slices - then.slices) / seconds)
        if look.in_meeting and look.datagrams is not None and last.datagrams is not None:
            self.usual_datagrams.append((look.datagrams - last.datagrams) / seconds)
        if look.log_age is not None:
            self.usual_log_age.append(look.log_age)


def _verdict(signs: dict[str, Why], look: HangLook) -> HangVerdict:
    """Which signs together are a hang; "drawing", "flat", "media" and "log" are what a meeting's end brings too."""
    still = signs.keys() & {"stopped", "kernel", "asleep", "busy"}
    agree = "window" in signs and bool(still or signs.keys() & {"flat", "media", "unread"})
    agree |= "page" in signs and bool(signs.keys() & {"drawing", "unlike"})
    if not look.asked:
        agree |= bool(still) and "unread" in signs
        agree |= bool(still - {"asleep"}) and "media" in signs
        agree |= "asleep" in signs and "lopsided" in signs and "media" in signs
    words = tuple(signs.values())
    if agree:
        return HangVerdict("app_hung", words, min(0.95, 0.5 + 0.15 * len(signs)), suspicious=True)
    finding = "app_slow" if "window" in signs else ""
    return HangVerdict(finding, words, 1.0, suspicious=bool(finding or still or "page" in signs))


def _family_cpu(before: HangLook, look: HangLook) -> float:
    """Seconds of those that live at both ends."""
    known = {one.identity: one.cpu for one in before.processes}
    return sum(max(0.0, one.cpu - known[one.identity]) for one in look.processes if one.identity in known)


def _remember(usual: dict[Identity, deque[float]], who: Identity, value: float) -> None:
    usual.setdefault(who, deque(maxlen=USUAL_LOOKS)).append(value)


def _usual(values: deque[float] | None, middle: Callable[[deque[float]], float] = statistics.median) -> float | None:
    """The median of what was seen lately; None before it is known."""
    return middle(values) if values is not None and len(values) >= ENOUGH_LOOKS else None
