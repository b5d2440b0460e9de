"""A storm is the same for the same seed, ends what it begins, and is judged by what came."""

from __future__ import annotations

import json
import subprocess
import time
from types import SimpleNamespace
from typing import Any

import pytest

from tests.room import storm
from tests.room.faults import FAULTS
from tests.room.storm import LEFT_OUT, MOST_AT_ONCE, complaints, drawn, not_come

DAY = 24 * 3600.0


def test_the_same_seed_is_the_same_storm_and_another_is_not() -> None:
    assert drawn(1, DAY) == drawn(1, DAY)
    assert drawn(1, DAY) != drawn(2, DAY)


@pytest.mark.parametrize("seed", range(5))
def test_each_fault_ends_and_of_an_area_there_is_one_at_a_time(seed: int) -> None:
    acts = drawn(seed, DAY)
    running: dict[str, str] = {}
    most = 0
    for act in sorted(acts, key=lambda one: (one.at, one.begins)):
        if act.begins:
            assert act.fault.area not in running
            running[act.fault.area] = act.fault.name
        else:
            assert running.pop(act.fault.area) == act.fault.name
        most = max(most, len(running))
    assert running == {}
    assert 1 < most <= MOST_AT_ONCE
    assert len({act.fault.name for act in acts}) > 30
    assert not LEFT_OUT & {act.fault.name for act in acts}


def test_what_is_left_out_is_in_the_table() -> None:
    assert {one.name for one in FAULTS} >= LEFT_OUT


class Stage:
    """A room whose journal and messages are as the test says."""

    def __init__(self, states: dict[str, str], came: list[str], *, whole: str = "ok", audit: int = 0) -> None:
        self._journal = json.dumps({"whole": whole, "states": states})
        self._audit = audit
        messages = [{"text": f"what it says\nthe end {key}", "way": "hook"} for key in came]
        self.surroundings = SimpleNamespace(seen=SimpleNamespace(messages=messages, open=frozenset(), answered=1e12))
        self.restored = 0.0
        self.machine = self

    def shell(self, line: str, **_: Any) -> subprocess.CompletedProcess[str]:
        if "audit" in line:
            return subprocess.CompletedProcess([], self._audit, "told twice", "")
        return subprocess.CompletedProcess([], 0, self._journal, "")

    def wait(self, what: Any, seconds: float, name: str) -> float:
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                raise TimeoutError(name)
        return 0.0


@pytest.mark.parametrize(
    ("stage", "complaint"),
    [
        (Stage({"a": "sent", "b": "superseded"}, ["a"]), ""),
        (Stage({"a": "sent"}, []), "did not come: a"),
        (Stage({}, ["a"]), "not decided: a"),
        (Stage({"a": "sent"}, ["a", "a"]), "1 messages came twice"),
        (Stage({"a": "pending"}, []), "waiting: ['a']"),
        (Stage({}, [], whole="row 3 missing"), "not whole: row 3 missing"),
        (Stage({}, [], audit=1), "the audit: told twice"),
    ],
    ids=["all is well", "lost", "unknown", "twice", "waits", "damaged", "audit"],
)
def test_a_storm_is_judged_by_what_came(stage: Stage, complaint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storm, "CALM_AFTER", 0.02)
    found = complaints(stage)  # type: ignore[arg-type]
    assert len(found) == bool(complaint)
    assert complaint in "".join(found)


def test_what_was_sent_by_another_way_has_to_come_by_that_way() -> None:
    states = {"a-1": "failed", "a-1+2": "sent", "b-1": "sent", "c-1": "pending"}
    assert not_come(states, [("a-1", "mail"), ("b-1", "hook")]) == []
    assert not_come(states, [("a-1", "hook"), ("b-1", "hook")]) == ["a-1+2"]
    assert not_come(states, [("a-1", "mail")]) == ["b-1"]
