"""The room's calendar: fetched and read in a child, kept as times, organiser and importance; stale is a fault.

Titles and attendees never leave the child. Costs one stat a run for a file that did not change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from probes.calendar.kept_meetings import Agenda, Meeting, keep, restore
from probes.child.isolate import Isolation, IsolationError
from probes.judge_reading import Threshold
from probes.reading import Context, Fact, NothingToMeasure, Outcome, Reading
from probes.why import Why, because, why_in

__all__ = ["Agenda", "Meeting", "Settings", "agenda_of", "probe", "thresholds"]

CHECK = "calendar"
READ = "probes.calendar.child:read"
KEY = "calendar.agenda"

AHEAD_SECONDS = 48 * 3600.0
"""What is read of the future. An unchanged calendar is read again when less than half of it is left."""

A_FEW = 3
"""Broken entries that a calendar of any size may have: somebody's import of years ago."""

READ_MEMORY_BYTES = 320 << 20
"""Address space of the child before it reads: 30 MiB with its libraries, and 200 where the system's locales are mapped
into it. For what it reads it bounds itself (``prepare`` of the child)."""

READ_CPU_SECONDS = 30
"""Beyond the child's own limit of 12 s for series, for a large text; then the kernel ends it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[calendar]: where the room's meetings stand. Secrets are { file = "/path" }, { env } or { credential }."""

    url: str = ""
    url_from: dict[str, str] = {}
    file: str = ""
    user: str = ""
    password: dict[str, str] = {}
    ca_file: str = ""
    address: str = ""
    all_day: bool = False
    important_categories: tuple[str, ...] = ("important", "重要", "重要会议")
    important_organisers: tuple[str, ...] = ()
    important_titles: tuple[str, ...] = ()
    important_priority: bool = True
    stale_after: Annotated[float, msgspec.Meta(ge=60)] = 3600.0
    file_stale_after: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=120)] = 20.0
    max_mib: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    timezone: str = ""

    def __post_init__(self) -> None:
        import re
        from zoneinfo import ZoneInfo

        if sum(map(bool, (self.url, self.url_from, self.file))) > 1:
            raise ValueError("write one of url, url_from and file")
        if self.url and not self.url.lower().startswith(("http://", "https://", "webcal://", "webcals://")):
            raise ValueError("url must begin with https:// or http://; for a file write file")
        if "@" in self.url.partition("://")[2].partition("/")[0]:
            raise ValueError("url must not hold user and password: write user and password")
        for name in ("url_from", "password"):
            place = getattr(self, name)
            if place and (len(place) > 1 or next(iter(place)) not in ("file", "env", "credential")):
                raise ValueError(
                    f'{name} must be one of {{ file = "/path" }}, {{ env = "NAME" }} or {{ credential = "name" }}'
                )
        for rule in self.important_titles:
            try:
                re.compile(rule)
            except re.error as error:
                raise ValueError(f"important_titles: {rule!r} is no regular expression ({error})") from None
        if self.timezone:
            try:
                ZoneInfo(self.timezone)
            except (KeyError, ValueError, OSError):
                raise ValueError(
                    f'timezone "{self.timezone}" is no time zone: write one such as Asia/Shanghai'
                ) from None

    @property
    def configured(self) -> bool:
        return bool(self.url or self.url_from or self.file)


def thresholds(settings: Settings) -> tuple[Threshold, ...]:
    """None: age is judged here, because a file and a server have limits of their own."""
    return ()


def agenda_of(memory: dict[str, object]) -> Agenda:
    """What the probe last read; empty before its first run."""
    found = memory.get(KEY)
    return found if isinstance(found, Agenda) else Agenda()


async def probe(settings: Settings, context: Context) -> list[Outcome]:
    """Fetch when due, judge age and answer. One reading, or nothing to measure without a calendar."""
    if not settings.configured:
        context.memory.pop(KEY, None)
        return [NothingToMeasure(check=CHECK, reason=because("no_calendar"))]
    named = f"{settings.file} {settings.url} {settings.url_from}"
    source = hashlib.sha256(named.encode()).hexdigest()[:16]  # a published calendar's address is a secret itself
    agenda = agenda_of(context.memory)
    if agenda.source != source:
        agenda = restore(context.state, source)
    answer = await _ask(settings, context, agenda)
    fresh = _taken(agenda, answer, context.now())
    if fresh != agenda:
        keep(fresh, context.state)
    context.memory[KEY] = fresh
    return [_judged(settings, fresh, answer, context.now())]


async def _ask(settings: Settings, context: Context, agenda: Agenda) -> dict[str, Any]:
    now = context.now()
    known = agenda if agenda.horizon - now > AHEAD_SECONDS / 2 else Agenda()
    mark = known.mark
    if settings.file:
        try:
            stat = Path(settings.file).stat()
        except OSError as error:
            return {
                "state": "unreadable",
                "reason": because("file_unreadable", file=settings.file, detail=error.strerror or "?"),
            }
        mark = f"{stat.st_mtime_ns}-{stat.st_size}-{stat.st_ino}"
        if mark == known.mark:
            return {"state": "same", "changed_at": stat.st_mtime}
    argument = {
        "url": settings.url,
        "url_from": settings.url_from,
        "file": settings.file,
        "user": settings.user,
        "password": settings.password,
        "ca_file": settings.ca_file,
        "mark": mark,
        "modified": known.modified,
        "now": now,
        "seconds": AHEAD_SECONDS,
        "zone": settings.timezone,
        "max_bytes": settings.max_mib << 20,
        "timeout": settings.timeout_seconds,
        "address": settings.address,
        "all_day": settings.all_day,
        "categories": settings.important_categories,
        "organisers": settings.important_organisers,
        "titles": settings.important_titles,
        "priority": settings.important_priority,
    }
    isolation = context.memory.setdefault("isolation", Isolation())
    assert isinstance(isolation, Isolation)
    deadline = settings.timeout_seconds + READ_CPU_SECONDS
    try:
        answer = await isolation.run(
            READ,
            argument,
            key="calendar",
            deadline=deadline,
            cpu_seconds=READ_CPU_SECONDS,
            memory_bytes=READ_MEMORY_BYTES,
        )
    except IsolationError as error:
        # Only the kind: the text of a crash may quote the calendar.
        return {"state": "unreadable", "reason": because(f"child_{error.kind}")}
    if settings.file:
        answer["changed_at"] = stat.st_mtime
    return answer


def _taken(agenda: Agenda, answer: dict[str, Any], now: float) -> Agenda:
    if answer["state"] == "same":
        return msgspec.structs.replace(agenda, fetched_at=answer.get("changed_at", now))
    if answer["state"] != "ok":
        return agenda
    return Agenda(
        meetings=tuple(Meeting(float(a), float(b), bool(c), str(d)) for a, b, c, d in answer["meetings"]),
        fetched_at=answer.get("changed_at", now),
        horizon=float(answer["horizon"]),
        source=agenda.source,
        mark=str(answer["mark"]),
        modified=str(answer["modified"]),
    )


def _judged(settings: Settings, agenda: Agenda, answer: dict[str, Any], now: float) -> Reading:
    age = max(0.0, now - agenda.fetched_at) if agenda.fetched_at else 0.0
    limit = settings.file_stale_after if settings.file else settings.stale_after
    bad = answer["state"] in ("unreachable", "unreadable")
    evidence: dict[str, Fact] = {}
    finding = ""
    if bad:
        evidence["reason"] = _why(answer["reason"])
        if answer["state"] == "unreadable":
            finding = "calendar_unreadable"
        elif not agenda.fetched_at or age > limit:
            finding = "calendar_stale"
    elif limit and age > limit:
        finding = "calendar_stale"
        evidence["reason"] = because("file_unchanged", hours=round(age / 3600, 1))
    elif answer.get("left"):
        finding = "calendar_unreadable"
        evidence["reason"] = because("series_left", count=int(answer["left"]))
    elif _too_many_skipped(answer):
        finding = "calendar_unreadable"
        evidence["reason"] = because("entries_broken", count=int(answer["skipped"]), seen=int(answer["seen"]))
    values = {"meetings": float(sum(one.end > now for one in agenda.meetings))}
    if agenda.fetched_at:
        values["age_seconds"] = age
    for name in ("skipped", "odd_zones"):
        if name in answer:
            values[f"{name}_events"] = float(answer[name])
    return Reading(check=CHECK, values=values, finding=finding, evidence=evidence)


def _why(reason: object) -> Why:
    """Ours, or the child's through JSON."""
    return reason if isinstance(reason, Why) else why_in(reason) or because("no_usable_answer")


def _too_many_skipped(answer: Mapping[str, Any]) -> bool:
    """Whether what could be read may pass for the whole: one odd entry among many may, a handful or half may not."""
    skipped, seen = int(answer.get("skipped", 0)), int(answer.get("seen", 0))
    return skipped > max(A_FEW, seen // 20) or 2 * skipped > max(seen, 1)
