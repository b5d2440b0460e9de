"""Who is on duty when: rotation, overrides, daylight saving, make-up days."""

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from alerting.plan.duty import on_duty
from alerting.plan.organisation import Roster, Shift
from alerting.plan.recurring_dates import WorkingDays
from alerting.plan.wall_time import to_unix, to_wall
from alerting.plan.working_days import covers, is_working_day

START = dt.date(2026, 1, 5)
PEOPLE = ("wang", "li", "zhao")


@given(
    days=st.integers(0, 3000),
    minute=st.integers(0, 1439),
    turn=st.integers(1, 30),
    people=st.lists(st.text("abc", min_size=1), min_size=1, max_size=9, unique=True),
)
def test_exactly_one_of_the_rotation_is_on_duty_and_the_next_follows_a_turn_later(
    days: int, minute: int, turn: int, people: list[str]
) -> None:
    roster = Roster(start=START, rotation=tuple(people), turn_days=turn)
    wall = dt.datetime.combine(START, dt.time(9)) + dt.timedelta(days=days, minutes=minute)
    (now,) = on_duty(roster, wall)
    (later,) = on_duty(roster, wall + dt.timedelta(days=turn))
    assert later == people[(people.index(now) + 1) % len(people)]


def test_a_turn_ends_at_the_handover_and_not_at_midnight() -> None:
    roster = Roster(start=START, rotation=PEOPLE, turn_days=1, handover="09:00")
    assert on_duty(roster, dt.datetime(2026, 1, 6, 8, 59)) == ("wang",)
    assert on_duty(roster, dt.datetime(2026, 1, 6, 9, 0)) == ("li",)


def test_nobody_is_on_duty_before_the_first_turn() -> None:
    assert on_duty(Roster(start=START, rotation=PEOPLE), dt.datetime(2026, 1, 5, 8, 59)) == ()


def test_a_written_override_outranks_the_rotation_until_it_ends() -> None:
    shift = Shift(start=dt.datetime(2026, 1, 6, 12), end=dt.datetime(2026, 1, 6, 18), people=("zhao",))
    roster = Roster(start=START, rotation=PEOPLE, overrides=(shift,))
    assert on_duty(roster, dt.datetime(2026, 1, 6, 17, 59)) == ("zhao",)
    assert on_duty(roster, dt.datetime(2026, 1, 6, 18)) == ("wang",)


def test_a_time_inside_the_spring_gap_is_the_first_moment_after_it() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert to_unix(dt.datetime(2026, 3, 29, 2, 30), zone) == dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC).timestamp()


def test_a_time_in_the_autumn_fold_is_the_first_of_the_two() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert (
        to_unix(dt.datetime(2026, 10, 25, 2, 30), zone) == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC).timestamp()
    )


@given(
    st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1)),
    st.sampled_from(["Europe/Berlin", "Asia/Shanghai", "America/Sao_Paulo", "Australia/Lord_Howe"]),
)
def test_wall_time_outside_gaps_survives_the_way_to_unix_and_back(wall: dt.datetime, name: str) -> None:
    zone = ZoneInfo(name)
    back = to_wall(to_unix(wall, zone), zone)
    assert back == wall or dt.timedelta(0) < back - wall <= dt.timedelta(hours=1)


def test_a_make_up_saturday_is_a_working_day_and_the_festival_monday_is_not() -> None:
    china = WorkingDays(calendar="CN")
    assert is_working_day(dt.date(2026, 2, 14), china)
    assert not is_working_day(dt.date(2026, 2, 16), china)
    assert not is_working_day(dt.date(2026, 2, 14), WorkingDays(calendar=""))


def test_the_plan_s_own_days_outrank_the_calendar() -> None:
    day = dt.date(2026, 2, 14)
    assert not is_working_day(day, WorkingDays(calendar="CN", days_off=(day,)))


def test_a_year_that_is_not_announced_yet_is_not_covered_and_counts_monday_to_friday() -> None:
    assert covers("CN", 2026)
    assert not covers("CN", 2040)
    assert is_working_day(dt.date(2040, 1, 2), WorkingDays(calendar="CN"))
    assert covers("DE", 2040)
