"""What a site may set: selector and label names, addresses, thresholds. Read from a TOML file, all keys optional."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import available_timezones

_THRESHOLD = re.compile(r"<<(\w+)>>")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_DAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_DAYS = re.compile(rf"{_DAY}(?::{_DAY})?( {_DAY}(?::{_DAY})?)*")
"""Both as Alertmanager takes them."""


class SettingsError(Exception):
    """The text names the file, the key, the value and what to do."""


@dataclass(frozen=True, slots=True)
class SiteHours:
    """Of one site: its time zone and when its people work."""

    timezone: str = "Local"
    days: str = "monday:friday"
    start: str = "08:00"
    end: str = "19:00"


@dataclass(frozen=True, slots=True)
class Settings:
    selector: str = 'job="roomwatch"'
    """Of the series ``up`` of the rooms."""
    site: str = "site"
    room: str = "room"
    floor: str = "floor"
    runbook_url: str = "https://roomwatch.example.org/docs/runbook.html"
    """docs/runbook.md as your people reach it; the alert's name in small letters is its anchor."""
    dashboard_url: str = "https://grafana.example.org"
    hours: SiteHours = field(default_factory=SiteHours)
    """Of every site that ``sites`` does not name."""
    sites: dict[str, SiteHours] = field(default_factory=dict)

    scrape_interval_seconds: int = 15
    silence_scrapes: int = 3
    """A room is silent when more than half of so many scrapes failed: one lost scrape is none."""
    group_rooms: int = 3
    """Fewer silent rooms are single rooms, no floor."""
    group_silent_ratio: float = 0.5
    site_silent_ratio: float = 0.8
    """A site has several switches: with less than this, the floors are named."""
    many_rooms: int = 3
    many_rooms_ratio: float = 0.02
    """Of a site's rooms: in 500 rooms, three black cameras are an ordinary day."""
    clock_skew_seconds: int = 30
    """Schedules and escalations are in minutes; scraping itself takes a few seconds."""
    stalled_seconds: int = 60
    """The plan is looked at each second; the watchdog restarts a hanging daemon sooner."""
    flapping_changes: int = 8
    """Four times gone and back within an hour."""
    certificate_days: int = 14
    certificate_days_critical: int = 3
    disk_free_ratio: float = 0.05
    meeting_soon_seconds: int = 1800
    objective: float = 0.995
    """Share of the working time in which a room can be used."""

    @property
    def silence_window(self) -> str:
        return f"{self.silence_window_seconds}s"

    @property
    def silence_window_seconds(self) -> int:
        return self.scrape_interval_seconds * self.silence_scrapes

    @property
    def error_budget(self) -> float:
        return round(1 - self.objective, 6)

    def fill(self, text: str) -> str:
        """SITE, ROOM, FLOOR and SELECTOR become the labels' names and the selector, <<name>> a setting."""
        text = _THRESHOLD.sub(lambda found: str(getattr(self, found[1])), text)
        for word, name in (
            ("SITE", self.site),
            ("ROOM", self.room),
            ("FLOOR", self.floor),
            ("SELECTOR", self.selector),
        ):
            text = re.sub(rf"(?<![A-Z_a-z]){word}(?![A-Z_a-z])", name.replace("\\", r"\\"), text)
        return text


def read_settings(file: Path) -> Settings:
    """Raises SettingsError for the first key or value that is wrong."""
    try:
        table = tomllib.loads(file.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read: {error}") from None
    hours = _hours(file, "hours", table.pop("hours", {}))
    named = table.pop("sites", {})
    if not isinstance(named, dict):
        raise SettingsError(f"{file}: sites = {named!r} is no table; write one [sites.NAME] for each site")
    sites = {name: _hours(file, f"sites.{name}", one) for name, one in named.items()}
    known = {one.name: getattr(Settings(), one.name) for one in dataclasses.fields(Settings)}
    for key, value in table.items():
        if key not in known:
            raise SettingsError(f"{file}: {key} is no setting; known are {', '.join(sorted(known))}")
        numeric = isinstance(known[key], int | float)
        right = isinstance(value, int | float) and not isinstance(value, bool) if numeric else isinstance(value, str)
        if not right:
            raise SettingsError(f"{file}: {key} = {value!r} is no {'number' if numeric else 'text'}")
    for key in ("site", "room", "floor"):
        if not re.fullmatch(r"[a-zA-Z_]\w*", str(table.get(key, key))):
            raise SettingsError(f"{file}: {key} = {table[key]!r} is no name of a label")
    return Settings(**table, hours=hours, sites=sites)


def _hours(file: Path, path: str, table: object) -> SiteHours:
    known = {one.name for one in dataclasses.fields(SiteHours)}
    if not isinstance(table, dict) or set(table) - known or not all(isinstance(one, str) for one in table.values()):
        raise SettingsError(f"{file}: {path} is a table of texts with the keys {', '.join(sorted(known))}")
    hours = SiteHours(**table)
    for key, value in (("start", hours.start), ("end", hours.end)):
        if not _TIME.fullmatch(value):
            raise SettingsError(f'{file}: {path}.{key} = {value!r} is no time of a day; write it as "08:00"')
    if not _DAYS.fullmatch(hours.days):
        raise SettingsError(
            f'{file}: {path}.days = {hours.days!r} are no days; write "monday:friday" or "monday sunday"'
        )
    if hours.start >= hours.end:
        raise SettingsError(f"{file}: {path} ends at {hours.end}, not after {hours.start}; write a later end")
    if hours.timezone != "Local" and hours.timezone not in available_timezones():
        raise SettingsError(f'{file}: {path}.timezone = {hours.timezone!r} is no time zone; write "Europe/Berlin"')
    return hours
