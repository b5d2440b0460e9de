"""Finds what is written in a configuration and would watch nothing: such a line looks like safety and is none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from alerting.configuration import Layers, Problem
from monitor.settings.model import Settings
from probes.calendar import Settings as Calendar
from probes.software import Settings as Software
from probes.software import watched
from probes.unwatched_setting import Unwatched, near

OWN_WORDS = frozenset({"start", "join", "important_titles"})
"""Arrays whose texts are arguments or expressions: an empty one may be meant."""


def unwatched_by(name: str, module: ModuleType, settings: Any, layers: Layers) -> list[Problem]:
    """What a probe says of its own settings. A probe without ``unwatched`` has nothing of the kind."""
    say = getattr(module, "unwatched", None)
    found: list[Unwatched] = say(settings) if say is not None else []
    return [_problem(one._replace(path=f"probes.{name}.{one.path}"), layers) for one in found]


def empty_names(layers: Layers) -> list[Problem]:
    """Every empty text in an array. As a part of a name it would stand for everything, as a whole one for nothing."""
    remedy = "Write the name, or take the empty text away."
    return [
        _problem(Unwatched(".".join(path), '""', "holds an empty text, which names nothing", remedy), layers)
        for path, values in _arrays(layers.merged, ())
        if path[-1] not in OWN_WORDS and any(isinstance(one, str) and not one.strip() for one in values)
    ]


def _arrays(table: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _arrays(value, (*at, key))
        elif isinstance(value, list):
            yield (*at, key), value


def unwatched(settings: Settings, software: Software, layers: Layers) -> list[Problem]:
    """What the daemon's own tables say and would never use."""
    found = [
        *_meeting(settings, software),
        *_calendar(settings.calendar),
        *_checks(settings),
        *_heartbeats(settings),
        *_times(settings),
    ]
    if settings.audit.channels and not settings.audit.enabled:
        found.append(Unwatched("audit.channels", "[…]", "hear of nothing while audit.enabled is false", "Set it true."))
    return [_problem(one, layers) for one in found]


def _meeting(settings: Settings, software: Software) -> Iterator[Unwatched]:
    meeting, known = settings.meeting, watched(software)
    if not meeting.broker:
        for key in ("user", "password", "tls"):
            if getattr(meeting, key):
                shown = _shown(key, getattr(meeting, key))
                yield Unwatched(
                    f"meeting.{key}", shown, "is not used without meeting.broker", "Write the broker's host."
                )
    elif meeting.application not in known:
        shown = f'"{meeting.application}"'
        yield Unwatched("meeting.application", shown, "is no program that is watched", near(meeting.application, known))


def _calendar(calendar: Calendar) -> Iterator[Unwatched]:
    if calendar.configured:
        return
    for key in ("user", "password", "ca_file", "address", "important_organisers", "important_titles"):
        if getattr(calendar, key):
            remedy = "Write one of calendar.url, calendar.url_from and calendar.file."
            shown = _shown(key, getattr(calendar, key))
            yield Unwatched(f"calendar.{key}", shown, "is not used without a calendar", remedy)


def _shown(key: str, value: Any) -> str:
    return "{…}" if key == "password" else json.dumps(value, ensure_ascii=False)


def _checks(settings: Settings) -> Iterator[Unwatched]:
    """Problems: names of checks that do not exist."""
    from alerting.words import FALLBACK, load_words

    checks = load_words(FALLBACK).under("check")
    known = {check.rpartition(".")[0] or check for check in checks} | checks.keys()
    named = {"expected": settings.expected}
    named |= {f"maintenance.{name}.checks": window.checks for name, window in settings.maintenance.items()}
    for path, given in named.items():
        for check in given:
            if check not in known:
                yield Unwatched(path, f'"{check}"', "is no check", near(check, known))


def _heartbeats(settings: Settings) -> Iterator[Unwatched]:
    for name, beat in settings.heartbeat.items():
        if beat.url.origin != "written in the file":
            continue
        scheme, _, rest = beat.url.reveal().partition("://")
        if scheme.lower() not in ("http", "https") or not rest.strip("/ "):
            yield Unwatched(f"heartbeat.{name}.url", "", "is no address", "Write it like https://beat.example.org/id.")


def _times(settings: Settings) -> Iterator[Unwatched]:
    if not settings.working_hours.days:
        remedy = 'Write the days, such as ["mon", "tue"].'
        yield Unwatched("working_hours.days", "[]", "names no day, so that no camera would ever be opened", remedy)
    if settings.premeeting.enabled and not settings.premeeting.minutes:
        yield Unwatched(
            "premeeting.minutes", "[]", "names no time before a meeting", "Write [15, 5], or enabled = false."
        )


def _problem(one: Unwatched, layers: Layers) -> Problem:
    file = layers.origin(tuple(one.path.split(".")))
    return Problem(file=file, path=one.path, value=one.value, message=one.message, remedy=one.remedy)
