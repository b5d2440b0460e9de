"""What bench/crash.py says of a receiver's log in which messages came again."""

from __future__ import annotations

import pytest

from alerting.journal.rows import Notification
from bench.crash import duplicates

TOO_MANY = "targets_and_kills_with_more_than_one_duplicate"
RULES = (TOO_MANY, "duplicates_without_a_kill", "messages_that_came_under_another_key")


def _row(key: str, step: int = 0) -> Notification:
    return Notification(
        key=key, incident=1, kind="opened", contact="li", channel="1", round=0, step=step, decided_at=0, expires_at=1
    )


@pytest.mark.parametrize(
    ("log", "broken"),
    [
        ([(0, "/li", "a"), (1, "/li", "a"), (0, "/wang", "b"), (1, "/wang", "b")], ()),  # one for each target
        ([(0, "/li", "a"), (0, "/li", "b"), (1, "/li", "a"), (1, "/li", "b")], (TOO_MANY,)),
        ([(0, "/li", "a"), (1, "/li", "a"), (2, "/li", "a")], ()),  # two kills, one each
        ([(0, "/li", "a"), (0, "/li", "a")], ("duplicates_without_a_kill",)),
        ([(0, "/li", "same-1"), (1, "/li", "same-2")], ("messages_that_came_under_another_key",)),
    ],
)
def test_a_kill_explains_one_copy_for_each_target_and_nothing_else(
    log: list[tuple[int, str, str]], broken: tuple[str, ...]
) -> None:
    rows = {key: _row(key, 0 if key.startswith("same") else n) for n, (_, _, key) in enumerate(log)}
    figures = duplicates(log, rows, kills=3)
    assert tuple(name for name in RULES if figures[name]) == broken
