"""How long the room was usable, and how long meetings were hit: seconds go to what was so at their beginning."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.pipeline.room_times import ROOM_STATES, RoomTimes


def test_each_second_belongs_to_the_state_that_held() -> None:
    now = 100.0
    times = RoomTimes(clock=lambda: now)
    for at, state, running, hit in (
        (100.0, "usable", False, False),
        (110.0, "usable", True, False),
        (115.0, "unusable", True, True),
        (118.0, "usable", True, False),
        (120.0, "impaired", None, True),
        (130.0, "usable", False, False),
    ):
        now = at
        times.look(state, running, hit)
    assert times.seconds == {"usable": 17.0, "unusable": 3.0, "impaired": 10.0, "unknown": 0.0}
    assert (times.meeting_seconds, times.meeting_hit_seconds) == (10.0, 3.0)
    assert (times.meetings, times.meetings_hit) == (1, 1)


LOOKS = st.lists(
    st.tuples(st.floats(0, 1e4), st.sampled_from(ROOM_STATES), st.sampled_from([True, False, None]), st.booleans())
)


@given(LOOKS)
def test_no_second_is_lost_or_counted_twice(looks: list[tuple[float, str, bool | None, bool]]) -> None:
    now = 0.0
    times = RoomTimes(clock=lambda: now)
    times.look("unknown", None, False)
    for passed, state, running, hit in looks:
        now += passed
        times.look(state, running, hit)
    assert abs(sum(times.seconds.values()) - now) < 1e-3
    assert times.meeting_hit_seconds <= times.meeting_seconds <= now
    assert times.meetings_hit <= times.meetings
