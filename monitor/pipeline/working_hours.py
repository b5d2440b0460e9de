"""Whether now lies in the room's working hours. Wall time of the room's zone."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from monitor.settings import Settings

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def room_zone(settings: Settings) -> tzinfo | None:
    """The configured zone; None means the machine's own."""
    return ZoneInfo(settings.timezone) if settings.timezone else None


def in_working_hours(settings: Settings, now: float) -> bool:
    """now: Unix seconds."""
    moment = datetime.fromtimestamp(now, room_zone(settings))
    hours = settings.working_hours
    return _DAYS[moment.weekday()] in hours.days and hours.start <= moment.strftime("%H:%M") < hours.end
