"""Working days with make-up days (调休). Calendar libraries are imported when first asked."""

from __future__ import annotations

import datetime as dt
import functools

from alerting.plan.recurring_dates import WorkingDays


def is_working_day(day: dt.date, rules: WorkingDays) -> bool:
    """The plan's own lists first, then the country's calendar; a year it does not cover counts Monday to Friday."""
    if day in rules.days_on:
        return True
    if day in rules.days_off:
        return False
    return _by_calendar(rules.calendar.upper(), day)


@functools.lru_cache(maxsize=4096)
def _by_calendar(country: str, day: dt.date) -> bool:
    if country and covers(country, day.year):
        if country == "CN":
            import chinese_calendar

            return bool(chinese_calendar.is_workday(day))
        import holidays

        return bool(holidays.country_holidays(country, years=day.year).is_working_day(day))
    return day.weekday() < 5


@functools.lru_cache(maxsize=256)
def covers(country: str, year: int) -> bool:
    """True when the library knows that year's holidays. China's are announced each November for the year after."""
    country = country.upper()
    if country == "CN":
        import chinese_calendar

        try:
            chinese_calendar.is_workday(dt.date(year, 1, 1))
        except NotImplementedError:
            return False
        return True
    if not country:
        return True
    import holidays

    try:
        return bool(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return False
